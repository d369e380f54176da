/** What a step takes from others and makes for others: names like `activations` or `runs/run-3`. */
export interface Flow {
  reads: readonly string[];
  writes: readonly string[];
}

/** Whether two names have something in common: they are equal, or one is a folder of the other (`runs`, `runs/run-3`). */
export const overlap = (a: string, b: string): boolean => a === b || a.startsWith(`${b}/`) || b.startsWith(`${a}/`);

/** Whether `reader` reads something that `writer` writes. */
export const dependsOn = (reader: Flow, writer: Flow): boolean =>
  reader.reads.some((read) => writer.writes.some((written) => overlap(read, written)));

/** The steps with each behind all it depends on, otherwise in their order. A circle is an error that names it. */
export function orderByDependency<S extends Flow>(steps: readonly S[], nameOf: (step: S) => string): S[] {
  const ordered = new Set<S>();
  const visit = (step: S, path: readonly S[]): void => {
    if (ordered.has(step)) return;
    const at = path.indexOf(step);
    if (at >= 0) throw new Error(`a circle, each reads what the next writes: ${circle(path.slice(at), nameOf)}`);
    for (const other of steps) if (dependsOn(step, other)) visit(other, [...path, step]);
    ordered.add(step);
  };
  for (const step of steps) visit(step, []);
  return [...ordered];
}

const circle = <S>(steps: readonly S[], nameOf: (step: S) => string): string =>
  [...steps, steps[0]].map(nameOf).join(" → ");
