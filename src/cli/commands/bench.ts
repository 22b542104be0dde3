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
      "Runs the generated C once under QEMU and counts the instructions of each step (they are not cycles), " +
        "what it loads for each multiply-accumulate, and the bytes of arena, constants, code and stack. " +
        "loaded/MAC: bytes that the step's instructions load from memory (activations, weights, tables, literals, its " +
        "stack), divided by its multiply-accumulates. stack: the deepest while the step runs, from the caller on. " +
        "The same figures every time.",
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
      const peer = options.peers ? await readPeer(options.peers, name, target.name) : undefined;
      const { io, ioLayout, optimize } = options;
      const compiled = await terminal.progress("compiling", () =>
        compile(bytes, { ...front, io, ioLayout, optimize, target, name }),
      );
      const inputs = sampleInputs(
        compiled.program.inputs.map((port) => port.onnx),
        0,
      );
      const report = await terminal.progress("counting instructions", () => bench(compiled, target, inputs));
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

/**
 * A layer's figure in a peers file: `{ layers: { <name>: { <target>: { peer, instructions } } } }`.
 * Throws a `UsageError` where the file has none for the model and target.
 */
async function readPeer(path: string, name: string | undefined, target: string): Promise<Peer> {
  const text = await readFile(path, "utf8").catch(() => {
    throw new UsageError(`cannot read ${path}`);
  });
  let layers: Record<string, Record<string, Peer>>;
  try {
    layers = JSON.parse(text).layers ?? {};
  } catch (error) {
    throw new UsageError(`${path}: ${(error as Error).message}`);
  }
  const layer = Object.hasOwn(layers, name ?? "") ? layers[name!] : undefined;
  const peer = layer && Object.hasOwn(layer, target) ? layer[target] : undefined;
  if (peer?.instructions && peer.instructions > 0) return peer;
  const known = layer
    ? `it has ${Object.keys(layer)
        .filter((key) => key !== "macs")
        .join(", ")}`
    : "layers go by the name of the model's file, or of its folder";
  throw new UsageError(`${path} has no instructions for layer ${name ?? "?"} on ${target}`, known);
}

/** How many of the model's MACs are done at all, where channels were removed. */
const left = ({ macs, computedMacs }: BenchReport): string =>
  computedMacs < macs ? ` of the model (${computedMacs} of ${macs} are left)` : "";

function printBench(terminal: Terminal, report: BenchReport): void {
  const perMac = (instructions: number, macs: number) => (macs > 0 ? (instructions / macs).toFixed(3) : "");
  // What is counted elsewhere already is marked with the step that it is shared with.
  const shared = (bytes: number, first: number | undefined) =>
    bytes === 0 && first !== undefined ? `=${first}` : bytes;
  const rows = report.steps.map((step) => [
    step.index,
    step.operator.replace(/^vcgen\./, ""),
    step.instructions,
    step.macs,
    perMac(step.instructions, step.macs),
    step.loadedBytesPerMac?.toFixed(3) ?? "",
    shared(step.weightBytes, step.sharesTablesWith),
    shared(step.codeBytes, step.sharesCodeWith),
    step.stackBytes ?? "",
    step.kernel,
    step.origin.slice(0, 40),
  ]);
  const head = [
    ...["step", "operator", "instructions", "MACs", "per MAC", "loaded/MAC"],
    ...["weights", "code", "stack", "kernel", "node"],
  ];
  for (const line of table([head, ...rows])) terminal.line(line);
  const loaded =
    report.loadedBytesPerMac === undefined
      ? ""
      : `, ${report.loadedBytesPerMac.toFixed(3)} bytes loaded per MAC`;
  terminal.line(
    `${report.name} on ${report.target}: ${report.instructions} instructions, ${perMac(report.instructions, report.macs)} per MAC${left(report)}${loaded}`,
  );
  terminal.line(
    `arena ${report.arenaBytes} bytes (lower bound ${report.arenaLowerBound}), constants ${report.constantBytes}, code ${report.codeBytes}, stack ${report.stackBytes}`,
  );
  if (report.steps.some((step) => (step.sharesCodeWith ?? step.sharesTablesWith) !== undefined))
    terminal.line("=n: the tables or the function of step n, counted there");
  if (report.loadedBytesPerMac === undefined)
    terminal.note(
      "loads and the stack of single steps are not shown: they need cc, and a QEMU that takes plugins",
    );
}
