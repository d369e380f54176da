/** The readings and constants of one training, in the names of the traces (docs/readings.md). */
export interface Config {
  run: number;
  lr: number;
  betas: string;
  eps: number;
  /** R17 */ warmup: number;
  lambda1: number;
  /** R6 */ tau0: number;
  /** R1: what the vectors are, how they are scaled, and `decoder` for hybrid. */
  f: "acts" | "decoder" | "encoder";
  corr: "cosine" | "pearson" | "inner_mean";
  pen_f: "same" | "decoder";
  /** R2 */ N: "pairs" | "features";
  kfrac: number;
  kmin: number;
  /** R3 */ dyn_rule: "and" | "thresh_only";
  /** R4 */ penalty: "sum" | "mean";
  /** R5 */ cbar: "selected" | "all";
  tau_alpha: number;
  c_target: number;
  tau_min: number;
  tau_max: number;
  /** R7 */ importance: "batch_l2" | "mean_abs" | "rms" | "dec_norm" | "freq";
  imp_beta: number;
  /** R8 */ prune_which: "lower" | "both";
  prune_action: "disable" | "rebirth";
  prune_every: number;
  theta_corr: number;
  protect_pct: number;
  /** R9 */ coact: "binary" | "mean_prod" | "norm_prod";
  h_beta: number;
  theta_coact: number;
  /** R10 */ nb_fixed: "window" | "block";
  nb_adapt: "topH" | "window";
  r_max: number;
  /** R11 */ wta: "nonmax" | "subtract" | "half";
  gamma: number;
  /** R12 */ lam_rule: "mult" | "log_int";
  sp_beta: number;
  target_sparsity: number;
  lam_eta: number;
  lam_min: number;
  lam_max: number;
  /** R13 */ t_realloc: number;
  theta_act: number;
  /** R16 */ recon: "sq_sum" | "l2" | "sq_mean";
}

/** The default readings with the paper's constants. */
export const paperConfig: Config = {
  run: 0,
  lr: 3e-4,
  betas: "0.9,0.999",
  eps: 1e-8,
  warmup: 1000,
  lambda1: 0.04,
  tau0: 0.1,
  f: "acts",
  corr: "cosine",
  pen_f: "same",
  N: "pairs",
  kfrac: 0.001,
  kmin: 10,
  dyn_rule: "and",
  penalty: "sum",
  cbar: "selected",
  tau_alpha: 0.9,
  c_target: 0.1,
  tau_min: 0.01,
  tau_max: 0.5,
  importance: "batch_l2",
  imp_beta: 0.99,
  prune_which: "lower",
  prune_action: "disable",
  prune_every: 100,
  theta_corr: 0.8,
  protect_pct: 90,
  coact: "binary",
  h_beta: 0.99,
  theta_coact: 0.1,
  nb_fixed: "window",
  nb_adapt: "topH",
  r_max: 32,
  wta: "nonmax",
  gamma: 0.3,
  lam_rule: "mult",
  sp_beta: 0.99,
  target_sparsity: 0.1,
  lam_eta: 0.1,
  lam_min: 0.01,
  lam_max: 0.2,
  t_realloc: 100,
  theta_act: 0.01,
  recon: "sq_sum",
};

/** What `value` stands for; a name that nobody gave a meaning is an error, not a default. */
export function meaning<T>(value: string, choices: Record<string, T>): T {
  if (!Object.hasOwn(choices, value)) throw new Error(`expected one of ${Object.keys(choices)}, found ${value}`);
  return choices[value];
}
