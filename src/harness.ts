import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buildProgram } from "./7-verify/build.js";
import { runProgram } from "./7-verify/run.js";
import { loadTarget } from "./target/load.js";

/** A folder that `vcgen emit` wrote: what the generated bindings know of it. */
export interface EmittedModel {
  readonly directory: string;
  /** Prefix of the C names. */
  readonly name: string;
  readonly target: string;
  readonly inputs: readonly EmittedPort[];
  readonly outputs: readonly EmittedPort[];
}

export interface EmittedPort {
  /** Element type in C. */
  readonly ctype: string;
  readonly bytes: number;
}

/**
 * Builds emitted C with the harness and runs it once: on this machine for `host`, under QEMU for the
 * other targets. Takes and gives the bytes of the C function's buffers, in the order of its parameters.
 *
 * Throws a `ToolError` where a compiler or QEMU is missing or fails.
 */
export async function runEmitted(model: EmittedModel, inputs: readonly Uint8Array[]): Promise<Uint8Array[]> {
  const workDirectory = await mkdtemp(join(tmpdir(), "vcgen-"));
  try {
    const program = await buildProgram({ ...model, target: loadTarget(model.target), workDirectory });
    const [outputs] = await runProgram(program, [[...inputs]]);
    return outputs;
  } finally {
    await rm(workDirectory, { recursive: true, force: true });
  }
}
