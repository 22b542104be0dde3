import type { OpDefinition } from "../op.js";
import { convInteger, qlinearConv, qlinearConvTranspose } from "./conv.js";
import * as elementwise from "./elementwise.js";
import {
  dynamicQuantizeMatMul,
  matMulInteger,
  matMulIntegerToFloat,
  qgemm,
  qlinearMatMul,
} from "./matmul.js";
import { qlinearAveragePool, qlinearGlobalAveragePool, qlinearReduceMean } from "./pool.js";

/** ONNX Runtime's QOperator vocabulary: operators that compute on quantized tensors. */
export const ops = [
  qlinearConv,
  qlinearConvTranspose,
  convInteger,
  qlinearMatMul,
  matMulInteger,
  matMulIntegerToFloat,
  dynamicQuantizeMatMul,
  qgemm,
  elementwise.qlinearAdd,
  elementwise.qlinearMul,
  elementwise.qlinearSigmoid,
  elementwise.qlinearLeakyRelu,
  elementwise.qlinearSoftmax,
  elementwise.qlinearConcat,
  elementwise.qlinearWhere,
  qlinearAveragePool,
  qlinearGlobalAveragePool,
  qlinearReduceMean,
] as readonly unknown[] as readonly OpDefinition[];
