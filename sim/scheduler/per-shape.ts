// Something derived from a pod shape, computed once per shape. Belongs to one ShapeTable, as shape ids do.
import type { PodShape } from "./shape.ts";

export class PerShape<T> {
  private readonly values: (T | undefined)[] = [];
  private readonly derive: (shape: PodShape) => T;

  constructor(derive: (shape: PodShape) => T) {
    this.derive = derive;
  }

  get(shape: PodShape): T {
    const known = this.values[shape.id];
    if (known !== undefined) return known;
    const value = this.derive(shape);
    // dense: ids are handed out from 0
    while (this.values.length < shape.id) this.values.push(undefined);
    this.values[shape.id] = value;
    return value;
  }
}
