// What tools ask while an experiment runs becomes what a scenario expects: URLs of Services get requests of their own, whose failures are
// counted; states of workloads are claims about them.
import type { Draft } from "../draft.ts";
import type { Place } from "../remarks.ts";

/** Requests per second that stand for a probe. */
const RATE = "10/s";

/** The Service of a URL inside of a cluster as namespace/name; null for others. */
export function serviceOf(url: string): string | null {
  const host = /^[a-z]+:\/\/([^/:]+)/.exec(url.trim())?.[1];
  if (host === undefined) return null;
  const parts = host.split(".");
  const isInside = parts.length === 1 ? parts[0] !== "localhost" : parts.length === 2 || parts[2] === "svc";
  if (!isInside || parts.some((part) => !/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(part))) return null;
  return `${parts[1] ?? "default"}/${parts[0]}`;
}

/** A probe of a URL. @param during id of a fault, or `never` for the whole run */
export function checkUrl(draft: Draft, url: string, what: string, place: Place | null, during: string): void {
  const service = serviceOf(url);
  if (service === null) {
    draft.remarks.leftOut(what, "only Services of the cluster can be asked", url, place);
    return;
  }
  if (!draft.services.some((known) => known.service === service)) draft.services.push({ service, rate: RATE });
  draft.remarks.changed(what, `${RATE} requests to the Service, which may not fail`, url, place);
  draft.expect.push(
    during === "never"
      ? `failedRequests(service/${service}) == 0`
      : `during ${during}: never failing(service/${service}) > 0%`,
  );
}
