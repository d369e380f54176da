/** How a tensor's numbers are stored. Q8_0 and Q4_1 are llama.cpp's blocks of 32 with a half-precision scale (and minimum). */
export type Encoding = "F32" | "F16" | "BF16" | "Q8_0" | "Q4_1" | "I32" | "I64";

/** Numbers in a block, and bytes a block takes. */
export const encodings: Record<Encoding, { block: number; bytes: number }> = {
  F32: { block: 1, bytes: 4 },
  F16: { block: 1, bytes: 2 },
  BF16: { block: 1, bytes: 2 },
  Q8_0: { block: 32, bytes: 34 },
  Q4_1: { block: 32, bytes: 20 },
  I32: { block: 1, bytes: 4 },
  I64: { block: 1, bytes: 8 },
};

/** Forms that are known by their size alone: a file may hold such tensors, as long as nobody asks for their numbers. */
const unread: Record<string, { block: number; bytes: number }> = {
  // safetensors' dtypes
  ...{ BOOL: { block: 1, bytes: 1 }, U8: { block: 1, bytes: 1 }, I8: { block: 1, bytes: 1 } },
  ...{ F8_E4M3: { block: 1, bytes: 1 }, F8_E5M2: { block: 1, bytes: 1 }, F8_E8M0: { block: 1, bytes: 1 } },
  ...{ F8_E4M3FNUZ: { block: 1, bytes: 1 }, F8_E5M2FNUZ: { block: 1, bytes: 1 } },
  ...{ F4: { block: 2, bytes: 1 }, F6_E2M3: { block: 4, bytes: 3 }, F6_E3M2: { block: 4, bytes: 3 } },
  ...{ I16: { block: 1, bytes: 2 }, U16: { block: 1, bytes: 2 }, U32: { block: 1, bytes: 4 } },
  ...{ U64: { block: 1, bytes: 8 }, F64: { block: 1, bytes: 8 }, C64: { block: 1, bytes: 8 } },
  // llama.cpp's blocks
  ...{ Q4_0: { block: 32, bytes: 18 }, Q5_0: { block: 32, bytes: 22 }, Q5_1: { block: 32, bytes: 24 } },
  ...{ Q8_1: { block: 32, bytes: 36 }, Q2_K: { block: 256, bytes: 84 }, Q3_K: { block: 256, bytes: 110 } },
  ...{ Q4_K: { block: 256, bytes: 144 }, Q5_K: { block: 256, bytes: 176 }, Q6_K: { block: 256, bytes: 210 } },
  Q8_K: { block: 256, bytes: 292 },
};

/** Numbers in a block of a form, read here or not, and bytes a block takes; undefined for a form that nobody knows. */
export const sizeOfForm = (form: string): { block: number; bytes: number } | undefined =>
  Object.hasOwn(encodings, form) ? encodings[form as Encoding] : Object.hasOwn(unread, form) ? unread[form] : undefined;

export const isEncoding = (form: string): form is Encoding => Object.hasOwn(encodings, form);

/** Bytes that `count` numbers take in a form that `sizeOfForm` knows; `count` is a multiple of its block. */
export function encodedBytes(form: string, count: number): number {
  const { block, bytes } = sizeOfForm(form)!;
  return (count / block) * bytes;
}

/** Writes the numbers that `bytes` hold into `out`, [out.length]; integers beyond 2^24 lose their last bits. */
export function decodeNumbers(encoding: Encoding, bytes: Uint8Array, out: Float32Array): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  decoders[encoding](bytes, view, out);
}

type Decode = (bytes: Uint8Array, view: DataView, out: Float32Array) => void;

const decoders: Record<Encoding, Decode> = {
  F32(bytes, _view, out) {
    // A byte copy: a tensor need not start at a multiple of four.
    new Uint8Array(out.buffer, out.byteOffset, out.byteLength).set(bytes.subarray(0, out.byteLength));
  },
  F16(_bytes, view, out) {
    const half = halfTable();
    for (let i = 0; i < out.length; i++) out[i] = half[view.getUint16(2 * i, true)];
  },
  BF16(_bytes, view, out) {
    const bits = new Uint32Array(out.buffer, out.byteOffset, out.length);
    for (let i = 0; i < out.length; i++) bits[i] = view.getUint16(2 * i, true) << 16;
  },
  Q8_0(_bytes, view, out) {
    const half = halfTable();
    for (let i = 0, at = 0; i < out.length; i += 32, at += 34) {
      const scale = half[view.getUint16(at, true)];
      for (let j = 0; j < 32; j++) out[i + j] = scale * view.getInt8(at + 2 + j);
    }
  },
  Q4_1(bytes, view, out) {
    const half = halfTable();
    for (let i = 0, at = 0; i < out.length; i += 32, at += 20) {
      const scale = half[view.getUint16(at, true)];
      const minimum = half[view.getUint16(at + 2, true)];
      for (let j = 0; j < 16; j++) {
        const pair = bytes[at + 4 + j];
        out[i + j] = scale * (pair & 15) + minimum;
        out[i + 16 + j] = scale * (pair >> 4) + minimum;
      }
    }
  },
  I32(_bytes, view, out) {
    for (let i = 0; i < out.length; i++) out[i] = view.getInt32(4 * i, true);
  },
  I64(_bytes, view, out) {
    for (let i = 0; i < out.length; i++) out[i] = Number(view.getBigInt64(8 * i, true));
  },
};

let halves: Float32Array | undefined;

/** The value of each of the 65 536 half-precision numbers. */
function halfTable(): Float32Array {
  if (halves) return halves;
  halves = new Float32Array(65536);
  for (let i = 0; i < 65536; i++) {
    const sign = i >> 15 ? -1 : 1;
    const exponent = (i >> 10) & 31;
    const fraction = i & 1023;
    halves[i] =
      exponent === 0
        ? sign * fraction * 2 ** -24
        : exponent === 31
          ? fraction
            ? Number.NaN
            : sign * Number.POSITIVE_INFINITY
          : sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return halves;
}

/** float32 rounded to half precision, to the nearest, of two equally near the even one; its 16 bits. */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (b) => {
    const sign = (b >>> 16) & 0x8000;
    const exponent = ((b >>> 23) & 0xff) - 112; // half precision's bias is 15 instead of 127
    const fraction = b & 0x7fffff;
    if (exponent === 143) return sign | 0x7c00 | (fraction ? 0x200 : 0);
    if (exponent >= 31) return sign | 0x7c00;
    if (exponent < -10) return sign;
    // Below 2^-14 a half has no leading one of its own: it is shifted in.
    const [whole, shift] = exponent > 0 ? [(exponent << 23) | fraction, 13] : [0x800000 | fraction, 14 - exponent];
    return sign | roundedShift(whole, shift);
  });
}

/** float32 rounded to bfloat16 in the same way; its 16 bits. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(bits.length); // a loop: a model's weights are billions
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i];
    out[i] = (b & 0x7fffffff) > 0x7f800000 ? (b >>> 16) | 0x40 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
  }
  return out;
}

/** value / 2^shift, to the nearest, of two equally near the even one. */
function roundedShift(value: number, shift: number): number {
  const result = value >>> shift;
  const rest = value & ((1 << shift) - 1);
  const half = 1 << (shift - 1);
  return rest > half || (rest === half && (result & 1) === 1) ? result + 1 : result;
}
