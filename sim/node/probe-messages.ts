// What the kubelet says of a probe that failed, by what it asks.
import type { Probe } from "../model/objects.ts";
import type { ProbeKind } from "./prober.ts";

const NAMES: Readonly<Record<ProbeKind, string>> = { startup: "Startup", readiness: "Readiness", liveness: "Liveness" };

/** @param isSilent it did not answer at all, rather than that it is not well */
export function probeFailure(kind: ProbeKind, probe: Probe, address: string, isSilent: boolean): string {
  return `${NAMES[kind]} probe failed: ${output(probe, address, isSilent)}`;
}

function output(probe: Probe, address: string, isSilent: boolean): string {
  if (probe.httpGet != null) {
    const { path = "/", port = 80 } = probe.httpGet as { readonly path?: string; readonly port?: number | string };
    if (!isSilent) return "HTTP probe failed with statuscode: 503";
    return `Get "http://${address}:${port}${path}": context deadline exceeded (Client.Timeout exceeded while awaiting headers)`;
  }
  if (probe.tcpSocket != null) {
    const { port = 80 } = probe.tcpSocket as { readonly port?: number | string };
    return `dial tcp ${address}:${port}: ${isSilent ? "i/o timeout" : "connect: connection refused"}`;
  }
  if (probe.grpc != null)
    return isSilent
      ? "timeout: health rpc did not complete within 1s"
      : 'service unhealthy (responded with "NOT_SERVING")';
  return isSilent ? `command timed out: probe timed out after ${probe.timeoutSeconds ?? 1}s` : "";
}
