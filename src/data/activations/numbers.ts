/** Numbers in a row, in memory or on disk: what is asked of a Float32Array where it may not fit into memory. */
export interface Numbers {
  readonly length: number;
  /** Numbers [from, to); a view or a copy, not to be written to. */
  subarray(from?: number, to?: number): Float32Array;
}
