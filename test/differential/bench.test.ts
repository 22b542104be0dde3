import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { type BenchReport, bench } from "../../src/7-verify/bench.js";
import { sampleInputs } from "../../src/7-verify/sample-inputs.js";
import { compile } from "../../src/compile.js";
import { loadTarget } from "../../src/target/load.js";
import { encode, floats, ints, node, type, valueInfo } from "../unit/import/build-model.js";

async function benchOf(bytes: Uint8Array, name: string): Promise<BenchReport> {
  const target = loadTarget(name);
  const compiled = await compile(bytes, { target, name: "model", ioLayout: "native" });
  const ports = compiled.program.inputs.map((port) => port.onnx);
  return bench(compiled, target, sampleInputs(ports, 0));
}

const convolution = readFileSync(
  fileURLToPath(new URL("../models/layer_conv_k3/model.onnx", import.meta.url)),
);

/** A sigmoid of 1000 bytes, as a table; twice the same, so that both steps share function and table. */
const tables = encode({
  name: "g",
  input: [valueInfo("x", [1000], type.uint8), valueInfo("v", [1000], type.uint8)],
  output: [valueInfo("y", [1000], type.uint8), valueInfo("w", [1000], type.uint8)],
  initializer: [floats("s", [], [0.1]), ints("z", type.uint8, [], [128]), floats("t", [], [1 / 256])],
  node: [
    node("QLinearSigmoid", ["x", "s", "z", "t"], ["y"], [], { domain: "com.microsoft" }),
    node("QLinearSigmoid", ["v", "s", "z", "t"], ["w"], [], { domain: "com.microsoft" }),
  ],
  model: {
    opsetImport: [
      { domain: "", version: 21 },
      { domain: "com.microsoft", version: 1 },
    ],
  },
});

test("the same figures twice, and parts that do not exceed the whole", async () => {
  const name = "cortex-m4";
  const report = await benchOf(convolution, name);
  expect(await benchOf(convolution, name)).toEqual(report);
  const [step] = report.steps;
  expect(step.instructions).toBeLessThanOrEqual(report.instructions);
  expect(step.codeBytes).toBeGreaterThan(0);
  expect(step.codeBytes).toBeLessThanOrEqual(report.codeBytes);
  expect(step.weightBytes).toBeLessThanOrEqual(report.constantBytes);
  expect(step.stackBytes).toBe(report.stackBytes);
  // Every weight and every activation at least once.
  expect(step.loadedBytes).toBeGreaterThan(step.weightBytes);
  expect(step.loadedBytesPerMac).toBeCloseTo(step.loadedBytes! / step.macs, 4);
});

test("loads of a table look-up are its elements and their entries; what is shared counts once", async () => {
  const [first, second] = (await benchOf(tables, "cortex-m3")).steps;
  // A byte and its entry for each element, and a few words for the call.
  for (const { loadedBytes } of [first, second]) {
    expect(loadedBytes).toBeGreaterThanOrEqual(2000);
    expect(loadedBytes).toBeLessThan(2100);
  }
  expect(first.weightBytes).toBe(256);
  expect(second).toMatchObject({ weightBytes: 0, sharesTablesWith: 0, codeBytes: 0, sharesCodeWith: 0 });
});
