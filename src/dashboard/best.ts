/** What was offered, by its index, and its value. */
interface Ranked {
  index: number;
  value: number;
}

/** Keeps the largest of the values that it is offered. */
export interface Best {
  /** Values at or below this are not kept, once as many as wanted are there; −∞ before. */
  bound(): number;
  /** Of two equal values the one that is offered first is kept. */
  offer(index: number, value: number): void;
  /** Descending by value. */
  list(): Ranked[];
}

/** Keeps the `size` largest values. */
export function best(size: number): Best {
  const kept: Ranked[] = [];
  let bound = size > 0 ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  return {
    bound: () => bound,
    offer(index, value) {
      if (!(value > bound)) return;
      if (kept.length === size) kept.pop();
      let at = kept.length;
      while (at > 0 && kept[at - 1].value < value) at--;
      kept.splice(at, 0, { index, value });
      if (kept.length === size) bound = kept[size - 1].value;
    },
    list: () => kept.slice(),
  };
}
