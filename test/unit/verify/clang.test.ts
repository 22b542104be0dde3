import { expect, test } from "vitest";
import { buildProgram } from "../../../src/7-verify/build.js";
import { runProgram } from "../../../src/7-verify/run.js";
import { listTargets } from "../../../src/target/load.js";
import { floats, handwritten } from "./program.js";

const port = { ctype: "float", bytes: 16 };

test.each(listTargets())(
  "clang compiles for $name, without a warning and to the same results",
  async (target) => {
    const options = handwritten(target, {
      inputs: [port],
      outputs: [port],
      declarations: target.isas.includes("neon")
        ? "#include <arm_neon.h>"
        : target.isas.includes("mve")
          ? "#include <arm_mve.h>"
          : "",
      body: "for (size_t i = 0; i < 4; i++) { y0[i] = x0[i] * x0[i] + 1.0f; }\n  return TINY_OK;",
    });
    const program = await buildProgram({ ...options, compiler: "clang" });
    const values = [0.1, 3, 4097, 1e-20];
    const expected = values.map((value) => Math.fround(Math.fround(value) * Math.fround(value)) + 1);
    expect(await runProgram(program, [[floats(...values)]])).toEqual([[floats(...expected)]]);
  },
);
