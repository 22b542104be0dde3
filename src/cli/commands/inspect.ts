import { Command } from "commander";
import type { ImportedNode } from "../../1-import/index.js";
import type { Optimize } from "../../4-schedule/choose-forms.js";
import { type CompileOptions, compileGraph, type Examined, examine, modelHash } from "../../compile.js";
import { Diagnostics, ModelError } from "../../diagnostics/diagnostic.js";
import { type Graph, getValue, portsOf } from "../../ir/graph.js";
import type { Report } from "../../report.js";
import { type OperatorSupport, supportTable } from "../../support.js";
import { loadTarget } from "../../target/load.js";
import { dumper } from "../dump-ir.js";
import { openModel } from "../open-model.js";
import { ioLayoutOption, ioOption, jsonOption, optimizeOption, shapeOption } from "../options.js";
import { Terminal, table } from "../terminal.js";

interface Options {
  readonly target?: string;
  readonly shape: Record<string, number[]>;
  readonly io: "int8" | "float";
  readonly ioLayout: "onnx" | "native";
  readonly optimize: Optimize;
  readonly dumpIr?: string;
  readonly json?: boolean;
}

/** `failed` is called where the model is refused. */
export const inspectCommand = (failed: () => void) =>
  new Command("inspect")
    .summary("show what is in a model, how it would be computed, and what is not supported")
    .description(
      "Shows inputs, outputs and one line for each kind of operator in the model: how many there are and how they " +
        "would be computed, or why not; with --target the kernel of every step and why it was chosen.",
    )
    .argument("<model.onnx>", "the model")
    .option("--target <target>", "show kernels, arena and sizes for this target")
    .addOption(shapeOption())
    .addOption(ioOption())
    .addOption(ioLayoutOption())
    .option("--dump-ir <when>", "print the graph to stderr: after:<pass>, or all")
    .addOption(optimizeOption())
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ vcgen inspect examples/tinyvc/model.onnx --target cortex-m55")
    .action(async (model: string, options: Options) => {
      const terminal = new Terminal(options.json === true);
      const observe = dumper(options.dumpIr, terminal);
      const { bytes, front, name } = await openModel(model, { shapes: options.shape, observe });
      // Without a target the portable kernels: they take whatever any other takes.
      const target = loadTarget(options.target ?? "host");
      const compileOptions = {
        ...front,
        io: options.io,
        ioLayout: options.ioLayout,
        optimize: options.optimize,
        target,
        name,
      };
      const { examined, support, diagnostics } = await terminal.progress("inspecting", async () =>
        look(bytes, compileOptions),
      );
      if (!examined || diagnostics.hasErrors) {
        failed();
        terminal.result({ ok: false, support, diagnostics: diagnostics.list });
        printSupport(terminal, support);
        terminal.diagnostics(diagnostics.list);
        return;
      }
      const { reference } = examined;
      const compiled =
        options.target === undefined
          ? undefined
          : await terminal.progress("compiling", () =>
              compileGraph(reference, modelHash(bytes), compileOptions, diagnostics),
            );
      terminal.result({
        ok: true,
        ...portsOf(reference),
        operators: countOperators(reference),
        support,
        ...(compiled && { report: compiled.report }),
        diagnostics: diagnostics.list,
      });
      printModel(terminal, reference);
      printSupport(terminal, support);
      if (compiled) printSteps(terminal, compiled.report);
      terminal.diagnostics(diagnostics.list);
    });

/** Looks at all of the model, whatever of it is refused. Throws a `ModelError` where it cannot be read at all. */
function look(bytes: Uint8Array, options: CompileOptions) {
  const nodes: ImportedNode[] = [];
  const diagnostics = new Diagnostics();
  let examined: Examined | undefined;
  try {
    examined = examine(bytes, { ...options, onNode: (node) => nodes.push(node) }, diagnostics);
  } catch (error) {
    if (!(error instanceof ModelError) || !diagnostics.hasErrors) throw error;
  }
  return { examined, diagnostics, support: supportTable(nodes, examined, diagnostics.list) };
}

function countOperators(graph: Graph): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const node of graph.nodes) counts[node.op] = (counts[node.op] ?? 0) + 1;
  return Object.fromEntries(Object.entries(counts).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function printModel(terminal: Terminal, graph: Graph): void {
  const ports = portsOf(graph);
  for (const port of ports.inputs)
    terminal.line(`input  ${port.name}: ${port.dtype}[${port.shape.join(",")}]`);
  for (const port of ports.outputs)
    terminal.line(`output ${port.name}: ${port.dtype}[${port.shape.join(",")}]`);
  const constants = [...graph.values.keys()].filter((name) => getValue(graph, name).data).length;
  terminal.line(`${graph.nodes.length} operators after fusion, ${constants} constants`);
}

function printSupport(terminal: Terminal, support: readonly OperatorSupport[]): void {
  const head = ["domain", "operator", "opset", "nodes", "computed"];
  const rows = support.map(({ domain, operator, opset, count, computed, refused }) => {
    const found = Object.entries(computed).map(([way, n]) => `${n} ${way}`);
    const why = [...new Set(refused.map(({ message }) => message))];
    return [domain, operator, opset ?? "?", count, [found.join(", "), ...why].join(": ")];
  });
  terminal.line();
  table([head, ...rows]).forEach((line, i) => {
    terminal.line(i > 0 && support[i - 1].refused.length > 0 ? terminal.color.red(line) : line);
  });
}

function printSteps(terminal: Terminal, report: Report): void {
  terminal.line();
  terminal.line(
    `${report.name} for ${report.target}: ${report.computedMacs} MACs, weights ${report.weightBytes} bytes, arena ${report.arena.bytes} bytes (lower bound ${report.arena.lowerBound})`,
  );
  for (const step of report.steps) {
    const shapes = step.outputs.map((o) => `${o.dtype}[${o.shape.join(",")}]`).join(", ");
    terminal.line(
      `${step.index} ${step.operator} -> ${shapes}: ${step.kernel} (${step.isa}), ${step.reason}`,
    );
    for (const note of step.notes) terminal.line(`     ${note}`);
    for (const candidate of step.candidates) {
      if (candidate.kernel === step.kernel) continue;
      const why = candidate.refused ?? `more instructions (${candidate.cost})`;
      terminal.line(terminal.color.dim(`     not ${candidate.kernel} (${candidate.isa}): ${why}`));
    }
  }
}
