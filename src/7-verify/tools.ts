import { accessSync, constants, statSync } from "node:fs";
import { delimiter, isAbsolute, join } from "node:path";
import type { Target } from "../target/target.js";
import { installHint } from "./exec.js";

export interface ToolStatus {
  readonly compiler: Tool;
  /** Absent for a target that needs none. */
  readonly emulator?: Tool;
  /** Whether programs can be built and run. */
  readonly ready: boolean;
  /** How to install what is missing. */
  readonly hint?: string;
}

interface Tool {
  readonly command: string;
  readonly installed: boolean;
}

/** Whether the target's compiler and emulator are on the PATH. */
export function toolStatus(target: Target): ToolStatus {
  const tool = (command: string): Tool => ({ command, installed: isInstalled(command) });
  const compiler = tool(target.toolchain.compiler);
  const emulator = target.emulator && tool(target.emulator.command);
  const ready = compiler.installed && emulator?.installed !== false;
  const hint = ready ? undefined : installHint(target.toolchain.packages);
  return { compiler, ...(emulator && { emulator }), ready, ...(hint !== undefined && { hint }) };
}

function isInstalled(command: string): boolean {
  const folders = isAbsolute(command) ? [""] : (process.env.PATH ?? "").split(delimiter);
  return folders.some((folder) => isExecutable(join(folder, command)));
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
