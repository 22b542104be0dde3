import type { CProgram } from "../5-lower/program.js";
import type { ObjectSymbol } from "./measure.js";

/** Bytes in flash that are there for one step. */
export interface StepSize {
  /** Tables that the step reads and none before it: weights, biases, requantization. */
  readonly weightBytes: number;
  /** The C function that computes it, with the constants among its code; 0 where one before has the same. */
  readonly codeBytes: number;
  /** The first step that reads one of its tables. */
  readonly sharesTablesWith?: number;
  /** The first step that the same function computes. */
  readonly sharesCodeWith?: number;
}

/**
 * What each step adds to the program. `symbols` are those of the generated objects; what is left of the code is
 * the interface and helpers that are not inlined.
 */
export function stepSizes(program: CProgram, symbols: readonly ObjectSymbol[]): StepSize[] {
  const tables = new Map(program.constants.map(({ identifier, data }) => [identifier, data.byteLength]));
  const firstUse = new Map<string, number>();
  return program.steps.map((step, index) => {
    const used = new Set(step.arguments.flatMap((argument) => argument.match(/\w+/g) ?? []));
    const [own, others] = partition(
      [...used].filter((word) => tables.has(word)),
      (name) => !firstUse.has(name),
    );
    for (const name of own) firstUse.set(name, index);
    const sharesTablesWith = Math.min(...others.map((name) => firstUse.get(name)!));
    const sharesCodeWith = firstUse.get(step.function);
    if (sharesCodeWith === undefined) firstUse.set(step.function, index);
    return {
      weightBytes: own.reduce((sum, name) => sum + tables.get(name)!, 0),
      codeBytes: sharesCodeWith === undefined ? codeOf(step.function, symbols) : 0,
      ...(others.length > 0 && { sharesTablesWith }),
      ...(sharesCodeWith !== undefined && { sharesCodeWith }),
    };
  });
}

const partition = <T>(items: readonly T[], wanted: (item: T) => boolean): [T[], T[]] => [
  items.filter(wanted),
  items.filter((item) => !wanted(item)),
];

/** GCC may split a function: parts are called `name.part.0`, `name.cold` and the like. */
const codeOf = (name: string, symbols: readonly ObjectSymbol[]): number =>
  symbols
    .filter((s) => /^[tT]$/.test(s.type) && (s.name === name || s.name.startsWith(`${name}.`)))
    .reduce((sum, { bytes }) => sum + bytes, 0);
