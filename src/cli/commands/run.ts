import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import type { Optimize } from "../../4-schedule/choose-forms.js";
import { compileGraph, modelHash, readModel } from "../../compile.js";
import { Diagnostics, UsageError } from "../../diagnostics/diagnostic.js";
import { readTensor, writeNpy } from "../../files/tensor-file.js";
import { type Port, portsOf } from "../../ir/graph.js";
import type { Tensor } from "../../ir/tensor.js";
import { evaluate } from "../../reference/evaluate.js";
import { loadTarget } from "../../target/load.js";
import { openModel } from "../open-model.js";
import { inputOption, jsonOption, optimizeOption, shapeOption } from "../options.js";
import { Terminal } from "../terminal.js";

interface Options {
  readonly input: Record<string, string>;
  readonly output: string;
  readonly on: string;
  readonly shape: Record<string, number[]>;
  readonly optimize: Optimize;
  readonly json?: boolean;
}

export const runCommand = () =>
  new Command("run")
    .summary("run a model on the reference or on a target")
    .description(
      "Runs a model once and writes each output as <dir>/<tensor>.npy, in ONNX's types and layout.",
    )
    .argument("<model.onnx>", "the model")
    .addOption(inputOption())
    .requiredOption("--output <dir>", "folder for the outputs")
    .option("--on <where>", "reference, or a target to run the generated C on", "reference")
    .addOption(shapeOption())
    .addOption(optimizeOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Example:
  $ vcgen run examples/tinyvc/model.onnx --input mel_input=examples/tinyvc/case0/in.mel_input.npy --output out --on cortex-m4`,
    )
    .action(async (model: string, options: Options) => {
      const terminal = new Terminal(options.json === true);
      const { bytes, front, name } = await openModel(model, { shapes: options.shape });
      const diagnostics = new Diagnostics();
      const graph = readModel(bytes, front, diagnostics);
      const inputs = await readInputs(portsOf(graph).inputs, options.input);
      const target = options.on === "reference" ? undefined : loadTarget(options.on);
      const outputs = await terminal.progress(`running on ${options.on}`, async () => {
        if (!target) return evaluate(graph, inputs);
        const { runCompiled } = await import("../../7-verify/run-on-target.js");
        const { toOnnx } = await import("../../7-verify/ports.js");
        const compiled = await compileGraph(graph, modelHash(bytes), {
          target,
          name,
          optimize: options.optimize,
        });
        const [held] = await runCompiled(compiled, target, [inputs]);
        return Object.fromEntries(
          compiled.program.outputs.map((p) => [p.onnx.name, toOnnx(p, held[p.onnx.name])]),
        );
      });
      await mkdir(options.output, { recursive: true });
      const files = [];
      for (const [name, tensor] of Object.entries(outputs)) {
        const path = join(options.output, `${name.replace(/[^\w.-]/g, "_")}.npy`);
        await writeNpy(path, tensor);
        files.push({ tensor: name, dtype: tensor.dtype, shape: tensor.shape, path });
        terminal.line(`${name}: ${tensor.dtype}[${tensor.shape.join(",")}] in ${path}`);
      }
      terminal.diagnostics(diagnostics.list);
      terminal.result({ ok: true, on: options.on, outputs: files });
    });

/** The tensors named with `--input`; every input of the model must be among them. */
async function readInputs(
  ports: readonly Port[],
  files: Record<string, string>,
): Promise<Record<string, Tensor>> {
  const known = ports.map((port) => port.name);
  const unknown = Object.keys(files).filter((name) => !known.includes(name));
  if (unknown.length > 0)
    throw new UsageError(`no input named ${unknown.join(", ")}`, `inputs: ${known.join(", ")}`);
  const missing = ports.filter((port) => !files[port.name]);
  if (missing.length > 0) {
    const hint = missing.map(
      (port) => `--input ${port.name}=<${port.dtype}[${port.shape.join(",")}] .npy or .pb>`,
    );
    throw new UsageError(`no data for ${missing.map((port) => port.name).join(", ")}`, hint.join(" "));
  }
  const tensors: Record<string, Tensor> = {};
  for (const name of known) tensors[name] = await readTensor(files[name]);
  return tensors;
}
