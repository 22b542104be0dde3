import type { DType } from "../../ir/dtype.js";
import type { Writer } from "./activation-steps.js";
import { type FunctionName, isFloat } from "./functions.js";
import type { BitShiftAttributes, CastAttributes, IsInfAttributes, ModAttributes } from "./general.js";
import type { StepBuilder, Term } from "./steps.js";

/** An integer reduced to 4 bits, in a step of that type. */
function toNarrow(p: StepBuilder, x: Term, to: "int4" | "uint4"): Term {
  const whole = p.cast(x, "int32");
  if (to === "uint4") return p.step("Cast", to, [p.same("BitAnd", whole, 15)]);
  return p.step("Cast", to, [p.same("Sub", p.same("BitAnd", p.same("Add", whole, 8), 15), 8)]);
}

const castTo = (p: StepBuilder, x: Term, to: DType): Term =>
  (to === "int4" || to === "uint4") && x.dtype !== to ? toNarrow(p, x, to) : p.cast(x, to);

const copied = (p: StepBuilder, x: Term): Term => ("input" in x.operand ? p.same("Copy", x) : x);

const variadic =
  (fn: FunctionName): Writer<never> =>
  (p, operands) =>
    copied(
      p,
      operands.reduce((a, b) => p.same(fn, a, b)),
    );

/** Integer base to a float exponent: an integer power where the exponent is whole, else in float32. */
function power(p: StepBuilder, x: Term, y: Term): Term {
  if (isFloat(x.dtype)) return p.same("Pow", x, p.cast(y, x.dtype));
  const integer = (exponent: Term) =>
    p.cast(p.same("IntegerPower", p.cast(x, "int64"), p.cast(exponent, "int64")), x.dtype);
  if (!isFloat(y.dtype)) return integer(y);
  const whole = p.compare("Equal", p.same("Floor", y), y);
  const small = p.compare("Less", p.same("Abs", y), 2 ** 31);
  const float = p.cast(p.same("Pow", p.cast(x, "float32"), p.cast(y, "float32")), x.dtype);
  return p.where(p.same("BitAnd", whole, small), integer(y), float);
}

/** Operators with operand types or attributes of their own, as steps. Absent operands are left out. */
export const generalSteps: Readonly<Record<string, Writer<never>>> = {
  Cast: (p, [x], { to }: CastAttributes) => copied(p, castTo(p, x, to)),
  CastLike: (p, [x, like]) => copied(p, castTo(p, x, like.dtype)),
  Clip: (p, [x, low, high]) => {
    const raised = low ? p.same("Max", x, low) : x;
    return copied(p, high ? p.same("Min", raised, high) : raised);
  },
  Pow: (p, [x, y]) => power(p, x, y),
  Not: (p, [x]) => p.same("BitXor", x, 1),
  BitwiseNot: (p, [x]) => p.same("BitXor", x, -1),
  Mod: (p, [x, y], { fmod }: ModAttributes) => p.same(fmod ? "Rem" : "Mod", x, y),
  BitShift: (p, [x, y], { direction }: BitShiftAttributes) =>
    p.same(direction === "LEFT" ? "ShiftLeft" : "ShiftRight", x, y),
  IsNaN: (p, [x]) => p.same("BitXor", p.compare("Equal", x, x), 1),
  IsInf: (p, [x], { detect_negative, detect_positive }: IsInfAttributes) => {
    const bounds = [...(detect_positive ? [Infinity] : []), ...(detect_negative ? [-Infinity] : [])];
    if (bounds.length === 0) return p.step("Copy", "bool", [p.constant("bool", 0)]);
    return bounds.map((bound) => p.compare("Equal", x, bound)).reduce((a, b) => p.same("BitOr", a, b));
  },
  Max: variadic("Max"),
  Min: variadic("Min"),
  Sum: variadic("Add"),
  Mean: (p, operands) =>
    p.same(
      "Mul",
      operands.reduce((a, b) => p.same("Add", a, b)),
      Math.fround(1 / operands.length),
    ),
};
