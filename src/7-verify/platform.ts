import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, parse } from "node:path";
import type { Target } from "../target/target.js";
import { compile, compilerFlags, harnessFolder } from "./compile-c.js";

interface ObjectFile {
  readonly name: string;
  readonly contents: Uint8Array;
}

const built = new Map<string, Promise<ObjectFile[]>>();

/**
 * Writes the harness's objects that do not depend on the model: files, console, clock and start-up code of
 * the target's board. They are compiled once for each target and process, and kept in memory.
 * @returns their paths in `folder`
 */
export async function platformObjects(target: Target, folder: string): Promise<string[]> {
  const key = JSON.stringify([target.toolchain, target.emulator]);
  let objects = built.get(key);
  if (!objects) {
    objects = build(target);
    built.set(key, objects);
    objects.catch(() => built.delete(key));
  }
  return (await objects).map(({ name, contents }) => {
    const path = join(folder, name);
    writeFileSync(path, contents);
    return path;
  });
}

async function build(target: Target): Promise<ObjectFile[]> {
  const folder = mkdtempSync(join(tmpdir(), "vcgen-harness-"));
  try {
    return await Promise.all(
      sourcesOf(target).map(async (source) => {
        const name = `${parse(source).name}.o`;
        const flags = [...compilerFlags({ target }), ...boardFlags(target), "-I", harnessFolder];
        await compile({ target }, [...flags, "-c", join(harnessFolder, source), "-o", join(folder, name)]);
        return { name, contents: readFileSync(join(folder, name)) };
      }),
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function sourcesOf({ emulator, features }: Target): string[] {
  if (!emulator) return ["host.c"];
  // start-m.c and start-aarch32.S leave each other the 32-bit cores, by the compiler's own macros.
  const start = features.bits === 64 ? ["start-aarch64.S"] : ["start-m.c", "start-aarch32.S"];
  return [...start, "semihosting.c", "fault.c", "clock.c", "memory.c"];
}

const boards = join(harnessFolder, "boards");

function boardFlags({ emulator }: Target): string[] {
  // memory.c must not be turned into calls of the functions it defines.
  return emulator ? ["-I", join(boards, emulator.board), "-fno-tree-loop-distribute-patterns"] : [];
}

/** Linker script and start-up options; nothing for the host. */
export function linkerFlags({ emulator }: Target): string[] {
  if (!emulator) return [];
  return ["-nostdlib", "-static", "-L", boards, "-T", join(boards, emulator.board, "link.ld"), "-lgcc"];
}
