import { dtypeInfo, type TypedArray } from "../../ir/dtype.js";
import { numel } from "../../ir/tensor.js";
import type { Kernel, KernelParameter, NodeView } from "../kernel.js";
import { type LoopNest, loopNests } from "./loops.js";
import { moveType } from "./move-type.js";
import { type CopyAttributes, copyName } from "./op.js";
import { isContiguous, type Region, regionOfPiece, regionOfTranspose } from "./region.js";

/** Elements from one place to another with strides known while compiling, baked into the loops. */
const copyKernel: Kernel = {
  name: "copy",
  isa: "scalar",
  ops: [copyName, "Transpose", "vcgen.Duplicate"],
  accept(view) {
    const output = view.outputs[0]!;
    const { bytes } = dtypeInfo[output.dtype];
    const regions = regionsOf(view);
    const nests = regions.flatMap((region) => loopNests(region, bytes));
    const fill = fillOf(view);
    const base = fill ? undefined : baseOf(regions, numel(output.shape));
    return {
      cost: nests.reduce((sum, nest) => sum + costOf(nest), fill ? numel(output.shape) * 2 : 0),
      reason: `${nests.length} loop nests, ${nests.filter((n) => n.bytes > 0).length} of them copy runs`,
      ...(base === undefined ? {} : { inPlace: [base] }),
      lower() {
        const type = moveType(output.dtype);
        const used = [...new Set(regions.map((region) => region.input))].sort((a, b) => a - b);
        const parameters: KernelParameter[] = used.map((index) => ({
          kind: "input",
          name: `x${index}`,
          index,
          as: type,
        }));
        if (fill && fill.byte === undefined) {
          parameters.push({ kind: "input", name: "fill", index: fill.index, as: type });
        }
        if (fill || nests.length > 0) parameters.push({ kind: "output", name: "y", index: 0, as: type });
        const count = numel(output.shape);
        return {
          template: "copy/copy",
          values: {
            type,
            nests: nests.map((nest, i) => ({ ...nest, inPlace: i === 0 && base !== undefined })),
            count,
            fill: fill !== undefined,
            shiftFill: (view.attrs as CopyAttributes).shiftFill === true,
            fillBytes: fill?.byte === undefined ? 0 : count * bytes,
            fillByte: (fill?.byte ?? 0).toString(16).padStart(2, "0"),
          },
          parameters,
        };
      },
    };
  },
};

function regionsOf({ node, attrs, inputs, outputs }: NodeView): Region[] {
  const shape = outputs[0]!.shape;
  const regions =
    node.op === "Transpose"
      ? [regionOfTranspose(inputs[0]!.shape, attrs.perm as readonly number[])]
      : node.op === copyName
        ? (attrs as CopyAttributes).pieces.map((p) => regionOfPiece(p, inputs[p.input]!.shape, shape))
        : [
            regionOfTranspose(
              shape,
              shape.map((_, i) => i),
            ),
          ];
  return regions.filter((region) => region !== undefined);
}

/**
 * The input that the output starts out as, if the rest of the pieces only write over it: where it need not
 * live on, they can do so in its own memory.
 */
function baseOf([first, ...rest]: readonly Region[], count: number): number | undefined {
  const starts = first?.from.offset === 0 && first.to.offset === 0;
  const whole = starts && isContiguous(first) && first.shape[0] === count;
  return whole && rest.every((region) => region.input !== first.input) ? first.input : undefined;
}

/** The fill value's input, and the byte it repeats if all its bytes are the same and known. */
function fillOf({ node, attrs, inputs, outputs }: NodeView): { index: number; byte?: number } | undefined {
  if (node.op !== copyName || attrs.fill === undefined || numel(outputs[0]!.shape) === 0) return undefined;
  const index = attrs.fill as number;
  const data = inputs[index]!.data;
  const bytes = data ? bytesOf(data).map((b) => (attrs.shiftFill ? b ^ 0x80 : b)) : [];
  return bytes.length > 0 && bytes.every((b) => b === bytes[0]) ? { index, byte: bytes[0] } : { index };
}

const bytesOf = (data: TypedArray): number[] => [
  ...new Uint8Array(data.buffer, data.byteOffset, data.BYTES_PER_ELEMENT),
];

/** Instructions: a call and half a word's copy for each run, load and store for each lane, and the loops. */
function costOf(nest: LoopNest): number {
  const times = nest.loops.reduce((n, loop) => n * (loop.count / loop.step), 1);
  return times * (nest.bytes > 0 ? 12 + nest.bytes / 3 : 2 * nest.lanes.length + 4);
}

export const kernels: Kernel[] = [copyKernel];
