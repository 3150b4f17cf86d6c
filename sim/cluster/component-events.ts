// What processes of the control plane tell of themselves, as events of kind Component in the log: they begin, lead, stop, end.
import type { Recorder } from "../metrics/recorder.ts";

const REASONS = {
  started: "ComponentStarted",
  ready: "ComponentReady",
  leads: "ComponentLeads",
  stopping: "ComponentStopping",
  exited: "ComponentExited",
} as const;

export function componentChanged(recorder: Recorder, name: string, what: keyof typeof REASONS, message = ""): void {
  recorder.component(what === "exited" ? "Warning" : "Normal", REASONS[what], "Component", name, message || what);
}
