import type { DType } from "../../ir/dtype.js";
import { tensor } from "../../ir/tensor.js";
import type { Scalar } from "./arithmetic.js";
import { cast } from "./cast.js";
import type { FunctionName } from "./functions.js";
import type { Operand, Step } from "./map.js";

/** A value in a program of steps, with its type. */
export interface Term {
  readonly operand: Operand;
  readonly dtype: DType;
}

/** Writes a program of steps. Operands that are numbers are constants of the other operands' type. */
export class StepBuilder {
  readonly steps: Step[] = [];

  input(index: number, dtype: DType): Term {
    return { operand: { input: index }, dtype };
  }

  constant(dtype: DType, value: Scalar): Term {
    const { data } = tensor(dtype, [], [value]);
    return { operand: { constant: { dtype, data } }, dtype };
  }

  /** A function whose result has its operands' type. */
  same(fn: FunctionName, ...operands: readonly (Term | number)[]): Term {
    const { dtype } = operands.find((of) => typeof of !== "number") as Term;
    return this.step(fn, dtype, operands);
  }

  compare(fn: "Equal" | "Less" | "LessOrEqual", a: Term, b: Term | number): Term {
    return this.step(fn, "bool", [a, typeof b === "number" ? this.constant(a.dtype, b) : b]);
  }

  where(condition: Term, a: Term | number, b: Term | number): Term {
    const { dtype } = [a, b].find((of) => typeof of !== "number") as Term;
    const [x, y] = [a, b].map((of) => (typeof of === "number" ? this.constant(dtype, of) : of));
    return this.step("Where", dtype, [condition, x, y]);
  }

  /** The value in another type; nothing is added where it has that type or is a constant. */
  cast(x: Term, to: DType): Term {
    if (x.dtype === to) return x;
    if ("constant" in x.operand) return this.constant(to, cast(x.operand.constant.data[0], x.dtype, to));
    return this.step("Cast", to, [x]);
  }

  /** `clamp(rne(x) + zeroPoint)` in the zero point's type. */
  saturate(x: Term, zeroPoint: Term): Term {
    return this.step("Saturate", zeroPoint.dtype, [x, zeroPoint]);
  }

  step(fn: FunctionName, dtype: DType, operands: readonly (Term | number)[]): Term {
    const terms = operands.map((of) => (typeof of === "number" ? this.constant(dtype, of) : of));
    this.steps.push({ fn, operands: terms.map((term) => term.operand), dtype });
    return { operand: { step: this.steps.length - 1 }, dtype };
  }
}
