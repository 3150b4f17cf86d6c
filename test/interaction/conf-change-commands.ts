// Commands of scripts about configuration changes: one membership, changed step by step.
import { changeSimply, enterJoint, leaveJoint, type Membership, type Refusal } from "../../sim/raft/configuration.ts";
import { Inflights } from "../../sim/raft/inflights.ts";
import { Progress } from "../../sim/raft/progress.ts";
import { EMPTY_CONF } from "../../sim/raft/storage.ts";
import { Tracker } from "../../sim/raft/tracker.ts";
import { describeConf, describeProgress, parseOperators } from "./describe.ts";
import type { Command } from "./script.ts";

export class ConfChangeScript {
  private membership: Membership = { conf: EMPTY_CONF, progress: new Map() };
  /** Commands so far: it shows in which of them a progress was created. */
  private lastIndex = 0;

  /** Runs a command. @returns configuration and progress, or why it was refused */
  run(command: Command): string {
    const next = this.change(command);
    this.lastIndex++;
    if (typeof next === "string") return next;
    this.membership = next;
    const tracker = new Tracker(next);
    return [describeConf(tracker.conf), ...tracker.members.map(describeProgress)].join("\n");
  }

  private change(command: Command): Membership | Refusal | "this command takes no input" {
    const create = (id: number) => {
      const progress = new Progress(id, Math.max(this.lastIndex, 1), new Inflights(10, 0));
      progress.recentActive = true;
      return progress;
    };
    const changes = parseOperators(command.input);
    switch (command.name) {
      case "simple":
        return changeSimply(this.membership, changes, create);
      case "enter-joint":
        return enterJoint(this.membership, changes, command.options.get("autoleave")?.[0] === "true", create);
      case "leave-joint":
        return changes.length > 0 ? "this command takes no input" : leaveJoint(this.membership);
      default:
        throw new Error(`unknown command ${command.name}`);
    }
  }
}
