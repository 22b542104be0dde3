// Writes the header with the firmware's input, and the checksum of what the reference makes of it.
//
//   node make-data.mjs data.h
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { execa } from "execa";
import { parse } from "npyjs";

const here = import.meta.dirname;
const cli = join(here, "..", "..", "dist", "cli.js");
const model = join(here, "model.onnx");
const input = join(here, "case0", "in.mel_input.npy");

const scratch = await mkdtemp(join(tmpdir(), "tinyvc-"));
try {
  const { stdout } = await execa("node", [cli, "inspect", model, "--target", "cortex-m4", "--json"]);
  const { inputs, outputs } = JSON.parse(stdout).report;
  await execa("node", [cli, "run", model, "--input", `mel_input=${input}`, "--output", scratch]);
  const mel = quantize(await readNpy(input), inputs[0]);
  const expected = quantize(await readNpy(join(scratch, "mel_output.npy")), outputs[0]);
  await writeFile(
    process.argv[2],
    `/* Made by make-data.mjs from case0/in.mel_input.npy. */
#include <stdint.h>

static const _Alignas(4) int8_t mel_input[${mel.length}] = {
${[...mel].join(",").replace(/(.{1,100}),/g, "$1,\n")}
};

#define MEL_OUTPUT_CRC32 (0x${crc32(expected).toString(16)}U)
`,
  );
} finally {
  await rm(scratch, { recursive: true });
}

async function readNpy(path) {
  const bytes = await readFile(path);
  return parse(new Uint8Array(bytes).buffer).data;
}

/** The firmware's features would come from an int8 front end; here they are quantized as ONNX QuantizeLinear does. */
function quantize(values, { scale, zeroPoint }) {
  const halfToEven = (x) => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
  return Int8Array.from(values, (value) =>
    Math.min(Math.max(halfToEven(Math.fround(value / scale)) + zeroPoint, -128), 127),
  );
}
