import { dtypeInfo } from "../../ir/dtype.js";
import { broadcastStrides, numel, type Shape } from "../../ir/tensor.js";
import { channelBlocks, lanesPerBlock } from "../channel-blocks.js";
import type { Kernel, KernelParameter, NodeView } from "../kernel.js";
import type { ValueInfo } from "../op.js";
import { type Store, storeCost, storeOf } from "../store.js";
import { type MatMulAttributes, matmulName, matmulShape } from "./kernel-op.js";

/** Any `vcgen.MatMul`, in portable C: a row of a with 4 columns of b at a time. */
const matmul: Kernel = {
  name: "matmul",
  isa: "scalar",
  ops: [matmulName],
  accept(view, target) {
    const { attrs, inputs, outputs } = view as NodeView<MatMulAttributes>;
    const [a, b] = [inputs[0]!, inputs[1]!];
    const { batch, m, n, k } = matmulShape(a.shape, b.shape, attrs.transB);
    const float = attrs.output.kind === "float32";
    const product = largest(a, attrs.aZeroPoint) * largest(b, attrs.bZeroPoint);
    const wraps = !float && product * k > dtypeInfo.int32.max;
    const range = { min: -product * k, max: product * k };
    const ranges = wraps ? undefined : Array.from({ length: n }, () => range);
    let chosen: Store | undefined;
    const store = () => {
      chosen ??= storeOf({ output: attrs.output, target, wraps, ranges });
      return chosen;
    };
    const perMac = (float && target.features.fpu === "none" ? 120 : 2) + 3 / Math.min(lanesPerBlock, n);
    return {
      cost: numel(outputs[0]!.shape) * (k * perMac + storeCost(attrs.output, target)),
      reason: "both operands computed at run time",
      get notes() {
        return store().notes;
      },
      lower: () => ({
        template: "matmul/scalar",
        values: {
          batches: batchLoops(a.shape, b.shape, batch),
          rows: m,
          columns: n,
          depth: k,
          transB: attrs.transB,
          blocks: channelBlocks(n),
          aType: dtypeInfo[a.dtype].c,
          bType: dtypeInfo[b.dtype].c,
          operand: float ? "float" : "int32_t",
          sum: float ? "float" : wraps ? "uint32_t" : "int32_t",
          zero: float ? "0.0F" : wraps ? "0U" : "0",
          wraps,
          widen: product > dtypeInfo.int32.max ? "(int64_t)" : "",
          subtractA: attrs.aZeroPoint !== 0,
          subtractB: attrs.bZeroPoint !== 0,
          store: store().values,
        },
        parameters: [
          { kind: "input", name: "a", index: 0 },
          { kind: "input", name: "b", index: 1 },
          ...(attrs.aZeroPoint !== 0 ? [scalar("a_zero_point", attrs.aZeroPoint)] : []),
          ...(attrs.bZeroPoint !== 0 ? [scalar("b_zero_point", attrs.bZeroPoint)] : []),
          ...store().parameters,
          { kind: "output", name: "y", index: 0 },
        ],
        uses: store().uses,
      }),
    };
  },
};

const scalar = (name: string, value: number): KernelParameter => ({
  kind: "scalar",
  name,
  ctype: "int32_t",
  value: `${value}`,
});

/** The largest magnitude of an operand less its zero point. */
function largest({ dtype }: ValueInfo, zeroPoint: number): number {
  const { min, max } = dtypeInfo[dtype];
  return Math.max(max - zeroPoint, zeroPoint - min);
}

/** Loops over the batch dimensions, with the elements each operand moves on a step: 0 where it is repeated. */
function batchLoops(a: Shape, b: Shape, batch: Shape) {
  const matrix = (shape: Shape) => numel(shape.slice(-2));
  const aStrides = broadcastStrides(a.slice(0, -2), batch);
  const bStrides = broadcastStrides(b.slice(0, -2), batch);
  return batch.map((count, axis) => ({
    axis,
    count,
    aStride: aStrides[axis] * matrix(a),
    bStride: bStrides[axis] * matrix(b),
  }));
}

export const kernels: Kernel[] = [matmul];
