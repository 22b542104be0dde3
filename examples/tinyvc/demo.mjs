// `npm run demo`: emits TinyVC for a Cortex-A53 and runs the reference on a second of real speech.
import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { execa } from "execa";

const here = import.meta.dirname;
const root = join(here, "..", "..");
const cli = join(root, "dist", "cli.js");
const out = join(root, "out", "demo");
const vcgen = (...args) => execa("node", [cli, ...args], { stdio: "inherit" });
const shown = (path) => relative(process.cwd(), path);

await mkdir(out, { recursive: true });
console.log("1. TinyVC (mel to mel, 914,320 parameters, int8) as C for cortex-a53-neon");
const emitted = join(out, "tinyvc");
await vcgen(
  "emit",
  join(here, "model.onnx"),
  "--target",
  "cortex-a53-neon",
  "--name",
  "tinyvc",
  "--out",
  emitted,
);

console.log("\n2. The reference on 100 frames (1.6 s) of speech features");
await vcgen(
  "run",
  join(here, "model.onnx"),
  "--input",
  `mel_input=${join(here, "case0", "in.mel_input.npy")}`,
  "--output",
  join(out, "reference"),
);

console.log(`
Read ${shown(join(emitted, "tinyvc.h"))} first: it is the contract.
Next: npm test installs the Arm toolchains and QEMU and proves that the C computes the same bytes, or
      npx vcgen verify ${shown(here)} --target host
      ${shown(join(here, "README.md"))} builds a firmware image from it.`);
