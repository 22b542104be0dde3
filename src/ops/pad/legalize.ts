import { zeros } from "../../ir/tensor.js";
import { addCopy } from "../copy/build.js";
import type { Piece } from "../copy/op.js";
import type { Legalizer } from "../legalize.js";
import { type AxisPad, axisPads, type PadAttributes, type PadMode } from "./op.js";

/** A stretch of one axis of the output and the input elements it shows. */
interface Segment {
  readonly to: number;
  readonly count: number;
  readonly from: number;
  readonly step: -1 | 0 | 1;
}

/** Beyond this many boxes a Pad is refused: a reflection or repetition many times longer than its axis. */
const maxPieces = 1024;

const pad: Legalizer<PadAttributes> = ({ node, attrs, inputs, outputs }, build) => {
  const [data, output] = [inputs[0]!, outputs[0]!];
  const pads = axisPads(inputs);
  const segments = data.shape.map((size, axis) => segmentsOf(size, pads[axis], attrs.mode));
  if (segments.reduce((n, list) => n * list.length, 1) > maxPieces) {
    return build.refuse(
      `${attrs.mode} padding of [${data.shape}] to [${output.shape}] repeats its input too often`,
      "Repeat the input with Tile, or pad less.",
    );
  }
  const operands = [{ name: node.inputs[0], shape: data.shape }];
  const filled = attrs.mode === "constant" && pads.some(({ begin, end }) => begin > 0 || end > 0);
  if (filled) {
    const name = inputs[2] ? node.inputs[2] : build.constant("zero", zeros(data.dtype, []));
    operands.push({ name, shape: [] });
  }
  return [addCopy(build, operands, output, boxes(segments), filled ? 1 : undefined)];
};

/** The output of one axis from begin to end: the fill value's part is left out. */
function segmentsOf(size: number, { begin, end }: AxisPad, mode: PadMode): Segment[] {
  const first = Math.max(0, -begin);
  const kept = size - first - Math.max(0, -end);
  const [before, after] = [Math.max(0, begin), Math.max(0, end)];
  const inner: Segment = { to: before, count: kept, from: first, step: 1 };
  if (mode === "constant") return [inner];
  const total = before + kept + after;
  if (mode === "edge" || kept === 1) {
    const all: Segment[] = [
      { to: 0, count: before, from: first, step: 0 },
      inner,
      { to: before + kept, count: after, from: first + kept - 1, step: 0 },
    ];
    return all.filter((segment) => segment.count > 0);
  }
  // Runs of the periodic continuation, begun early enough to cover the elements before.
  const runs = mode === "wrap" ? [inner] : reflection(first, kept);
  const period = runs.reduce((n, run) => n + run.count, 0);
  const result: Segment[] = [];
  let at = before - Math.ceil(before / period) * period;
  for (let i = 0; at < total; i++) {
    const run = runs[i % runs.length];
    const skipped = Math.max(0, -at);
    const count = Math.min(run.count, total - at) - skipped;
    if (count > 0)
      result.push({ to: at + skipped, count, from: run.from + skipped * run.step, step: run.step });
    at += run.count;
  }
  return result;
}

/** Forward over all elements, then back over all but the two ends. */
const reflection = (first: number, kept: number): Segment[] => [
  { to: 0, count: kept, from: first, step: 1 },
  { to: 0, count: kept - 2, from: first + kept - 2, step: -1 },
];

/** Every combination of one segment for each axis. */
function boxes(segments: readonly (readonly Segment[])[]): Piece[] {
  let combinations: Segment[][] = [[]];
  for (const list of segments) combinations = combinations.flatMap((head) => list.map((s) => [...head, s]));
  return combinations.map((box) => ({
    input: 0,
    count: box.map((s) => s.count),
    from: box.map((s) => s.from),
    step: box.map((s) => s.step),
    to: box.map((s) => s.to),
  }));
}

export const legalizers: Record<string, Legalizer> = { Pad: pad as Legalizer };
