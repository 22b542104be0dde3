import { quantize } from "../../../src/2-quantize/index.js";
import { Diagnostics } from "../../../src/diagnostics/diagnostic.js";
import { type Tensor, toNumbers } from "../../../src/ir/tensor.js";
import { evaluate } from "../../../src/reference/evaluate.js";
import { importModel, type ModelParts } from "../import/build-model.js";

/** The reference's outputs of a model. */
export function runModel(
  model: ModelParts,
  inputs: Readonly<Record<string, Tensor>>,
): Record<string, number[]> {
  const graph = quantize(importModel(model).graph, { diagnostics: new Diagnostics() });
  const outputs = Object.entries(evaluate(graph, inputs));
  return Object.fromEntries(outputs.map(([name, tensor]) => [name, toNumbers(tensor)]));
}
