import { type Legalizer, view } from "../legalize.js";
import { ops } from "./op.js";

/** Reshape and its relatives move nothing: they become views. */
export const legalizers: Record<string, Legalizer> = Object.fromEntries(
  ops.map((op): [string, Legalizer] => [
    op.name,
    ({ node, inputs, outputs }, build) => [view(build, node.inputs[0], inputs[0]!, outputs[0]!.shape)],
  ]),
);
