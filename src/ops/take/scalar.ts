import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import { axisLoops, offsetTable } from "../axis-loops.js";
import { moveType } from "../copy/move-type.js";
import type { Kernel } from "../kernel.js";
import { type TakeAttributes, takeName } from "./op.js";

/** Input positions looked up in tables of element offsets, one for each axis that needs it. */
const take: Kernel = {
  name: "take",
  isa: "scalar",
  ops: [takeName],
  accept({ attrs, inputs, outputs }) {
    const output = outputs[0]!;
    const { tables, fill } = attrs as TakeAttributes;
    const { loops, inner } = axisLoops(inputs[0]!.shape, output.shape, (axis) => tables[axis] !== undefined);
    const bytes = inner * dtypeInfo[output.dtype].bytes;
    const looked = loops.filter((loop) => loop.axis !== undefined);
    return {
      cost: loops.reduce((n, loop) => n * loop.count, 1) * (8 + bytes / 3),
      reason: `${looked.length} tables of positions, runs of ${inner}`,
      lower() {
        if (numel(output.shape) === 0) return { template: "copy/nothing", values: {}, parameters: [] };
        const type = moveType(output.dtype);
        return {
          template: "take/take",
          values: {
            inner,
            bytes,
            fill: fill !== undefined,
            loops: loops.map((loop) => ({
              ...loop,
              table: loop.axis === undefined ? "" : `t${loop.counter}`,
            })),
            tables: looked.map(({ counter }, i) => ({ name: `t${counter}`, counter, first: i === 0 })),
          },
          parameters: [
            { kind: "input", name: "x", index: 0, as: type },
            ...looked.map(({ counter, axis, stride }) => {
              const offsets = tables[axis!]!.map((i) => (i < 0 ? -1 : i * stride));
              return offsetTable(`t${counter}`, offsets, fill !== undefined);
            }),
            ...(fill === undefined ? [] : [{ kind: "input", name: "fill", index: fill, as: type } as const]),
            { kind: "output", name: "y", index: 0, as: type },
          ],
        };
      },
    };
  },
};

export const kernels: Kernel[] = [take];
