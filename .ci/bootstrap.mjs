// Makes a checkout ready to use: npm packages, the built command, and with --toolchains the compilers and QEMU.
// Does nothing for what is there already. Needs Node, npm and git; installs on Debian and Ubuntu.
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const exitToolMissing = 3;

/** What has to be there, and the Debian package that brings it. */
const tools = [
  { package: "gcc", commands: ["cc"] },
  { package: "libc6-dev", files: ["/usr/include/stdio.h"] },
  { package: "binutils", commands: ["nm", "size"] },
  { package: "gcc-arm-none-eabi", commands: ["arm-none-eabi-gcc"] },
  { package: "libnewlib-arm-none-eabi", files: ["/usr/lib/arm-none-eabi/include/stdio.h"] },
  { package: "gcc-aarch64-linux-gnu", commands: ["aarch64-linux-gnu-gcc"] },
  { package: "clang", commands: ["clang"] },
  { package: "cmake", commands: ["cmake"] },
  { package: "ninja-build", commands: ["ninja"] },
  { package: "qemu-system-arm", commands: ["qemu-system-arm", "qemu-system-aarch64"] },
];

checkNode();
// Not `npm ci`: it refuses a lock file that lacks the optional binaries of platforms the registry did not offer.
if (!packagesAreCurrent()) {
  run("npm", ["install", "--no-save", "--no-audit", "--no-fund"], "installing npm packages");
}
if (process.argv.includes("--toolchains")) installTools();
if (!buildIsCurrent()) run("npm", ["run", "--silent", "build"], "building");

function checkNode() {
  const [major, minor] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) {
    stop(`Node ${process.versions.node} is too old: install Node 20.19 or newer`);
  }
}

/** Whether node_modules holds the versions that package-lock.json names. */
function packagesAreCurrent() {
  const installedFile = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installedFile)) return false;
  const { packages: wanted } = readJson(join(root, "package-lock.json"));
  const { packages: installed } = readJson(installedFile);
  return Object.entries(wanted).every(
    ([path, { version, optional }]) =>
      path === "" || (optional && !installed[path]) || installed[path]?.version === version,
  );
}

/** Whether dist is newer than everything it is made from. */
function buildIsCurrent() {
  const built = join(root, "dist", "cli.js");
  if (!existsSync(built)) return false;
  const time = statSync(built).mtimeMs;
  const sources = readdirSync(join(root, "src"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
  const settings = ["package.json", "tsconfig.json", "tsconfig.build.json"].map((file) => join(root, file));
  return [...sources, ...settings].every((file) => statSync(file).mtimeMs <= time);
}

function installTools() {
  const missing = tools.filter((tool) => !isThere(tool)).map((tool) => tool.package);
  if (missing.length === 0) return;
  if (!onPath("apt-get")) {
    stop(`missing: ${missing.join(", ")} (Debian's names); install them with this system's package manager`);
  }
  const apt = [];
  if (process.getuid() !== 0) {
    if (!onPath("sudo")) stop(`run as root, or install sudo: apt-get install ${missing.join(" ")}`);
    apt.push("sudo");
  }
  apt.push("env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q");
  const [command, ...args] = apt;
  // Old lists may still do, so a failure here is not the end.
  run(command, [...args, "update"], "updating package lists", { mayFail: true });
  run(
    command,
    [...args, "install", "-y", "--no-install-recommends", ...missing],
    `installing ${missing.join(", ")}`,
  );
  const still = tools.filter((tool) => !isThere(tool)).map((tool) => tool.package);
  if (still.length > 0) stop(`apt-get installed no usable ${still.join(", ")}`);
}

function isThere({ commands = [], files = [] }) {
  return commands.every(onPath) && files.every((file) => existsSync(file));
}

function onPath(command) {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

function run(command, args, what, { mayFail = false } = {}) {
  console.error(`bootstrap: ${what}`);
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ["ignore", 2, 2] });
  if (status === 0) return;
  const failed = `${what} failed: ${command} ${args.join(" ")}${error ? ` (${error.message})` : ""}`;
  if (mayFail) console.error(`bootstrap: ${failed}; going on`);
  else stop(failed);
}

function stop(message) {
  console.error(`bootstrap: ${message}`);
  process.exit(exitToolMissing);
}

function readJson(file) {
  return JSON.parse(readFileSync(file, "utf8"));
}
