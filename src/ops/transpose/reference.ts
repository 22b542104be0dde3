import { rearrange } from "../indexing.js";
import type { Reference } from "../op.js";
import type { BlockAttributes, TransposeAttributes } from "./op.js";

const transpose: Reference<TransposeAttributes> = ([data], { perm }) => {
  const order = perm ?? data!.shape.map((_, i) => i).reverse();
  const shape = order.map((axis) => data!.shape[axis]);
  return [rearrange(data!, shape, (index) => data!.shape.map((_, axis) => index[order.indexOf(axis)]))];
};

/** Output pixel (c, h, w) is the element at row h mod b and column w mod b of the block in channel c. */
const depthToSpace: Reference<BlockAttributes> = ([input], { blocksize: b, mode }) => {
  const [n, c, h, w] = input!.shape;
  const depth = c / (b * b);
  return [
    rearrange(input!, [n, depth, h * b, w * b], ([i, k, y, x]) => {
      const block = (y % b) * b + (x % b);
      const channel = mode === "DCR" ? block * depth + k : k * b * b + block;
      return [i, channel, Math.floor(y / b), Math.floor(x / b)];
    }),
  ];
};

const spaceToDepth: Reference<BlockAttributes> = ([input], { blocksize: b, mode }) => {
  const [n, c, h, w] = input!.shape;
  return [
    rearrange(input!, [n, c * b * b, h / b, w / b], ([i, k, y, x]) => {
      const block = mode === "DCR" ? Math.floor(k / c) : k % (b * b);
      const channel = mode === "DCR" ? k % c : Math.floor(k / (b * b));
      return [i, channel, y * b + Math.floor(block / b), x * b + (block % b)];
    }),
  ];
};

export const references: Record<string, Reference> = {
  Transpose: transpose as Reference,
  DepthToSpace: depthToSpace as Reference,
  SpaceToDepth: spaceToDepth as Reference,
};
