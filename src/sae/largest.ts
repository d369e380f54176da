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
    if (this.size < this.most) {
      this.set(this.size, value, place);
      this.siftUp(this.size++);
    } else if (this.most > 0 && (value > this.values[0] || (value === this.values[0] && place < this.places[0]))) {
      this.set(0, value, place);
      this.siftDown();
    }
  }

  /** The places kept, in no order; valid until the next offer. */
  kept(): Float64Array {
    return this.places.subarray(0, this.size);
  }

  /** The places kept, ascending. */
  placesInOrder(): Float64Array {
    return this.places.slice(0, this.size).sort();
  }

  private set(at: number, value: number, place: number): void {
    this.values[at] = value;
    this.places[at] = place;
  }

  private givesWayBefore(a: number, b: number): boolean {
    return this.values[a] < this.values[b] || (this.values[a] === this.values[b] && this.places[a] > this.places[b]);
  }

  private swap(a: number, b: number): void {
    const [value, place] = [this.values[a], this.places[a]];
    this.set(a, this.values[b], this.places[b]);
    this.set(b, value, place);
  }

  private siftUp(from: number): void {
    for (let child = from; child > 0; ) {
      const parent = (child - 1) >> 1;
      if (!this.givesWayBefore(child, parent)) return;
      this.swap(child, parent);
      child = parent;
    }
  }

  private siftDown(): void {
    for (let parent = 0; ; ) {
      const left = 2 * parent + 1;
      let first = parent;
      if (left < this.size && this.givesWayBefore(left, first)) first = left;
      if (left + 1 < this.size && this.givesWayBefore(left + 1, first)) first = left + 1;
      if (first === parent) return;
      this.swap(parent, first);
      parent = first;
    }
  }
}
