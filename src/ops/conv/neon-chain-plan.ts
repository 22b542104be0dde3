import { divisions, subsetsThatHold } from "./neon-chain.js";

/** How the steps of a block divide into 16-bit chains: the steps of each. */
export type Chains = readonly (readonly number[])[];

/** How deep the 16-bit chains of a GEMM with tiles of 4 output channels may be, from its weights. */
export interface ChainPlan {
  /** The kinds of chains that tiles use, each for the 4 channels in their order in the tile. */
  readonly variants: readonly (readonly Chains[])[];
  /** Holds in every tile. */
  readonly safe: readonly Chains[];
  readonly tiles: readonly ChainTile[];
  /** Some tile has its channels in another order. */
  readonly permuted: boolean;
}

interface ChainTile {
  readonly variant: number;
  /** Output channels in the order they are computed; the last tile's may lie beyond the end. */
  readonly channels: readonly number[];
}

/** Channels of a tile. */
const width = 4;
/** More variants make longer code. */
const mostVariants = 4;
/** A variant must save this share of all widening additions. */
const worthwhile = 1 / 64;

/**
 * Plans chains for blocks of `blockSteps` steps of 8 inputs. Of the divisions into 1, 2, 3 ... chains it takes
 * those that hold in most channels; each channel has the fewest chains it can, and channels with the same
 * number are neighbours in their tile, so that few variants of the code serve all tiles.
 */
export function planChains(
  weights: Int8Array,
  depth: number,
  outputChannels: number,
  blockSteps: number,
): ChainPlan {
  const used = Math.min(blockSteps, Math.ceil(depth / 8));
  const holds = Array.from({ length: outputChannels }, (_, o) =>
    subsetsThatHold(weights, o * depth, depth, blockSteps),
  );
  const kinds = sizesOf(blockSteps).map((options) => bestDivision(blockSteps, options, holds));
  const fits = (masks: readonly number[], channel: Uint8Array) => masks.every((mask) => channel[mask] === 1);
  /** Number of the kind; channels beyond the end are all zeros. */
  const kindOf = (o: number) => (o < outputChannels ? kinds.findIndex((masks) => fits(masks, holds[o])) : 0);
  const tiles = Array.from({ length: Math.ceil(outputChannels / width) }, (_, tile) =>
    Array.from({ length: width }, (_, i) => ({
      channel: tile * width + i,
      kind: kindOf(tile * width + i),
    })).sort((a, b) => a.kind - b.kind || a.channel - b.channel),
  );
  const chains = kinds.map((masks) => masks.map((mask) => stepsOf(mask)));
  const cost = kinds.map((masks) => masks.filter((mask) => stepsOf(mask)[0] < used).length);
  const patterns = tiles.map((tile) =>
    twoKinds(
      tile.map(({ kind }) => kind),
      cost,
    ),
  );
  const all = patterns[0].map((_, i) => Math.max(...patterns.map((p) => p[i])));
  const safe = twoKinds(all, cost);
  const chosen = chooseVariants(patterns, safe, cost);
  const ordered = tiles.map((tile, t) => {
    const variant = cheapest(chosen, patterns[t], cost);
    const uniform = new Set(chosen[variant]).size === 1;
    const channels = tile.map(({ channel }) => channel);
    return { variant, channels: uniform ? channels.sort((a, b) => a - b) : channels };
  });
  return {
    variants: chosen.map((kindsOfTile) => kindsOfTile.map((kind) => chains[kind])),
    safe: safe.map((kind) => chains[kind]),
    tiles: ordered,
    permuted: ordered.some(({ channels }) => channels.some((c, i) => i > 0 && c < channels[i - 1])),
  };
}

/** Sizes of the groups to try for each number of chains; the last holds any weights. */
const sizesOf = (steps: number): readonly (readonly (readonly number[])[])[] =>
  steps === 4
    ? [
        [[4]],
        [
          [2, 2],
          [3, 1],
        ],
        [[1, 1, 1, 1]],
      ]
    : [[[8]], [[4, 4]], [[3, 3, 2]], [[2, 2, 2, 2]], [[1, 1, 1, 1, 1, 1, 1, 1]]];

const stepsOf = (mask: number): number[] =>
  Array.from({ length: 8 }, (_, step) => step).filter((step) => (mask >> step) & 1);

/** The division that holds in most channels; of equals the first, whose steps follow each other. */
function bestDivision(
  steps: number,
  options: readonly (readonly number[])[],
  holds: readonly Uint8Array[],
): readonly number[] {
  let best: readonly number[] = [];
  let most = -1;
  for (const division of options.flatMap((sizes) => divisions(steps, sizes))) {
    const count = holds.filter((channel) => division.every((mask) => channel[mask] === 1)).length;
    if (count > most) [best, most] = [division, count];
  }
  return best;
}

/** The cheapest pattern of at most two kinds that covers this one, to keep the code short. */
function twoKinds(pattern: readonly number[], cost: readonly number[]): readonly number[] {
  const last = pattern[pattern.length - 1];
  const options = pattern.map((kind, i) => pattern.map((_, j) => (j <= i ? kind : last)));
  return options.reduce((best, option) => (costOf(option, cost) < costOf(best, cost) ? option : best));
}

const costOf = (pattern: readonly number[], cost: readonly number[]) =>
  pattern.reduce((sum, kind) => sum + cost[kind], 0);

const covers = (variant: readonly number[], pattern: readonly number[]) =>
  variant.every((kind, i) => kind >= pattern[i]);

/** Index of the variant with the fewest chains among those that hold for the pattern. */
function cheapest(
  variants: readonly (readonly number[])[],
  pattern: readonly number[],
  cost: readonly number[],
): number {
  let best = -1;
  variants.forEach((variant, i) => {
    if (!covers(variant, pattern)) return;
    if (best < 0 || costOf(variant, cost) < costOf(variants[best], cost)) best = i;
  });
  return best;
}

/** Starts with the variant that holds everywhere and adds those that save most. */
function chooseVariants(
  patterns: readonly (readonly number[])[],
  safe: readonly number[],
  cost: readonly number[],
): (readonly number[])[] {
  const chosen: (readonly number[])[] = [safe];
  const total = (variants: readonly (readonly number[])[]) =>
    patterns.reduce((sum, p) => sum + costOf(variants[cheapest(variants, p, cost)], cost), 0);
  const candidates = [...new Map(patterns.map((p) => [p.join(), p])).values()];
  let now = total(chosen);
  while (chosen.length < mostVariants) {
    const totals = candidates.map((candidate) => total([...chosen, candidate]));
    const best = Math.min(...totals);
    if (best > now * (1 - worthwhile)) break;
    chosen.push(candidates[totals.indexOf(best)]);
    now = best;
  }
  return chosen.filter((variant, i) =>
    patterns.some((p) => cheapest(chosen, p, cost) === i || variant === p),
  );
}
