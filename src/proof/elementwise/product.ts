import { dtypeInfo } from "../../ir/dtype.js";
import type { Requantize } from "../../ops/requantize.js";
import { type Line, solveLine } from "../requantize/solve.js";
import type { Steps } from "../requantize/steps.js";
import type { Formula, ProductForm } from "./form.js";
import { bytesOf, type PairTable, pairIndex } from "./pair-table.js";
import { proveBinary } from "./prove.js";

type ProductFormula = Extract<Formula, { kind: "product" }>;

/**
 * Searches a proven upper half of a 64-bit product for a function of `p = (a - zeroA) * (b - zeroB)` that
 * rises with p. Undefined if the outputs are not such a function, or no line has its steps.
 */
export function findProductForm(table: PairTable, formula: ProductFormula): ProductForm | undefined {
  const { zeroA, zeroB, ratio, constant } = formula;
  const steps = stepsOf(table, formula);
  if (!steps || !(ratio > 0) || steps.at.length === 0) return undefined;
  const { min, max } = dtypeInfo[table.y];
  const largest = Math.max(-steps.range.min, steps.range.max);
  const up = Math.min(14, 30 - Math.ceil(Math.log2(largest + (Math.abs(constant) + 1) / ratio)));
  // (p * 2^up + addend) * multiplier / 2^(32 + shift), with multiplier / 2 below 2^30.
  const widest = Math.floor(Math.log2((2 ** 31 - 2 ** 21) / ratio));
  const room = 31 - Math.ceil(Math.log2(largest * ratio + Math.abs(constant) + 2));
  const shift = Math.min(24, room, up - 32 + widest);
  const total = 32 + shift - up;
  if (up < 0 || shift < 1 || total < 2 || total > 50) return undefined;

  const like: Requantize = {
    ...{ kind: "requantize", dtype: table.y, min, max },
    scales: [ratio],
    zeroPoint: Math.round(constant),
  };
  const half = solveLine(steps, like, 0, {
    shift: total - 1,
    maxMultiplier: 2 ** 30 - 1,
    slack: Math.ceil((ratio * 2 ** (total - 1)) / 2 ** up),
  });
  if (!half) return undefined;
  const form: ProductForm = {
    ...{ kind: "product", zeroA, zeroB, up, shift, even: false },
    multiplier: 2 * half.multiplier,
    addend: middle(half, 0n, up),
    roundedAddend: middle(half, 1n << BigInt(total - 1), up),
  };
  return proveBinary(table, form) ? form : undefined;
}

/** The middle of a line's addends less `lower` (in halves), in units of the multiplier over 2^up. */
function middle({ multiplier, low, high }: Line, lower: bigint, up: number): number {
  return Number(((low + high - lower) << BigInt(up)) / BigInt(2 * multiplier));
}

/**
 * The outputs as a staircase over p, or undefined if they do not rise with p. Between the products that
 * occur, a step stands as near to the formula's as they allow.
 */
function stepsOf(table: PairTable, { zeroA, zeroB, ratio, constant }: ProductFormula): Steps | undefined {
  const { min } = dtypeInfo[table.y];
  const least = new Array<number>(256).fill(Infinity);
  const most = new Array<number>(256).fill(-Infinity);
  for (const a of bytesOf(table.a)) {
    for (const b of bytesOf(table.b)) {
      const p = (a - zeroA) * (b - zeroB);
      const y = table.outputs[pairIndex(a, b)] - min;
      least[y] = Math.min(least[y], p);
      most[y] = Math.max(most[y], p);
    }
  }
  const used = least.flatMap((p, y) => (p < Infinity ? [y] : []));
  const range = { min: least[used[0]], max: most[used[used.length - 1]] };
  const at: number[] = [];
  for (let i = 1; i < used.length; i++) {
    const [before, after] = [most[used[i - 1]], least[used[i]]];
    if (before >= after) return undefined;
    for (let level = used[i - 1] + 1; level <= used[i]; level++) {
      const real = Math.ceil((level + min - 0.5 - constant) / ratio);
      at.push(Math.min(Math.max(real, before + 1), after));
    }
  }
  return { range, first: used[0] + min, at: Int32Array.from(at) };
}
