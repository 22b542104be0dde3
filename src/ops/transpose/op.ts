import { attr, defineOp, type OpDefinition, OpError, type ValueInfo } from "../op.js";
import { operand, outputInfo } from "../operands.js";
import { movesElements } from "../shift.js";

export type TransposeAttributes = { readonly perm: readonly number[] | undefined };

/** Output axis i is input axis perm[i]; without `perm` the axes are reversed. */
export function permutation(perm: readonly number[] | undefined, rank: number): readonly number[] {
  const order = perm ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  if (order.length !== rank || !order.every((_, i) => order.includes(i))) {
    throw new OpError(`perm [${order}] is no permutation of ${rank} axes`);
  }
  return order;
}

/** ONNX Transpose. */
const transpose = defineOp<TransposeAttributes>({
  name: "Transpose",
  opsets: [1, 28],
  attributes: { perm: attr.optional(attr.ints()) },
  inputs: [1, 1],
  infer(inputs, attrs) {
    const { dtype, shape } = operand(inputs, 0, "data");
    return [
      outputInfo(
        dtype,
        permutation(attrs.perm, shape.length).map((axis) => shape[axis]),
      ),
    ];
  },
  shiftToSigned: movesElements(0),
});

export type BlockAttributes = { readonly blocksize: number; readonly mode: "DCR" | "CRD" };

const blockAttributes = {
  blocksize: attr.int(),
  mode: attr.string<"DCR" | "CRD">("DCR", ["DCR", "CRD"]),
};

function image(inputs: readonly (ValueInfo | undefined)[], blocksize: number): ValueInfo {
  const input = operand(inputs, 0, "input");
  if (input.shape.length !== 4) throw new OpError(`input [${input.shape}] must be [N, C, H, W]`);
  if (blocksize < 1) throw new OpError(`blocksize ${blocksize} must be at least 1`);
  return input;
}

/** ONNX DepthToSpace: [N, C, H, W] -> [N, C / b^2, H b, W b]. */
const depthToSpace = defineOp<BlockAttributes>({
  name: "DepthToSpace",
  opsets: [1, 28],
  attributes: blockAttributes,
  inputs: [1, 1],
  infer(inputs, { blocksize: b }) {
    const { dtype, shape } = image(inputs, b);
    const [n, c, h, w] = shape;
    if (c % (b * b) !== 0) throw new OpError(`${c} channels are no multiple of blocksize ${b} squared`);
    return [outputInfo(dtype, [n, c / (b * b), h * b, w * b])];
  },
});

/** ONNX SpaceToDepth: [N, C, H, W] -> [N, C b^2, H / b, W / b]. `mode` exists from opset 28 on. */
const spaceToDepth = defineOp<BlockAttributes>({
  name: "SpaceToDepth",
  opsets: [1, 28],
  attributes: blockAttributes,
  inputs: [1, 1],
  infer(inputs, { blocksize: b }) {
    const { dtype, shape } = image(inputs, b);
    const [n, c, h, w] = shape;
    if (h % b !== 0 || w % b !== 0) throw new OpError(`[${h}, ${w}] is no multiple of blocksize ${b}`);
    return [outputInfo(dtype, [n, c * b * b, h / b, w / b])];
  },
});

export const ops: readonly OpDefinition[] = [transpose, depthToSpace, spaceToDepth];
