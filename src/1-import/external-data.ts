import type { Diagnostics } from "../diagnostics/diagnostic.js";

/**
 * Reads `length` bytes at `offset` of a file beside the model. `location` is relative to the model's
 * folder, uses `/`, and never leaves the folder by its text; following symbolic links out of it is for the reader to
 * refuse. Throws an `Error` whose message says why a file cannot be read.
 */
export type ReadExternal = (location: string, offset: number, length: number) => Uint8Array;

/** The bytes of a tensor whose data is in another file, or undefined after reporting why there are none. */
export function readExternalData(
  entries: ReadonlyMap<string, string>,
  byteLength: number,
  origin: string,
  diagnostics: Diagnostics,
  readExternal: ReadExternal | undefined,
): Uint8Array | undefined {
  const location = entries.get("location") ?? "";
  const offset = Number(entries.get("offset") ?? 0);
  const length = Number(entries.get("length") ?? byteLength);
  const report = (code: string, message: string, hint?: string) => {
    diagnostics.error(code, message, { origin, hint });
    return undefined;
  };
  if (!location) return report("import/external-data", "external data without a location");
  if (leavesFolder(location)) {
    return report(
      "import/external-path",
      `external data "${location}" is outside the model's folder`,
      "save the model again with a plain file name as the location of its external data",
    );
  }
  if (!Number.isSafeInteger(offset) || offset < 0) {
    return report("import/external-data", `external data has offset "${entries.get("offset")}"`);
  }
  if (length !== byteLength) {
    return report(
      "import/tensor-data-length",
      `external data has length "${entries.get("length")}", type and shape need ${byteLength} bytes`,
    );
  }
  if (!readExternal) {
    return report(
      "import/external-data",
      `the data is in another file, "${location}"`,
      "pass readExternal, or save the model with its data inside",
    );
  }
  try {
    const bytes = readExternal(location, offset, byteLength);
    if (bytes.length === byteLength) return bytes;
    return report(
      "import/external-data",
      `"${location}" has ${bytes.length} bytes at offset ${offset}, ${byteLength} are needed`,
    );
  } catch (error) {
    return report(
      "import/external-data",
      `cannot read "${location}": ${error instanceof Error ? error.message : String(error)}`,
      "keep the data file beside the model",
    );
  }
}

/** Absolute paths, drive letters, `..` and anything else that does not name a file below the folder. */
const leavesFolder = (location: string): boolean =>
  /^[/\\]|^[a-z]:|\0/i.test(location) || location.split(/[/\\]/).includes("..");
