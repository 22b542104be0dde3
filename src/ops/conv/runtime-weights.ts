import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import type { OnnxConvTransposeAttributes } from "../conv-transpose/op.js";
import { resolveConvTranspose } from "../conv-transpose/op.js";
import type { Kernel, KernelCode, KernelParameter, NodeView } from "../kernel.js";
import { type OnnxConvAttributes, resolveConv } from "./op.js";

/**
 * Conv, ConvTranspose and ConvInteger whose weights are computed at run time, in ONNX's layout: nothing
 * can be packed or proven, so this is the plain loop nest in the reference's order.
 */
export const runtimeWeights: Kernel = {
  name: "conv-runtime-weights",
  isa: "scalar",
  ops: ["Conv", "ConvTranspose", "ConvInteger"],
  accept(view) {
    const { node, inputs, outputs } = view;
    const w = inputs[1]!;
    const depth = node.op === "ConvTranspose" ? inputs[0]!.shape[1] : w.shape[1];
    return {
      cost: numel(outputs[0]!.shape) * (20 + 20 * depth * numel(w.shape.slice(2))),
      reason: "weights are computed at run time",
      lower: () => lowerRuntimeWeights(view),
    };
  },
};

function lowerRuntimeWeights(view: NodeView): KernelCode {
  const { node, inputs, outputs } = view;
  const [x, w] = inputs;
  const transposed = node.op === "ConvTranspose";
  const integer = node.op === "ConvInteger";
  const group = (view.attrs as OnnxConvAttributes).group;
  const window = transposed
    ? resolveConvTranspose(view.attrs as OnnxConvTransposeAttributes, x!.shape, w!.shape)
    : resolveConv(view.attrs as OnnxConvAttributes, x!.shape, w!.shape);
  const begins = "padsBegin" in window ? window.padsBegin : window.pads;
  const [channels, outputChannels] = [x!.shape[1], outputs[0]!.shape[1]];
  const [image, plane] = [numel(x!.shape.slice(2)), numel(outputs[0]!.shape.slice(2))];
  const taps = numel(w!.shape.slice(2));
  const rank = x!.shape.length - 2;
  const dims = Array.from({ length: rank }, (_, axis) => ({
    axis,
    input: x!.shape[axis + 2],
    output: outputs[0]!.shape[axis + 2],
    kernel: w!.shape[axis + 2],
    stride: window.strides[axis],
    dilation: window.dilations[axis],
    pad: begins[axis],
    inputStride: numel(x!.shape.slice(axis + 3)),
    kernelStride: numel(w!.shape.slice(axis + 3)),
  }));
  const optional = (index: number, name: string): KernelParameter[] =>
    inputs[index] ? [{ kind: "input", name, index }] : [];
  return {
    template: "conv/runtime-weights",
    values: {
      batch: x!.shape[0],
      transposed,
      integer,
      dims,
      channels,
      outputChannels,
      groupInputs: channels / group,
      groupOutputs: outputChannels / group,
      image,
      plane,
      taps,
      sum: integer ? "uint32_t" : "float",
      zero: integer ? "0U" : "0.0F",
      bias: !integer && inputs[2] !== undefined,
      xZero: integer && inputs[2] !== undefined,
      wZero: integer && inputs[3] !== undefined,
      wZeros: integer && inputs[3] !== undefined && numel(inputs[3].shape) > 1,
      ctype: dtypeInfo[outputs[0]!.dtype].c,
    },
    parameters: [
      { kind: "input", name: "x", index: 0 },
      { kind: "input", name: "w", index: 1 },
      ...(integer ? [...optional(2, "x_zero"), ...optional(3, "w_zero")] : optional(2, "bias")),
      { kind: "output", name: "y", index: 0 },
    ],
  };
}
