/** A published model's tensors by name. */
export type Weights = Record<string, { shape: number[]; data: Float32Array }>;

interface Config {
  model_type: string;
  hidden_size: number;
  num_hidden_layers: number;
  num_attention_heads: number;
  num_key_value_heads: number;
  head_dim: number;
  rms_norm_eps: number;
  rope_theta: number;
  query_pre_attn_scalar?: number;
  attn_logit_softcapping?: number;
  sliding_window?: number;
}

type Vector = number[];

/**
 * The residual stream before block 0 and after each block, [position][d_in]: the definition, in loops over float64.
 * `round`: what happens to both factors of every matrix product and to the product; a norm's weight and the scores' scale
 * are part of the weight after it.
 */
export function naiveDecoder(
  config: Config,
  weights: Weights,
  tokens: number[],
  round = (x: number): number => x,
): Vector[][] {
  const gemma = config.model_type === "gemma2";
  const { hidden_size: d, head_dim: h, num_attention_heads: heads, num_key_value_heads: kvHeads } = config;
  const row = (name: string, i: number, width: number): Vector => [
    ...weights[name].data.slice(i * width, (i + 1) * width),
  ];
  const inner = (a: Vector, b: Vector): number => round(dot(a.map(round), b.map(round)));
  const product = (name: string, x: Vector, factors: Vector = x.map(() => 1)): Vector => {
    const [out, width] = weights[`${name}.weight`].shape;
    return Array.from({ length: out }, (_, i) =>
      inner(
        row(`${name}.weight`, i, width).map((w, j) => w * factors[j]),
        x,
      ),
    );
  };
  const factorsOf = (name: string): Vector => [...weights[`${name}.weight`].data].map((w) => (gemma ? 1 + w : w));
  const unit = (x: Vector): Vector => {
    const size = Math.sqrt(dot(x, x) / x.length + config.rms_norm_eps);
    return x.map((v) => v / size);
  };
  const norm = (name: string, x: Vector): Vector => unit(x).map((v, i) => v * factorsOf(name)[i]);
  /** Dimensions i and i + h/2 of a head turn together by position · θ^(−2i/h). */
  const rotate = (x: Vector, position: number): Vector =>
    x.map((v, i) => {
      const pair = i % (h / 2);
      const angle = position * config.rope_theta ** ((-2 * pair) / h);
      const other = i < h / 2 ? -x[i + h / 2] : x[i - h / 2];
      return v * Math.cos(angle) + other * Math.sin(angle);
    });
  const head = (x: Vector, i: number): Vector => x.slice(i * h, (i + 1) * h);

  let stream = tokens.map((t) => row("model.embed_tokens.weight", t, d).map((v) => (gemma ? v * Math.sqrt(d) : v)));
  const states = [stream];
  for (let block = 0; block < config.num_hidden_layers; block++) {
    const name = (part: string) => `model.layers.${block}.${part}`;
    const window = gemma && block % 2 === 0 ? config.sliding_window! : tokens.length;
    const cap = config.attn_logit_softcapping;
    const scale = 1 / Math.sqrt(config.query_pre_attn_scalar ?? h) / (cap ?? 1);
    const factors = factorsOf(name("input_layernorm"));
    const scaled = factors.map((w) => w * scale);
    const [q, k, v] = ["q", "k", "v"].map((p) =>
      stream.map((x) => product(name(`self_attn.${p}_proj`), unit(x), p === "q" ? scaled : factors)),
    );
    stream = stream.map((x, t) => {
      const mixed: Vector = [];
      for (let i = 0; i < heads; i++) {
        const shared = Math.floor(i / (heads / kvHeads));
        const seen = tokens.map((_, s) => s).filter((s) => s <= t && s > t - window);
        const scores = seen.map((s) => {
          const score = inner(rotate(head(q[t], i), t), rotate(head(k[s], shared), s));
          return cap ? cap * Math.tanh(score) : score;
        });
        const total = scores.reduce((sum, s) => sum + Math.exp(s), 0);
        const shares = scores.map((s) => Math.exp(s) / total);
        for (let j = 0; j < h; j++)
          mixed.push(
            inner(
              shares,
              seen.map((s) => head(v[s], shared)[j]),
            ),
          );
      }
      const attended = product(name("self_attn.o_proj"), mixed);
      const y = add(x, gemma ? norm(name("post_attention_layernorm"), attended) : attended);
      const fedIn = factorsOf(name(gemma ? "pre_feedforward_layernorm" : "post_attention_layernorm"));
      const up = product(name("mlp.up_proj"), unit(y), fedIn);
      const hidden = product(name("mlp.gate_proj"), unit(y), fedIn).map(
        (g, i) => (gemma ? gelu(g) : g / (1 + Math.exp(-g))) * up[i],
      );
      const fed = product(name("mlp.down_proj"), hidden);
      return add(y, gemma ? norm(name("post_feedforward_layernorm"), fed) : fed);
    });
    states.push(stream);
  }
  return states;
}

const dot = (a: Vector, b: Vector): number => a.reduce((sum, v, i) => sum + v * b[i], 0);
const add = (a: Vector, b: Vector): Vector => a.map((v, i) => v + b[i]);
const gelu = (x: number): number => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3)));
