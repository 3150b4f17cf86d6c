// Calls of webhooks: what becomes of a request while its webhook is slow, has nobody behind its Service, or says no. What a webhook says
// and does to objects is data: annotations of its configuration, and faults.
// Source: behaviour and texts of the webhook admission plugins, 1.36.
import { type Distribution, sample } from "../../engine/distributions.ts";
import type { Engine } from "../../engine/engine.ts";
import { ask, askAll, type Steps } from "../../engine/steps.ts";
import { SECOND, type Tick } from "../../engine/tick.ts";
import type { Endpoint, EndpointSlice, Namespace, WebhookConfiguration } from "../../model/objects.ts";
import { ApiError, type ApiKind, type ApiObject } from "../client.ts";
import { type AdmissionAttributes, type AdmissionCaches, cachedObject } from "./attributes.ts";
import type { Mutations } from "./webhook-mutations.ts";
import { type CompiledWebhook, compileWebhooks, isAskedAbout, isCoveredBy } from "./webhook-rules.ts";

/** On a configuration: how long each call takes, seconds or `uniform:a:b`; default 5 ms. */
export const WEBHOOK_LATENCY_ANNOTATION = "kubedrill.io/webhook-latency";
/** On a configuration: "true" = it refuses everything that it is asked about, other texts are the reason that it gives. */
export const WEBHOOK_DENIES_ANNOTATION = "kubedrill.io/webhook-denies";

const LATENCY: Distribution = { kind: "constant", value: 5000 };
const DEFAULT_TIMEOUT_SECONDS = 10;

/** What faults do to webhooks, by the name of the configuration; "" = all. Shared by all servers. */
export class WebhookFaults {
  private readonly down = new Map<string, number>();
  private readonly denying = new Map<string, number>();
  private readonly slow = new Map<string, number>();

  /** Nobody answers: connections are refused. */
  takeDown(name: string): () => void {
    return counted(this.down, name, 1);
  }

  /** It refuses everything. */
  deny(name: string): () => void {
    return counted(this.denying, name, 1);
  }

  /** Each call takes so much longer. */
  slowDown(name: string, micros: number): () => void {
    return counted(this.slow, name, micros);
  }

  isDown(name: string): boolean {
    return this.down.has(name) || this.down.has("");
  }

  isDenying(name: string): boolean {
    return this.denying.has(name) || this.denying.has("");
  }

  extraMicros(name: string): number {
    return (this.slow.get(name) ?? 0) + (name === "" ? 0 : (this.slow.get("") ?? 0));
  }
}

/** What a webhook says; "ignored" is a failure that its failurePolicy lets pass. */
type Answer = "allowed" | "ignored" | ApiError;

/** What a connection to the pod of this uid meets: it opens, is refused, or nobody answers. */
export type Answers = (podUid: string) => "open" | "refused" | "silent";

export class WebhookCalls {
  private readonly engine: Engine;
  private readonly caches: AdmissionCaches;
  private readonly faults: WebhookFaults;
  private readonly answers: Answers;
  private readonly findNamespace = (name: string) =>
    cachedObject(this.caches, "namespaces", name) as Namespace | undefined;
  private compiled: readonly CompiledWebhook[] | null = null;

  constructor(engine: Engine, caches: AdmissionCaches, faults: WebhookFaults, answers: Answers) {
    this.engine = engine;
    this.caches = caches;
    this.faults = faults;
    this.answers = answers;
  }

  changed(kind: string): void {
    if (kind.endsWith("WebhookConfigurations")) this.compiled = null;
  }

  /** All webhooks whose rules cover such requests; selectors are looked at when their turn comes. */
  covering(attributes: AdmissionAttributes): readonly CompiledWebhook[] {
    const listed = (kind: ApiKind) => (this.caches.get(kind)?.list() ?? []) as readonly WebhookConfiguration[];
    this.compiled ??= compileWebhooks(
      listed("mutatingWebhookConfigurations"),
      listed("validatingWebhookConfigurations"),
    );
    if (this.compiled.length === 0) return NONE;
    return this.compiled.filter((webhook) => isCoveredBy(webhook, attributes));
  }

  /** The mutating ones are asked one after the other, each about what those before it have made of the object. */
  *mutated(attributes: AdmissionAttributes, object: ApiObject, mutations: Mutations): Steps<ApiObject | ApiError> {
    let current = object;
    for (const webhook of mutations.webhooks) {
      if (!webhook.isMutating || !mutations.isDue(webhook)) continue;
      if (!isAskedAbout(webhook, attributes, current, mutations.before, this.findNamespace)) continue;
      const answer = yield* ask<Answer>((done) => this.callOne(webhook, done));
      if (answer instanceof ApiError) return answer;
      const after = answer === "allowed" ? mutations.asked(webhook, current) : current;
      if (after instanceof ApiError) return after;
      current = after;
    }
    return current;
  }

  /** All validating ones at once; the first refusal counts. */
  *validated(
    attributes: AdmissionAttributes,
    object: ApiObject | null,
    { webhooks, before }: Mutations,
  ): Steps<ApiError | null> {
    const asked = webhooks.filter(
      (webhook) => !webhook.isMutating && isAskedAbout(webhook, attributes, object, before, this.findNamespace),
    );
    if (asked.length === 0) return null;
    const answers = yield* askAll<Answer>(
      asked.map((webhook) => (done: (answer: Answer) => void) => this.callOne(webhook, done)),
    );
    return answers.find((answer) => answer instanceof ApiError) ?? null;
  }

  private callOne({ configuration, webhook }: CompiledWebhook, done: (answer: Answer) => void): void {
    const { faults } = this;
    const { annotations, name } = configuration.metadata;
    const timeoutMicros = (webhook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) * SECOND;
    const failed = (why: string): Answer => {
      if (webhook.failurePolicy === "Ignore") return "ignored";
      const post = `Post "${addressOf(webhook)}?timeout=${webhook.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS}s"`;
      const text = `failed calling webhook "${webhook.name}": failed to call webhook: ${post}: ${why}`;
      return new ApiError("InternalError", `Internal error occurred: ${text}`);
    };
    const later = (micros: number, answer: Answer) => {
      this.engine.at((this.engine.now + Math.max(0, micros)) as Tick, () => done(answer));
    };
    const behind = this.serviceState(name, webhook);
    if (faults.isDown(name)) return later(1000, failed("dial tcp <addr>: connect: connection refused"));
    if (behind === "silent") return later(timeoutMicros, failed("context deadline exceeded"));
    if (behind === "refused") return later(1000, failed("dial tcp <addr>: connect: connection refused"));
    if (behind !== "open") return later(0, failed(behind));
    const latency = latencyOf(annotations?.[WEBHOOK_LATENCY_ANNOTATION]);
    const stream = this.engine.stream(`apiserver/webhooks/${name}/${webhook.name}`);
    const micros = Math.max(0, Math.round(sample(latency, stream))) + faults.extraMicros(name);
    if (micros >= timeoutMicros) return later(timeoutMicros, failed("context deadline exceeded"));
    const denies = annotations?.[WEBHOOK_DENIES_ANNOTATION];
    if (faults.isDenying(name) || (denies !== undefined && denies !== "false")) {
      const why = denies === undefined || denies === "true" ? "denied by policy" : denies;
      return later(micros, new ApiError("Forbidden", `admission webhook "${webhook.name}" denied the request: ${why}`));
    }
    later(micros, "allowed");
  }

  /** "open", or why the call fails: each goes to one of the endpoints that are said to be ready, whatever has become of it. */
  private serviceState(name: string, { clientConfig, name: hook }: CompiledWebhook["webhook"]): string {
    const service = clientConfig?.service;
    if (service == null) return "open";
    const { name: serviceName, namespace } = service;
    if (cachedObject(this.caches, "services", `${namespace}/${serviceName}`) === undefined)
      return `service "${serviceName}" not found`;
    const slices = (this.caches.get("endpointSlices")?.inNamespace(namespace) ?? []) as EndpointSlice[];
    const ready: Endpoint[] = [];
    for (const { endpoints, metadata } of slices) {
      if (metadata.labels?.["kubernetes.io/service-name"] !== serviceName) continue;
      for (const endpoint of endpoints) if (endpoint.conditions?.ready !== false) ready.push(endpoint);
    }
    if (ready.length === 0) return `no endpoints available for service "${serviceName}"`;
    const stream = this.engine.stream(`apiserver/webhooks/${name}/${hook}/endpoint`);
    const chosen = ready[ready.length === 1 ? 0 : stream.int(ready.length)]!;
    return chosen.targetRef?.uid === undefined ? "open" : this.answers(chosen.targetRef.uid);
  }
}

const NONE: readonly CompiledWebhook[] = [];

function addressOf({ clientConfig }: CompiledWebhook["webhook"]): string {
  const service = clientConfig?.service;
  if (service == null) return clientConfig?.url ?? "";
  return `https://${service.name}.${service.namespace}.svc:${service.port ?? 443}/`;
}

function latencyOf(text: string | undefined): Distribution {
  if (text === undefined) return LATENCY;
  const [kind, low, high] = text.split(":");
  if (kind === "uniform") return { kind: "uniform", min: Number(low) * SECOND, max: Number(high) * SECOND };
  const seconds = Number(text);
  return Number.isFinite(seconds) && seconds >= 0 ? { kind: "constant", value: seconds * SECOND } : LATENCY;
}

function counted(counts: Map<string, number>, name: string, amount: number): () => void {
  counts.set(name, (counts.get(name) ?? 0) + amount);
  let isDone = false;
  return () => {
    if (isDone) return;
    isDone = true;
    const left = (counts.get(name) ?? 0) - amount;
    if (left > 0) counts.set(name, left);
    else counts.delete(name);
  };
}
