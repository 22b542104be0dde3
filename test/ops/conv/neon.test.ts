import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { compileOnly } from "../../../src/7-verify/compile-c.js";
import { toolStatus } from "../../../src/7-verify/tools.js";
import { kernels } from "../../../src/ops/conv/neon.js";
import { references } from "../../../src/ops/conv/reference.js";
import { loadTarget } from "../../../src/target/load.js";
import { Random } from "../random.js";
import { compileCases, runOnCore } from "../run-on-core.js";
import { type ConvShape, convCase, randomShape } from "./int8-cases.js";

/** Depths with and without remainder, unrolled and in a loop; odd positions and channels; windows in place and gathered. */
const dense: readonly ConvShape[] = [
  { channels: 128, outputs: 16, spatial: [9], kernel: [1] },
  { channels: 128, outputs: 32, spatial: [6], kernel: [1], weights: "small" },
  { channels: 64, outputs: 12, spatial: [4], kernel: [1], weights: "full" },
  { channels: 80, outputs: 18, spatial: [5], kernel: [1] },
  { channels: 264, outputs: 8, spatial: [4], kernel: [1] },
  { channels: 300, outputs: 5, spatial: [5], kernel: [1], weights: "small" },
  { channels: 520, outputs: 6, spatial: [1], kernel: [1] },
  { channels: 768, outputs: 8, spatial: [3], kernel: [1] },
  { channels: 3, outputs: 8, spatial: [11, 9], kernel: [3, 3], strides: [2, 2], pads: [1, 0, 0, 1] },
  { channels: 1, outputs: 7, spatial: [13, 6], kernel: [5, 4], pads: [2, 1, 2, 2] },
  { channels: 24, outputs: 19, spatial: [12], kernel: [3], pads: [1, 1] },
  { channels: 16, outputs: 1, spatial: [12], kernel: [7], pads: [3, 3] },
  { channels: 8, outputs: 2, spatial: [12], kernel: [3], dilations: [16], pads: [16, 16] },
  { batch: 3, channels: 17, outputs: 3, spatial: [6], kernel: [2] },
  { batch: 2, channels: 32, outputs: 32, spatial: [4, 3], kernel: [1, 1], strides: [2, 1] },
];

/** Whole groups of 16, rest groups of 8 and 16 that overlap, long kernels, dead rows and columns. */
const depthwise: readonly ConvShape[] = [
  { channels: 64, outputs: 64, spatial: [9], kernel: [3], pads: [1, 1], weights: "full" },
  { channels: 32, outputs: 32, spatial: [13], kernel: [3], dilations: [16], pads: [16, 16] },
  { channels: 8, outputs: 8, spatial: [7, 6], kernel: [3, 3], pads: [1, 1, 1, 1] },
  { channels: 13, outputs: 13, spatial: [7], kernel: [5], strides: [2], pads: [2, 3], weights: "small" },
  { channels: 24, outputs: 24, spatial: [9, 8], kernel: [3, 3], strides: [2, 3], pads: [1, 0, 2, 1] },
  { channels: 30, outputs: 30, spatial: [6, 7], kernel: [4, 5], pads: [1, 2, 2, 2] },
  { batch: 2, channels: 40, outputs: 40, spatial: [30], kernel: [11], pads: [5, 5] },
].map((shape) => ({ ...shape, group: shape.channels }) as ConvShape);

function cases(seed: number) {
  const random = new Random(seed);
  const shapes = [
    ...dense,
    ...depthwise,
    ...Array.from({ length: 24 }, () => randomShape(random, false)),
    ...Array.from({ length: 12 }, () => randomShape(random, true)),
  ];
  return shapes.map((shape) => ({ shape, ...convCase(random, shape) }));
}

const targets = ["cortex-a53-neon", "cortex-a7-neon", "cortex-a53-aarch64"].map(loadTarget);

describe.each(targets.map((target) => [target.name, target] as const))("vcgen.Conv for %s", (_, target) => {
  test("computes what the reference does", async () => {
    expect(toolStatus(target)).toMatchObject({ ready: true });
    const list = cases(1);
    const results = await runOnCore(list, kernels, target);
    const differing = list.filter(({ inputs, attrs }, i) => {
      const [expected] = references["vcgen.Conv"]!(inputs, attrs, 1);
      return Buffer.compare(Buffer.from(expected.data.buffer), Buffer.from(results[i][0].data.buffer)) !== 0;
    });
    expect(differing.map(({ shape }) => JSON.stringify(shape))).toEqual([]);
  }, 60_000);

  test.each(["gcc", "clang"] as const)(
    "compiles without warnings with %s at any level",
    async (compiler) => {
      const { files } = await compileCases(cases(1).slice(0, 30), kernels, target);
      const directory = mkdtempSync(join(tmpdir(), "vcgen-neon-"));
      try {
        for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
        for (const optimize of ["-O0", "-O3"]) {
          const workDirectory = join(directory, optimize);
          await compileOnly({
            target,
            directory,
            workDirectory,
            optimize,
            ...(compiler === "clang" && { compiler }),
          });
        }
      } finally {
        rmSync(directory, { recursive: true });
      }
    },
    60_000,
  );
});
