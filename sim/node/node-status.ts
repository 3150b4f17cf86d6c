// Keeps the node's status in the API current: looked at every 10 s and written if something differs, or if nothing was written for
// 5 min. What the API says is read from the kubelet's own watch, so a kubelet whose watch is cut off believes the past.
// Source: behaviour of the kubelet's node status (pkg/kubelet/kubelet_node_status.go), 1.36.
import { ApiError, type Client } from "../apiserver/client.ts";
import type { Lifetime } from "../engine/lifetime.ts";
import type { RandomStream } from "../engine/random.ts";
import { ask, runSteps, type Steps } from "../engine/steps.ts";
import { SECOND } from "../engine/tick.ts";
import type { KubeletConfiguration } from "../model/kubelet-configuration.ts";
import type { Node } from "../model/objects.ts";
import type { Images } from "./images.ts";
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
}

export class NodeStatus {
  health: NodeHealth = HEALTHY;
  /** The node as it was found at registration, until the watch shows it. */
  known: Node | undefined;
  private readonly options: NodeStatusOptions;
  private lastReportMicros = 0;
  private extraDelayMicros = 0;
  private imagesVersion: number;

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
  }

  /** The watch shows another node: nothing is done before the next look. */
  nodeChanged(): void {
    this.known = undefined;
  }

  /** What the status tells besides conditions has changed: the next look finds it. */
  touched(): void {
    this.known = undefined;
  }

  /** Something happened that must not wait for the next look. */
  lookNow(): void {
    runSteps(this.sync(), () => undefined);
  }

  private round(): void {
    runSteps(this.sync(), () => {
      const { configuration, jitter, life } = this.options;
      if (life.isOver) return;
      life.after(Math.round(configuration.nodeStatusUpdateFrequencyMicros * (1 + JITTER * jitter.next())), () =>
        this.round(),
      );
    });
  }

  private *sync(): Steps<void> {
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
    if (!isDifferent && !isDue) return;
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
        if (answer.reason === "NotFound") return;
        continue;
      }
      this.imagesVersion = version;
      this.lastReportMicros = life.engine.now;
      // after a change the next report is moved about, so that nodes that changed together do not stay together
      const { nodeStatusReportFrequencyMicros: period, profile } = configuration;
      this.extraDelayMicros =
        isDifferent && profile === "kubelet" ? Math.round(period * (this.options.jitter.next() - 0.5)) : 0;
      return;
    }
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
