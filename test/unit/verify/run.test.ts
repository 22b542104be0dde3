import { describe, expect, test } from "vitest";
import { buildProgram } from "../../../src/7-verify/build.js";
import { runProgram } from "../../../src/7-verify/run.js";
import { listTargets } from "../../../src/target/load.js";
import type { IsaName } from "../../../src/target/target.js";
import { floats, handwritten, int8s, int32s } from "./program.js";

/** For each ISA the sum over 16 products of int8, with the ISA's own instruction. */
const dotProducts: Record<IsaName, { declarations: string; sum: string }> = {
  scalar: {
    declarations: "",
    sum: "int32_t sum = 0; for (size_t i = 0; i < 16; i++) { sum += x0[i] * x1[i]; }",
  },
  thumb1: {
    declarations: "",
    sum: `int32_t sum = 0;
      for (size_t i = 0; i < 16; i++) {
        int32_t product = x1[i];
        __asm__(".syntax unified\\n\\tmuls %0, %1, %0" : "+l"(product) : "l"((int32_t)x0[i]) : "cc");
        sum += product;
      }`,
  },
  thumb2: {
    declarations: "",
    sum: `int32_t sum = 0;
      int32_t high = 0;
      for (size_t i = 0; i < 16; i++) {
        __asm__("smlal %0, %1, %2, %3" : "+r"(sum), "+r"(high) : "r"((int32_t)x0[i]), "r"((int32_t)x1[i]));
      }`,
  },
  dsp: {
    declarations: "#include <arm_acle.h>",
    sum: `int32_t sum = 0;
      for (size_t i = 0; i < 16; i += 4) {
        uint32_t a, b;
        memcpy(&a, x0 + i, 4);
        memcpy(&b, x1 + i, 4);
        sum = __smlad(__sxtb16((int8x4_t)a), __sxtb16((int8x4_t)b), sum);
        sum = __smlad(__sxtb16((int8x4_t)(a >> 8)), __sxtb16((int8x4_t)(b >> 8)), sum);
      }`,
  },
  mve: {
    declarations: "#include <arm_mve.h>",
    sum: "const int32_t sum = vmladavq_s8(vld1q_s8(x0), vld1q_s8(x1));",
  },
  neon: {
    declarations: "#include <arm_neon.h>",
    sum: `const int8x16_t a = vld1q_s8(x0), b = vld1q_s8(x1);
      int32x4_t sums = vpaddlq_s16(vmull_s8(vget_low_s8(a), vget_low_s8(b)));
      sums = vpadalq_s16(sums, vmull_s8(vget_high_s8(a), vget_high_s8(b)));
      const int32x2_t pair = vpadd_s32(vget_low_s32(sums), vget_high_s32(sums));
      const int32_t sum = vget_lane_s32(vpadd_s32(pair, pair), 0);`,
  },
  dotprod: {
    declarations: "#include <arm_neon.h>",
    sum: "const int32_t sum = vaddvq_s32(vdotq_s32(vdupq_n_s32(0), vld1q_s8(x0), vld1q_s8(x1)));",
  },
  // Rows 0 and 1 times rows 0 and 1: the diagonal holds the two halves of the sum.
  i8mm: {
    declarations: "#include <arm_neon.h>",
    sum: `const int32x4_t square = vmmlaq_s32(vdupq_n_s32(0), vld1q_s8(x0), vld1q_s8(x1));
      const int32_t sum = vgetq_lane_s32(square, 0) + vgetq_lane_s32(square, 3);`,
  },
};

const x = [-128, 127, 3, -4, 5, -6, 7, -8, 9, -10, 11, -12, 13, -14, 127, -128];
const w = [-128, -128, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 127, -128];
const dot = x.reduce((sum, value, i) => sum + value * w[i]!, 0);

// 2^-127 and its half are denormal; 0.1 + 0.2 rounds up in float32, 16777216 + 1 to even.
const f = [2 ** -127, 0.1, 16777216, -1.5];
const g = [2 ** -128, 0.2, 1, 3];

describe.each(listTargets())("a program on $name", (target) => {
  test("computes what it should, case by case", async () => {
    const { declarations, sum } = dotProducts[target.isas[0]!];
    const options = handwritten(target, {
      inputs: [
        { ctype: "int8_t", bytes: 16 },
        { ctype: "int8_t", bytes: 16 },
        { ctype: "float", bytes: 16 },
        { ctype: "float", bytes: 16 },
      ],
      outputs: [
        { ctype: "int32_t", bytes: 8 },
        { ctype: "float", bytes: 16 },
        { ctype: "float", bytes: 16 },
      ],
      declarations: `${declarations}
static void add(const float *a, const float *b, float *y) { for (size_t i = 0; i < 4; i++) { y[i] = a[i] + b[i]; } }
static void mul(const float *a, const float *b, float *y) { for (size_t i = 0; i < 4; i++) { y[i] = a[i] * b[i]; } }`,
      body: `${sum}
  y0[0] = sum;
  y0[1] = ctx->runs;
  add(x2, x3, y1);
  mul(x2, x3, y2);
  return TINY_OK;`,
    });
    const program = await buildProgram(options);
    const cases = [
      [int8s(...x), int8s(...w), floats(...f), floats(...g)],
      [int8s(...w), int8s(...w), floats(...f), floats(0.5, 0.5, 0.5, 0.5)],
    ];
    const squares = w.reduce((sum, value) => sum + value * value, 0);
    const added = floats(...f.map((value, i) => Math.fround(value) + Math.fround(g[i]!)));
    const added2 = floats(...f.map((value) => Math.fround(value) + 0.5));
    const multiplied = floats(...f.map((value, i) => Math.fround(value) * Math.fround(g[i]!)));
    const halved = floats(...f.map((value) => Math.fround(value) * 0.5));
    expect(await runProgram(program, cases)).toEqual([
      [int32s(dot, 1), added, multiplied],
      [int32s(squares, 1), added2, halved],
    ]);
    const [, streamed] = await runProgram(program, cases, { keepState: true });
    expect(streamed![0]).toEqual(int32s(squares, 2));
  });
});
