/** Instruction sets that kernels are written for, from the portable one up. */
export type IsaName = "scalar" | "thumb1" | "thumb2" | "dsp" | "mve" | "neon" | "dotprod" | "i8mm";

/** A CPU to generate for: the contents of one file in `targets/`. */
export interface Target {
  readonly name: string;
  readonly description: string;
  /** ISAs whose kernels may be used, best first; always ends in `scalar`. */
  readonly isas: readonly IsaName[];
  readonly features: {
    /** `none`: float32 arithmetic is emulated by the compiler's run-time library. */
    readonly fpu: "none" | "single" | "double";
    /** 32-bit loads may be unaligned. */
    readonly unaligned: boolean;
    readonly bits: 32 | 64;
    /** Has a 32x32->64 multiply (M0 has not). */
    readonly longMultiply: boolean;
    /** AArch32 Advanced SIMD and Helium flush denormals: vector float only where that cannot be seen. */
    readonly vectorFloatIsIeee: boolean;
  };
  readonly toolchain: Toolchain;
  readonly emulator?: Emulator;
}

interface Toolchain {
  readonly compiler: string;
  /**
   * Flags that choose the CPU and ABI, and keep compiled float arithmetic IEEE: GCC would vectorize float
   * loops for Helium, which flushes denormals.
   */
  readonly flags: readonly string[];
  /** Debian packages that bring compiler and emulator. */
  readonly packages: readonly string[];
}

/** How QEMU runs a program for this target. Absent for `host`. */
interface Emulator {
  readonly command: string;
  readonly arguments: readonly string[];
  /** Board support in templates/harness: start-up code, linker script, clock for counting instructions. */
  readonly board: string;
}
