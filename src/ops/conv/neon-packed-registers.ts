/** `ld1` and `st1` take up to 4 registers: from `first` on, in as few instructions as can be. */
function loadLists(first: number, count: number, lanes: string) {
  return Array.from({ length: Math.ceil(count / 4) }, (_, i) => {
    const from = first + 4 * i;
    const size = Math.min(4, count - 4 * i);
    const list = size > 1 ? `v${from}.${lanes}-v${from + size - 1}.${lanes}` : `v${from}.${lanes}`;
    return { list, bytes: size * 16 };
  });
}

/** SDOT: v0-v7 activations, one register a position; v16-v31 sums, two a position. */
export function dotRegisters(positions: number) {
  const sums = Array.from({ length: positions }, (_, p) => ({ x: p, low: 16 + 2 * p, high: 17 + 2 * p }));
  return {
    sums,
    accumulators: sums.flatMap(({ low, high }) => [low, high]).join(", "),
    lows: sums.map(({ low }) => low).join(", "),
    highs: sums.map(({ high }) => high).join(", "),
    activations: loadLists(0, positions, "16b"),
    biases: loadLists(16, 2 * positions, "4s"),
    /** Two positions in each register when stored. */
    stores: pairs(positions).map(([p, both]) => ({
      from: 16 + 2 * p,
      second: 18 + 2 * p,
      both,
    })),
  };
}

/** SMMLA: v0-v3 activations of two positions each; v16-v31 sums of 2 positions x 2 channels. */
export function mmlaRegisters(positions: number) {
  const groups = Math.ceil(positions / 2);
  const sums = Array.from({ length: groups }, (_, i) => ({
    x: i,
    first: 16 + 4 * i,
    registers: [0, 1, 2, 3].map((j) => ({ to: 16 + 4 * i + j, w: 4 + j, scale: j })),
    quarters: [0, 2].map((j) => ({ to: 16 + 4 * i + j, next: 17 + 4 * i + j })),
    third: 18 + 4 * i,
  }));
  return {
    sums,
    accumulators: sums.flatMap(({ registers }) => registers.map(({ to }) => to)).join(", "),
    activations: loadLists(0, groups, "16b"),
    biases: loadLists(16, 4 * groups, "4s"),
    /** Four positions in two registers when stored. */
    stores: pairs(groups).map(([i, both]) => ({
      from: 16 + 4 * i,
      second: 16 + 4 * (both ? i + 1 : i),
      even: 17 + 4 * i,
      odd: 19 + 4 * i,
      rows: [
        { register: 17 + 4 * i, half: 0 },
        { register: 19 + 4 * i, half: 0 },
        { register: 17 + 4 * i, half: 1 },
        { register: 19 + 4 * i, half: 1 },
      ].slice(0, positions - 2 * i),
    })),
  };
}

/** 0, 2, 4 ... below `count`, each with whether a number follows. */
const pairs = (count: number): (readonly [number, boolean])[] =>
  Array.from({ length: Math.ceil(count / 2) }, (_, i) => [2 * i, 2 * i + 1 < count] as const);
