import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { runTool, type ToolRun } from "../../src/7-verify/exec.js";
import { packageRoot } from "../../src/package-root.js";

const built = join(packageRoot, "dist", "cli.js");

/** Builds the command if it is not there: `npm run check` has built it by then. */
export function buildIfMissing(): void {
  if (!existsSync(built)) execFileSync("npm", ["run", "--silent", "build"], { cwd: packageRoot });
}

/** Runs the built command in the package's folder. */
export const vcgen = (...args: string[]): Promise<ToolRun> =>
  runTool("node", [built, ...args], { directory: packageRoot });

export const tinyvc = "examples/tinyvc/model.onnx";
export const smallModel = "test/models/fuzz_conv1d_grp_qdq_u8";
