import { dtypeInfo } from "../../ir/dtype.js";
import { reachableRange } from "../../proof/requantize/range.js";
import type { IsaName } from "../../target/target.js";
import type { Kernel, KernelParameter, NodeView } from "../kernel.js";
import { type MatVec, packedMatrices, roundUp } from "../matvec.js";
import { storeCost, storeOf } from "../store.js";
import { gemmRows } from "./gemm-rows.js";
import { type ConvAttributes, convName } from "./kernel-op.js";
import { planeOf } from "./regions.js";
import { gatherValues } from "./window.js";

/**
 * An ungrouped convolution of int16 inputs as a matrix-vector product for each position, or for a few at a
 * time where the helper has tiles: windows that are contiguous in the input are read in place, others gathered.
 */
export const shortConvolution = (isa: IsaName, m: MatVec): Kernel => ({
  name: "conv-short",
  isa,
  ops: [convName],
  accept(view, target) {
    const { attrs, inputs } = view as NodeView<ConvAttributes>;
    const [x, w, bias] = inputs;
    if (x!.dtype !== "int16") return { refused: `input is ${x!.dtype}, not int16` };
    if (!target.features.unaligned) return { refused: "needs unaligned loads" };
    if (!w!.data || (bias && !bias.data)) return { refused: "weights or bias are computed at run time" };
    if (attrs.group !== 1) return { refused: "grouped: a window serves too few channels" };
    const plane = planeOf(x!.shape, w!.shape, attrs);
    if (!plane) return { refused: "three spatial dimensions" };
    const zero = (o: number) =>
      attrs.wZeroPoints.length === 1 ? attrs.wZeroPoints[0] : attrs.wZeroPoints[o];
    const depth = w!.data.length / plane.outputChannels;
    const weight = (o: number, k: number) => Number(w!.data![o * depth + k]) - zero(o);
    if (!fitsBytes(weight, plane.outputChannels, depth)) return { refused: "weights do not fit int8" };
    const tile = m.tile?.positions ?? 1;
    const rows = gemmRows(plane, roundUp(depth, m.step), tile);
    const positions = plane.batch * plane.outputHeight * plane.outputWidth;
    const channels = roundUp(plane.outputChannels, m.block);
    const sumBytes = 4 * tile * channels;
    const perMac = m.tile?.cost ?? m.cost;
    const offsets = Int32Array.from({ length: plane.outputChannels }, (_, o) => {
      let sum = 0;
      for (let k = 0; k < depth; k++) sum += weight(o, k);
      return (Number(bias?.data?.[o] ?? 0) - attrs.xZeroPoint * sum) | 0;
    });
    const { min, max } = dtypeInfo.int16;
    const ranges = Array.from(offsets, (_, o) =>
      reachableRange({
        weights: w!.data as ArrayLike<number>,
        start: o * depth,
        count: depth,
        wZeroPoint: zero(o),
        bias: Number(bias?.data?.[o] ?? 0),
        x: { min, max },
        xZeroPoint: attrs.xZeroPoint,
      }),
    );
    const store = storeOf({ output: attrs.output, target, wraps: true, ranges });
    const gathered = rows.direct
      ? positions - (rows.direct.to - rows.direct.from) * rows.rows * rows.batch
      : positions;
    return {
      cost:
        positions * (20 + channels * (depth * perMac + 4 + storeCost(attrs.output, target))) +
        gathered * (20 * plane.kernelHeight * plane.kernelWidth + depth),
      reason: `int16 products, ${m.block} channels at a time`,
      scratch: sumBytes + rows.block * roundUp(depth, m.step) * 2,
      notes: store.notes,
      lower: () => ({
        template: "conv/matvec",
        values: {
          ...gatherValues({ plane, attrs }, rows, roundUp(depth, m.step)),
          tile: m.tile?.name ?? false,
          tilePositions: tile,
          single: m.name,
          weightRows: channels,
          depth: roundUp(depth, m.step),
          outputChannels: plane.outputChannels,
          fillRow: plane.kernelWidth * plane.channels,
          offsets: offsets.some((offset) => offset !== 0),
          store: store.values,
        },
        parameters: [
          { kind: "input", name: "x", index: 0 },
          packedMatrices(m, "weights", [{ rows: plane.outputChannels, depth, at: weight }]),
          ...(offsets.some((offset) => offset !== 0) ? [offsetTable(offsets)] : []),
          ...store.parameters,
          { kind: "scratch", name: "sums", ctype: "int32_t" },
          ...(rows.block > 0
            ? [{ kind: "scratch", name: "window", ctype: "int16_t", offset: sumBytes } as const]
            : []),
          { kind: "output", name: "y", index: 0 },
        ],
        uses: [m.uses, ...(m.tile ? [m.tile.uses] : []), ...store.uses],
      }),
    };
  },
});

const offsetTable = (data: Int32Array): KernelParameter => ({
  kind: "constant",
  name: "offsets",
  dtype: "int32",
  data,
  what: "bias and zero-point corrections",
});

function fitsBytes(weight: (o: number, k: number) => number, outputs: number, depth: number): boolean {
  for (let o = 0; o < outputs; o++) {
    for (let k = 0; k < depth; k++) if (weight(o, k) < -128 || weight(o, k) > 127) return false;
  }
  return true;
}
