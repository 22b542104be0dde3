// DQ(x), float weights -> Conv, ConvTranspose, Gemm -> Q  =>  DQ(x), DQ(int8 weights) -> ... -> Q
//
// Weights that stayed in float beside quantized activations are rounded to int8, one scale for the
// tensor, as ONNX Runtime's WeightBiasQuantization does.
import { GraphEditor } from "../ir/editor.js";
import type { Node } from "../ir/graph.js";
import type { Pass } from "../ir/pass.js";
import { tensor, toNumbers } from "../ir/tensor.js";
import { quantizeValue } from "../ops/quantization/reference.js";
import { roundHalfEven } from "../ops/requantize.js";
import { QdqView } from "./qdq.js";

const operators: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm"]);

export const quantizeWeights: Pass<"onnx"> = {
  name: "quantize-weights",
  summary: "rounds float weights beside quantized activations to int8",
  run(graph) {
    const view = new QdqView(graph);
    const editor = new GraphEditor(graph);
    for (const node of graph.nodes) {
      if (!operators.has(node.op)) continue;
      const x = view.dequantizeOf(node.inputs[0]);
      const weights = view.constant(node.inputs[1]);
      const bias = node.inputs[2] ? view.constant(node.inputs[2]) : undefined;
      if (!x || !view.perTensor(x) || weights?.dtype !== "float32" || !leadsToQuantize(node, view)) continue;
      if (node.inputs[2] && bias?.shape.length !== 1) continue;
      const { scale, zeroPoint } = parametersOf(toNumbers(weights));
      const values = toNumbers(weights).map((w) => quantizeValue(w, scale, zeroPoint, "int8"));
      const base = node.inputs[1];
      const inputs = [
        editor.addConstant(`${base}_int8`, tensor("int8", weights.shape, values)),
        editor.addConstant(`${base}_scale`, tensor("float32", [], [scale])),
        editor.addConstant(`${base}_zero_point`, tensor("int8", [], [zeroPoint])),
      ];
      const dequantized = editor.addValue(`${base}_dq`, "float32", weights.shape);
      editor.addNode({
        name: `${base}_dequantize`,
        op: "DequantizeLinear",
        inputs,
        outputs: [dequantized],
        attrs: { axis: 1, block_size: 0, output_dtype: undefined },
        origin: node.origin,
      });
      editor.replace(node, { ...node, inputs: [node.inputs[0], dequantized, ...node.inputs.slice(2)] });
    }
    return editor.finish();
  },
};

/** The output goes to a Q, with nothing but Relu and Clip between, each value read once. */
function leadsToQuantize(node: Node, view: QdqView): boolean {
  let value = node.outputs[0];
  for (;;) {
    const [reader, ...others] = view.readers(value);
    if (!reader || others.length > 0 || view.isOutput(value)) return false;
    if (reader.op === "QuantizeLinear") return true;
    if (reader.op !== "Relu" && reader.op !== "Clip") return false;
    value = reader.outputs[0];
  }
}

/** int8 parameters of the range of the values, 0 included, in float32. */
function parametersOf(values: readonly number[]): { scale: number; zeroPoint: number } {
  const low = values.reduce((a, b) => Math.min(a, b), 0);
  const high = values.reduce((a, b) => Math.max(a, b), 0);
  const scale = high === low ? 1 : Math.fround(Math.fround(high - low) / 255);
  const start = Math.fround(-128 - Math.fround(low / scale));
  return { scale, zeroPoint: roundHalfEven(Math.min(Math.max(start, -128), 127)) };
}
