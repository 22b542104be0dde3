import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CPort } from "../5-lower/program.js";
import type { Compiled } from "../compile.js";
import { dtypeInfo } from "../ir/dtype.js";
import type { Tensor } from "../ir/tensor.js";
import type { Target } from "../target/target.js";
import { type BuildOptions, buildProgram, type HarnessPort, type Program } from "./build.js";
import { cBytes, fromCBytes, toCBytes } from "./ports.js";
import { runProgram } from "./run.js";

/** Calls `action` with a program built from the generated files; its folder is removed afterwards. */
export async function withProgram<T>(
  compiled: Compiled,
  target: Target,
  action: (program: Program, options: BuildOptions) => Promise<T>,
): Promise<T> {
  const workDirectory = await mkdtemp(join(tmpdir(), "vcgen-"));
  try {
    for (const [name, text] of Object.entries(compiled.files))
      await writeFile(join(workDirectory, name), text);
    const { program } = compiled;
    const options: BuildOptions = {
      target,
      directory: workDirectory,
      name: program.name,
      inputs: program.inputs.map(harnessPort),
      outputs: program.outputs.map(harnessPort),
      workDirectory,
    };
    return await action(await buildProgram(options), options);
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}

const harnessPort = (port: CPort): HarnessPort => ({ ctype: dtypeInfo[port.dtype].c, bytes: cBytes(port) });

/**
 * Runs generated C on a target, once for each case. Inputs are ONNX tensors by name; the outputs are in
 * ONNX's layout and as the C function holds them: still quantized where its interface is.
 */
export async function runCompiled(
  compiled: Compiled,
  target: Target,
  cases: readonly Readonly<Record<string, Tensor>>[],
): Promise<Record<string, Tensor>[]> {
  const { inputs, outputs } = compiled.program;
  const bytes = cases.map((tensors) => inputs.map((port) => toCBytes(port, tensors[port.onnx.name])));
  const results = await withProgram(compiled, target, (program) => runProgram(program, bytes));
  return results.map((result) =>
    Object.fromEntries(outputs.map((port, i) => [port.onnx.name, fromCBytes(port, result[i])])),
  );
}
