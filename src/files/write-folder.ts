import { mkdir, mkdtemp, rename, rm, stat, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { UsageError } from "../diagnostics/diagnostic.js";

/**
 * Writes files into a folder all or none: into a temporary folder beside it first, then by renaming.
 * Files of other names that are already there stay.
 */
export async function writeFolder(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): Promise<void> {
  const target = resolve(folder);
  const existing = await stat(target).catch(() => undefined);
  if (existing && !existing.isDirectory()) throw new UsageError(`${folder} is not a folder`);
  try {
    await mkdir(dirname(target), { recursive: true });
    const temporary = await mkdtemp(join(dirname(target), `.${basename(target)}-`));
    try {
      for (const [name, contents] of Object.entries(files)) await writeFile(join(temporary, name), contents);
      if (!existing) {
        await rename(temporary, target);
        return;
      }
      for (const name of Object.keys(files)) await rename(join(temporary, name), join(target, name));
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    throw new UsageError(`cannot write ${folder}: ${code ?? message}`);
  }
}
