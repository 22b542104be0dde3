import type { Shape, Tensor } from "../../ir/tensor.js";
import { type LegalizeBuilder, view as viewAs } from "../legalize.js";
import type { ValueInfo } from "../op.js";
import { mapName } from "./map.js";
import { mapReference } from "./map-reference.js";
import { StepBuilder, type Term } from "./steps.js";
import { mapNode } from "./to-map.js";

/** A value that a Map reads. */
export interface MapInput {
  readonly name: string;
  readonly info: ValueInfo;
}

/**
 * Adds a `vcgen.Map` with the steps that `write` makes of the inputs; the last one is the result.
 * Constants of one element are constants of the program, and the result of constants is one, too.
 */
export function addMap(
  build: LegalizeBuilder,
  inputs: readonly MapInput[],
  output: Pick<ValueInfo, "dtype" | "shape">,
  write: (p: StepBuilder, ...terms: Term[]) => Term,
): MapInput {
  const p = new StepBuilder();
  const terms = inputs.map(({ info: { dtype, data } }, i) =>
    data?.length === 1 ? p.constant(dtype, data[0]) : p.input(i, dtype),
  );
  write(p, ...terms);
  const infos = inputs.map((input) => input.info);
  if (infos.every(isConstant)) {
    const [value] = mapReference(infos, { steps: p.steps }, 1);
    return { name: build.constant("folded", value), info: value };
  }
  const info = { dtype: output.dtype, shape: output.shape };
  const { inputs: names, attrs } = mapNode(
    inputs.map((input) => input.name),
    infos,
    p.steps,
    info,
  );
  return { name: build.node(mapName, names, info, attrs), info };
}

const isConstant = (info: ValueInfo): info is Tensor => info.data !== undefined;

/** A constant or computed value seen with another shape. */
export function reshaped(build: LegalizeBuilder, { name, info }: MapInput, shape: Shape): MapInput {
  const { dtype, data } = info;
  if (data) return { name: build.constant("reshaped", { dtype, shape, data }), info: { dtype, shape, data } };
  return { name: viewAs(build, name, info, shape), info: { dtype, shape } };
}
