import { dtypeInfo } from "../../ir/dtype.js";
import { numel, toNumbers } from "../../ir/tensor.js";
import { moveType } from "../copy/move-type.js";
import type { Kernel } from "../kernel.js";
import type { TriluAttributes } from "./op.js";

const trilu: Kernel = {
  name: "trilu",
  isa: "scalar",
  ops: ["Trilu"],
  accept({ attrs, inputs }) {
    const { upper } = attrs as TriluAttributes;
    const { dtype, shape } = inputs[0]!;
    const [rows, columns] = shape.slice(-2);
    const k = inputs[1] ? toNumbers({ ...inputs[1], data: inputs[1].data! })[0] : 0;
    const { bytes } = dtypeInfo[dtype];
    const type = moveType(dtype);
    return {
      cost: (numel(shape) * bytes) / 3 + (numel(shape) / Math.max(columns, 1)) * 30,
      reason: `the ${upper ? "upper" : "lower"} triangle from diagonal ${k}`,
      inPlace: [0],
      lower: () =>
        numel(shape) === 0
          ? { template: "copy/nothing", values: {}, parameters: [] }
          : {
              template: "trilu/trilu",
              values: {
                upper,
                matrices: numel(shape.slice(0, -2)),
                rows,
                columns,
                bytes,
                // Where row 0 is cut; beyond the matrix it makes no difference by how much.
                cut: Math.min(Math.max(upper ? k : k + 1, -rows), columns),
              },
              parameters: [
                { kind: "input", name: "x", index: 0, as: type },
                { kind: "output", name: "y", index: 0, as: type },
              ],
            },
    };
  },
};

export const kernels: Kernel[] = [trilu];
