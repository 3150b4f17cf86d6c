// What a person with etcdctl does, one step after the other: sends a request to a member that serves, tries again while it is refused,
// waits until something is so, and gives up in the end.
import { SECOND } from "../../engine/tick.ts";
import type { FaultRun } from "../kind.ts";
import type { OperatorAnswer, OperatorRequest } from "../world.ts";

const RETRY_MICROS = SECOND;
const LOOK_MICROS = SECOND / 10;
const DEADLINE_MICROS = 5 * SECOND;
/** Beyond this a procedure has failed. */
const PATIENCE_MICROS = 600 * SECOND;

export class Operator {
  private readonly run: FaultRun;

  constructor(run: FaultRun) {
    this.run = run;
  }

  /**
   * Sends a request until it succeeds.
   *
   * @param to names in order of preference: the first that serves is asked
   * @param isEnough an error that is as good as an answer, such as that something is done already
   */
  ask(
    what: string,
    to: () => readonly string[],
    request: (member: string) => OperatorRequest,
    then: (answer: OperatorAnswer) => void,
    isEnough: (error: string) => boolean = () => false,
  ): void {
    const { engine, world } = this.run;
    const began = engine.now;
    const attempt = () => {
      const again = (why: string) => {
        if (engine.now - began > PATIENCE_MICROS) this.run.giveUp(`${what}: ${why}`);
        else this.after(RETRY_MICROS, attempt);
      };
      const member = to().find((name) => world.etcd.isServing(name));
      if (member === undefined) return again("no member answers");
      world.etcd.call(member, request(member), DEADLINE_MICROS, (answer) => {
        if (answer.error === null || isEnough(answer.error)) then(answer);
        else again(answer.error);
      });
    };
    attempt();
  }

  /** Goes on once something is so. */
  until(what: string, isSo: () => boolean, then: () => void): void {
    const { engine } = this.run;
    const began = engine.now;
    const look = () => {
      if (isSo()) then();
      else if (engine.now - began > PATIENCE_MICROS) this.run.giveUp(`${what} did not come`);
      else this.after(LOOK_MICROS, look);
    };
    look();
  }

  after(micros: number, then: () => void): void {
    this.run.after(micros, then);
  }

  /** One after the other. */
  each(names: readonly string[], step: (name: string, next: () => void) => void, then: () => void): void {
    const go = (index: number): void => {
      const name = names[index];
      if (name === undefined) then();
      else step(name, () => go(index + 1));
    };
    go(0);
  }

  /** Members that could be asked, others than these. */
  others(...names: readonly string[]): readonly string[] {
    return this.run.world
      .candidates("etcd")
      .map((target) => target.name)
      .filter((name) => !names.includes(name));
  }
}
