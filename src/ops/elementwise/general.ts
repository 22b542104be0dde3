import type { DType } from "../../ir/dtype.js";
import type { Attributes } from "../../ir/graph.js";
import { dtypeAttribute } from "../data-type.js";
import { attr, defineOp, type OpDefinition, OpError, type RawNode, type ValueInfo } from "../op.js";
import { operand } from "../operands.js";
import { elementwise, newestOpset } from "./define.js";
import { isFloat, isFloat32, isInteger, isNumeric, isUnsigned } from "./functions.js";

export type ModAttributes = { readonly fmod: boolean };
export type BitShiftAttributes = { readonly direction: "LEFT" | "RIGHT" };
export type IsInfAttributes = { readonly detect_negative: boolean; readonly detect_positive: boolean };
export type CastAttributes = { readonly to: DType };

const any = (): boolean => true;

/** `saturate` and `round_mode` concern float8 and float8e8m0 only. */
const castForms = {
  saturate: attr.int(1),
  round_mode: attr.string("up"),
};

const cast = elementwise<CastAttributes & Attributes>({
  name: "Cast",
  since: 6,
  inputs: 1,
  accepts: any,
  attributes: {
    ...castForms,
    to: (value: unknown, name: string): DType => {
      const dtype = dtypeAttribute(undefined)(value, name);
      if (!dtype) throw new OpError(`attribute "${name}" is missing`);
      return dtype;
    },
  },
  result: (_, { to }) => to,
});

/** The second input gives only its type. */
const castLike = defineOp({
  name: "CastLike",
  opsets: [15, newestOpset],
  attributes: castForms,
  inputs: [2, 2],
  infer(inputs) {
    const { dtype } = operand(inputs, 1, "target_type");
    return [{ dtype, shape: operand(inputs, 0, "input").shape }];
  },
});

const scalarFloat = (value: unknown): ValueInfo | undefined =>
  value === undefined ? undefined : { dtype: "float32", shape: [], data: Float32Array.of(Number(value)) };

/** Clip: `min` and `max` are optional scalars; before opset 11 they were attributes. */
const clip = elementwise({
  name: "Clip",
  since: 6,
  inputs: [1, 3],
  accepts: isNumeric,
  upgrade(node: RawNode, opset) {
    if (opset >= 11) return node;
    const { min, max, ...attributes } = node.attributes;
    return { inputs: [node.inputs[0], scalarFloat(min), scalarFloat(max)], attributes };
  },
});

/** The base gives the output's type. */
const pow = elementwise({
  name: "Pow",
  since: 7,
  inputs: 2,
  accepts: (dtype, index) =>
    isFloat(dtype) || (index === 0 ? dtype === "int32" || dtype === "int64" : isInteger(dtype)),
  alike: [],
});

const variadic = (name: string, accepts: (dtype: DType) => boolean): OpDefinition =>
  elementwise({ name, since: 8, inputs: [1, Number.POSITIVE_INFINITY], accepts });

/** Dropout as inference computes it: the input, and a mask of ones. */
const dropout = defineOp({
  name: "Dropout",
  opsets: [7, newestOpset],
  attributes: { seed: attr.int(0) },
  inputs: [1, 3],
  outputs: [1, 2],
  infer(inputs, _, outputs) {
    const x = operand(inputs, 0, "data");
    const training = inputs[2];
    if (training && training.data?.[0] !== 0) {
      throw new OpError(
        "Dropout in training mode is not supported",
        "export the model in evaluation mode",
        "unsupported",
      );
    }
    const { dtype, shape } = x;
    return [
      { dtype, shape },
      { dtype: "bool" as const, shape },
    ].slice(0, outputs);
  },
  upgrade({ inputs, attributes }) {
    const { ratio: _ratio, ...rest } = attributes;
    return { inputs, attributes: rest };
  },
});

/** Operators with operand types or attributes of their own. */
export const general = [
  cast,
  castLike,
  clip,
  pow,
  dropout,
  elementwise({ name: "Not", since: 1, inputs: 1, accepts: (dtype) => dtype === "bool" }),
  elementwise({ name: "BitwiseNot", since: 18, inputs: 1, accepts: isInteger }),
  elementwise<ModAttributes>({
    name: "Mod",
    since: 10,
    inputs: 2,
    accepts: isNumeric,
    attributes: { fmod: attr.bool(false) },
  }),
  elementwise<BitShiftAttributes>({
    name: "BitShift",
    since: 11,
    inputs: 2,
    accepts: isUnsigned,
    attributes: { direction: attr.string<"LEFT" | "RIGHT">(undefined, ["LEFT", "RIGHT"]) },
  }),
  elementwise({
    name: "IsNaN",
    since: 9,
    inputs: 1,
    accepts: isFloat,
    result: () => "bool",
  }),
  elementwise<IsInfAttributes>({
    name: "IsInf",
    since: 10,
    inputs: 1,
    accepts: isFloat,
    attributes: { detect_negative: attr.bool(true), detect_positive: attr.bool(true) },
    result: () => "bool",
  }),
  variadic("Max", isNumeric),
  variadic("Min", isNumeric),
  variadic("Sum", isNumeric),
  variadic("Mean", isFloat32),
] as readonly unknown[] as readonly OpDefinition[];
