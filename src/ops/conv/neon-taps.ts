/**
 * The inner loop of the NEON depthwise kernel: 16 or 8 channels at one position. One pointer walks over the
 * taps; products of consecutive taps accumulate in 16 bits as long as the weights allow, then widen into the
 * 32-bit sums in registers 0 to 3.
 */
export interface TapsIsa {
  /** Bytes of weights that one load can bring. */
  readonly widestLoad: number;
  /** First registers of the 16-bit sums of two chains, and of activations and weights, used in turn. */
  readonly partials: readonly number[];
  readonly x: readonly number[];
  readonly w: readonly number[];
  /** First register of the scales, loaded last. */
  readonly scales: number;
  /** Lanes 0 to 7 (half 0) or 8 to 15 of the `index`-th vector loaded from register `first` on. */
  operand(first: number, index: number, half: number, lanes: number): string;
  /** The registers of a load of `count` vectors. */
  list(first: number, count: number, lanes: number): string;
  /** 4 of the 8 lanes of a 16-bit sum. */
  quarter(register: number, half: number): string;
}

/** Double registers are halves of quadruple ones, so vectors of 8 lanes lie two to a register. */
export const aarch32: TapsIsa = {
  widestLoad: 32,
  partials: [4, 6],
  x: [8, 9],
  w: [10, 12],
  scales: 12,
  operand: (first, index, half, lanes) => `d${2 * first + (index * lanes) / 8 + half}`,
  list: (first, count, lanes) => names((count * lanes) / 8, (i) => `d${2 * first + i}`),
  quarter: (register, half) => `d${2 * register + half}`,
};

export const aarch64: TapsIsa = {
  widestLoad: 64,
  partials: [4, 6],
  x: [16, 17, 18, 19],
  w: [20, 24],
  scales: 28,
  operand: (first, index, half) => `v${first + index}.${half === 0 ? 8 : 16}b`,
  list: (first, count, lanes) => names(count, (i) => `v${first + i}.${lanes}b`),
  quarter: (register, half) => `v${register}.${half === 0 ? 4 : 8}h`,
};

const names = (count: number, name: (i: number) => string): string =>
  Array.from({ length: count }, (_, i) => name(i)).join(", ");

/** One instruction: exactly one of the fields is there. */
export interface TapStep {
  /** Advances the pointer by `bytes`, or if `by` is not empty, by that operand. */
  readonly load?: {
    readonly registers: string;
    readonly pointer: string;
    readonly bytes: number;
    readonly by: string;
  };
  readonly multiply?: {
    readonly to: number;
    readonly x: string;
    readonly w: string;
    readonly first: boolean;
    /** Takes the upper halves of its operands. */
    readonly high: boolean;
  };
  readonly widen?: { readonly to: number; readonly from: string; readonly high: boolean };
}

/** Where the pointer goes after each tap: the operands `col`, `row` and, after the last, `next`. */
const walk = (height: number, width: number): string[] =>
  Array.from({ length: height * width }, (_, tap) => {
    if (tap === height * width - 1) return "next";
    return tap % width === width - 1 ? "row" : "col";
  });

/** All products of `lanes` channels. `chains` gives the numbers of consecutive taps in each chain. */
export function tapSteps(
  isa: TapsIsa,
  lanes: number,
  height: number,
  width: number,
  chains: readonly number[],
): TapStep[] {
  const code: TapStep[] = [];
  const advance = walk(height, width);
  const group = Math.min(4, isa.widestLoad / lanes);
  const halves = lanes === 16 ? [0, 1] : [0];
  let pending: TapStep[] = [];
  let tap = 0;
  chains.forEach((length, chain) => {
    const partial = isa.partials[chain % 2];
    for (let i = 0; i < length; i++, tap++) {
      const w = isa.w[Math.floor(tap / group) % isa.w.length];
      const x = isa.x[tap % isa.x.length];
      if (tap % group === 0) {
        const count = Math.min(group, height * width - tap);
        code.push({
          load: { registers: isa.list(w, count, lanes), pointer: "w", bytes: count * lanes, by: "" },
        });
      }
      code.push({ load: { registers: isa.list(x, 1, lanes), pointer: "x", bytes: 0, by: advance[tap] } });
      for (const half of halves) {
        code.push({
          multiply: {
            to: partial + half,
            x: isa.operand(x, 0, half, lanes),
            w: isa.operand(w, tap % group, half, lanes),
            first: i === 0,
            high: half === 1,
          },
        });
      }
      // Sums of the chain before are ready by now.
      if (i === 0) code.push(...pending.splice(0));
    }
    pending = halves.flatMap((half) =>
      [0, 1].map((part) => ({
        widen: { to: 2 * half + part, from: isa.quarter(partial + half, part), high: part === 1 },
      })),
    );
  });
  return [...code, ...pending];
}
