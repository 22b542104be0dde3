// Conv -> Relu or Clip -> Q  =>  Conv -> Q -> Clip of the quantized tensor
//
// Q is monotone, so that clipping before it at a is clipping behind it at Q(a). The operator then meets
// its Q and can run in integers, whose requantization absorbs the clip.
import { GraphEditor } from "../ir/editor.js";
import type { Pass } from "../ir/pass.js";
import { tensor } from "../ir/tensor.js";
import { accumulates } from "./accumulating-rules.js";
import { clipBounds, quantizedBounds } from "./drop-redundant-clips.js";
import { is8Bit, QdqView } from "./qdq.js";

export const clipAfterQuantize: Pass<"onnx"> = {
  name: "clip-after-quantize",
  summary: "moves Relu and Clip from before Q to behind it, after convolutions and matrix products",
  run(graph) {
    const view = new QdqView(graph);
    const editor = new GraphEditor(graph);
    for (const node of graph.nodes) {
      const bounds = clipBounds(node, view);
      if (!bounds || bounds[0] > bounds[1]) continue;
      const [input] = node.inputs;
      const producer = view.producer(input);
      if (!producer || !accumulates(producer, view)) continue;
      if (view.readers(input).length !== 1 || view.isOutput(input)) continue;
      const quantize = view.quantizeOf(node.outputs[0]);
      const parameters = quantize && view.perTensor(quantize);
      if (!parameters || !is8Bit(parameters.dtype)) continue;
      const name = quantize.quantized;
      const wide = editor.addValue(`${name}_unclipped`, parameters.dtype, editor.value(name).shape);
      const limits = quantizedBounds(bounds, parameters).map((limit) =>
        editor.addConstant(`${name}_limit`, tensor(parameters.dtype, [], [limit])),
      );
      const inputs = [input, ...quantize.node.inputs.slice(1)];
      editor.replace(quantize.node, { ...quantize.node, inputs, outputs: [wide] });
      editor.replace(node, { ...node, op: "Clip", inputs: [wide, ...limits], outputs: [name], attrs: {} });
    }
    return editor.finish();
  },
};
