/** The float64 traces of an independent implementation (test/fixtures/parity), and the method that each one's constants say. */
import * as m from "../../src/mechanisms/index.js";
import type { Method } from "../../src/method.js";

export interface Weights {
  We: number[][];
  Wd: number[][];
  be: number[];
  bd: number[];
}

export interface TraceStep {
  x: number[][];
  loss: number;
  recon: number;
  l1: number;
  pen: number;
  gnorm: number;
  frac: number;
  lr: number;
  tau: number;
  lambda1: number;
  imp: number[];
  pairs: [number, number][];
  alive: number[];
  radius_mean: number | null;
  H: number[][] | null;
  pruned: number;
  realloc: number;
  weights_after?: Weights;
}

export interface Trace {
  cfg: Record<string, number | string | boolean>;
  init: Weights;
  steps: TraceStep[];
  final: Weights;
}

/** What a trace's constants can say otherwise, and the step does in one way alone: this one. */
const theOneWay: Trace["cfg"] = {
  warm_offset: 1,
  dec_norm: "feature",
  dec_grad_proj: true,
  tau_clamp: true,
  imp_init: "first",
  h_bias_correct: false,
  prune_corr: "same",
  prune_sustained: false,
  realloc_scale: 1,
  reset_adam: true,
};

/** Runs the comparison with a trace. If that fails, the failure names what the trace asks for and the step does not do. */
export function compared(cfg: Trace["cfg"], compare: () => void): void {
  try {
    compare();
  } catch (error) {
    const asked = Object.keys(theOneWay).filter((name) => name in cfg && cfg[name] !== theOneWay[name]);
    const named = asked.map((name) => `cfg.${name} = ${cfg[name]}`).join(", ");
    if (asked.length > 0) (error as Error).message = `not done here: ${named}. ${(error as Error).message}`;
    throw error;
  }
}

/** The method of a trace: slot by slot, from which run on it acts and with which constants. */
export function methodOf(cfg: Trace["cfg"]): Method {
  const number = (name: string): number => {
    if (typeof cfg[name] !== "number") throw new Error(`cfg.${name}: expected a number, found ${cfg[name]}`);
    return cfg[name];
  };
  const choice = <T>(name: string, choices: Record<string, T>): T => {
    const value = String(cfg[name]);
    if (!Object.hasOwn(choices, value))
      throw new Error(`cfg.${name}: expected one of ${Object.keys(choices)}, found ${value}`);
    return choices[value];
  };
  const run = number("run");
  const pairs = {
    fraction: number("kfrac"),
    atLeast: number("kmin"),
    count: choice("N", { pairs: "pairs", features: "features" } as const),
  };
  const fromCorr = choice("f", {
    acts: { cosine: "activationCosine", pearson: "activationPearson", inner_mean: "activationInner" },
    decoder: { cosine: "decoderCosine" },
    encoder: { cosine: "encoderCosine" },
  } as const);
  return {
    sparsity:
      run >= 6
        ? m.adaptiveSparsity({
            target: number("target_sparsity"),
            rate: number("lam_eta"),
            min: number("lam_min"),
            max: number("lam_max"),
            momentum: choice("lam_rule", { mult: 0, log_int: number("sp_beta") }),
          })
        : m.constantSparsity(number("lambda1")),
    pairs:
      run >= 3
        ? m.significantPairs({ ...pairs, threshold: choice("dyn_rule", { and: "both", thresh_only: "thresholdOnly" }) })
        : run >= 1
          ? m.topPairs(pairs)
          : m.noPairs,
    tau:
      run >= 2
        ? m.adaptiveTau({
            alpha: number("tau_alpha"),
            target: number("c_target"),
            min: number("tau_min"),
            max: number("tau_max"),
            meanCorrelation: choice("cbar", { selected: "selected", all: "all" }),
          })
        : m.constantTau(),
    prune:
      run >= 4
        ? m.pruneCorrelated({
            threshold: number("theta_corr"),
            every: number("prune_every"),
            protectAbove: run >= 5 ? number("protect_pct") / 100 : undefined,
            hit: choice("prune_which", { lower: "lessImportant", both: "both" }),
            action: choice("prune_action", { disable: "disable", rebirth: "reinitialize" }),
          })
        : m.noPruning,
    importance: m.momentumImportance({
      beta: number("imp_beta"),
      norm: choice("importance", {
        batch_l2: "batchL2",
        mean_abs: "meanAbs",
        rms: "rms",
        dec_norm: "decoderNorm",
        freq: "frequency",
      }),
    }),
    inhibit:
      run >= 7
        ? m.winnerTakesAll({
            gamma: number("gamma"),
            inhibition: choice("wta", { nonmax: "scaleLosers", subtract: "subtractWinner", half: "halfMax" }),
          })
        : m.noInhibition,
    neighbours:
      run >= 8
        ? choice("nb_adapt", {
            topH: m.strongest({ rMax: number("r_max") }),
            window: m.adaptiveWindow({ rMax: number("r_max") }),
          })
        : run >= 7
          ? choice("nb_fixed", {
              window: m.window({ rMax: number("r_max") }),
              block: m.blocks({ size: number("r_max") }),
            })
          : m.noNeighbours,
    radius:
      run >= 8
        ? m.adaptiveRadius({ rMax: number("r_max"), theta: number("theta_coact") })
        : m.fixedRadius(run >= 7 ? number("r_max") : 0),
    coactivation:
      run >= 8
        ? m.momentumCoactivation({
            beta: number("h_beta"),
            coactivation: choice("coact", { binary: "indicator", mean_prod: "product", norm_prod: "cosine" }),
          })
        : m.noCoactivation,
    ...{ keep: m.keepAll, prefixes: m.noPrefixes, auxiliary: m.noAuxiliary, l0: m.noL0Target },
    ...{ directions: m.freeDirections, trained: "all" },
    reallocate:
      run >= 9 ? m.reallocateInactive({ theta: number("theta_act"), after: number("t_realloc") }) : m.noReallocation,
    correlation: choice("pen_f", { decoder: true, same: false })
      ? "hybrid"
      : choice("corr", fromCorr as Record<string, Method["correlation"]>),
    penalty: choice("penalty", { sum: "sum", mean: "mean" }),
    reconstruction: choice("recon", { sq_sum: "squared", l2: "norm", sq_mean: "meanSquared" }),
  };
}
