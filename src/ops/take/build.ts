import type { Shape } from "../../ir/tensor.js";
import { addCopy, type CopyOperand } from "../copy/build.js";
import type { LegalizeBuilder } from "../legalize.js";
import type { ValueInfo } from "../op.js";
import { type TakeAttributes, takeName } from "./op.js";

/** Elements at positions that go up or down evenly: `from + i * step` for i below `count`. */
interface Progression {
  readonly from: number;
  readonly step: number;
  readonly count: number;
}

/** More stretches than this are looked up in a table instead of copied one by one. */
const maxStretches = 4;

/** Picks positions of one axis: as a few stretches where they go up or down evenly, else with a table. */
export function addTakeOfAxis(
  build: LegalizeBuilder,
  data: CopyOperand,
  output: ValueInfo,
  axis: number,
  positions: readonly number[],
): string {
  const stretches = progressions(positions);
  if (stretches.length > maxStretches) {
    const tables = output.shape.map((_, i) => (i === axis ? positions : undefined));
    return addTake(build, [data.name], output, tables);
  }
  let at = 0;
  const pieces = stretches.map(({ from, step, count }) => {
    const zeros = output.shape.map(() => 0);
    const piece = {
      input: 0,
      count: output.shape.with(axis, count),
      from: zeros.with(axis, from),
      step: output.shape.map(() => 1).with(axis, step),
      to: zeros.with(axis, at),
    };
    at += count;
    return piece;
  });
  return addCopy(build, [data], output, pieces);
}

/** Adds a `vcgen.Take`; the second input, if there is one, is what stands where a table has -1. */
export function addTake(
  build: LegalizeBuilder,
  inputs: readonly string[],
  output: { dtype: ValueInfo["dtype"]; shape: Shape },
  tables: TakeAttributes["tables"],
): string {
  const attrs: TakeAttributes = {
    shape: output.shape,
    tables,
    ...(inputs.length > 1 ? { fill: 1 } : {}),
  };
  return build.node(takeName, inputs, output, attrs);
}

function progressions(positions: readonly number[]): Progression[] {
  const result: Progression[] = [];
  for (let i = 0; i < positions.length; ) {
    const from = positions[i];
    const step = i + 1 < positions.length ? positions[i + 1] - from : 1;
    let count = 1;
    while (i + count < positions.length && positions[i + count] === from + count * step) count++;
    result.push({ from, step, count });
    i += count;
  }
  return result;
}
