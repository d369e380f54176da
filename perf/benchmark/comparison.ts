import { type Marks, markdownTable, withBetween } from "../../src/base/markdown.js";
import { median } from "../../src/data/activations/norms.js";

/** One measured quantity, ours and others', taken in turn in one run. */

/** What is measured once: milliseconds, tokens a second, or megabytes. */
type Measure = () => number | Promise<number>;

export interface Comparison {
  name: string;
  unit: "ms" | "tokens/s" | "MB";
  ours: Measure;
  peers: { name: string; goal: number; measure: Measure }[];
  /** Floating-point operations of one call (ms) or of one token (tokens/s), products counted dense. */
  flops?: number;
  /** How many rounds are enough, where one takes seconds or all give the same. */
  rounds?: number;
  /** Frees what the measures hold. */
  end?(): void | Promise<void>;
}

export interface Row {
  name: string;
  ours: number;
  peer: number;
  unit: string;
  /** Above 1 when ours is ahead. */
  ratio: number;
  goal: number;
  peerName: string;
  /** Lowest and highest of all rounds. */
  oursRange: [number, number];
  peerRange: [number, number];
  /** Share of the machine's matmul peak that ours reaches. */
  ofPeak?: number;
}

/** Rows of one comparison: each round ours, then each peer once; a peer that fails is reported and left out. */
export async function compare(
  { name, unit, ours, peers, flops }: Comparison,
  { rounds, peak, failed }: { rounds: number; peak: number; failed(message: string): void },
): Promise<Row[]> {
  const mine: number[] = [];
  const theirs = new Map(peers.map((peer) => [peer.name, [] as number[]]));
  await ours(); // warm-up, as the peers'
  for (let round = 0; round < rounds; round++) {
    mine.push(await ours());
    for (const peer of peers) {
      const times = theirs.get(peer.name);
      try {
        times?.push(await peer.measure());
      } catch (error) {
        theirs.delete(peer.name);
        failed(`${name}: no comparison with ${peer.name}: ${(error as Error).message}`);
      }
    }
  }
  const range = (values: number[]): [number, number] => [Math.min(...values), Math.max(...values)];
  const [own, ownRange] = [median(mine), range(mine)];
  const perSecond = unit === "ms" ? (flops ?? 0) / (own / 1000) : (flops ?? 0) * own;
  return peers.flatMap((peer) => {
    const times = theirs.get(peer.name);
    if (!times) return [];
    const other = median(times);
    return {
      name: `${name}; ${peer.name}`,
      ours: own,
      peer: other,
      unit,
      ratio: unit === "tokens/s" ? own / other : other / own,
      goal: peer.goal,
      peerName: peer.name,
      oursRange: ownRange,
      peerRange: range(times),
      ...(flops ? { ofPeak: perSecond / peak } : {}),
    };
  });
}

const number = (value: number): string =>
  value >= 1000 ? Math.round(value).toLocaleString("en-US").replaceAll(",", " ") : String(Number(value.toPrecision(3)));

/** Rows as a Markdown table. */
export function tableOf(rows: readonly Row[]): string {
  const header = ["what; against what", "ours", "theirs", "ratio", "goal", "of peak"];
  const lines = rows.map((r) => [
    r.name,
    `${number(r.ours)} ${r.unit} (${r.oursRange.map(number).join("–")})`,
    `${number(r.peer)} (${r.peerRange.map(number).join("–")})`,
    r.ratio.toFixed(2),
    String(r.goal),
    r.ofPeak === undefined ? "" : `${Math.round(100 * r.ofPeak)} %`,
  ]);
  return markdownTable([header, ...lines]);
}

/** The tables of docs/performance.md: between which marks each stands, and which rows are its own. */
const tables: { marks: Marks; has(row: Row): boolean }[] = [
  {
    marks: {
      begin: "<!-- The table below is written by `npm run perf -- --write`. -->",
      end: "<!-- End of the table. -->",
    },
    has: (row) => !isOfMethods(row),
  },
  {
    marks: {
      begin: "<!-- The table below is written by `npm run perf -- --only methods --write`. -->",
      end: "<!-- End of the table of methods. -->",
    },
    has: (row) => isOfMethods(row),
  },
];

const isOfMethods = ({ name }: Row): boolean => name.includes("other methods");

/** A page with its tables made of these rows; one that has none of them stays. Throws where a table has no place. */
export function withTables(page: string, rows: readonly Row[], text: (rows: readonly Row[]) => string): string {
  return tables.reduce((written, { marks, has }) => {
    const own = rows.filter(has);
    if (own.length === 0) return written;
    const next = withBetween(written, text(own), marks);
    if (next === undefined) throw new Error(`no place for the table: expected ${marks.begin} and ${marks.end}`);
    return next;
  }, page);
}
