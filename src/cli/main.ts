import { Command, CommanderError } from "commander";
import { formatDiagnostics, ModelError, ToolError, UsageError } from "../diagnostics/diagnostic.js";
import { version } from "../version.js";
import { benchCommand } from "./commands/bench.js";
import { emitCommand } from "./commands/emit.js";
import { inspectCommand } from "./commands/inspect.js";
import { runCommand } from "./commands/run.js";
import { targetsCommand } from "./commands/targets.js";
import { verifyCommand } from "./commands/verify.js";

/** Exit codes, as the design has them. */
const exit = { ok: 0, model: 1, usage: 2, tool: 3, defect: 70 } as const;

/** Runs the command line and gives the exit code. */
export async function main(args: readonly string[]): Promise<number> {
  const json = args.includes("--json");
  const program = new Command("vcgen")
    .description("Compiles quantized ONNX graphs to static, heap-free C for Cortex-M and Cortex-A.")
    .version(version)
    .exitOverride()
    .showHelpAfterError("(see --help)");
  let failed = false;
  const commands = [emitCommand, runCommand, verifyCommand, benchCommand, inspectCommand, targetsCommand];
  for (const command of commands) {
    program.addCommand(
      command(() => {
        failed = true;
      })
        .exitOverride()
        .showHelpAfterError("(see --help)"),
    );
  }
  try {
    await program.parseAsync([...args], { from: "user" });
    return failed ? exit.model : exit.ok;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exit.ok : exit.usage;
    return report(error, json);
  }
}

/** Says what went wrong, on stderr and with `--json` on stdout as well; gives the exit code. */
function report(error: unknown, json: boolean): number {
  if (error instanceof ModelError) {
    if (json)
      process.stdout.write(`${JSON.stringify({ ok: false, diagnostics: error.diagnostics }, null, 2)}\n`);
    process.stderr.write(`${formatDiagnostics(error.diagnostics)}\n`);
    return exit.model;
  }
  const known = error instanceof UsageError || error instanceof ToolError;
  const message = error instanceof Error ? error.message : String(error);
  const text = known ? message : `vcgen has a defect: ${message}`;
  const hint = known ? error.hint : "please report this with the model and the command line";
  if (json) process.stdout.write(`${JSON.stringify({ ok: false, error: text, hint }, null, 2)}\n`);
  process.stderr.write(`error: ${text}\n${hint ? `  hint: ${hint}\n` : ""}`);
  if (!known && process.env.VCGEN_DEBUG) process.stderr.write(`${(error as Error).stack}\n`);
  return error instanceof UsageError ? exit.usage : error instanceof ToolError ? exit.tool : exit.defect;
}
