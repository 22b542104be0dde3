import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { bench } from "../../src/7-verify/bench.js";
import { sampleInputs } from "../../src/7-verify/sample-inputs.js";
import { compile } from "../../src/compile.js";
import { loadTarget } from "../../src/target/load.js";

/** Figures that must not get worse unseen: instructions under QEMU, arena, constants, code and stack. */
const models = ["examples/tinyvc", "test/models/layer_conv_k3", "test/models/layer_dw_3x3"];
const targets = ["cortex-m3", "cortex-m4", "cortex-m55", "cortex-a53-neon", "cortex-a53-aarch64"];
/** Cores whose kernels differ from these; the layers alone say enough of them. */
const moreTargets = ["cortex-m0plus", "cortex-a76-aarch64", "armv8.6-i8mm-aarch64"];

test("bench.json holds the figures of every model and target", async () => {
  const rows: Record<string, unknown> = {};
  for (const model of models) {
    const bytes = readFileSync(fileURLToPath(new URL(`../../${model}/model.onnx`, import.meta.url)));
    for (const name of model.startsWith("examples/") ? targets : [...targets, ...moreTargets]) {
      const target = loadTarget(name);
      const compiled = await compile(bytes, { target, name: "model", ioLayout: "native" });
      const inputs = sampleInputs(
        compiled.program.inputs.map((port) => port.onnx),
        0,
      );
      const { instructions, macs, arenaBytes, arenaLowerBound, constantBytes, codeBytes, stackBytes } =
        await bench(compiled, target, inputs);
      rows[`${model} ${name}`] = {
        instructions,
        perMac: Number((instructions / macs).toFixed(3)),
        arenaBytes,
        arenaLowerBound,
        constantBytes,
        codeBytes,
        stackBytes,
      };
    }
  }
  await expect(`${JSON.stringify(rows, null, 2)}\n`).toMatchFileSnapshot("bench.json");
});
