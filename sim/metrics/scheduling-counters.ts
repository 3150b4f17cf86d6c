// What schedulers did, per profile and per plugin: attempts and their outcomes, nodes looked at, and who rejected how often.

export type AttemptOutcome = "scheduled" | "unschedulable" | "error";

/** Counters of one profile. */
export interface ProfileCounters {
  attempts: number;
  scheduled: number;
  unschedulable: number;
  errors: number;
  bindFailures: number;
  nodesEvaluated: number;
  nodesFeasible: number;
  preemptions: number;
  victims: number;
  /** Plugin → nodes that it rejected, over all attempts. */
  readonly nodesRejected: Map<string, number>;
  /** Plugin → attempts in which it rejected at least one node or the pod itself. */
  readonly attemptsRejected: Map<string, number>;
}

/** What an attempt tells. */
export interface AttemptFacts {
  readonly outcome: AttemptOutcome;
  readonly evaluatedCount: number;
  readonly feasibleCount: number;
  /** Plugins that had a part in the pod not being placed. */
  readonly rejectors: ReadonlySet<string>;
  /** Plugin → nodes that it rejected. */
  readonly statuses: ReadonlyMap<string, number>;
}

export class SchedulingCounters {
  /** In order of first use. */
  readonly profiles = new Map<string, ProfileCounters>();

  profile(name: string): ProfileCounters {
    let counters = this.profiles.get(name);
    if (counters === undefined) {
      counters = {
        attempts: 0,
        scheduled: 0,
        unschedulable: 0,
        errors: 0,
        bindFailures: 0,
        nodesEvaluated: 0,
        nodesFeasible: 0,
        preemptions: 0,
        victims: 0,
        nodesRejected: new Map(),
        attemptsRejected: new Map(),
      };
      this.profiles.set(name, counters);
    }
    return counters;
  }

  attempt(profileName: string, facts: AttemptFacts): void {
    const counters = this.profile(profileName);
    counters.attempts++;
    if (facts.outcome === "scheduled") counters.scheduled++;
    else if (facts.outcome === "unschedulable") counters.unschedulable++;
    else counters.errors++;
    counters.nodesEvaluated += facts.evaluatedCount;
    counters.nodesFeasible += facts.feasibleCount;
    for (const [plugin, nodes] of facts.statuses) {
      counters.nodesRejected.set(plugin, (counters.nodesRejected.get(plugin) ?? 0) + nodes);
    }
    for (const plugin of facts.rejectors) {
      counters.attemptsRejected.set(plugin, (counters.attemptsRejected.get(plugin) ?? 0) + 1);
    }
  }
}
