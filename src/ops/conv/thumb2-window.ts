import type { KernelParameter } from "../kernel.js";
import type { FastConv } from "./fast-view.js";
import { regionsOf } from "./regions.js";

/** How the Thumb-2 kernels read windows: runs of bytes that are neighbours in the input, or zero points. */
export interface WindowRuns {
  /** Bytes of a row of zero points and of `lanes` rows that are put together, after the windows in scratch. */
  readonly scratch: number;
  /** What thumb2-taps.c.hbs and the loops around it name. */
  readonly values: Readonly<Record<string, unknown>>;
  parameters(offset: number): KernelParameter[];
}

/** The runs of an ungrouped convolution: rows of taps, or single taps where these are apart. */
export function windowRuns({ plane: p, attrs }: FastConv, lanes: number): WindowRuns {
  const padded = regionsOf(p).some(
    ({ rows, columns }) =>
      rows.endTap - rows.firstTap < p.kernelHeight || columns.endTap - columns.firstTap < p.kernelWidth,
  );
  const apart = p.dilationX > 1;
  const runWidth = apart ? 1 : p.kernelWidth;
  const runLength = runWidth * p.channels;
  const staged = padded && runWidth > 1;
  const unroll = [8, 7, 6, 5, 4, 3, 2, 1].find((n) => runLength % n === 0)!;
  const scratch = padded ? runLength * (staged ? 1 + lanes : 1) : 0;
  return {
    scratch,
    values: {
      batch: p.batch > 1 ? p.batch : 0,
      image: p.inputHeight * p.inputWidth * p.channels,
      inputRow: p.inputWidth * p.channels,
      inputHeight: p.inputHeight,
      inputWidth: p.inputWidth,
      channels: p.channels,
      width: p.outputWidth,
      kernelHeight: p.kernelHeight,
      strideY: p.strideY,
      strideX: p.strideX,
      dilationY: p.dilationY,
      dilationX: p.dilationX,
      padTop: p.padTop,
      padLeft: p.padLeft,
      zeroPoint: attrs.xZeroPoint,
      padded,
      staged,
      tapRuns: apart ? p.kernelWidth : 1,
      runWidth,
      runLength,
      runUnroll: unroll,
      lanes: ["a", "b"].slice(0, lanes).map((name, i) => ({ name, stage: i * runLength })),
    },
    parameters: (offset) => [
      ...(padded ? [{ kind: "scratch", name: "zeros", ctype: "int8_t", offset } as const] : []),
      ...(staged
        ? [{ kind: "scratch", name: "staged", ctype: "int8_t", offset: offset + runLength } as const]
        : []),
    ],
  };
}
