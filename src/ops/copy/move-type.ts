import { type DType, dtypeInfo } from "../../ir/dtype.js";

/** The C type elements are moved as: signs do not matter, so that more nodes share a function. */
export const moveType = (dtype: DType): string =>
  dtypeInfo[dtype].kind === "float" ? dtypeInfo[dtype].c : `uint${8 * dtypeInfo[dtype].bytes}_t`;
