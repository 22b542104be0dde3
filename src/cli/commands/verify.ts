import { stat } from "node:fs/promises";
import { join } from "node:path";
import { Command } from "commander";
import type { Optimize } from "../../4-schedule/choose-forms.js";
import { describeComparison } from "../../7-verify/compare.js";
import { type GoldenCase, readGolden } from "../../7-verify/golden.js";
import { sampleInputs } from "../../7-verify/sample-inputs.js";
import { type VerifyReport, verifyModel } from "../../7-verify/verify.js";
import { readModel } from "../../compile.js";
import { Diagnostics, ModelError, UsageError } from "../../diagnostics/diagnostic.js";
import { portsOf } from "../../ir/graph.js";
import { loadTarget } from "../../target/load.js";
import type { Target } from "../../target/target.js";
import { openModel } from "../open-model.js";
import { collect, ioLayoutOption, ioOption, jsonOption, optimizeOption, shapeOption } from "../options.js";
import { Terminal } from "../terminal.js";

interface Options {
  readonly target: string[];
  readonly shape: Record<string, number[]>;
  readonly io: "int8" | "float";
  readonly ioLayout: "onnx" | "native";
  readonly optimize: Optimize;
  readonly json?: boolean;
}

/** `failed` is called where a check did not hold. */
export const verifyCommand = (failed: () => void) =>
  new Command("verify")
    .summary("compare the reference with recorded outputs, and the C with the reference")
    .description(
      "For each model: runs the reference on the recorded inputs and compares with the recorded outputs (ONNX Runtime's), " +
        "then builds the C for each target, runs it (under QEMU where the target is no host) and compares it with the " +
        "reference byte for byte. A model without recorded cases is checked on made-up inputs, C against reference only.",
    )
    .argument("<model|golden-dir...>", "models, or folders with model.onnx and caseK/{in,out}.<tensor>.npy")
    .option("--target <target>", "target to run on (repeatable)", collect)
    .addOption(shapeOption())
    .addOption(ioOption())
    .addOption(ioLayoutOption())
    .addOption(optimizeOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Example:
  $ vcgen verify examples/tinyvc --target host --target cortex-m4 --target cortex-m55`,
    )
    .action(async (paths: string[], options: Options) => {
      const terminal = new Terminal(options.json === true);
      const targets = (options.target ?? ["host"]).map(loadTarget);
      const reports: VerifyReport[] = [];
      for (const path of paths) {
        const report = await terminal.progress(`verifying ${path}`, () => verifyPath(path, targets, options));
        reports.push(report);
        printReport(terminal, report);
      }
      const ok = reports.every((report) => report.ok);
      if (!ok) failed();
      terminal.result({ ok, models: reports });
    });

async function verifyPath(path: string, targets: readonly Target[], options: Options): Promise<VerifyReport> {
  const info = await stat(path).catch(() => undefined);
  if (!info) throw new UsageError(`cannot read ${path}: no such file or folder`);
  const model = info.isDirectory() ? join(path, "model.onnx") : path;
  const { bytes, front, name } = await openModel(model, { shapes: options.shape });
  const diagnostics = new Diagnostics();
  const graph = readModel(bytes, front, diagnostics);
  const ports = portsOf(graph);
  const golden = info.isDirectory()
    ? await readGolden(path, {
        inputs: ports.inputs.map((p) => p.name),
        outputs: ports.outputs.map((p) => p.name),
      })
    : {
        cases: [0, 1].map((seed): GoldenCase => made(seed, sampleInputs(ports.inputs, seed))),
        tolerance: {},
      };
  for (const recorded of golden.cases) {
    const missing = Object.keys(recorded.outputs).filter(
      (name) => !ports.outputs.some((port) => port.name === name),
    );
    if (missing.length > 0) {
      throw new ModelError([
        {
          code: "verify/no-such-output",
          severity: "error",
          message: `${recorded.name} has outputs the model lacks`,
          origin: missing.join(", "),
        },
      ]);
    }
  }
  const { io, ioLayout, optimize } = options;
  return verifyModel(bytes, graph, golden.cases, golden.tolerance, {
    ...front,
    io,
    ioLayout,
    optimize,
    name,
    targets,
    model: path,
  });
}

const made = (seed: number, inputs: GoldenCase["inputs"]): GoldenCase => ({
  name: `made-up ${seed}`,
  inputs,
  outputs: {},
});

function printReport(terminal: Terminal, report: VerifyReport): void {
  const { green, red } = terminal.color;
  terminal.line(`${report.ok ? green("ok  ") : red("FAIL")} ${report.model}`);
  for (const result of report.golden) {
    terminal.line(`     ${result.case} ${result.output}: ${describeComparison(result)}`);
  }
  if (report.golden.length === 0)
    terminal.line("     no recorded outputs: made-up inputs, C against reference only");
  for (const result of report.targets) {
    const where = result.firstDifference ? `; first at ${result.firstDifference}` : "";
    terminal.line(
      result.differing === 0
        ? `     ${result.target}: C identical to the reference, ${result.bytes} bytes in ${result.cases} ${result.cases === 1 ? "case" : "cases"}`
        : `     ${result.target}: C DIFFERS in ${result.differing} of ${result.bytes} bytes${where}`,
    );
  }
}
