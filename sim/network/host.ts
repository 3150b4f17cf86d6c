// A process' place in the network: its name, zone and machine, and whether anybody is there to receive.
// A machine can hold several hosts, one per process: they die and pause singly, and fall silent together.

/** What happened to a host. */
export type HostChange = "started" | "stopped" | "paused" | "resumed" | "silenced" | "reachable";

/** Something that has an end at a host. */
export interface HostUser {
  hostChanged(host: Host, change: HostChange): void;
}

export class Host {
  readonly id: number;
  readonly name: string;
  readonly zone: string;
  readonly machine: string;
  /** What the machine's kernel clock is ahead of virtual time: its timers tick at moments of their own. */
  readonly clockPhaseMicros: number;
  readonly users = new Set<HostUser>();
  /** The process lives: its kernel accepts connections for it. */
  isRunning = true;
  /** The machine lives: its kernel answers. */
  isMachineUp = true;
  /** The process reads nothing (SIGSTOP); its kernel still receives. */
  isPaused = false;

  constructor(id: number, name: string, zone: string, machine: string, clockPhaseMicros: number) {
    this.id = id;
    this.name = name;
    this.zone = zone;
    this.machine = machine;
    this.clockPhaseMicros = clockPhaseMicros;
  }

  /** The process can accept and read. */
  get isServing(): boolean {
    return this.isRunning && this.isMachineUp && !this.isPaused;
  }

  /** Tells everybody who has an end here, in the order in which they came. */
  changed(change: HostChange): void {
    for (const user of [...this.users]) user.hostChanged(this, change);
  }
}
