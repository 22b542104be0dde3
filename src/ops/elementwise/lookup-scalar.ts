import { dtypeInfo } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import type { Kernel } from "../kernel.js";
import { type LookupAttributes, lookupName } from "./lookup.js";

/** `vcgen.Lookup`: one load from a table of 256 entries for each element. */
export const lookupKernel: Kernel = {
  name: "lookup",
  isa: "scalar",
  ops: [lookupName],
  accept({ attrs, outputs }) {
    const { table } = attrs as LookupAttributes;
    const count = numel(outputs[0]!.shape);
    return {
      cost: 10 + 5 * count,
      reason: `one of 256 ${table.dtype} for each element`,
      inPlace: dtypeInfo[table.dtype].bytes === 1 ? [0] : [],
      lower: () => ({
        template: "elementwise/lookup",
        values: {},
        parameters: [
          { kind: "input", name: "x", index: 0, as: "uint8_t" },
          { kind: "constant", name: "table", ...table, what: "a function of 8-bit values" },
          { kind: "output", name: "y", index: 0 },
          { kind: "scalar", name: "count", ctype: "size_t", value: `${count}U` },
        ],
      }),
    };
  },
};
