import type { GraphEditor } from "../ir/editor.js";
import type { Node } from "../ir/graph.js";
import { numel, type Tensor, tensor, toNumbers } from "../ir/tensor.js";
import { references } from "../ops/quantization/reference.js";
import { roundHalfEven } from "../ops/requantize.js";
import type { Qdq, QdqView } from "./qdq.js";

/**
 * The bias of Conv, ConvTranspose or Gemm as int32 with scale x_scale * w_scale: the name of a constant,
 * "" where there is none, undefined where it cannot be had.
 *
 * An int32 bias behind a DequantizeLinear with that scale is taken as it is. A float bias, or one with
 * another scale, is rounded to int32 as ONNX Runtime does: rne(fround(bias / fround(x_scale * w_scale))).
 */
export function integerBias(
  node: Node,
  x: Qdq,
  w: Qdq,
  view: QdqView,
  editor: GraphEditor<"onnx">,
): string | undefined {
  const name = node.inputs[2];
  if (!name) return "";
  const dequantize = view.dequantizeOf(name);
  const scale = Number(view.constant(x.scale)!.data[0]);
  const scales = toNumbers(view.constant(w.scale)!).map((s) => Math.fround(scale * s));
  if (dequantize && isBiasOf(dequantize, scales, view)) return dequantize.quantized;
  const bias = dequantize ? dequantized(dequantize, view) : view.constant(name);
  if (bias?.dtype !== "float32") return undefined;
  if (scales.length !== 1 && (bias.shape.length !== 1 || bias.shape[0] !== scales.length)) return undefined;
  const values = toNumbers(bias).map((b, i) =>
    roundHalfEven(Math.fround(b / (scales.length === 1 ? scales[0] : scales[i]))),
  );
  if (!values.every((v) => Math.abs(v) < 2 ** 31)) return undefined;
  return editor.addConstant(`${name}_int32`, tensor("int32", bias.shape, values));
}

/** An int32 constant whose scale is the product of the others, up to the rounding of who computed it. */
function isBiasOf(bias: Qdq, scales: readonly number[], view: QdqView): boolean {
  const constant = view.constant(bias.quantized);
  const own = view.constant(bias.scale);
  if (constant?.dtype !== "int32" || !own) return false;
  const zeroPoint = bias.zeroPoint ? view.constant(bias.zeroPoint) : undefined;
  if (bias.zeroPoint && !(zeroPoint && toNumbers(zeroPoint).every((z) => z === 0))) return false;
  const given = toNumbers(own);
  const count = Math.max(given.length, scales.length);
  return Array.from({ length: count }, (_, i) => i).every((i) => {
    const [a, b] = [given[given.length === 1 ? 0 : i], scales[scales.length === 1 ? 0 : i]];
    return Math.abs(a - b) <= 1e-5 * b;
  });
}

function dequantized(bias: Qdq, view: QdqView): Tensor | undefined {
  const operands = [bias.quantized, bias.scale, bias.zeroPoint].map((n) =>
    n ? view.constant(n) : undefined,
  );
  if (!operands[0] || !operands[1] || numel(operands[0].shape) === 0) return undefined;
  return references.DequantizeLinear(operands, bias.node.attrs, 1)[0];
}
