import path from "node:path";
import { z } from "zod";
import { SncError } from "../base/errors.js";
import { packageFolder, readJson } from "../base/files.js";
import { frontierQuantityNames } from "../frontier/curve.js";
import { frontierMethodNames } from "../frontier/levels.js";
import { paper } from "../paper.js";
import { type Claim, contradictionNames, controlNames, type Registry } from "./claim.js";
import { quantityNames } from "./quantities.js";
import { statementNames } from "./statements.js";

/** The registry of the paper's claims: the only file with the results that the paper states. */
export const claimsFile: string = path.join(packageFolder, "data-manifests", "claims.json");

const run = z.int().min(0).max(9);
const text = z.string().min(1);

const common = {
  id: z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/),
  quote: text,
  section: text,
  unit: text,
  layer: z.literal([...paper.layers, "all"]),
  runs: z.array(run),
  notebook: text,
  reading: text,
  weight: z.enum(["central", "supporting", "detail"]),
  evidence: text,
  contradiction: z.enum(contradictionNames).optional(),
  controls: z.array(z.enum(controlNames)).min(1).optional(),
};

const quantity = z.enum(quantityNames);
const over = z.enum(["largest", "smallest", "farthest", "range"]).optional();

/** The shape of a claim, by its kind. */
export const claimSchema = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("close"),
    ...common,
    quantity,
    over,
    stated: z.number(),
    tolerance: z.number().positive(),
    why: text,
  }),
  z.strictObject({
    kind: z.literal("bound"),
    ...common,
    quantity,
    over,
    operator: z.enum(["<", "<=", ">", ">="]),
    value: z.number(),
  }),
  z.strictObject({
    kind: z.literal("order"),
    ...common,
    quantity,
    order: z.array(z.array(run).min(1)).min(2),
    stated: z.strictObject({ values: z.array(z.number()), tolerance: z.number().positive() }).optional(),
  }),
  z.strictObject({ kind: z.literal("exact"), ...common, quantity, value: z.number(), decimals: z.int().min(0) }),
  z.strictObject({
    kind: z.literal("frontier"),
    ...common,
    quantity: z.enum(frontierQuantityNames),
    better: z.enum(["higher", "lower"]),
    than: z.array(z.enum(frontierMethodNames)).min(1),
    why: text,
  }),
  z.strictObject({
    kind: z.literal("statement"),
    ...common,
    quantity: z.null(),
    stated: z.number().optional(),
    test: z.enum(statementNames).nullable(),
    why: text,
  }),
]) satisfies z.ZodType<Claim>;

const registrySchema: z.ZodType<Registry> = z
  .strictObject({
    evidence: z.record(z.string(), text),
    claims: z.array(claimSchema).min(1),
    notCheckable: z.array(z.strictObject({ quote: text, section: text, why: text })),
  })
  .superRefine(({ evidence, claims }, context) => {
    const ids = new Set<string>();
    for (const claim of claims) {
      const problem = (message: string): void =>
        context.addIssue({ code: "custom", message: `${claim.id}: ${message}` });
      if (ids.has(claim.id)) problem("two claims have this id");
      ids.add(claim.id);
      if (!Object.hasOwn(evidence, claim.evidence)) problem(`no evidence is called ${claim.evidence}`);
      for (const message of shapeProblems(claim)) problem(message);
    }
  });

/** What zod's shapes cannot say. */
function shapeProblems(claim: Claim): string[] {
  const isSingle = claim.layer !== "all" && claim.runs.length === 1;
  const ordered = claim.kind === "order" ? claim.order.flat().sort() : [];
  const problems: [boolean, string][] = [
    [claim.quantity !== null && claim.runs.length === 0, "a quantity is measured on runs"],
    [
      (claim.kind === "bound" || claim.kind === "close") && isSingle !== (claim.over === undefined),
      "`over` goes with several runs or layers",
    ],
    [claim.kind === "order" && claim.layer === "all", "runs are put in order on one layer"],
    [
      claim.kind === "order" && (claim.stated?.values.length ?? claim.order.length) !== claim.order.length,
      "a value is stated for each group",
    ],
    [claim.kind === "order" && String(ordered) !== String([...claim.runs].sort()), "`order` lists `runs`"],
  ];
  return problems.filter(([isWrong]) => isWrong).map(([, message]) => message);
}

/** The registry at `file`, checked. */
export async function readRegistry(file: string = claimsFile): Promise<Registry> {
  const parsed = registrySchema.safeParse(await readJson(file));
  if (parsed.success) return parsed.data;
  throw new SncError("input", `${file}: ${z.prettifyError(parsed.error)}\nRestore the file: git checkout ${file}`);
}

/** These claims by id, all where none is named. Throws a usage error that lists the ids there are. */
export function selectClaims(claims: readonly Claim[], ids: readonly string[] = []): Claim[] {
  for (const id of ids)
    if (!claims.some((claim) => claim.id === id))
      throw new SncError("usage", `claim "${id}": expected one of\n  ${claims.map((claim) => claim.id).join("\n  ")}`);
  return claims.filter((claim) => ids.length === 0 || ids.includes(claim.id));
}
