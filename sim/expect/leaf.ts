// One temporal claim about a state within one stretch of time: undecided until it must be true or false, then that for ever, with
// the moment of the decision.
import type { Claim } from "../model/expectation/syntax.ts";

export type LeafClaim = Exclude<Claim, { readonly op: "and" | "or" | "not" }>;

/** How a stretch of time ended: by itself, or because the run ended, or because the same fault came again. */
export type Ending = "closed" | "run over" | "cut short";

export class Leaf {
  readonly claim: LeafClaim;
  /** null: not decided. */
  verdict: boolean | null = null;
  private readonly openedMicros: number;

  constructor(claim: LeafClaim, openedMicros: number) {
    this.claim = claim;
    this.openedMicros = openedMicros;
  }

  /** When it is decided at the latest, if not by the end of the stretch; null = no such time. Until then, that moment included. */
  get deadlineMicros(): number | null {
    const { claim } = this;
    if (claim.op === "eventually" && claim.withinMicros !== null) return this.openedMicros + claim.withinMicros;
    return claim.op === "before" ? claim.atMicros - 1 : null;
  }

  /** The state is this now; at the begin of the stretch, and at every change. */
  state(holds: boolean): void {
    if (this.verdict !== null) return;
    switch (this.claim.op) {
      case "always":
        if (!holds) this.verdict = false;
        break;
      case "never":
        if (holds) this.verdict = false;
        break;
      case "eventually":
      case "before":
        if (holds) this.verdict = true;
        break;
      default:
    }
  }

  /** The deadline has passed. */
  late(): void {
    if (this.verdict === null) this.verdict = false;
  }

  /** The stretch is over, and the state is this. */
  close(holds: boolean, how: Ending): void {
    if (this.verdict !== null) return;
    const { op } = this.claim;
    if (op === "finally") this.verdict = how === "cut short" || holds;
    else this.verdict = op === "always" || op === "never" || how === "cut short";
  }
}
