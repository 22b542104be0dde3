import type { OpDefinition } from "../op.js";
import { elementwise } from "./define.js";
import { type FunctionName, isInteger, isNumeric, scalarFunctions } from "./functions.js";

/** An ONNX operator that is one scalar function and has no attributes. */
export interface SimpleOp {
  readonly name: string;
  readonly fn: FunctionName;
  /** Oldest opset. */
  readonly since: number;
  /** The function takes the operands the other way round. */
  readonly swapped?: boolean;
}

const named = (since: number, ...names: readonly FunctionName[]): SimpleOp[] =>
  names.map((name) => ({ name, fn: name, since }));

export const simpleOps: readonly SimpleOp[] = [
  ...named(6, "Abs", "Neg", "Ceil", "Floor", "Sqrt", "Exp", "Log", "Sigmoid", "Tanh"),
  ...named(7, "Add", "Sub", "Mul", "Div", "Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Equal", "Less"),
  ...named(9, "Sign", "Erf", "Sinh", "Cosh", "Asinh", "Acosh", "Atanh", "Where"),
  ...named(11, "Round"),
  ...named(12, "LessOrEqual"),
  { name: "Greater", fn: "Less", since: 7, swapped: true },
  { name: "GreaterOrEqual", fn: "LessOrEqual", since: 12, swapped: true },
  { name: "Identity", fn: "Copy", since: 1 },
  { name: "And", fn: "BitAnd", since: 7 },
  { name: "Or", fn: "BitOr", since: 7 },
  { name: "Xor", fn: "BitXor", since: 7 },
  { name: "BitwiseAnd", fn: "BitAnd", since: 18 },
  { name: "BitwiseOr", fn: "BitOr", since: 18 },
  { name: "BitwiseXor", fn: "BitXor", since: 18 },
];

const logical = new Set(["And", "Or", "Xor"]);
const ordered = new Set(["Less", "LessOrEqual", "Greater", "GreaterOrEqual"]);

/** Which element types an operator takes: its function's, or fewer where ONNX has two names for one function. */
function accepts({ name, fn }: SimpleOp): Parameters<typeof elementwise>[0]["accepts"] {
  if (logical.has(name)) return (dtype) => dtype === "bool";
  if (ordered.has(name)) return isNumeric;
  if (name.startsWith("Bitwise")) return isInteger;
  if (fn === "Where") return (dtype, index) => index > 0 || dtype === "bool";
  return (dtype) => scalarFunctions[fn].accepts(dtype);
}

export const simpleDefinitions: readonly OpDefinition[] = simpleOps.map((op) => {
  const { signature, operands } = scalarFunctions[op.fn];
  return elementwise({
    name: op.name,
    since: op.since,
    inputs: operands,
    accepts: accepts(op),
    ...(signature === "select" ? { alike: [1, 2], result: (types) => types[1]! } : {}),
    ...(signature === "compare" ? { result: () => "bool" } : {}),
  });
});
