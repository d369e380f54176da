/**
 * Keeps the `most` largest values offered, by place; of equal values the one of lower place. The best so far lie in a
 * heap with the one to give way on top: most offers are turned away by one comparison.
 */
export class Largest {
  private readonly values: Float64Array;
  private readonly places: Float64Array;
  private size = 0;

  constructor(private most: number) {
    this.values = new Float64Array(most);
    this.places = new Float64Array(most);
  }

  /** Forgets what was offered; keeps at most as many as at first. */
  restart(most: number): void {
    this.most = most;
    this.size = 0;
  }

  offer(value: number, place: number): void {
    if (this.size < this.most) this.rise(this.size++, value, place);
    else if (this.most > 0 && this.isAfter(value, place, 0)) this.sink(value, place);
  }

  /** The places kept, in no order; valid until the next offer. */
  kept(): Float64Array {
    return this.places.subarray(0, this.size);
  }

  /** The places kept, ascending; with a bound those of larger values. */
  placesInOrder(bound?: number): Float64Array {
    const kept = this.places.slice(0, this.size);
    return (bound === undefined ? kept : kept.filter((_, at) => this.values[at] > bound)).sort();
  }

  /** No smaller value is kept any more. */
  get least(): number {
    if (this.size < this.most) return Number.NEGATIVE_INFINITY;
    return this.most > 0 ? this.values[0] : Number.POSITIVE_INFINITY;
  }

  /** How many more are kept whatever their value. */
  get free(): number {
    return this.most - this.size;
  }

  /** True where this value is kept rather than the one at `at`. */
  private isAfter(value: number, place: number, at: number): boolean {
    return value > this.values[at] || (value === this.values[at] && place < this.places[at]);
  }

  /** Puts a value in at the free end `at`, or above: parents that are kept rather than it move down. */
  private rise(at: number, value: number, place: number): void {
    const { values, places } = this;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (this.isAfter(value, place, parent)) break;
      values[at] = values[parent];
      places[at] = places[parent];
      at = parent;
    }
    values[at] = value;
    places[at] = place;
  }

  /** Puts a value in on top, or below: the first children to give way move up. */
  private sink(value: number, place: number): void {
    const { values, places, size } = this;
    let at = 0;
    for (let child = 1; child < size; child = 2 * at + 1) {
      if (child + 1 < size && this.isAfter(values[child], places[child], child + 1)) child++;
      if (!this.isAfter(value, place, child)) break;
      values[at] = values[child];
      places[at] = places[child];
      at = child;
    }
    values[at] = value;
    places[at] = place;
  }
}
