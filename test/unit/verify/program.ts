import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import type { BuildOptions, HarnessPort } from "../../../src/7-verify/build.js";
import type { Target } from "../../../src/target/target.js";

export interface Handwritten {
  readonly inputs: readonly HarnessPort[];
  readonly outputs: readonly HarnessPort[];
  /** Declarations before `tiny_run`. */
  readonly declarations?: string;
  /** Statements of `tiny_run`, with `ctx`, inputs `x0`, `x1` ... and outputs `y0`, `y1` ... */
  readonly body: string;
  readonly arenaSize?: number;
}

/** Writes a program with the interface of generated code to a folder that is removed after the test. */
export function handwritten(target: Target, program: Handwritten): BuildOptions {
  const folder = mkdtempSync(join(tmpdir(), "vcgen-verify-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const directory = join(folder, "c");
  mkdirSync(directory);
  const { inputs, outputs, declarations = "", body, arenaSize = 64 } = program;
  const parameters = [
    "tiny_context_t *ctx",
    ...inputs.map((port, i) => `const ${port.ctype} *x${i}`),
    ...outputs.map((port, i) => `${port.ctype} *y${i}`),
  ].join(", ");
  writeFileSync(
    join(directory, "tiny.h"),
    `#include <stddef.h>
#include <stdint.h>
#define TINY_ARENA_SIZE (${arenaSize}U)
typedef enum { TINY_OK = 0, TINY_ERROR = 7 } tiny_status_t;
typedef struct tiny_context { uint8_t *arena; int32_t runs; } tiny_context_t;
tiny_status_t tiny_init(tiny_context_t *ctx, void *arena, size_t arena_size);
tiny_status_t tiny_run(${parameters});
`,
  );
  writeFileSync(
    join(directory, "tiny.c"),
    `#include "tiny.h"
#include <string.h>
#ifndef TINY_PROFILE
#define TINY_PROFILE(step) ((void)0)
#endif
${declarations}
tiny_status_t tiny_init(tiny_context_t *ctx, void *arena, size_t arena_size) {
  ctx->arena = arena;
  ctx->runs = 0;
  return arena_size < TINY_ARENA_SIZE ? TINY_ERROR : TINY_OK;
}
tiny_status_t tiny_run(${parameters}) {
  ctx->runs++;
${body}
}
`,
  );
  return { target, directory, workDirectory: join(folder, "work"), name: "tiny", inputs, outputs };
}

export const floats = (...values: number[]): Uint8Array => new Uint8Array(Float32Array.from(values).buffer);
export const int8s = (...values: number[]): Uint8Array => new Uint8Array(Int8Array.from(values).buffer);
export const int32s = (...values: number[]): Uint8Array => new Uint8Array(Int32Array.from(values).buffer);
