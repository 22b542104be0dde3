import { broadcastShapes, broadcastStrides, zeros } from "../../ir/tensor.js";
import { eachIndex } from "../indexing.js";
import type { Reference } from "../op.js";
import { type QBinaryAttributes, qbinaryName } from "./op.js";

/** Looks each pair up. */
const qbinary: Reference<QBinaryAttributes> = ([a, b], { table }) => {
  const y = zeros(table.dtype, broadcastShapes(a!.shape, b!.shape)!);
  const strides = [a!, b!].map((x) => broadcastStrides(x.shape, y.shape));
  eachIndex(y.shape, (index, i) => {
    const [at, bt] = strides.map((own) => own.reduce((sum, stride, axis) => sum + stride * index[axis], 0));
    y.data[i] = table.data[(Number(a!.data[at]) & 255) * 256 + (Number(b!.data[bt]) & 255)];
  });
  return [y];
};

export const references: Record<string, Reference> = { [qbinaryName]: qbinary as Reference };
