import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { writeBindings } from "../../src/6-emit/bindings.js";
import { compile } from "../../src/compile.js";
import { loadTarget } from "../../src/target/load.js";

test("bindings type-check and name tensors, shapes and scales", async () => {
  const model = new Uint8Array(readFileSync(new URL("../../examples/tinyvc/model.onnx", import.meta.url)));
  const { program } = await compile(model, { target: loadTarget("host"), name: "tinyvc" });
  // writeBindings throws where the text has a type error.
  const text = writeBindings(program)["tinyvc.ts"];
  expect(text).toContain('readonly "mel_input": Int8Array');
  expect(text).toContain('"shape": [1, 80, 100]');
  expect(text).toContain("export function quantizeMelInput(values: ArrayLike<number>): Int8Array");
  expect(text).toContain("export function dequantizeMelOutput(values: ArrayLike<number>): Float32Array");
});
