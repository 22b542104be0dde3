// Prints "N passed, N failed" from vitest's JSON report, and exits with the test command's status.
// usage: node summary.mjs <report.json> <status>
import { readFileSync } from "node:fs";

const [file, statusText] = process.argv.slice(2);
const status = Number(statusText);
const { passed, failed } = count();
// A run in which no test ran, or that failed outside of the tests, is not a success.
const ok = status === 0 && failed === 0 && passed > 0;
console.log(`${passed} passed, ${ok ? 0 : Math.max(failed, 1)} failed`);
process.exit(ok ? 0 : status || 1);

function count() {
  let report;
  try {
    report = JSON.parse(readFileSync(file, "utf8"));
  } catch {
    console.log("no test ran");
    return { passed: 0, failed: 0 };
  }
  // A file that cannot be loaded has no tests, and counts as one.
  const broken = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === "failed" && !assertionResults.some((test) => test.status === "failed"),
  );
  return { passed: report.numPassedTests, failed: report.numFailedTests + broken.length };
}
