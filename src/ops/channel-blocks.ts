/** Channels that a scalar kernel computes together: their accumulators fit the registers of every core. */
export const lanesPerBlock = 4;

/** A run of `count` channels at a time, from channel `from` to before `to`. */
export interface ChannelBlock {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** More than one run. */
  readonly loop: boolean;
  /** The channels of a run, and their accumulators in C. */
  readonly lanes: readonly { readonly lane: number; readonly sum: string }[];
}

/** As many blocks of 4 channels as fit, then one of what is left. */
export function channelBlocks(channels: number): ChannelBlock[] {
  const whole = channels - (channels % lanesPerBlock);
  const block = (from: number, to: number, count: number): ChannelBlock => ({
    from,
    to,
    count,
    loop: to - from > count,
    lanes: Array.from({ length: count }, (_, lane) => ({ lane, sum: `a${lane}` })),
  });
  return [
    ...(whole > 0 ? [block(0, whole, lanesPerBlock)] : []),
    ...(whole < channels ? [block(whole, channels, channels - whole)] : []),
  ];
}
