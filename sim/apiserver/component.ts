// One replica of a control-plane component as a process: it starts, may have to become the leader before it works, can crash, be asked
// to end, stand still, and is started again by its kubelet as a static pod is. What it knew is gone with each life.
// Source: behaviour of kube-controller-manager and kube-scheduler 1.36 and of a kubelet's restart back-off.
import type { Engine, EventHandle } from "../engine/engine.ts";
import { Lifetime } from "../engine/lifetime.ts";
import { MILLISECOND, MINUTE, SECOND, type Tick } from "../engine/tick.ts";
import { ApiError, type Client } from "./client.ts";
import type { ElectionPromises } from "./election-promises.ts";
import { EventRecorder } from "./event-recorder.ts";
import { type LeaderElectionTimes, LeaderElector } from "./leader-election.ts";
import { ProcessClient } from "./process-client.ts";

/** What a component is made of in one life. */
export interface ComponentLife {
  readonly life: Lifetime;
  /** A connection of this life: nothing of it reaches a later one. */
  client(name: string): Client;
}

export interface ComponentOptions {
  readonly engine: Engine;
  /** Such as "kube-scheduler-0"; also the name of its static pod and of its host. */
  readonly name: string;
  readonly zone: string;
  /** The lease's name, such as "kube-scheduler"; also of its Events unless `source` says otherwise. */
  readonly lockName: string;
  readonly source?: string;
  readonly client: (name: string) => Client;
  /** null: it works as soon as it runs, without asking for a lease. */
  readonly election: LeaderElectionTimes | null;
  readonly releases: boolean;
  /** It exits at once when there is no API server to be reached at its start. */
  readonly needsApi: boolean;
  /** From having the lease to the first action. */
  readonly warmUpMicros: number;
  /** What it does as soon as it runs, also while another one leads. It stands for election, or works, once it has said that it is ready. */
  readonly prepare?: (self: ComponentLife, ready: () => void) => void;
  /** Begins to work. Whatever it does ends with the life. */
  readonly work: (self: ComponentLife) => void;
  /** Told of every begin and end. */
  readonly changed?: (what: "started" | "exited" | "leads", reason: string) => void;
  /** Default: anew. Every later life begins anew. */
  readonly firstLife?: FirstLife;
  /** For renewals that need not be executed. */
  readonly promises?: ElectionPromises;
}

/**
 * How the first life of a process begins: with the run; or it has been working since long before; or another replica has, and it waits
 * for the lease of that one: it stands for election only when that is there to be seen.
 */
export type FirstLife = "anew" | "working" | "waiting";

export type ComponentRole = "leader" | "follower" | "down";

/** Restarts: at once as seen by a person, then after 10 s, 20 s … 5 min; after 10 min of work it is forgiven. */
const FIRST_RESTART_MICROS = SECOND;
const SECOND_RESTART_MICROS = 10 * SECOND;
const MAX_RESTART_MICROS = 5 * MINUTE;
const FORGIVEN_MICROS = 10 * MINUTE;
/** From the start of the process until it has found out that there is no API server. */
const START_CHECK_MICROS = 100 * MILLISECOND;
const TWO_32 = 4_294_967_296;
const API_CHECK_KEY = "kube-system/extension-apiserver-authentication";

export class Component {
  readonly options: ComponentOptions;
  private current: {
    readonly life: Lifetime;
    readonly clients: ProcessClient[];
    elector: LeaderElector | null;
  } | null = null;
  private isWorking = false;
  private startedMicros = 0;
  private restarts = 0;
  private lives = 0;
  private restartTimer: EventHandle | null = null;
  // nobody starts it again
  private isHeldDown = false;

  constructor(options: ComponentOptions) {
    this.options = options;
  }

  get name(): string {
    return this.options.name;
  }

  get role(): ComponentRole {
    if (this.current === null) return "down";
    return this.isWorking ? "leader" : "follower";
  }

  /** How often the process was started. */
  get starts(): number {
    return this.lives;
  }

  /** Pending events of the engine that are its own. */
  get ownTimers(): number {
    return (this.current?.life.pending ?? 0) + (this.restartTimer === null ? 0 : 1);
  }

  start(): void {
    this.isHeldDown = false;
    this.cancelRestart();
    if (this.current !== null) return;
    const { changed, engine, needsApi, prepare } = this.options;
    const life = new Lifetime(engine);
    this.current = { life, clients: [], elector: null };
    this.startedMicros = engine.now;
    this.lives++;
    changed?.("started", "");
    const isWorking = this.begins === "working";
    const ready = life.guard(() => {
      if (!isWorking) this.stand();
    });
    prepare?.(this.self(), ready);
    if (isWorking) this.begin();
    else if (needsApi) {
      life.after(START_CHECK_MICROS, () =>
        this.connect(this.options.lockName).get("configMaps", API_CHECK_KEY, (answer) => {
          if (answer instanceof ApiError && answer.reason === "NoAnswer") this.exit("cannot reach the API server");
          else this.stand();
        }),
      );
    } else if (prepare === undefined) ready();
  }

  /** The process dies at once (SIGKILL, a panic). Its kubelet starts it again. */
  crash(reason = "killed"): void {
    this.exit(reason);
  }

  /** SIGTERM: it gives its lease back if it does that, and exits. Its kubelet starts it again. */
  terminate(): void {
    const current = this.current;
    if (current === null) return;
    if (current.elector === null) this.exit("terminated");
    else current.elector.resign(current.life.guard(() => this.exit("terminated")));
  }

  /** Ends it, and keeps its kubelet from starting it again, until {@link start}. */
  holdDown(): void {
    this.isHeldDown = true;
    this.cancelRestart();
    this.exit("stopped");
  }

  /** It stands still until the returned function is called. */
  freeze(): () => void {
    const life = this.current?.life;
    this.current?.elector?.wake();
    life?.pause();
    return () => life?.resume();
  }

  /** It cannot renew its lease any more, and ends when it has noticed that. */
  loseLease(): void {
    this.current?.elector?.failRenewals();
  }

  /** How the present life has begun. */
  get begins(): FirstLife {
    return this.lives === 1 ? (this.options.firstLife ?? "anew") : "anew";
  }

  private connect(name: string): Client {
    const { clients, life } = this.current!;
    const client = new ProcessClient(this.options.client(name), life);
    clients.push(client);
    return client;
  }

  private self(): ComponentLife {
    return { life: this.current!.life, client: (name) => this.connect(name) };
  }

  /** Stands for election, or works at once where there is none. */
  private stand(): void {
    const { election } = this.options;
    if (election === null) return this.begin();
    const elect = () => this.elect(() => this.begin());
    if (this.begins === "waiting") this.current!.life.after(SECOND, elect);
    else elect();
  }

  private elect(leads: () => void): void {
    const { election, engine, lockName, name, promises, releases, source, warmUpMicros } = this.options;
    const current = this.current!;
    const client = this.connect(`${name}/leader-election`);
    const stream = engine.stream(`${name}/leader-election`);
    current.elector = new LeaderElector({
      ...election!,
      life: current.life,
      client,
      lockName,
      identity: `${name}_${identityOf(() => stream.int(TWO_32))}`,
      stream,
      events: new EventRecorder(current.life, client, source ?? lockName),
      releases,
      promises,
      leads: () => {
        this.options.changed?.("leads", "");
        current.life.after(warmUpMicros, leads);
      },
      lost: () => this.exit("leaderelection lost"),
    });
    current.elector.start();
  }

  private begin(): void {
    this.isWorking = true;
    this.options.work(this.self());
    // it has held the lease for long; who else wants it sees that with its first look
    if (this.begins === "working" && this.options.election !== null) this.elect(() => undefined);
  }

  private exit(reason: string): void {
    const current = this.current;
    if (current === null) return;
    const { changed, engine } = this.options;
    this.current = null;
    this.isWorking = false;
    current.elector?.stop();
    current.life.end();
    for (const client of current.clients) client.close();
    changed?.("exited", reason);
    if (this.isHeldDown) return;
    if (engine.now - this.startedMicros >= FORGIVEN_MICROS) this.restarts = 0;
    const pauseMicros = this.nextPauseMicros();
    this.restartTimer = engine.at((engine.now + pauseMicros) as Tick, () => {
      this.restartTimer = null;
      this.start();
    });
  }

  private nextPauseMicros(): number {
    const restarts = this.restarts++;
    if (restarts === 0) return FIRST_RESTART_MICROS;
    let pauseMicros = SECOND_RESTART_MICROS;
    for (let i = 1; i < restarts && pauseMicros < MAX_RESTART_MICROS; i++) pauseMicros *= 2;
    return Math.min(pauseMicros, MAX_RESTART_MICROS);
  }

  private cancelRestart(): void {
    if (this.restartTimer === null) return;
    this.options.engine.cancel(this.restartTimer);
    this.restartTimer = null;
  }
}

/** Shaped as the random uuid that real components add to their host's name. */
function identityOf(draw: () => number): string {
  const hex = () => draw().toString(16).padStart(8, "0");
  const [a, b, c, d] = [hex(), hex(), hex(), hex()] as const;
  return `${a}-${b.slice(0, 4)}-4${b.slice(5)}-${c.slice(0, 4)}-${c.slice(4)}${d}`;
}
