import type { FrontEndOptions } from "../compile.js";
import { externalReader, readModelFile } from "../files/model-file.js";

/** A model named on the command line: what reading and compiling it needs. */
export interface OpenModel {
  readonly bytes: Uint8Array;
  readonly front: FrontEndOptions;
  /** Prefix for its C names, where the user gives none. */
  readonly name: string | undefined;
}

export async function openModel(
  path: string,
  options: Omit<FrontEndOptions, "readExternal">,
): Promise<OpenModel> {
  const bytes = await readModelFile(path);
  return { bytes, front: { ...options, readExternal: externalReader(path) }, name: defaultName(path) };
}

/** The prefix for a model's C names: its file's name, or its folder's where the file is just `model.onnx`. */
function defaultName(path: string): string | undefined {
  const parts = path.split(/[/\\]/);
  const file = parts[parts.length - 1].replace(/\.onnx$/, "");
  return file === "model" ? parts[parts.length - 2] : file;
}
