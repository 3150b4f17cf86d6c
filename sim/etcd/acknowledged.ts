// Which revisions clients were told of: so that after a restore it can be said how many acknowledged writes were lost.
// One bit per revision.

export class AcknowledgedRevisions {
  private bits = new Uint8Array(1024);

  add(revision: number): void {
    const at = revision >>> 3;
    if (at >= this.bits.length) {
      const grown = new Uint8Array(Math.max(at + 1, this.bits.length * 2));
      grown.set(this.bits);
      this.bits = grown;
    }
    this.bits[at]! |= 1 << (revision & 7);
  }

  has(revision: number): boolean {
    return ((this.bits[revision >>> 3] ?? 0) & (1 << (revision & 7))) !== 0;
  }

  /** How many above `revision`. */
  countAfter(revision: number): number {
    let count = 0;
    for (let next = revision + 1; next < this.bits.length * 8; next++) if (this.has(next)) count++;
    return count;
  }

  /** The history goes on from `revision`: what was said of later ones is another history's. */
  forgetAfter(revision: number): void {
    for (let next = revision + 1; next < this.bits.length * 8; next++) this.bits[next >>> 3]! &= ~(1 << (next & 7));
  }
}
