import { expect, test } from "vitest";
import { buildProgram } from "../../../src/7-verify/build.js";
import { runProgram } from "../../../src/7-verify/run.js";
import { loadTarget } from "../../../src/target/load.js";
import { handwritten } from "./program.js";

const bytes = 2 ** 21;

test.each(["cortex-m3", "cortex-m7", "cortex-m33", "cortex-m55", "cortex-a7-neon", "cortex-a53-aarch64"])(
  "4 MB of weights and 8 MB of buffers fit on the board of %s",
  async (name) => {
    const options = handwritten(loadTarget(name), {
      inputs: [{ ctype: "int8_t", bytes }],
      outputs: [{ ctype: "int8_t", bytes }],
      arenaSize: 2 * bytes,
      declarations: `static const int8_t weights[${2 * bytes}] = {1, 2, 3, [${2 * bytes - 1}] = 4};`,
      body: `memcpy(ctx->arena, x0, ${bytes});
  memcpy(y0, ctx->arena, ${bytes});
  y0[0] = weights[(size_t)x0[0]];
  y0[1] = weights[${2 * bytes - 3}U + (size_t)x0[0]];
  return TINY_OK;`,
    });
    const input = Uint8Array.from({ length: bytes }, (_, i) => (i * 7) & 127);
    input[0] = 2;
    const expected = input.slice();
    expected[0] = 3;
    expected[1] = 4;
    const [[output]] = (await runProgram(await buildProgram(options), [[input]])) as [[Uint8Array]];
    expect(Buffer.compare(output, expected)).toBe(0);
  },
);
