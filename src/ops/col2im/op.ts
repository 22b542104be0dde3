import { numel } from "../../ir/tensor.js";
import { attr, defineOp, type OpDefinition, OpError, type ValueInfo } from "../op.js";
import { operand, outputInfo, requiredConstant } from "../operands.js";
import { perAxis, perPad, span } from "../window.js";

export type Col2ImAttributes = {
  readonly dilations: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
};

/** One image axis: the block at column l puts its element k at `l * stride - pad + k * dilation`. */
interface Col2ImAxis {
  readonly size: number;
  readonly kernel: number;
  readonly columns: number;
  readonly stride: number;
  readonly dilation: number;
  readonly pad: number;
}

export interface Col2ImPlan {
  readonly batches: number;
  readonly channels: number;
  readonly axes: readonly Col2ImAxis[];
}

export function col2imPlan(inputs: readonly (ValueInfo | undefined)[], attrs: Col2ImAttributes): Col2ImPlan {
  const { shape } = operand(inputs, 0, "input");
  const image = requiredConstant(inputs, 1, "image_shape");
  const block = requiredConstant(inputs, 2, "block_shape");
  const rank = image.length;
  if (rank < 1 || block.length !== rank || [...image, ...block].some((n) => n < 1)) {
    throw new OpError(`image_shape [${image}] and block_shape [${block}] must be positive and of one length`);
  }
  const strides = perAxis("strides", attrs.strides, rank, 1);
  const dilations = perAxis("dilations", attrs.dilations, rank, 1);
  const pads = perPad(attrs.pads, rank);
  const axes = image.map((size, i) => {
    const room = size + pads[i] + pads[rank + i] - span(block[i], dilations[i]);
    const columns = Math.floor(room / strides[i]) + 1;
    return { size, kernel: block[i], columns, stride: strides[i], dilation: dilations[i], pad: pads[i] };
  });
  const columns = axes.map((axis) => axis.columns);
  const channels = shape[1] / numel(block);
  const fits = shape.length === 3 && Number.isInteger(channels) && columns.every((n) => n >= 1);
  if (!fits || shape[2] !== numel(columns)) {
    throw new OpError(`input [${shape}] does not fit blocks [${block}] in [${columns}] places`);
  }
  return { batches: shape[0], channels, axes };
}

/**
 * ONNX Col2Im: [N, C * block elements, columns] -> [N, C, ...image], the blocks added up where they
 * overlap. `image_shape` and `block_shape` are constant.
 */
const col2im = defineOp<Col2ImAttributes>({
  name: "Col2Im",
  opsets: [18, 28],
  attributes: {
    dilations: attr.optional(attr.ints()),
    pads: attr.optional(attr.ints()),
    strides: attr.optional(attr.ints()),
  },
  inputs: [3, 3],
  infer(inputs, attrs) {
    const { dtype } = operand(inputs, 0, "input");
    if (dtype === "bool") throw new OpError("cannot add up bool");
    const { batches, channels, axes } = col2imPlan(inputs, attrs);
    return [outputInfo(dtype, [batches, channels, ...axes.map((axis) => axis.size)])];
  },
});

export const ops: readonly OpDefinition[] = [col2im];
