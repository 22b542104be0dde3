import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { loadTarget } from "../../src/target/load.js";
import { checkModel, type Outcome } from "./check-model.js";
import { haveSharedModels, modelSet } from "./sets.js";

/** `npm run test:all`: every model on every target, every case. */
const everything = process.env.VCGEN_TEST_ALL === "1";

/** One model in so many runs on the emulated targets; sorted by name, from the first. */
const sampling = everything ? 1 : 10;

const emulated = ["cortex-m4", "cortex-m55", "cortex-a53-neon", "cortex-a53-aarch64"];

/**
 * Checks every model of a set and compares what became of each with `expected/<set>.json`, so that a model
 * that stops passing shows, and one that starts to. `npm run update` rewrites the expectations.
 */
export function conformanceTest(name: string): void {
  if (!haveSharedModels) {
    test.skip(`${name}: ../shared/models is not there`);
    return;
  }
  test(name, { timeout: 3_600_000 }, async () => {
    const set = modelSet(name);
    const host = loadTarget("host");
    const targets = emulated.map(loadTarget);
    const outcomes = await inPairs(set.models, (model, i) =>
      checkModel(set, model, { host, emulated: i % sampling === 0 ? targets : [], everything }),
    );
    const lines = [summary(name, outcomes), ...remarks(set.models, outcomes)];
    process.stdout.write(`${lines.join("\n")}\n`);
    writeReport(name, set.models, outcomes);
    const statuses = Object.fromEntries(set.models.map((model, i) => [model, outcomes[i].status]));
    await expect(`${JSON.stringify(statuses, null, 2)}\n`).toMatchFileSnapshot(`expected/${name}.json`);
  });
}

function summary(name: string, outcomes: readonly Outcome[]): string {
  const count = (wanted: (outcome: Outcome) => boolean) => outcomes.filter(wanted).length;
  const with_ = (...statuses: string[]) => count(({ status }) => statuses.includes(status));
  return [
    `conformance ${name}: ${count(({ passed }) => passed)} / ${outcomes.length} passed`,
    `${with_("identical")} identical`,
    `${with_("one-step")} within one step`,
    `${with_("float", "tolerance")} within float tolerance`,
    `${with_("snr", "ort")} otherwise`,
    `${count(({ status }) => status.startsWith("refused"))} refused`,
    `${count(({ status }) => status.startsWith("failed"))} failed`,
  ].join(", ");
}

/** A line for each tolerance.json that was needed, and for each model that did not pass: why. */
function remarks(models: readonly string[], outcomes: readonly Outcome[]): string[] {
  return models.flatMap((model, i) => {
    const { passed, status, detail, tolerances = [] } = outcomes[i];
    const reason = (detail ?? "").split("\n")[0];
    return [
      ...tolerances.map((tolerance) => `  tolerance.json used: ${model} ${tolerance}`),
      ...(passed
        ? []
        : [`  not passed: ${model}: ${reason.startsWith("error[") ? "" : `${status}: `}${reason}`]),
    ];
  });
}

/** `out/conformance/<set>.json`: each model that did not pass, with what was said. */
function writeReport(name: string, models: readonly string[], outcomes: readonly Outcome[]): void {
  const folder = fileURLToPath(new URL("../../out/conformance/", import.meta.url));
  mkdirSync(folder, { recursive: true });
  const failures = models.flatMap((model, i) => (outcomes[i].passed ? [] : [{ model, ...outcomes[i] }]));
  writeFileSync(`${folder}${name}.json`, `${JSON.stringify(failures, null, 2)}\n`);
}

/** Two at a time: one model is compiled while the C of another is built and run. */
async function inPairs<T, R>(
  items: readonly T[],
  action: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length) {
      const index = next++;
      results[index] = await action(items[index], index);
    }
  };
  await Promise.all([worker(), worker()]);
  return results;
}
