import { Command } from "commander";
import type { Optimize } from "../../4-schedule/choose-forms.js";
import { type CompileOptions, compile } from "../../compile.js";
import { writeFolder } from "../../files/write-folder.js";
import type { Report } from "../../report.js";
import { loadTarget } from "../../target/load.js";
import { dumper } from "../dump-ir.js";
import { openModel } from "../open-model.js";
import { ioLayoutOption, ioOption, jsonOption, optimizeOption, shapeOption } from "../options.js";
import { Terminal, table } from "../terminal.js";

interface Options {
  readonly target: string;
  readonly out?: string;
  readonly name?: string;
  readonly shape: Record<string, number[]>;
  readonly io: "int8" | "float";
  readonly ioLayout: "onnx" | "native";
  readonly optimize: Optimize;
  readonly bindings?: boolean;
  readonly dumpIr?: string;
  readonly json?: boolean;
}

export const emitCommand = () =>
  new Command("emit")
    .summary("write the C for a model")
    .description("Compiles a model and writes <name>.h, <name>.c, <name>_weights.c and CMakeLists.txt.")
    .argument("<model.onnx>", "the model")
    .requiredOption("--target <target>", "CPU to generate for (vcgen targets lists them)")
    .option("--out <dir>", "folder to write to (default: <name>-<target>)")
    .option("--name <prefix>", "prefix of the C names (default: the model's file name)")
    .addOption(shapeOption())
    .addOption(ioOption())
    .addOption(ioLayoutOption())
    .option("--bindings", "also write <name>.ts: typed bindings that run the model over the harness")
    .option("--dump-ir <when>", "print the graph to stderr: after:<pass>, or all")
    .addOption(optimizeOption())
    .addOption(jsonOption())
    .addHelpText(
      "after",
      `
Example:
  $ vcgen emit examples/tinyvc/model.onnx --target cortex-a53-neon --out build/tinyvc`,
    )
    .action(async (model: string, options: Options) => {
      const terminal = new Terminal(options.json === true);
      const observe = dumper(options.dumpIr, terminal);
      const { bytes, front, name } = await openModel(model, { shapes: options.shape, observe });
      const target = loadTarget(options.target);
      const compileOptions: CompileOptions = {
        ...front,
        target,
        name: options.name ?? name,
        io: options.io,
        ioLayout: options.ioLayout,
        optimize: options.optimize,
      };
      const compiled = await terminal.progress("compiling", () => compile(bytes, compileOptions));
      const files: Record<string, string> = { ...compiled.files };
      if (options.bindings) {
        const { writeBindings } = await import("../../6-emit/bindings.js");
        Object.assign(
          files,
          await terminal.progress("type-checking the bindings", async () => writeBindings(compiled.program)),
        );
      }
      const folder = options.out ?? `${compiled.report.name}-${target.name}`;
      await writeFolder(folder, files);
      terminal.diagnostics(compiled.diagnostics);
      const sizes = Object.entries(files).map(([name, text]) => ({ name, bytes: Buffer.byteLength(text) }));
      terminal.result({
        ok: true,
        folder,
        files: sizes,
        report: compiled.report,
        diagnostics: compiled.diagnostics,
      });
      printSummary(terminal, folder, sizes, compiled.report);
    });

function printSummary(
  terminal: Terminal,
  folder: string,
  files: readonly { name: string; bytes: number }[],
  report: Report,
): void {
  terminal.line(`${terminal.color.bold(report.name)} for ${report.target}, in ${folder}`);
  for (const line of table(files.map((f) => ["", f.name, f.bytes, "bytes"]))) terminal.line(line);
  terminal.line(`weights ${report.weightBytes} bytes in flash, arena ${report.arena.bytes} bytes`);
  terminal.line(`${report.computedMacs} multiply-accumulates in ${report.steps.length} steps`);
  for (const port of [...report.inputs, ...report.outputs]) {
    const quantized = port.scale === undefined ? "" : `, scale ${port.scale}, zero point ${port.zeroPoint}`;
    const way = report.inputs.includes(port) ? "input " : "output";
    terminal.line(`${way} ${port.c.identifier}: ${port.c.dtype}[${port.c.shape.join(",")}]${quantized}`);
  }
}
