import { dtypeInfo } from "../../ir/dtype.js";
import type { Kernel } from "../kernel.js";
import { type LookupAttributes, lookupName } from "./lookup.js";
import { acceptLookup } from "./lookup-scalar.js";
import { mapKernel } from "./map-neon.js";

/** TBL and TBX: 16 look-ups in a quarter of the table at a time. */
const lookup: Kernel = {
  name: "lookup-tbl",
  isa: "neon",
  ops: [lookupName],
  accept(view, target) {
    const { table } = view.attrs as LookupAttributes;
    if (target.features.bits !== 64)
      return { refused: "VTBL has an eighth of the table in half the registers" };
    if (dtypeInfo[table.dtype].bytes !== 1) return { refused: `entries are ${table.dtype}, not bytes` };
    return acceptLookup(view, "lookup-neon", 0.8, {}, "uint8_t");
  },
};

export const kernels: Kernel[] = [lookup, mapKernel];
