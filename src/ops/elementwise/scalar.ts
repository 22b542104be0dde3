import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import type { Kernel, NodeView } from "../kernel.js";
import { lookupKernel } from "./lookup-scalar.js";
import { collapse } from "./loops.js";
import { type MapAttributes, mapName } from "./map.js";
import { lowerMap } from "./map-scalar.js";

/** Instructions for one step, roughly: of functions that are a call, and of those that are an operator. */
const callCost = 40;
const operatorCost = 2;

/** Any `vcgen.Map` whose types are not float64: nested loops over the broadcast shape. */
const mapKernel: Kernel = {
  name: "map",
  isa: "scalar",
  ops: [mapName],
  accept(view) {
    const { steps } = view.attrs as MapAttributes;
    const output = view.outputs[0]!;
    const types = [...view.inputs.map((x) => x!.dtype), ...steps.map((step) => step.dtype)];
    if (types.includes("float64")) return { refused: "float64 is not computed with at run time" };
    const count = numel(output.shape);
    if (count === 0) {
      const code = { template: "copy/nothing", values: {}, parameters: [] };
      return { cost: 0, reason: "the output has no elements", lower: () => code };
    }
    const { code, calls } = lowerMap(view as NodeView<MapAttributes>);
    const bytes = dtypeInfo[output.dtype].bytes;
    const inPlace = view.inputs.flatMap((x, i) =>
      numel(x!.shape) === count && dtypeInfo[x!.dtype].bytes === bytes ? [i] : [],
    );
    const perElement = 4 + 2 * view.inputs.length + operatorCost * steps.length + callCost * calls;
    const loops = collapse(
      output.shape,
      view.inputs.map((x) => x!.shape),
    ).length;
    return {
      cost: 10 + count * perElement,
      reason: `${steps.length} steps in ${loops} nested loops`,
      inPlace,
      lower: () => code,
    };
  },
};

export const kernels: Kernel[] = [mapKernel, lookupKernel];
