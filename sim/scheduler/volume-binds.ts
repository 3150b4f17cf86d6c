// Carries out what Reserve has decided about volumes, before the pod is bound: volumes are set aside for their claims, claims are told the
// node for which their driver is to make a volume, and all have to be bound before it goes on.
// Source: the PreBind part of volume binding in Kubernetes 1.36 (bind timeout 10 min).
import { ApiError, type Client } from "../apiserver/client.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import { ask, type Steps } from "../engine/steps.ts";
import { MINUTE, SECOND } from "../engine/tick.ts";
import type { PersistentVolume, PersistentVolumeClaim } from "../model/objects.ts";
import { isFullyBound, SELECTED_NODE_ANNOTATION } from "../model/volume-claims.ts";
import type { PodVolumes } from "./volumes/binder.ts";
import { keyOfClaim } from "./volumes/storage-objects.ts";

const TIMEOUT_MICROS = 10 * MINUTE;
const POLL_MICROS = SECOND;
const BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller";

export interface VolumeBindsOptions {
  readonly client: Client;
  readonly life: Lifetime;
  /** The claim as the scheduler knows it now. */
  readonly claim: (key: string) => PersistentVolumeClaim | undefined;
}

/** @returns what went wrong, or null when all claims are bound */
export function* bindVolumes(
  { claim, client, life }: VolumeBindsOptions,
  { bindings, provisions }: PodVolumes,
  nodeName: string,
): Steps<string | null> {
  for (const { claim, volume } of bindings) {
    const { name, namespace = "default", uid } = claim.metadata;
    const annotations = { ...volume.metadata.annotations, [BY_CONTROLLER]: "yes" };
    const next: PersistentVolume = {
      ...volume,
      metadata: { ...volume.metadata, annotations },
      spec: { ...volume.spec, claimRef: { namespace, name, uid } },
    };
    const answer = yield* ask<PersistentVolume | ApiError>((done) => client.update("persistentVolumes", next, done));
    if (answer instanceof ApiError) return answer.message;
  }
  for (const waiting of provisions) {
    const annotations = { ...waiting.metadata.annotations, [SELECTED_NODE_ANNOTATION]: nodeName };
    const next = { ...waiting, metadata: { ...waiting.metadata, annotations } };
    const answer = yield* ask<PersistentVolumeClaim | ApiError>((done) =>
      client.update("persistentVolumeClaims", next, done),
    );
    if (answer instanceof ApiError) return answer.message;
  }
  const keys = [...bindings.map(({ claim }) => claim), ...provisions].map(keyOfClaim);
  const untilMicros = life.engine.now + TIMEOUT_MICROS;
  for (;;) {
    yield (resume) => life.after(POLL_MICROS, () => resume(undefined));
    const claims = keys.map(claim);
    if (claims.some((found) => found === undefined)) return "failed to get PVC from lister: not found";
    if (claims.every((found) => found !== undefined && isFullyBound(found))) return null;
    if (life.engine.now >= untilMicros) return "context deadline exceeded";
  }
}
