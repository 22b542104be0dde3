import type { Reference } from "../op.js";
import { accumulateReferences } from "./accumulate-reference.js";
import { elementwiseReferences } from "./elementwise-reference.js";
import { poolReferences } from "./pool-reference.js";
import { qlinearSoftmax } from "./softmax-reference.js";

/** ONNX Runtime's arithmetic on x86-64, bit for bit. */
export const references = {
  ...accumulateReferences,
  ...elementwiseReferences,
  ...poolReferences,
  "com.microsoft.QLinearSoftmax": qlinearSoftmax,
} as Record<string, unknown> as Record<string, Reference>;
