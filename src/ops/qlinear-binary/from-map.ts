import { dtypeInfo } from "../../ir/dtype.js";
import type { Attributes } from "../../ir/graph.js";
import { sameShape, type Tensor, toNumbers, zeros } from "../../ir/tensor.js";
import type { Formula } from "../../proof/elementwise/form.js";
import { lookupName } from "../elementwise/lookup.js";
import type { MapAttributes, Step } from "../elementwise/map.js";
import { mapReference } from "../elementwise/map-reference.js";
import type { NodeView } from "../kernel.js";
import type { ValueInfo } from "../op.js";
import { allBytes } from "../qlinear/legalize-elementwise.js";
import { formOf } from "./form.js";
import { isByte, type QBinaryAttributes, qbinaryName } from "./op.js";

/** What is found with 32-bit products runs on every core. */
const anyCore = { features: { longMultiply: false } } as const;

/** A node that computes the same as a `vcgen.Map`, from some of its inputs. */
export interface Tabulated {
  readonly op: typeof lookupName | typeof qbinaryName;
  /** Indices of the Map's inputs. */
  readonly inputs: readonly number[];
  readonly attrs: Attributes;
}

/**
 * A `vcgen.Map` of one or two 8-bit inputs as a table: `vcgen.Lookup` for one, and for two with an 8-bit
 * result `vcgen.QBinary`, if integer arithmetic is found that is equal for all pairs. Whatever floats the
 * steps go through, nothing of them is left. Constant inputs of one element do not count. Undefined for
 * other Maps.
 */
export function tabulateMap(view: NodeView<MapAttributes>): Tabulated | undefined {
  const { inputs, attrs } = view;
  const varying = inputs.flatMap((x, i) => (x!.data?.length === 1 ? [] : [i]));
  if (varying.length < 1 || varying.length > 2) return undefined;
  if (!varying.every((i) => isByte(inputs[i]!.dtype))) return undefined;
  const output = view.outputs[0]!;
  if (varying.length === 1) {
    if (!sameShape(inputs[varying[0]]!.shape, output.shape)) return undefined;
    const table = evaluate(view, attrs.steps, [allBytes(inputs[varying[0]]!.dtype)], varying);
    return { op: lookupName, inputs: varying, attrs: { table: { dtype: table.dtype, data: table.data } } };
  }
  if (!isByte(output.dtype)) return undefined;
  const [a, b] = varying.map((i) => allBytes(inputs[i]!.dtype));
  const pairs = [
    { ...a, shape: [256, 1] },
    { ...b, shape: [1, 256] },
  ];
  const table = evaluate(view, attrs.steps, pairs, varying);
  const pair: QBinaryAttributes = {
    table: { dtype: table.dtype, data: table.data },
    formula: formulaOf(view, varying),
  };
  const infos = varying.map((i) => inputs[i]!);
  const form = formOf({ ...view, attrs: pair, inputs: infos }, anyCore);
  return form && { op: qbinaryName, inputs: varying, attrs: pair };
}

function evaluate(
  view: NodeView<MapAttributes>,
  steps: readonly Step[],
  values: readonly Tensor[],
  varying: readonly number[],
): Tensor {
  const operands = view.inputs.map((x, i): Tensor => {
    const at = varying.indexOf(i);
    return at >= 0 ? values[at] : { dtype: x!.dtype, shape: [], data: x!.data! };
  });
  return mapReference(operands, { steps }, 1)[0];
}

/**
 * The real function before the rounding, if the last step rounds and the function is a sum or a product:
 * from its values at the ends of both operands' ranges.
 */
function formulaOf(view: NodeView<MapAttributes>, varying: readonly number[]): Formula | undefined {
  const { steps } = view.attrs;
  const last = steps[steps.length - 1];
  const [real, zero] = last.operands;
  if (last.fn !== "Saturate" || !("step" in real) || !("constant" in zero)) return undefined;
  const [a, b] = varying.map((i) => view.inputs[i] as ValueInfo);
  const ends = ({ dtype }: ValueInfo, shape: readonly number[]): Tensor => {
    const tensor = zeros(dtype, shape);
    [tensor.data[0], tensor.data[1]] = [dtypeInfo[dtype].min, dtypeInfo[dtype].max];
    return tensor;
  };
  const corners = evaluate(view, steps.slice(0, real.step + 1), [ends(a, [2, 1]), ends(b, [1, 2])], varying);
  const values = toNumbers(corners);
  if (!values.every(Number.isFinite)) return undefined;
  const [v00, v01, v10, v11] = values;
  const [minA, minB] = [dtypeInfo[a.dtype].min, dtypeInfo[b.dtype].min];
  const zeroPoint = Number(zero.constant.data[0]);
  const mixed = (v11 - v10 - v01 + v00) / 255 ** 2;
  if (Math.abs(mixed) * 255 ** 2 <= Math.max(...values.map(Math.abs)) * 2 ** -20) {
    const [ratioA, ratioB] = [(v10 - v00) / 255, (v01 - v00) / 255];
    return { kind: "sum", ratioA, ratioB, constant: v00 - ratioA * minA - ratioB * minB + zeroPoint };
  }
  const ratioA = (v10 - v00) / 255 - mixed * minB;
  const ratioB = (v01 - v00) / 255 - mixed * minA;
  const [zeroA, zeroB] = [Math.round(-ratioB / mixed), Math.round(-ratioA / mixed)];
  const constant = v00 - mixed * (minA - zeroA) * (minB - zeroB) + zeroPoint;
  return { kind: "product", zeroA, zeroB, ratio: mixed, constant };
}
