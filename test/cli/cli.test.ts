import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../src/package-root.js";
import { encode, node, valueInfo } from "../unit/import/build-model.js";
import { buildIfMissing, smallModel, tinyvc, vcgen } from "./cli.js";

const folder = mkdtempSync(join(tmpdir(), "vcgen-cli-"));
beforeAll(buildIfMissing);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const model = join(smallModel, "model.onnx");
const inputs = readdirSync(join(packageRoot, smallModel, "case0"))
  .filter((file) => file.startsWith("in."))
  .flatMap((file) => ["--input", `${file.slice(3, -4)}=${join(smallModel, "case0", file)}`]);
const commands = ["emit", "run", "verify", "bench", "inspect", "targets"];

test.each(commands)("the help of %s shows an example", async (command) => {
  const { exitCode, stdout } = await vcgen(command, "--help");
  expect(exitCode).toBe(0);
  expect(stdout).toContain(`$ vcgen ${command}`);
});

test("the help names every command", async () => {
  const { stdout } = await vcgen("--help");
  for (const command of commands) expect(stdout).toContain(command);
});

describe("wrong usage exits with 2 and says what is right", () => {
  const wrong: [string, string[], RegExp][] = [
    ["unknown command", ["emitt", model], /unknown command/],
    ["unknown option", ["emit", model, "--target", "host", "--fast"], /unknown option/],
    ["unknown target", ["emit", model, "--target", "cortex-m5"], /cortex-m55/],
    ["no target", ["emit", model], /--target/],
    ["unknown model", ["emit", "nothing.onnx", "--target", "host"], /nothing\.onnx/],
    ["malformed shape", ["inspect", model, "--target", "host", "--shape", "x=1,b"], /tensor=1,80,100/],
    ["missing input", ["run", model, "--output", folder], /--input/],
    ["unknown input", ["run", model, "--output", folder, ...inputs, "--input", "q=q.npy"], /q/],
    [
      "no peer",
      ["bench", model, "--target", "cortex-m4", "--peers", "package.json"],
      /no instructions for layer/,
    ],
    ["malformed --dump-ir", ["emit", model, "--target", "host", "--out", folder, "--dump-ir", "x"], /after:/],
  ];
  test.each(wrong)("%s", async (_, args, said) => {
    const { exitCode, stderr, stdout } = await vcgen(...args);
    expect(stderr).toMatch(said);
    expect(stderr).not.toMatch(/\n\s+at /);
    expect(stdout).toBe("");
    expect(exitCode).toBe(2);
  });
});

describe("models that cannot be compiled exit with 1 and nothing is written", () => {
  const bytes = readFileSync(join(packageRoot, model));
  const wrong: [string, Uint8Array, string[]][] = [
    ["truncated", bytes.subarray(0, bytes.length / 2), []],
    ["empty", new Uint8Array(), []],
    ["no protobuf", Buffer.from("this is no model"), []],
    ["a shape that does not fit", bytes, ["--shape", "no_such_input=1"]],
  ];
  test.each(wrong)("%s", async (name, contents, extra) => {
    const path = join(folder, `${name.replaceAll(" ", "_")}.onnx`);
    const out = join(folder, `${name}-out`);
    writeFileSync(path, contents);
    const { exitCode, stderr, stdout } = await vcgen(
      "emit",
      path,
      "--target",
      "host",
      "--out",
      out,
      "--json",
      ...extra,
    );
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/^error\[/);
    expect(JSON.parse(stdout)).toMatchObject({ ok: false });
    expect(existsSync(out)).toBe(false);
  });
});

test("inspect prints the support table of a refused model, too, and exits with 1", async () => {
  const path = join(folder, "refused.onnx");
  const unknown = node("Mystery", ["x"], ["y"], [], { domain: "com.acme" });
  const graph = { name: "g", input: [valueInfo("x", [4])], output: [valueInfo("z", [4])] };
  writeFileSync(
    path,
    encode({ ...graph, node: [node("Abs", ["x"], ["a"]), node("Add", ["a", "y"], ["z"]), unknown] }),
  );
  const text = await vcgen("inspect", path);
  expect(text.exitCode).toBe(1);
  expect(text.stdout).toMatch(
    /^com\.acme +Mystery .* 1 refused: operator com\.acme\.Mystery is not supported$/m,
  );
  expect(text.stderr).toMatch(/^error\[import\/unsupported-operator\]: make_y: /);
  const json = await vcgen("inspect", path, "--json");
  expect(json.exitCode).toBe(1);
  const { ok, support, diagnostics } = JSON.parse(json.stdout);
  expect(ok).toBe(false);
  expect(support.map((row: { operator: string }) => row.operator)).toEqual(["Abs", "Add", "Mystery"]);
  expect(diagnostics).toHaveLength(1);
});

test("a missing compiler exits with 3", () => {
  const args = [join(packageRoot, "dist/cli.js"), "verify", smallModel, "--target", "cortex-m4", "--json"];
  const nodejs = process.execPath;
  try {
    execFileSync(nodejs, args, { cwd: packageRoot, env: { PATH: "/nonexistent" }, stdio: "pipe" });
    expect.unreachable();
  } catch (error) {
    const { status, stdout, stderr } = error as { status: number; stdout: Buffer; stderr: Buffer };
    expect(stderr.toString()).toMatch(/arm-none-eabi-gcc is not installed/);
    expect(JSON.parse(stdout.toString())).toMatchObject({ ok: false });
    expect(status).toBe(3);
  }
});

test("emit twice writes the same files, and --json says which", async () => {
  const emit = async (out: string) => {
    const run = await vcgen("emit", model, "--target", "cortex-m4", "--out", join(folder, out), "--json");
    expect(run.exitCode).toBe(0);
    return JSON.parse(run.stdout);
  };
  const result = await emit("a");
  await emit("b");
  const names = readdirSync(join(folder, "a")).sort();
  expect(names).toHaveLength(4);
  expect(result.files.map((file: { name: string }) => file.name).sort()).toEqual(names);
  for (const name of names)
    expect(readFileSync(join(folder, "b", name), "utf8")).toBe(readFileSync(join(folder, "a", name), "utf8"));
});

test("--dump-ir prints the graph after the pass", async () => {
  const out = join(folder, "dump");
  const { stderr } = await vcgen(
    "emit",
    model,
    "--target",
    "host",
    "--out",
    out,
    "--dump-ir",
    "after:import",
  );
  expect(stderr.match(/^-- after /gm)).toEqual(["-- after "]);
  expect(stderr).toMatch(/-- after import\n[\s\S]*QuantizeLinear/);
});

test("the reference and the host give the same tensors", async () => {
  const run = async (on: string) => {
    const output = join(folder, on);
    const { exitCode, stderr } = await vcgen("run", model, ...inputs, "--output", output, "--on", on);
    expect(exitCode, stderr).toBe(0);
    return readdirSync(output).map((file) => [file, readFileSync(join(output, file)).toString("hex")]);
  };
  const reference = await run("reference");
  expect(reference.length).toBeGreaterThan(0);
  expect(await run("host")).toEqual(reference);
});

test("verify exits with 0 where all agrees, and with 1 where a recorded output does not", async () => {
  expect((await vcgen("verify", smallModel, "--target", "host")).exitCode).toBe(0);
  const broken = join(folder, "broken");
  execFileSync("cp", ["-r", join(packageRoot, smallModel), broken]);
  const recorded = readdirSync(join(broken, "case0")).find((file) => file.startsWith("out."))!;
  const npy = readFileSync(join(broken, "case0", recorded));
  npy.writeFloatLE(1e6, npy.length - 4);
  writeFileSync(join(broken, "case0", recorded), npy);
  const { exitCode, stdout } = await vcgen("verify", broken, "--target", "host", "--json");
  expect(exitCode).toBe(1);
  const [report] = JSON.parse(stdout).models;
  expect(report.golden[0]).toMatchObject({ agreement: "different", differing: 1 });
  expect(report.targets[0]).toMatchObject({ differing: 0 });
});

test("targets lists what inspect can be asked about", async () => {
  const targets = JSON.parse((await vcgen("targets", "--json")).stdout);
  expect(targets.map(({ name }: { name: string }) => name)).toContain("cortex-m55");
  const inspected = await vcgen("inspect", model, "--target", "cortex-m55", "--json");
  expect(inspected.exitCode).toBe(0);
  expect(JSON.parse(inspected.stdout)).toMatchObject({ ok: true });
});

test("emitting TinyVC takes less than 400 MB", () => {
  const script = `
    const { main } = await import(${JSON.stringify(join(packageRoot, "dist/cli/main.js"))});
    const code = await main(${JSON.stringify(["emit", tinyvc, "--target", "cortex-a53-neon", "--out", join(folder, "tinyvc"), "--json"])});
    process.stderr.write(JSON.stringify({ code, kilobytes: process.resourceUsage().maxRSS }));`;
  const run = spawnSync(process.execPath, ["--input-type=module", "-e", script], {
    cwd: packageRoot,
    encoding: "utf8",
  });
  const said = run.stderr;
  const { code, kilobytes } = JSON.parse(said.slice(said.indexOf('{"code"')));
  expect(code).toBe(0);
  expect(kilobytes).toBeLessThan(400 * 1024);
});
