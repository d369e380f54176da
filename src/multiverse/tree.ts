import { sum } from "../base/mean.js";
import { permutation, stream } from "../base/random.js";
import type { Choices, Chosen } from "./design.js";

/** Questions that tell where a claim is satisfied: yes and no lead to another one, or to an answer. */
export type Tree =
  | { holds: boolean; satisfied: number; of: number }
  | { name: string; choice: string; yes: Tree; no: Tree };

/** A universe with whether it satisfies a claim. */
export interface Case {
  choices: Chosen;
  isSo: boolean;
}

/** Questions that a tree asks at most. */
const mostQuestions = 3;
const folds = 10;
/** Universes that an answer is about, at least. */
const fewest = 5;

/**
 * The tree of at most three questions "is this choice made?" that tells best where a claim is satisfied (CART, by Gini's impurity), with the
 * share of universes that it tells rightly when they are left out of growing it, beside that of always saying the more frequent.
 * Undefined where it tells them no better.
 */
export function treeOf(
  cases: readonly Case[],
  choices: Choices,
  seed = 1,
): { tree: Tree; right: number; byDefault: number } | undefined {
  const satisfied = cases.filter(({ isSo }) => isSo).length;
  const byDefault = Math.max(satisfied, cases.length - satisfied) / Math.max(1, cases.length);
  const tree = grown(cases, choices);
  if ("holds" in tree) return undefined;
  const order = permutation(stream(seed, "folds"), cases.length);
  const right = sum(
    Array.from({ length: folds }, (_, fold) => {
      const isOut = (at: number): boolean => order[at] % folds === fold;
      const fitted = grown(
        cases.filter((_, at) => !isOut(at)),
        choices,
      );
      return cases.filter((one, at) => isOut(at) && told(fitted, one.choices) === one.isSo).length;
    }),
  );
  return right / cases.length > byDefault ? { tree, right: right / cases.length, byDefault } : undefined;
}

/** What a tree says of a universe. */
export function told(tree: Tree, choices: Chosen): boolean {
  return "holds" in tree ? tree.holds : told(choices[tree.name] === tree.choice ? tree.yes : tree.no, choices);
}

/** The questions one after another, each where it tells most, until there are three or none tells anything. */
function grown(cases: readonly Case[], choices: Choices): Tree {
  const asked: Question[] = [];
  let leaves: Case[][] = [[...cases]];
  for (let left = mostQuestions; left > 0; left--) {
    const best = leaves
      .map((leaf) => ({ leaf, ...question(leaf, choices) }))
      .reduce((a, b) => (b.gain > a.gain ? b : a));
    if (best.gain <= 1e-9) break;
    asked.push({ of: new Set(best.leaf), name: best.name, choice: best.choice });
    const [yes, no] = parts(best.leaf, best);
    leaves = [...leaves.filter((leaf) => leaf !== best.leaf), yes, no];
  }
  return assembled(cases, asked);
}

/** A question, and the universes that it is asked of. */
interface Question {
  of: ReadonlySet<Case>;
  name: string;
  choice: string;
}

/** The questions that were asked of these universes and their parts, as a tree. */
function assembled(cases: readonly Case[], asked: readonly Question[]): Tree {
  const own = asked.find(({ of }) => of.size === cases.length && cases.every((one) => of.has(one)));
  if (!own) return answer(cases);
  const [yes, no] = parts(cases, own);
  return { name: own.name, choice: own.choice, yes: assembled(yes, asked), no: assembled(no, asked) };
}

const parts = (
  cases: readonly Case[],
  { name, choice }: Pick<Question, "name" | "choice">,
): [yes: Case[], no: Case[]] => [
  cases.filter(({ choices: of }) => of[name] === choice),
  cases.filter(({ choices: of }) => of[name] !== choice),
];

const answer = (cases: readonly Case[]): Tree => {
  const satisfied = cases.filter(({ isSo }) => isSo).length;
  return { holds: 2 * satisfied > cases.length, satisfied, of: cases.length };
};

/** The question that lowers the impurity of these cases most, and by how much. */
function question(cases: readonly Case[], choices: Choices): { name: string; choice: string; gain: number } {
  let best = { name: "", choice: "", gain: 0 };
  for (const [name, all] of Object.entries(choices))
    for (const choice of all) {
      const [yes, no] = parts(cases, { name, choice });
      if (yes.length < fewest || no.length < fewest) continue;
      const gain = impurity(cases) - impurity(yes) - impurity(no);
      if (gain > best.gain) best = { name, choice, gain };
    }
  return best;
}

/** Gini's, times the number of cases. */
const impurity = (cases: readonly Case[]): number => {
  const satisfied = cases.filter(({ isSo }) => isSo).length;
  return cases.length === 0 ? 0 : (2 * satisfied * (cases.length - satisfied)) / cases.length;
};

/** A tree as a sentence each line. */
export function treeText(tree: Tree, indent = ""): string {
  if ("holds" in tree) return `${indent}${tree.holds ? "holds" : "does not hold"} (${tree.satisfied} of ${tree.of})`;
  const { name, choice, yes, no } = tree;
  const branch = (when: string, of: Tree): string => `${indent}${when}\n${treeText(of, `${indent}  `)}`;
  return `${branch(`${name} = ${choice}:`, yes)}\n${branch(`${name} otherwise:`, no)}`;
}
