import { type DType, dtypeInfo } from "../../src/ir/dtype.js";
import { numel, type Shape, type Tensor, tensor } from "../../src/ir/tensor.js";

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Choices drawn from a seed. */
export class Random {
  readonly next: () => number;

  constructor(seed: number) {
    this.next = randomNumbers(seed);
  }

  /** An integer from `low` to `high`, both included. */
  int(low: number, high: number): number {
    return low + Math.floor(this.next() * (high - low + 1));
  }

  pick<T>(values: readonly T[]): T {
    return values[this.int(0, values.length - 1)];
  }

  list(length: number, low: number, high: number): number[] {
    return Array.from({ length }, () => this.int(low, high));
  }

  /** Any value of an integer type, its ends often; floats of many magnitudes. */
  tensor(dtype: DType, shape: Shape): Tensor {
    const { kind, min, max } = dtypeInfo[dtype];
    const value = () => {
      if (kind === "float") return (this.next() - 0.5) * 2 ** this.int(-6, 4);
      return this.next() < 0.1 ? this.pick([min, max]) : this.int(min, max);
    };
    return tensor(dtype, shape, Array.from({ length: numel(shape) }, value));
  }
}
