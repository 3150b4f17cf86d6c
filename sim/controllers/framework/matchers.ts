// Selectors of the objects that a controller looks after, compiled once each.
import type { LabelSelector } from "../../model/objects.ts";
import { compileLabelSelector, type LabelMatcher } from "../../model/selectors.ts";

export class Matchers {
  private readonly known = new WeakMap<object, LabelMatcher>();

  /** @param identity what stays the same as long as the selector does */
  of(selector: LabelSelector | null | undefined, identity: object | null | undefined = selector): LabelMatcher {
    if (identity == null) return compileLabelSelector(null);
    let matcher = this.known.get(identity);
    if (matcher === undefined) {
      matcher = compileLabelSelector(selector);
      this.known.set(identity, matcher);
    }
    return matcher;
  }
}
