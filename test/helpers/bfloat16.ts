/** The nearest number of 8 bits; of two as near the even one. */
export function toBfloat16(x: number): number {
  const bits = new Uint32Array(Float32Array.of(x).buffer);
  bits[0] = (bits[0] + 0x7fff + ((bits[0] >> 16) & 1)) & 0xffff0000;
  return new Float32Array(bits.buffer)[0];
}
