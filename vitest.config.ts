import { defineConfig } from "vitest/config";

// Where .ci/run wants a report to count from.
const report = process.env.VCGEN_TEST_REPORT;

export default defineConfig({
  test: {
    include: ["test/**/*.test.ts"],
    testTimeout: 600_000,
    hookTimeout: 600_000,
    // Tests start compilers and emulators, two at a time in each worker.
    maxWorkers: 2,
    reporters: report ? ["default", ["json", { outputFile: report }]] : ["default"],
  },
});
