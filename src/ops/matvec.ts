import { dtypeInfo } from "../ir/dtype.js";
import type { KernelParameter } from "./kernel.js";

/**
 * A shared helper that multiplies a matrix of constant weights with a vector, rows in blocks: float sums run
 * from left to right, each weight is loaded once.
 */
export interface MatVec {
  /** `vc_matvec_f32(sums, weights, x, rows, depth)` or `vc_matvec_s16`, with int16 x and int8 weights. */
  readonly uses: string;
  readonly name: string;
  /** Rows are a multiple of this; weights and sums are padded. */
  readonly block: number;
  /** The depth is a multiple of this; x may hold anything beyond its own. */
  readonly step: number;
  /** Instructions for a product. */
  readonly cost: number;
  readonly dtype: "float32" | "int8";
  /** The product with several vectors, `step` elements from one to the next: `name(sums, weights, x, step, rows, depth)`. */
  readonly tile?: {
    readonly uses: string;
    readonly name: string;
    readonly positions: number;
    readonly cost: number;
  };
  /** Where the weight of row r, input k of a block stands in it; the depth is the padded one. */
  place(r: number, k: number, depth: number): number;
}

const interleaved = (block: number) => ({
  block,
  step: 1,
  place: (r: number, k: number): number => k * block + r,
});

const float = { name: "vc_matvec_f32", dtype: "float32" } as const;
const short = { name: "vc_matvec_s16", dtype: "int8" } as const;

/** IEEE vectors: AArch64 only. */
export const neonFloat: MatVec = { ...float, uses: "neon/matvec-f32", ...interleaved(16), cost: 0.7 };
/** The scalar FPU of Armv7E-M and Armv8-M, where a product and a sum take no longer than VMLA. */
export const vfpFloat: MatVec = { ...float, uses: "vfp/matvec-f32", ...interleaved(8), cost: 2.4 };
/** The scalar FPU of AArch32: VMLA rounds the product as well as the sum. */
export const vmlaFloat: MatVec = { ...float, uses: "vfp/matvec-f32-mla", ...interleaved(8), cost: 1.4 };
export const neonShort: MatVec = {
  ...short,
  uses: "neon/matvec-s16",
  ...interleaved(8),
  cost: 0.6,
  tile: { uses: "neon/tile-s16", name: "vc_tile_s16", positions: 4, cost: 0.36 },
};
export const dspShort: MatVec = {
  ...short,
  uses: "dsp/matvec-s16",
  block: 4,
  step: 4,
  cost: 1.7,
  place: (r, k, depth) => (r >> 1) * 2 * depth + (k >> 1) * 4 + (k & 1) * 2 + (r & 1),
  tile: { uses: "dsp/tile-s16", name: "vc_tile_s16", positions: 3, cost: 1.15 },
};
export const mveShort: MatVec = {
  ...short,
  uses: "mve/matvec-s16",
  block: 4,
  step: 8,
  cost: 0.4,
  place: (r, k) => (k >> 3) * 32 + r * 8 + (k & 7),
};

export const roundUp = (n: number, to: number): number => Math.ceil(n / to) * to;

/** Elements of the packed weights of a matrix. */
export const packedSize = (m: MatVec, rows: number, depth: number): number =>
  roundUp(rows, m.block) * roundUp(depth, m.step);

/** Matrices one after the other, packed for the helper. */
export function packedMatrices(
  m: MatVec,
  name: string,
  matrices: readonly {
    readonly rows: number;
    readonly depth: number;
    at(row: number, k: number): number;
  }[],
): KernelParameter {
  const total = matrices.reduce((sum, { rows, depth }) => sum + packedSize(m, rows, depth), 0);
  const data = new dtypeInfo[m.dtype].array(total) as Float32Array | Int8Array;
  let start = 0;
  for (const { rows, depth, at } of matrices) {
    const blockSize = m.block * roundUp(depth, m.step);
    for (let row = 0; row < rows; row++) {
      for (let k = 0; k < depth; k++) {
        const block = start + Math.floor(row / m.block) * blockSize;
        data[block + m.place(row % m.block, k, roundUp(depth, m.step))] = at(row, k);
      }
    }
    start += packedSize(m, rows, depth);
  }
  return {
    kind: "constant",
    name,
    dtype: m.dtype,
    data,
    what: `${name}, rows in blocks of ${m.block}`,
    align: 16,
  };
}
