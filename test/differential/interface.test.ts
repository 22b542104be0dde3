import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { runTool } from "../../src/7-verify/exec.js";
import { bundledModels, compileModel } from "../models.js";

const folder = mkdtempSync(join(tmpdir(), "vcgen-interface-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const model = bundledModels.find(({ name }) => name === "layer_dw_3x3")!;

/** Prints the status that each wrong call returns, and whether a right one twice gives the same bytes. */
const program = (name: string, input: string, output: string) => {
  const NAME = name.toUpperCase();
  return `
#include "${name}.h"
#include <stdio.h>
#include <string.h>
${NAME}_DECLARE_ARENA(arena);
static _Alignas(16) int8_t x[${NAME}_${input.toUpperCase()}_LENGTH + 1];
static _Alignas(16) int8_t y[${NAME}_${output.toUpperCase()}_LENGTH + 1];
static _Alignas(16) int8_t first[sizeof y];
static ${name}_context_t ctx;
static ${name}_context_t unbound;

int main(void)
{
    for (size_t i = 0; i < sizeof x; i++) {
        x[i] = (int8_t)((int)(i * 37U % 251U) - 125);
    }
    unsigned char *const bytes = (unsigned char *)(void *)arena;
    printf("%d", (int)${name}_init(NULL, arena, sizeof arena));
    printf(" %d", (int)${name}_init(&ctx, NULL, sizeof arena));
    printf(" %d", (int)${name}_init(&ctx, arena, ${NAME}_ARENA_SIZE - 1U));
    printf(" %d", (int)${name}_init(&ctx, bytes + 1, ${NAME}_ARENA_SIZE));
    printf(" %d", (int)${name}_run(&unbound, x, y));
    printf(" %d", (int)${name}_init(&ctx, arena, ${NAME}_ARENA_SIZE));
    printf(" %d", (int)${name}_run(NULL, x, y));
    printf(" %d", (int)${name}_run(&ctx, NULL, y));
    printf(" %d", (int)${name}_run(&ctx, x, NULL));
    printf(" %d", (int)${name}_run(&ctx, x + 1, y));
    printf(" %d", (int)${name}_run(&ctx, x, y + 1));
    printf(" %d", (int)${name}_run(&ctx, x, y));
    memcpy(first, y, sizeof y);
    memset(y, 0x5A, sizeof y - 1);
    memset(arena, 0xA5, sizeof arena);
    printf(" %d", (int)${name}_run(&ctx, x, y));
    printf(" %s\\n", memcmp(first, y, sizeof y) == 0 ? "same" : "different");
    return 0;
}
`;
};

test("wrong calls return their statuses, and right ones the same bytes each time", async () => {
  const { files, program: c } = await compileModel(model, "host");
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const [input, output] = [c.inputs[0].identifier, c.outputs[0].identifier];
  expect([c.inputs[0].dtype, c.outputs[0].dtype]).toEqual(["int8", "int8"]);
  writeFileSync(join(folder, "main.c"), program(c.name, input, output));
  const sources = ["main.c", `${c.name}.c`, `${c.name}_weights.c`];
  const flags = ["-std=c11", "-O1", "-g", "-fsanitize=undefined,address", "-fno-sanitize-recover=all"];
  const build = await runTool("cc", [...flags, ...sources, "-o", "main"], { directory: folder });
  expect(build.stderr).toBe("");
  const run = await runTool(join(folder, "main"), []);
  expect(run.stderr).toBe("");
  // NULL, NULL, too small, misaligned; not bound, bound; NULL three times; misaligned twice; done twice.
  expect(run.stdout).toBe("1 1 2 3 1 0 1 1 1 3 3 0 0 same");
});
