import { readFile } from "node:fs/promises";
import { Command } from "commander";
import type { Optimize } from "../../4-schedule/choose-forms.js";
import { type BenchReport, bench } from "../../7-verify/bench.js";
import { sampleInputs } from "../../7-verify/sample-inputs.js";
import { compile } from "../../compile.js";
import { UsageError } from "../../diagnostics/diagnostic.js";
import { loadTarget } from "../../target/load.js";
import { openModel } from "../open-model.js";
import { ioLayoutOption, ioOption, jsonOption, optimizeOption, shapeOption } from "../options.js";
import { Terminal, table } from "../terminal.js";

interface Options {
  readonly target: string;
  readonly peers?: string;
  readonly shape: Record<string, number[]>;
  readonly io: "int8" | "float";
  readonly ioLayout: "onnx" | "native";
  readonly optimize: Optimize;
  readonly json?: boolean;
}

export const benchCommand = () =>
  new Command("bench")
    .summary("count instructions, arena, weights, code and stack")
    .description(
      "Runs the generated C once under QEMU and counts the instructions of each step (they are not cycles),\n" +
        "with the bytes of arena, constants, code and stack. The same figures every time.",
    )
    .argument("<model.onnx>", "the model")
    .requiredOption("--target <target>", "target to measure on")
    .option("--peers <peers.json>", "instruction counts of other libraries to compare with, by layer name")
    .addOption(shapeOption())
    .addOption(ioOption())
    // As other libraries' figures are taken: tensors in the kernels' layout, no transposes at the edges.
    .addOption(ioLayoutOption().default("native"))
    .addOption(optimizeOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ vcgen bench examples/tinyvc/model.onnx --target cortex-m4")
    .action(async (model: string, options: Options) => {
      const terminal = new Terminal(options.json === true);
      const { bytes, front, name } = await openModel(model, { shapes: options.shape });
      const target = loadTarget(options.target);
      const { io, ioLayout, optimize } = options;
      const compiled = await compile(bytes, { ...front, io, ioLayout, optimize, target, name });
      const inputs = sampleInputs(
        compiled.program.inputs.map((port) => port.onnx),
        0,
      );
      const report = await terminal.progress("counting instructions", () => bench(compiled, target, inputs));
      const peer = options.peers ? await readPeer(options.peers, name, target.name) : undefined;
      terminal.result({
        ok: true,
        ...report,
        ...(peer && { peer: { ...peer, ratio: report.instructions / peer.instructions } }),
      });
      printBench(terminal, report);
      if (peer) {
        const ratio = (report.instructions / peer.instructions).toFixed(3);
        terminal.line(`${ratio} of the ${peer.instructions} instructions of ${peer.peer}`);
      }
    });

interface Peer {
  readonly peer: string;
  readonly instructions: number;
}

/** A layer's figure in a peers file: `{ layers: { <name>: { <target>: { peer, instructions } } } }`. */
async function readPeer(path: string, name: string | undefined, target: string): Promise<Peer | undefined> {
  const text = await readFile(path, "utf8").catch(() => {
    throw new UsageError(`cannot read ${path}`);
  });
  try {
    return JSON.parse(text).layers?.[name ?? ""]?.[target];
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
}

/** How many of the model's MACs are done at all, where channels were removed. */
const left = ({ macs, computedMacs }: BenchReport): string =>
  computedMacs < macs ? ` of the model (${computedMacs} of ${macs} are left)` : "";

function printBench(terminal: Terminal, report: BenchReport): void {
  const perMac = (instructions: number, macs: number) => (macs > 0 ? (instructions / macs).toFixed(3) : "");
  const rows = report.steps.map((step) => [
    step.index,
    step.operator,
    step.instructions,
    step.macs,
    perMac(step.instructions, step.macs),
    step.kernel,
    step.origin.slice(0, 40),
  ]);
  const head = ["step", "operator", "instructions", "MACs", "per MAC", "kernel", "node"];
  for (const line of table([head, ...rows])) terminal.line(line);
  terminal.line(
    `${report.name} on ${report.target}: ${report.instructions} instructions, ${perMac(report.instructions, report.macs)} per MAC${left(report)}`,
  );
  terminal.line(
    `arena ${report.arenaBytes} bytes (lower bound ${report.arenaLowerBound}), constants ${report.constantBytes}, code ${report.codeBytes}, stack ${report.stackBytes}`,
  );
}
