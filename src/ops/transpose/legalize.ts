import type { DType } from "../../ir/dtype.js";
import type { Shape } from "../../ir/tensor.js";
import {
  type LegalizeBuilder,
  type Legalizer,
  view as reshaped,
  transpose as transposed,
} from "../legalize.js";
import { type BlockAttributes, permutation, type TransposeAttributes } from "./op.js";

/** Gives `perm` explicitly; the identity vanishes. */
const transpose: Legalizer<TransposeAttributes> = ({ node, attrs, inputs }, build) => {
  const perm = permutation(attrs.perm, inputs[0]!.shape.length);
  return [transposed(build, node.inputs[0], inputs[0]!, perm)];
};

/** A Transpose of the input seen with other axes. */
function viewTransposeView(
  build: LegalizeBuilder,
  name: string,
  info: { dtype: DType; shape: Shape },
  seen: Shape,
  perm: readonly number[],
  result: Shape,
): string[] {
  const { dtype } = info;
  const moved = transposed(build, reshaped(build, name, info, seen), { dtype, shape: seen }, perm);
  return [reshaped(build, moved, { dtype, shape: perm.map((axis) => seen[axis]) }, result)];
}

const depthToSpace: Legalizer<BlockAttributes> = ({ node, attrs, inputs, outputs }, build) => {
  const { blocksize: b, mode } = attrs;
  const [n, c, h, w] = inputs[0]!.shape;
  const depth = c / (b * b);
  const [seen, perm] =
    mode === "DCR"
      ? [
          [n, b, b, depth, h, w],
          [0, 3, 4, 1, 5, 2],
        ]
      : [
          [n, depth, b, b, h, w],
          [0, 1, 4, 2, 5, 3],
        ];
  return viewTransposeView(build, node.inputs[0], inputs[0]!, seen, perm, outputs[0]!.shape);
};

const spaceToDepth: Legalizer<BlockAttributes> = ({ node, attrs, inputs, outputs }, build) => {
  const { blocksize: b, mode } = attrs;
  const [n, c, h, w] = inputs[0]!.shape;
  const seen = [n, c, h / b, b, w / b, b];
  const perm = mode === "DCR" ? [0, 3, 5, 1, 2, 4] : [0, 1, 3, 5, 2, 4];
  return viewTransposeView(build, node.inputs[0], inputs[0]!, seen, perm, outputs[0]!.shape);
};

export const legalizers: Record<string, Legalizer> = {
  Transpose: transpose as Legalizer,
  DepthToSpace: depthToSpace as Legalizer,
  SpaceToDepth: spaceToDepth as Legalizer,
};
