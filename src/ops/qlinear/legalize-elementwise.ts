import { type DType, dtypeInfo } from "../../ir/dtype.js";
import type { Tensor } from "../../ir/tensor.js";
import type { ConcatAttributes } from "../concat/op.js";
import { constantOf } from "../conv/constants.js";
import { addCopy, type CopyOperand, wholePiece } from "../copy/build.js";
import type { Piece } from "../copy/op.js";
import { lookupName } from "../elementwise/lookup.js";
import { mapName } from "../elementwise/map.js";
import { StepBuilder } from "../elementwise/steps.js";
import { mapNode } from "../elementwise/to-map.js";
import type { NodeView } from "../kernel.js";
import type { LegalizeBuilder, Legalizer } from "../legalize.js";
import { normalizeAxis, type Reference, type ValueInfo } from "../op.js";
import { elementwiseReferences } from "./elementwise-reference.js";
import { allConstant, refuseDynamic } from "./legalize-operands.js";

/** Every 8-bit value once, at the place of its bit pattern. */
export function allBytes(dtype: DType): Tensor {
  const data = new dtypeInfo[dtype].array(256);
  for (let i = 0; i < 256; i++) data[i] = dtype === "int8" ? (i << 24) >> 24 : i;
  return { dtype, shape: [256], data };
}

const referenceOf = (op: string): Reference =>
  (elementwiseReferences as unknown as Record<string, Reference>)[op];

/** A quantized unary operator as a table of what its reference gives for every input. */
const table: Legalizer = ({ node, attrs, inputs, outputs }, build) => {
  const [x, ...parameters] = inputs;
  if (!allConstant(...parameters)) return refuseDynamic(node.op, build);
  const reference = referenceOf(node.op);
  const constants = parameters.map((info) => info && constantOf(info));
  const [y] = reference([allBytes(x!.dtype), ...constants], attrs, 1);
  return [lookUp(build, node.inputs[0], y, outputs[0]!)];
};

/** y = table[x]. */
export function lookUp(
  build: LegalizeBuilder,
  x: string,
  table: Tensor,
  output: NodeView["outputs"][0],
): string {
  return build.node(lookupName, [x], output!, { table: { dtype: table.dtype, data: table.data } });
}

/** Each input requantized by a table where its parameters are not the output's, then copied into its place. */
const concat: Legalizer<ConcatAttributes> = ({ node, attrs, inputs, outputs }, build) => {
  const [yScale, yZero] = inputs;
  const output = outputs[0]!;
  const axis = normalizeAxis(attrs.axis, output.shape.length);
  const operands: CopyOperand[] = [];
  const pieces: Piece[] = [];
  let begin = 0;
  for (let i = 2; i < inputs.length; i += 3) {
    const [x, scale, zero] = inputs.slice(i, i + 3);
    if (!allConstant(yScale, yZero, scale, zero)) return refuseDynamic(node.op, build);
    const parameters = [yScale, yZero, undefined, scale, zero].map((info) => info && constantOf(info));
    const operandsOfTable = parameters.with(2, allBytes(x!.dtype));
    const [table] = referenceOf(node.op)(operandsOfTable, { axis: 0 }, 1);
    operands.push({ name: requantized(build, node.inputs[i], x!, table), shape: x!.shape });
    pieces.push(wholePiece(pieces.length, x!.shape, output.shape.map(() => 0).with(axis, begin)));
    begin += x!.shape[axis];
  }
  return [addCopy(build, operands, output, pieces)];
};

/** x through the table, or x itself where the table changes nothing. */
function requantized(build: LegalizeBuilder, name: string, x: ValueInfo, table: Tensor): string {
  const same = allBytes(x.dtype).data.every((value, i) => value === table.data[i]);
  return same && table.dtype === x.dtype
    ? name
    : lookUp(build, name, table, { dtype: table.dtype, shape: x.shape });
}

/** condition, x, its scale and zero point, y, its, z's: both branches through a table, then chosen. */
const where: Legalizer = ({ node, inputs, outputs }, build) => {
  const parameters = [2, 3, 5, 6, 7, 8].map((i) => inputs[i]);
  if (!allConstant(...parameters)) return refuseDynamic(node.op, build);
  const constants = inputs.map((info, i) =>
    info && [2, 3, 5, 6, 7, 8].includes(i) ? constantOf(info) : undefined,
  );
  const branch = (at: 1 | 4): string => {
    const values = allBytes(inputs[at]!.dtype);
    const condition: Tensor = { dtype: "bool", shape: [1], data: Uint8Array.of(at === 1 ? 1 : 0) };
    const operands = constants.with(0, condition).with(1, values).with(4, values);
    const [table] = referenceOf(node.op)(operands, {}, 1);
    return requantized(build, node.inputs[at], inputs[at]!, table);
  };
  const output = outputs[0]!;
  const typed = (at: 1 | 4): ValueInfo => ({ dtype: output.dtype, shape: inputs[at]!.shape });
  const infos = [inputs[0], typed(1), typed(4)];
  const p = new StepBuilder();
  p.where(p.input(0, "bool"), p.input(1, output.dtype), p.input(2, output.dtype));
  const map = mapNode([node.inputs[0], branch(1), branch(4)], infos, p.steps, output);
  return [build.node(mapName, map.inputs, output, map.attrs)];
};

export const elementwiseLegalizers: Record<string, Legalizer> = {
  "com.microsoft.QLinearSigmoid": table,
  "com.microsoft.QLinearLeakyRelu": table,
  "com.microsoft.QLinearConcat": concat as Legalizer,
  "com.microsoft.QLinearWhere": where,
};
