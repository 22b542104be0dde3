import { spawnSync } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const ci = fileURLToPath(new URL("../../../.ci/", import.meta.url));

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "vcgen-ci-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

function summary(report: unknown, status: number): string {
  const file = join(temporaryFolder(), "report.json");
  if (report !== undefined) writeFileSync(file, JSON.stringify(report));
  const run = spawnSync(process.execPath, [join(ci, "summary.mjs"), file, String(status)], {
    encoding: "utf8",
  });
  return `${run.stdout.trim().split("\n").at(-1)}; exit ${run.status}`;
}

const file = (...statuses: string[]) => ({
  status: statuses.includes("failed") || statuses.length === 0 ? "failed" : "passed",
  assertionResults: statuses.map((status) => ({ status })),
});
const report = (...testResults: ReturnType<typeof file>[]) => {
  const count = (status: string) =>
    testResults.flatMap((f) => f.assertionResults).filter((t) => t.status === status).length;
  return { numPassedTests: count("passed"), numFailedTests: count("failed"), testResults };
};

test.each([
  ["all passed", report(file("passed", "passed")), 0, "2 passed, 0 failed; exit 0"],
  ["some failed", report(file("passed", "failed"), file("passed")), 1, "2 passed, 1 failed; exit 1"],
  ["a file that does not load", report(file("passed"), file()), 1, "1 passed, 1 failed; exit 1"],
  ["an error outside of tests", report(file("passed")), 1, "1 passed, 1 failed; exit 1"],
  ["only skipped tests", report(file("pending")), 0, "0 passed, 1 failed; exit 1"],
  ["no report, status 0", undefined, 0, "0 passed, 1 failed; exit 1"],
  ["a check before the tests failed", undefined, 2, "0 passed, 1 failed; exit 2"],
])("the summary of %s", (_, contents, status, expected) => {
  expect(summary(contents, status)).toBe(expected);
});

/** A checkout with nothing but bootstrap.mjs, on a machine whose commands are scripts that log their call. */
function machine(commands: Readonly<Record<string, string>>) {
  const root = temporaryFolder();
  const bin = join(root, "bin");
  const log = join(root, "log");
  for (const folder of ["bin", ".ci", "src", "dist", "node_modules"]) mkdirSync(join(root, folder));
  copyFileSync(join(ci, "bootstrap.mjs"), join(root, ".ci", "bootstrap.mjs"));
  for (const name of ["package.json", "tsconfig.json", "tsconfig.build.json", "src/cli.ts", "dist/cli.js"]) {
    writeFileSync(join(root, name), "{}");
  }
  const lock = { packages: { "": {}, "node_modules/a": { version: "1.2.3" } } };
  writeFileSync(join(root, "package-lock.json"), JSON.stringify(lock));
  writeFileSync(join(root, "node_modules", ".package-lock.json"), JSON.stringify(lock));
  writeFileSync(log, "");
  for (const name of ["env", "sh", "touch", "chmod"]) {
    const real = [`/usr/bin/${name}`, `/bin/${name}`].find((path) => existsSync(path));
    symlinkSync(real!, join(bin, name));
  }
  for (const [name, script] of Object.entries(commands)) {
    writeFileSync(join(bin, name), `#!/bin/sh\necho "${name} $*" >> "${log}"\n${script}\n`, { mode: 0o755 });
  }
  const bootstrap = (...args: string[]) => {
    writeFileSync(log, "");
    const run = spawnSync(process.execPath, [join(root, ".ci", "bootstrap.mjs"), ...args], {
      encoding: "utf8",
      env: { PATH: bin },
    });
    return { status: run.status, stderr: run.stderr, calls: readFileSync(log, "utf8").trim().split("\n") };
  };
  return { root, bin, bootstrap };
}

const present = Object.fromEntries(
  ["cc", "nm", "size", "aarch64-linux-gnu-gcc", "clang", "cmake", "ninja", "qemu-system-aarch64"].map(
    (name) => [name, ""],
  ),
);

test("bootstrap does nothing where all is there", () => {
  expect(machine({ npm: "exit 1" }).bootstrap()).toEqual({ status: 0, stderr: "", calls: [""] });
});

test("bootstrap installs packages whose versions differ, and builds what is stale", () => {
  const { root, bootstrap } = machine({ npm: "" });
  writeFileSync(join(root, "package-lock.json"), '{"packages":{"node_modules/a":{"version":"2.0.0"}}}');
  const later = new Date(Date.now() + 10_000);
  utimesSync(join(root, "src", "cli.ts"), later, later);
  expect(bootstrap()).toMatchObject({
    status: 0,
    calls: ["npm install --no-save --no-audit --no-fund", "npm run --silent build"],
  });
});

test("bootstrap --toolchains installs what is missing, and only that", () => {
  const { bin, bootstrap } = machine({ ...present, sudo: 'exec "$@"' });
  const installed = ["arm-none-eabi-gcc", "qemu-system-arm"].map((name) => join(bin, name)).join(" ");
  writeFileSync(
    join(bin, "apt-get"),
    `#!/bin/sh
echo "apt-get $*" >> "${join(bin, "..", "log")}"
case "$*" in *install*) touch ${installed}; chmod +x ${installed};; esac
`,
    { mode: 0o755 },
  );
  const first = bootstrap("--toolchains");
  const install = first.calls.findLast((call) => call.startsWith("apt-get")) ?? "";
  expect(first.calls.filter((call) => call.startsWith("apt-get"))[0]).toBe("apt-get -q update");
  expect(install).toMatch(/^apt-get -q install -y --no-install-recommends /);
  expect(install.split(" ")).toEqual(expect.arrayContaining(["gcc-arm-none-eabi", "qemu-system-arm"]));
  expect(install).not.toMatch(/clang|cmake|ninja|binutils|aarch64/);
});

test("bootstrap says what is missing where there is no apt-get", () => {
  const { status, stderr } = machine(present).bootstrap("--toolchains");
  expect(status).toBe(3);
  expect(stderr).toMatch(/^bootstrap: missing: .*gcc-arm-none-eabi.*qemu-system-arm/);
});
