import { closeSync, openSync, readSync, realpathSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { dirname, resolve, sep } from "node:path";
import type { ReadExternal } from "../1-import/external-data.js";
import { fail, UsageError } from "../diagnostics/diagnostic.js";

/** protobuf messages cannot be larger; ONNX keeps the tensors of larger models in other files. */
const maxBytes = 2 ** 31 - 1;

/** Reads an ONNX file. Throws a `UsageError` where there is none, a `ModelError` where it is too large. */
export async function readModelFile(path: string): Promise<Uint8Array> {
  const info = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new UsageError(`cannot read ${path}: ${error.code === "ENOENT" ? "no such file" : error.message}`);
  });
  if (info.isDirectory()) throw new UsageError(`${path} is a folder`, "name the .onnx file in it");
  if (info.size > maxBytes) {
    fail("import/too-large", `${info.size} bytes; the limit is ${maxBytes}`, {
      origin: path,
      hint: "save it with external data: onnx.save(model, path, save_as_external_data=True)",
    });
  }
  return readFile(path);
}

/**
 * Reads the tensor data that a model keeps in other files: only from its own folder or below, links
 * followed. Throws an `Error` whose message says why it cannot.
 */
export function externalReader(modelPath: string): ReadExternal {
  const folder = realpathSync(dirname(modelPath));
  return (location, offset, length) => {
    const path = realpathSync(resolve(folder, location));
    if (!path.startsWith(folder + sep)) throw new Error("it is outside the model's folder");
    const file = openSync(path, "r");
    try {
      const bytes = new Uint8Array(length);
      let done = 0;
      for (let read = -1; done < length && read !== 0; done += read) {
        read = readSync(file, bytes, done, length - done, offset + done);
      }
      return bytes.subarray(0, done);
    } finally {
      closeSync(file);
    }
  };
}
