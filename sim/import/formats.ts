// All formats, in the order in which they are asked whether an input is theirs: the particular before the general.
import type { ImportFormat } from "./format.ts";
import { kubectl, schedulerConfiguration } from "./kubernetes/kubectl.ts";

export const FORMATS: readonly ImportFormat[] = [schedulerConfiguration, kubectl];

export const FORMAT_NAMES: readonly string[] = FORMATS.map(({ name }) => name);
