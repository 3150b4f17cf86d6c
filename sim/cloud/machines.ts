// The machines behind nodes: instances of pools that exist, run, and go. A pool keeps its number: a machine that is gone is replaced by
// a new one under a new name, if the provider has room. What runs on a machine is somebody else's business.
import type { Distribution } from "../engine/distributions.ts";
import type { Engine } from "../engine/engine.ts";
import type { Tick } from "../engine/tick.ts";
import type { Recorder } from "../metrics/recorder.ts";
import { POOL_LABEL } from "../model/annotations.ts";
import type { Node } from "../model/objects.ts";
import type { CloudApi } from "./cloud-api.ts";

/** What powers machines on and off. */
export interface MachineHost {
  /** A new machine has booted. */
  booted(node: Node): void;
  /** It is told to end, and is off so long from now at the latest. */
  warned(name: string, noticeMicros: number): void;
  /** Its power is gone, and so is what it held. */
  off(name: string): void;
}

export interface Machine {
  readonly name: string;
  readonly node: Node;
  readonly pool: string;
  readonly zone: string;
  /** stopped: it exists, without power. */
  state: "running" | "stopped" | "gone";
}

export interface MachinesOptions {
  readonly engine: Engine;
  readonly api: CloudApi;
  readonly host: MachineHost;
  readonly recorder: Recorder;
  readonly nodes: readonly Node[];
  /** Pools replace machines that are gone. */
  readonly replaces: boolean;
  /** From the request for a machine to its kubelet's start. */
  readonly provisionMicros: Distribution;
  /** Told when a machine comes to be or goes. @returns true when somebody else sees to the number of its pool */
  readonly changed?: (machine: Machine) => boolean;
}

const ZONE_LABEL = "topology.kubernetes.io/zone";
const HOSTNAME_LABEL = "kubernetes.io/hostname";
const RETRY_MICROS = 30_000_000;

export class Machines {
  private readonly options: MachinesOptions;
  private readonly byName = new Map<string, Machine>();
  private readonly generations = new Map<string, number>();
  private readonly stockouts: { readonly zone: string; readonly pool: string }[] = [];

  constructor(options: MachinesOptions) {
    this.options = options;
    for (const node of options.nodes) this.add(node);
  }

  /** All that were ever known and are not gone. */
  list(): Machine[] {
    return [...this.byName.values()].filter(({ state }) => state !== "gone");
  }

  get(name: string): Machine | undefined {
    return this.byName.get(name);
  }

  /** A node has joined whose machine was there already. */
  add(node: Node): Machine {
    const { labels, name } = node.metadata;
    const known = this.byName.get(name);
    if (known !== undefined && known.state !== "gone") return known;
    const pool = labels?.[POOL_LABEL] ?? "";
    const machine: Machine = { name, node, pool, zone: labels?.[ZONE_LABEL] ?? "", state: "running" };
    this.byName.set(name, machine);
    this.options.changed?.(machine);
    return machine;
  }

  /** The machine exists, but has no power, until it is started again. */
  stop(name: string): void {
    const machine = this.byName.get(name);
    if (machine?.state !== "running") return;
    machine.state = "stopped";
    this.options.host.off(name);
    this.tell("Warning", "MachineStopped", name, "Machine is stopped");
  }

  start(name: string): void {
    const machine = this.byName.get(name);
    if (machine?.state !== "stopped") return;
    machine.state = "running";
    this.options.host.booted(machine.node);
  }

  /** A machine that was asked for has booted. */
  boot(node: Node): void {
    this.add(node);
    this.tell("Normal", "MachineCreated", node.metadata.name, "Machine is there");
    this.options.host.booted(node);
  }

  /**
   * The machine is gone for good. Its Node object stays until the cloud controller manager notices.
   *
   * @param isWanted by its pool, which replaces it then
   */
  delete(name: string, why = "Machine is deleted", isWanted = true): void {
    const machine = this.byName.get(name);
    if (machine === undefined || machine.state === "gone") return;
    const hadPower = machine.state === "running";
    machine.state = "gone";
    if (hadPower) this.options.host.off(name);
    this.tell("Warning", "MachineDeleted", name, why);
    const isManaged = this.options.changed?.(machine) === true;
    if (isWanted && !isManaged && this.options.replaces && machine.pool !== "")
      this.request(machine, this.nextName(machine.name));
  }

  /** The provider wants it back: notice now, gone after that. */
  reclaim(name: string, noticeMicros: number): void {
    const { engine, host } = this.options;
    const machine = this.byName.get(name);
    if (machine?.state !== "running") return;
    this.tell("Warning", "SpotInterruption", name, `Machine will be reclaimed in ${noticeMicros / 1_000_000}s`);
    host.warned(name, noticeMicros);
    engine.at((engine.now + noticeMicros) as Tick, () => this.delete(name, "Machine was reclaimed"));
  }

  /** No new machines in this zone ("" = any) and pool ("" = any) until the returned function is called. */
  stockout(zone: string, pool: string): () => void {
    const entry = { zone, pool };
    this.stockouts.push(entry);
    return () => {
      const at = this.stockouts.indexOf(entry);
      if (at >= 0) this.stockouts.splice(at, 1);
    };
  }

  /** Are there no machines of this pool's kind left in the zone? */
  isOutOfStock(ofZone: string, ofPool: string): boolean {
    return this.stockouts.some(
      ({ pool, zone }) => (pool === "" || pool === ofPool) && (zone === "" || zone === ofZone),
    );
  }

  private request(former: Machine, name: string): void {
    const { api, engine, provisionMicros } = this.options;
    const again = () => engine.at((engine.now + RETRY_MICROS) as Tick, () => this.request(former, name));
    if (this.isOutOfStock(former.zone, former.pool)) {
      again();
      return;
    }
    api.call(provisionMicros, engine.stream(`cloud/machine/${name}/provision`), (error) => {
      if (error !== null) {
        again();
        return;
      }
      const { labels } = former.node.metadata;
      const metadata = {
        ...former.node.metadata,
        name,
        uid: undefined,
        labels: { ...labels, [HOSTNAME_LABEL]: name },
      };
      const node: Node = { ...former.node, metadata };
      this.add(node);
      this.tell("Normal", "MachineCreated", name, `Machine is there in place of ${former.name}`);
      this.options.host.booted(node);
    });
  }

  private nextName(former: string): string {
    const base = former.replace(/-r\d+$/, "");
    const generation = (this.generations.get(base) ?? 0) + 1;
    this.generations.set(base, generation);
    return `${base}-r${generation}`;
  }

  private tell(type: "Normal" | "Warning", reason: string, name: string, message: string): void {
    this.options.recorder.nodeEvent(type, reason, name, message);
  }
}
