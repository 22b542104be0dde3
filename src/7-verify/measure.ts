import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { ToolError } from "../diagnostics/diagnostic.js";
import type { Target } from "../target/target.js";
import { toolPrefix } from "./compile-c.js";
import { firstLines, runTool } from "./exec.js";

/** Frame of one function, as GCC computed it. */
export interface StackUsage {
  readonly function: string;
  readonly bytes: number;
}

/** Bytes by what they are for. */
export interface ObjectSize {
  readonly object: string;
  readonly code: number;
  /** Constants: weights and tables. */
  readonly constants: number;
  /** Variables with an initial value: flash and RAM. */
  readonly data: number;
  readonly zeroed: number;
}

/** Reads the `.su` files that `-fstack-usage` leaves beside the objects. */
export function readStackUsage(objects: readonly string[]): StackUsage[] {
  return objects.flatMap((object) =>
    readFileSync(object.replace(/\.o$/, ".su"), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => {
        const [place = "", bytes] = line.split("\t");
        return { function: place.split(":").at(-1)!, bytes: Number(bytes) };
      }),
  );
}

export interface ObjectSymbol {
  readonly name: string;
  /** As `nm` has it: `T` and `t` for code. */
  readonly type: string;
  readonly address: number;
  readonly bytes: number;
}

/** What objects or a program define. */
export async function symbolsOf(files: readonly string[], target: Target): Promise<ObjectSymbol[]> {
  const listing = await binutil("nm", ["-P", "-t", "d", "--defined-only", ...files], target);
  return [...listing.matchAll(/^(\S+) ([A-Za-z]) (\d+)(?: (\d*))? *$/gm)].map(
    ([, name, type, value, size]) => ({
      name: name!,
      type: type!,
      address: Number(value),
      bytes: Number(size || 0),
    }),
  );
}

/** Sizes of the objects' sections. */
export async function sizes(objects: readonly string[], target: Target): Promise<ObjectSize[]> {
  return Promise.all(
    objects.map(async (object) => {
      const listing = await binutil("size", ["-A", object], target);
      const total = (prefix: string) =>
        [...listing.matchAll(/^(\.\S+)\s+(\d+)/gm)]
          .filter(([, section]) => section === prefix || section!.startsWith(`${prefix}.`))
          .reduce((sum, [, , bytes]) => sum + Number(bytes), 0);
      return {
        object: basename(object),
        code: total(".text"),
        constants: total(".rodata"),
        data: total(".data"),
        zeroed: total(".bss"),
      };
    }),
  );
}

/** Symbols that the objects use and none of them defines, sorted. */
export async function undefinedSymbols(objects: readonly string[], target: Target): Promise<string[]> {
  const listing = await binutil("nm", ["-P", ...objects], target);
  const symbols = [...listing.matchAll(/^(\S+) ([A-Za-z])(?: |$)/gm)];
  const defined = new Set(symbols.filter(([, , type]) => type !== "U").map(([, name]) => name!));
  const used = symbols.filter(([, , type]) => type === "U").map(([, name]) => name!);
  return [...new Set(used)].filter((name) => !defined.has(name)).sort();
}

/**
 * Those of the undefined symbols that generated C may not need: everything but memory functions and the
 * compiler's run-time support for what the core has no instruction for. Arithmetic in double counts as
 * unexpected on a core without it, since models compute in float32.
 */
export function unexpectedSymbols(undefinedNames: readonly string[], target: Target): string[] {
  const { fpu, bits } = target.features;
  const allowed = [
    /^mem(cpy|set|move)$/,
    ...(bits === 32
      ? [/^__aeabi_(mem\w+|u?l?idiv\w*|u?ldivmod|lmul|ll[sr]l|lasr|u?lcmp)$/, /^__gnu_thumb1_case_/]
      : []),
    ...(fpu === "none" ? [/^__aeabi_(f\w+|[iul]+2f)$/] : []),
  ];
  return undefinedNames.filter((name) => !allowed.some((pattern) => pattern.test(name)));
}

async function binutil(tool: string, args: readonly string[], target: Target): Promise<string> {
  const command = toolPrefix(target) + tool;
  const run = await runTool(command, args, { packages: target.toolchain.packages });
  if (run.exitCode !== 0) throw new ToolError(`${command} failed\n${firstLines(run.stderr, 5)}`);
  return run.stdout;
}
