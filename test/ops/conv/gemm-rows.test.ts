import { expect, test } from "vitest";
import { gemmRows } from "../../../src/ops/conv/gemm-rows.js";
import type { ConvAttributes } from "../../../src/ops/conv/kernel-op.js";
import { planeOf } from "../../../src/ops/conv/regions.js";
import { Random } from "../random.js";
import { randomShape } from "./int8-cases.js";

test("windows read in place are those of their positions and end inside the input", () => {
  const random = new Random(5);
  let direct = 0;
  for (let i = 0; i < 2000; i++) {
    const shape = randomShape(random, false);
    const x = [shape.batch ?? 1, ...shape.spatial, shape.channels];
    const w = [shape.outputs, ...shape.kernel, shape.channels];
    const plane = planeOf(x, w, { ...shape, group: 1 } as unknown as ConvAttributes)!;
    const depth = plane.kernelHeight * plane.kernelWidth * plane.channels;
    const read = depth + random.int(0, 15);
    const rows = gemmRows(plane, read, 8);
    const positions = plane.outputHeight * plane.outputWidth;
    expect(rows.batch * rows.rows * rows.positions).toBe(plane.batch * positions);
    if (!rows.direct) continue;
    const { from, to, start, step } = rows.direct;
    for (let run = 0; run < rows.batch * rows.rows; run++) {
      for (let p = from; p < to; p++) {
        const at =
          Math.floor(run / rows.rows) * rows.image + (run % rows.rows) * rows.row + start + (p - from) * step;
        const position = run * rows.positions + p;
        const [n, inImage] = [Math.floor(position / positions), position % positions];
        const [oy, ox] = [Math.floor(inImage / plane.outputWidth), inImage % plane.outputWidth];
        const image = plane.inputHeight * plane.inputWidth * plane.channels;
        const [iy, ix] = [oy * plane.strideY - plane.padTop, ox * plane.strideX - plane.padLeft];
        expect(at).toBe(n * image + (iy * plane.inputWidth + ix) * plane.channels);
        expect(at).toBeGreaterThanOrEqual(0);
        expect(at + read).toBeLessThanOrEqual(plane.batch * image);
        direct++;
      }
    }
  }
  expect(direct).toBeGreaterThan(1000);
});
