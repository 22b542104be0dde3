import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { compileOnly } from "../../../src/7-verify/compile-c.js";
import { toolStatus } from "../../../src/7-verify/tools.js";
import { references } from "../../../src/ops/conv/reference.js";
import type { Kernel } from "../../../src/ops/kernel.js";
import type { Target } from "../../../src/target/target.js";
import { Random } from "../random.js";
import { compileCases, runOnCore } from "../run-on-core.js";
import { type ConvShape, convCase } from "./int8-cases.js";

/** Tests that the kernels take these convolutions, compute what the reference does, and compile cleanly. */
export function checkKernels(target: Target, kernels: readonly Kernel[], shapes: readonly ConvShape[]): void {
  const random = new Random(11);
  const cases = shapes.map((shape) => ({ shape, ...convCase(random, shape) }));

  test(`${target.name}: computes what the reference does`, async () => {
    expect(toolStatus(target)).toMatchObject({ ready: true });
    const results = await runOnCore(cases, kernels, target);
    const differing = cases.filter(({ inputs, attrs }, i) => {
      const [expected] = references["vcgen.Conv"]!(inputs, attrs, 1);
      return Buffer.compare(Buffer.from(expected.data.buffer), Buffer.from(results[i][0].data.buffer)) !== 0;
    });
    expect(differing.map(({ shape }) => JSON.stringify(shape))).toEqual([]);
  }, 60_000);

  test.each(["gcc", "clang"] as const)(
    `${target.name}: compiles without warnings with %s`,
    async (compiler) => {
      const { files } = await compileCases(cases.slice(0, 30), kernels, target);
      const directory = mkdtempSync(join(tmpdir(), "vcgen-conv-"));
      try {
        for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
        for (const optimize of ["-O0", "-O3"]) {
          const options = { target, directory, workDirectory: join(directory, optimize), optimize };
          await compileOnly({ ...options, ...(compiler === "clang" && { compiler }) });
        }
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
    60_000,
  );
}

/** Depths with and without remainder, unrolled and in a loop; odd positions and channels; windows in place and gathered. */
export const denseShapes: readonly ConvShape[] = [
  { channels: 128, outputs: 16, spatial: [9], kernel: [1] },
  { channels: 128, outputs: 32, spatial: [6], kernel: [1], weights: "small" },
  { channels: 64, outputs: 12, spatial: [4], kernel: [1], weights: "full" },
  { channels: 80, outputs: 18, spatial: [5], kernel: [1] },
  { channels: 264, outputs: 8, spatial: [4], kernel: [1] },
  { channels: 300, outputs: 5, spatial: [5], kernel: [1], weights: "small" },
  { channels: 520, outputs: 6, spatial: [1], kernel: [1] },
  { channels: 768, outputs: 8, spatial: [3], kernel: [1] },
  { channels: 272, outputs: 24, spatial: [23], kernel: [1], weights: "full" },
  { channels: 3, outputs: 8, spatial: [11, 9], kernel: [3, 3], strides: [2, 2], pads: [1, 0, 0, 1] },
  { channels: 1, outputs: 7, spatial: [13, 6], kernel: [5, 4], pads: [2, 1, 2, 2] },
  { channels: 24, outputs: 19, spatial: [22], kernel: [3], pads: [1, 1] },
  { channels: 16, outputs: 1, spatial: [12], kernel: [7], pads: [3, 3] },
  { channels: 8, outputs: 2, spatial: [12], kernel: [3], dilations: [16], pads: [16, 16] },
  { batch: 3, channels: 17, outputs: 3, spatial: [6], kernel: [2] },
  { batch: 2, channels: 32, outputs: 32, spatial: [4, 3], kernel: [1, 1], strides: [2, 1] },
  // A single column, whose only tap is in the padding.
  { channels: 36, outputs: 7, spatial: [1], kernel: [1], strides: [2], pads: [1, 0] },
  { channels: 16, outputs: 8, spatial: [5, 1], kernel: [3, 1], strides: [1, 2], pads: [1, 1, 1, 0] },
  // Every number of positions in a tile.
  ...[1, 2, 3, 4, 5, 6, 7, 8, 12].map((positions) => ({
    channels: 20 + positions,
    outputs: 10,
    spatial: [positions],
    kernel: [1],
  })),
];
