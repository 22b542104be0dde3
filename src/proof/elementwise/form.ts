/** What all forms have. All arithmetic is in int32 and does not overflow. */
interface Common {
  readonly shift: number;
  /** Halves go to the even output: the sum grows by its bit `shift` before it is shifted. */
  readonly even: boolean;
  readonly exceptions?: Exceptions;
}

/**
 * Pairs that a straight line gets wrong, where float32 noise decides ties. Only where bits `from` to
 * `shift - 1` of the sum are all 0 need a pair be looked for. Its output is one less.
 */
export interface Exceptions {
  readonly from: number;
  /** `pairIndex` of each, ascending. */
  readonly pairs: Uint16Array;
}

/** `y = saturate((a * slopeA + b * slopeB + addend) >> shift)` */
export interface SumForm extends Common {
  readonly kind: "sum";
  readonly slopeA: number;
  readonly slopeB: number;
  readonly addend: number;
}

/**
 * `y = saturate((x * slopes[r & 255] + addends[r & 255]) >> shift)`, where r is the operand named by `rows`
 * and x the other one. Any function that is a line in x for each r has this form: sums, differences and
 * products do.
 */
export interface RowsForm extends Common {
  readonly kind: "rows";
  readonly rows: "a" | "b";
  readonly slopes: Int32Array;
  readonly addends: Int32Array;
}

/**
 * `y = saturate(((x * multiplier) >> 32) >> shift)` with `x = (a - zeroA) * (b - zeroB) * 2^up + addend`: the
 * upper half of a 64-bit product. The multiplier is even, so that half of it will do where the product is
 * doubled (SQDMULH).
 */
export interface ProductForm extends Common {
  readonly kind: "product";
  readonly zeroA: number;
  readonly zeroB: number;
  readonly up: number;
  readonly addend: number;
  /** The addend with which the last shift may round halves up. */
  readonly roundedAddend: number;
  readonly multiplier: number;
}

export type PairForm = SumForm | RowsForm | ProductForm;

/** The real function that a table rounds, where it is known: what to start a search from. */
export type Formula =
  | { readonly kind: "sum"; readonly ratioA: number; readonly ratioB: number; readonly constant: number }
  /** `(a - zeroA) * (b - zeroB) * ratio + constant` */
  | {
      readonly kind: "product";
      readonly zeroA: number;
      readonly zeroB: number;
      readonly ratio: number;
      readonly constant: number;
    };
