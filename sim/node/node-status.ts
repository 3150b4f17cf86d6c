// Keeps the node's status in the API current: looked at every 10 s and written if something differs, or if nothing was written for
// 5 min. What the API says is read from the kubelet's own watch, so a kubelet whose watch is cut off believes the past.
// Source: behaviour of the kubelet's node status (pkg/kubelet/kubelet_node_status.go), 1.36.
import { ApiError, type Client } from "../apiserver/client.ts";
import { Doze } from "../engine/doze.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import type { RandomStream } from "../engine/random.ts";
import { Rhythm } from "../engine/rhythm.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { KubeletConfiguration } from "../model/kubelet-configuration.ts";
import type { Node } from "../model/objects.ts";
import type { Images } from "./images.ts";
import type { SleepOptions } from "./lease-renewal.ts";
import { conditionsDiffer, HEALTHY, type NodeHealth, nodeConditions } from "./node-conditions.ts";
import { withTimeout } from "./request-timeout.ts";
import type { Volumes } from "./volumes.ts";

const RETRIES = 5;
const JITTER = 0.04;
const REQUEST_TIMEOUT_MICROS = 10 * SECOND;

export interface NodeStatusOptions {
  readonly life: Lifetime;
  readonly client: Client;
  readonly configuration: KubeletConfiguration;
  readonly template: Node;
  readonly cached: () => Node | undefined;
  /** Why the kubelet is not ready; "" = it is. */
  readonly problems: () => string;
  readonly timestamp: (micros: number) => string;
  readonly jitter: RandomStream;
  readonly images: Images;
  readonly volumes: Volumes;
  /** null: every look is executed. */
  readonly sleep: SleepOptions | null;
}

export class NodeStatus {
  health: NodeHealth = HEALTHY;
  /** The node as it was found at registration, until the watch shows it. */
  known: Node | undefined;
  private readonly options: NodeStatusOptions;
  private lastReportMicros = 0;
  private extraDelayMicros = 0;
  private imagesVersion: number;
  private latencyMicros = 0;
  private doze: Doze | null = null;
  // reports that were left out and not accounted for yet
  private reports = 0;

  constructor(options: NodeStatusOptions) {
    this.options = options;
    this.imagesVersion = options.images.version;
  }

  /** @param lastReportMicros when the status was written last */
  start(firstMicros: number, lastReportMicros: number): void {
    this.lastReportMicros = lastReportMicros;
    this.options.life.after(firstMicros, () => this.round());
  }

  /** What the kubelet creates when it joins. */
  initialNode(): Node {
    const { life, template, timestamp } = this.options;
    const { metadata, spec, status } = template;
    const { creationTimestamp: _time, resourceVersion: _version, ...rest } = metadata;
    const now = timestamp(life.engine.now);
    this.health = { ...this.health, notReady: this.options.problems() };
    return {
      ...template,
      metadata: rest,
      ...(spec === undefined ? {} : { spec }),
      status: { ...status, conditions: nodeConditions([], this.health, now) },
    };
  }

  /** The pressure on the node has changed: the next look writes it. */
  setPressure(pressure: Omit<NodeHealth, "notReady">): void {
    this.health = { ...this.health, ...pressure };
    this.wake();
  }

  /** When the status was written last, or would have been if no report had been left out. */
  get reportedMicros(): number {
    this.doze?.advance(this.options.life.engine.now);
    return this.lastReportMicros;
  }

  /** Looks are left out: nothing of it is pending. */
  get isDozing(): boolean {
    return this.doze !== null;
  }

  /** Looks are executed again, as if none had been left out. */
  wake(): void {
    this.doze?.wake();
  }

  /** The process ends, or stands still. */
  stop(): void {
    this.doze?.stop();
  }

  /** The watch shows another node: nothing is done before the next look. */
  nodeChanged(): void {
    this.known = undefined;
    const node = this.options.cached();
    if (this.doze === null) return;
    if (node === undefined || conditionsDiffer(node, this.health) || this.options.volumes.differs(node)) this.wake();
  }

  /** What the status tells besides conditions has changed: the next look finds it. */
  touched(): void {
    this.known = undefined;
    this.wake();
  }

  /** Something happened that must not wait for the next look. */
  lookNow(): void {
    runSteps(this.sync(), () => undefined);
  }

  private round(): void {
    runSteps(this.sync(), (isSettled) => {
      const { life, sleep } = this.options;
      if (life.isOver) return;
      const gapMicros = this.gapMicros();
      if (isSettled && sleep?.calm.isCalm && sleep.mayDoze()) {
        this.sleepFrom(life.engine.now + gapMicros, sleep);
      } else life.after(gapMicros, () => this.round());
    });
  }

  private gapMicros(): number {
    const { configuration, jitter } = this.options;
    return Math.round(configuration.nodeStatusUpdateFrequencyMicros * (1 + JITTER * jitter.next()));
  }

  private sleepFrom(nextMicros: number, { calm, heartbeats }: SleepOptions): void {
    const { configuration, life } = this.options;
    const meanMicros = configuration.nodeStatusUpdateFrequencyMicros * (1 + JITTER / 2);
    const { dozers, load } = heartbeats;
    this.doze = new Doze({
      life,
      calm,
      dozers,
      rhythm: new Rhythm(nextMicros, meanMicros, (atMicros) => this.lookAt(atMicros) + this.gapMicros()),
      // a report that is due waits for the next look
      writes: { kind: "nodes", meanMicros: configuration.nodeStatusReportFrequencyMicros + meanMicros / 2 },
      resume: () => this.round(),
      account: (_looks, from, to) => {
        load.add("kubelet", "patch", "nodes/status", this.reports, this.latencyMicros, from, to);
        this.reports = 0;
      },
      ended: () => {
        this.doze = null;
      },
    });
  }

  // a look that was left out: nothing differs, but a report may be due. @returns what it takes
  private lookAt(atMicros: number): number {
    const period = this.options.configuration.nodeStatusReportFrequencyMicros;
    const sinceMicros = atMicros - this.lastReportMicros;
    if (sinceMicros < period + this.extraDelayMicros) return 0;
    // after a very long sleep several at once
    this.reports += Math.max(1, Math.floor(sinceMicros / (period + this.extraDelayMicros)));
    this.lastReportMicros = atMicros + this.latencyMicros;
    this.extraDelayMicros = 0;
    return this.latencyMicros;
  }

  /** @returns whether nothing is left to be said */
  private *sync(): Steps<boolean> {
    const { cached, client, configuration, images, life, problems, volumes } = this.options;
    this.health = { ...this.health, notReady: problems() };
    const node = cached() ?? this.known;
    const { now } = life.engine;
    const isDifferent =
      node === undefined ||
      conditionsDiffer(node, this.health) ||
      this.imagesVersion !== images.version ||
      volumes.differs(node);
    const isDue = now - this.lastReportMicros >= configuration.nodeStatusReportFrequencyMicros + this.extraDelayMicros;
    if (!isDifferent && !isDue) return true;
    for (let attempt = 0; attempt < RETRIES; attempt++) {
      const version = images.version;
      const answer = yield* ask<Node | ApiError>((done) =>
        withTimeout<Node>(
          life,
          REQUEST_TIMEOUT_MICROS,
          (answered) =>
            client.patchStatus(
              "nodes",
              this.options.template.metadata.name,
              (before) => this.patched(before),
              answered,
            ),
          done,
        ),
      );
      if (answer instanceof ApiError) {
        if (answer.reason === "NotFound") return false;
        continue;
      }
      this.imagesVersion = version;
      this.lastReportMicros = life.engine.now;
      this.latencyMicros = life.engine.now - now;
      // after a change the next report is moved about, so that nodes that changed together do not stay together
      const { nodeStatusReportFrequencyMicros: period, profile } = configuration;
      this.extraDelayMicros =
        isDifferent && profile === "kubelet" ? Math.round(period * (this.options.jitter.next() - 0.5)) : 0;
      // what was changed has to be seen on the watch first
      return !isDifferent;
    }
    return false;
  }

  private patched(before: Node): Node {
    const { configuration, images, life, timestamp, volumes } = this.options;
    const now = timestamp(life.engine.now);
    const own = configuration.profile === "kubelet" ? images.report() : [];
    const others = (before.status?.images ?? []).filter(
      (known) => !own.some((image) => image.names?.[0] === known.names?.[0]),
    );
    return {
      ...before,
      status: {
        ...before.status,
        conditions: nodeConditions(before.status?.conditions, this.health, now),
        ...(volumes.differs(before) ? { volumesInUse: volumes.inUse(before.status?.volumesInUse ?? []) } : {}),
        ...(own.length > 0 ? { images: [...own, ...others].slice(0, 50) } : {}),
      },
    };
  }
}
