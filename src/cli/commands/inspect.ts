import { Command } from "commander";
import { compile, readModel } from "../../compile.js";
import { Diagnostics, formatDiagnostic } from "../../diagnostics/diagnostic.js";
import { type Graph, getValue, portsOf } from "../../ir/graph.js";
import type { Report } from "../../report.js";
import { loadTarget } from "../../target/load.js";
import { dumper } from "../dump-ir.js";
import { openModel } from "../open-model.js";
import { ioLayoutOption, ioOption, jsonOption, shapeOption } from "../options.js";
import { Terminal, table } from "../terminal.js";

interface Options {
  readonly target?: string;
  readonly shape: Record<string, number[]>;
  readonly io: "int8" | "float";
  readonly ioLayout: "onnx" | "native";
  readonly dumpIr?: string;
  readonly json?: boolean;
}

export const inspectCommand = () =>
  new Command("inspect")
    .summary("show what is in a model and what would be emitted")
    .description(
      "Shows inputs, outputs and operators; with --target the kernel of every step and why it was chosen.",
    )
    .argument("<model.onnx>", "the model")
    .option("--target <target>", "show kernels, arena and sizes for this target")
    .addOption(shapeOption())
    .addOption(ioOption())
    .addOption(ioLayoutOption())
    .option("--dump-ir <when>", "print the graph to stderr: after:<pass>, or all")
    .addOption(jsonOption())
    .addHelpText("after", "\nExample:\n  $ vcgen inspect examples/tinyvc/model.onnx --target cortex-m55")
    .action(async (model: string, options: Options) => {
      const terminal = new Terminal(options.json === true);
      const observe = dumper(options.dumpIr, terminal);
      const { bytes, front, name } = await openModel(model, { shapes: options.shape, observe });
      if (options.target) {
        const { io, ioLayout } = options;
        const target = loadTarget(options.target);
        const compiled = await compile(bytes, { ...front, io, ioLayout, target, name });
        terminal.result({ ok: true, report: compiled.report, diagnostics: compiled.diagnostics });
        printModel(terminal, compiled.reference);
        printSteps(terminal, compiled.report);
        return;
      }
      const diagnostics = new Diagnostics();
      const graph = readModel(bytes, front, diagnostics);
      for (const diagnostic of diagnostics.list) terminal.note(formatDiagnostic(diagnostic));
      terminal.result({
        ok: true,
        ...portsOf(graph),
        operators: countOperators(graph),
        diagnostics: diagnostics.list,
      });
      printModel(terminal, graph);
    });

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
  terminal.line(`${graph.nodes.length} operators, ${constants} constants`);
  for (const line of table(Object.entries(countOperators(graph)).map(([op, n]) => ["", op, n])))
    terminal.line(line);
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
