import { zeros } from "../../ir/tensor.js";
import type { Legalizer } from "../legalize.js";
import { mapName } from "./map.js";
import { quantizationLegalizers } from "./quantize-to-map.js";
import { elementwiseNames, elementwiseToMap } from "./to-map.js";

const toMap: Legalizer = (view, build) => {
  const { inputs, attrs } = elementwiseToMap(view);
  return [build.node(mapName, inputs, view.outputs[0]!, attrs)];
};

/** The input itself, and a mask of ones. */
const dropout: Legalizer = ({ node, outputs }, build) => {
  const mask = outputs[1] && zeros("bool", outputs[1].shape);
  mask?.data.fill(1 as never);
  return [node.inputs[0], mask ? build.constant("mask", mask) : ""];
};

export const legalizers: Record<string, Legalizer> = {
  ...Object.fromEntries(elementwiseNames.map((name) => [name, toMap])),
  Identity: ({ node }) => [node.inputs[0]],
  Dropout: dropout,
  ...quantizationLegalizers,
};
