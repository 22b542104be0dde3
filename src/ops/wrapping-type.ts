import { type DType, dtypeInfo } from "../ir/dtype.js";

/**
 * The C type to add and multiply elements in so that integers wrap: unsigned, and not narrower than 32
 * bits, which would be promoted to a signed int. Floats stay what they are.
 */
export const wrappingType = (dtype: DType): string =>
  dtypeInfo[dtype].kind === "float"
    ? dtypeInfo[dtype].c
    : dtypeInfo[dtype].bytes === 8
      ? "uint64_t"
      : "uint32_t";
