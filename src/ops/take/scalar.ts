import { dtypeInfo } from "../../ir/dtype.js";
import { numel, stridesOf } from "../../ir/tensor.js";
import { moveType } from "../copy/move-type.js";
import type { ConstantData, Kernel, NodeView } from "../kernel.js";
import { type TakeAttributes, takeName } from "./op.js";

/** An axis of the loops, outermost first: `offsets` from a table, or `stride` elements a step. */
interface Loop {
  readonly count: number;
  readonly stride: number;
  readonly offsets?: readonly number[];
}

/** Input positions looked up in tables of element offsets, one for each axis that needs it. */
const take: Kernel = {
  name: "take",
  isa: "scalar",
  ops: [takeName],
  accept(view) {
    const output = view.outputs[0]!;
    const { fill } = view.attrs as TakeAttributes;
    const { loops, inner } = loopsOf(view);
    const bytes = inner * dtypeInfo[output.dtype].bytes;
    const runs = loops.reduce((n, loop) => n * loop.count, 1);
    const tables = loops.flatMap((loop, i) =>
      loop.offsets ? [tableOf(loop.offsets, i, fill !== undefined)] : [],
    );
    return {
      cost: runs * (8 + bytes / 3),
      reason: `${tables.length} tables of positions, runs of ${inner}`,
      lower() {
        if (numel(output.shape) === 0) return { template: "copy/nothing", values: {}, parameters: [] };
        const type = moveType(output.dtype);
        return {
          template: "take/take",
          values: {
            inner,
            bytes,
            fill: fill !== undefined,
            loops: loops.map(({ count, stride }, i) => ({
              counter: `i${i}`,
              count,
              stride,
              table: tables.find((t) => t.name === `t${i}`)?.name ?? "",
            })),
            tables: tables.map(({ name }, i) => ({ name, counter: `i${name.slice(1)}`, first: i === 0 })),
          },
          parameters: [
            { kind: "input", name: "x", index: 0, as: type },
            ...tables.map((table) => ({ kind: "constant", ...table }) as const),
            ...(fill === undefined ? [] : [{ kind: "input", name: "fill", index: fill, as: type } as const]),
            { kind: "output", name: "y", index: 0, as: type },
          ],
        };
      },
    };
  },
};

/** Neighbouring axes without a table become one; the last of them is the run that is copied as a whole. */
function loopsOf({ attrs, inputs, outputs }: NodeView): { loops: Loop[]; inner: number } {
  const { tables } = attrs as TakeAttributes;
  const strides = stridesOf(inputs[0]!.shape);
  const loops: Loop[] = [];
  outputs[0]!.shape.forEach((count, axis) => {
    const table = tables[axis];
    const stride = strides[axis];
    const last = loops.at(-1);
    if (table) loops.push({ count, stride, offsets: table.map((i) => (i < 0 ? -1 : i * stride)) });
    else if (last && !last.offsets) loops.splice(-1, 1, { count: last.count * count, stride });
    else loops.push({ count, stride });
  });
  const inner = loops.at(-1)?.offsets ? 1 : (loops.pop()?.count ?? 1);
  return { loops, inner };
}

/** Signed where -1 stands for the fill value, else as narrow as the offsets allow. */
function tableOf(offsets: readonly number[], loop: number, signed: boolean): ConstantData & { name: string } {
  const wide = offsets.some((offset) => offset > 0xffff);
  const common = { name: `t${loop}`, what: "element offsets to read from" };
  if (signed) return { ...common, dtype: "int32", data: Int32Array.from(offsets) };
  return wide
    ? { ...common, dtype: "uint32", data: Uint32Array.from(offsets) }
    : { ...common, dtype: "uint16", data: Uint16Array.from(offsets) };
}

export const kernels: Kernel[] = [take];
