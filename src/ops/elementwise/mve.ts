import { dtypeInfo } from "../../ir/dtype.js";
import type { Kernel } from "../kernel.js";
import { type LookupAttributes, lookupName } from "./lookup.js";
import { acceptLookup } from "./lookup-scalar.js";

/** Gather loads from the table, the last ones predicated. */
const lookup: Kernel = {
  name: "lookup-gather",
  isa: "mve",
  ops: [lookupName],
  accept(view) {
    const { bytes } = dtypeInfo[(view.attrs as LookupAttributes).table.dtype];
    if (bytes > 4) return { refused: "entries of more than 32 bits" };
    return acceptLookup(view, "lookup-mve", 0.25 * bytes, { bytes, bits: 8 * bytes, lanes: 16 / bytes });
  },
};

export const kernels: Kernel[] = [lookup];
