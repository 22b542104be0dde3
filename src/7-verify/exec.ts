import { execa } from "execa";
import { ToolError } from "../diagnostics/diagnostic.js";

/** What became of a command that could be started. */
export interface ToolRun {
  /** Undefined if a signal ended it. */
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ToolOptions {
  readonly directory?: string;
  readonly timeoutSeconds?: number;
  /** Debian packages that bring the command, for the hint if it is missing. */
  readonly packages?: readonly string[];
}

const maxJobs = 2;
const waiting: (() => void)[] = [];
let running = 0;

/**
 * Runs a command to its end, at most two at a time.
 * @throws ToolError if it cannot be started
 */
export async function runTool(
  command: string,
  args: readonly string[],
  options: ToolOptions = {},
): Promise<ToolRun> {
  if (running >= maxJobs) await new Promise<void>((resolve) => waiting.push(resolve));
  else running++;
  try {
    const result = await execa(command, args, {
      ...(options.directory !== undefined && { cwd: options.directory }),
      timeout: (options.timeoutSeconds ?? 300) * 1000,
      forceKillAfterDelay: 1000,
      reject: false,
      stdin: "ignore",
    });
    if (result.exitCode === undefined && result.signal === undefined && !result.timedOut) {
      throw missing(command, options.packages ?? [], result.cause);
    }
    const { exitCode, signal, timedOut, stdout, stderr } = result;
    return { exitCode, signal, timedOut, stdout, stderr };
  } finally {
    const next = waiting.shift();
    if (next) next();
    else running--;
  }
}

function missing(command: string, packages: readonly string[], cause: unknown): ToolError {
  const found = (cause as NodeJS.ErrnoException | undefined)?.code !== "ENOENT";
  return new ToolError(
    found ? `${command} cannot be started: ${(cause as Error).message}` : `${command} is not installed`,
    installHint(packages),
  );
}

export const installHint = (packages: readonly string[]): string | undefined =>
  packages.length > 0 ? `on Debian or Ubuntu: apt-get install ${packages.join(" ")}` : undefined;

/** The first lines of what a tool said, for a message. */
export function firstLines(text: string, count: number): string {
  const lines = text.trim().split("\n");
  const rest = lines.length - count;
  return [...lines.slice(0, count), ...(rest > 0 ? [`... and ${rest} more lines`] : [])].join("\n");
}
