/* Start-up and exception vectors for AArch64, at EL1. */
#if defined(__aarch64__)

  .section .vectors, "ax"
  .balign 2048
vectors:
  .rept 16
  .balign 128
  b exception
  .endr

  .text
  .global reset
  .type reset, %function
reset:
  adrp x0, vectors
  add x0, x0, :lo12:vectors
  msr vbar_el1, x0

  /*
   * With the MMU off all memory is device memory, where unaligned accesses fault. So map RAM from the stack to
   * its end one to one, as 2 MB blocks of normal write-back memory; everything else faults, null pointers and a
   * stack overflow included.
   */
  adrp x0, gigabytes
  adrp x1, blocks
  orr x2, x1, #3                                /* a table */
  str x2, [x0, #8]
  ldr x2, =0x40400000 | 1 << 10 | 3 << 8 | 1    /* a block: accessed, inner shareable, attribute 0, read-write */
  add x1, x1, #(2 * 8)
  mov x3, #126
1:
  str x2, [x1], #8
  add x2, x2, #(1 << 21)
  subs x3, x3, #1
  b.ne 1b
  mov x1, #0xFF                                 /* attribute 0: write-back, allocating */
  msr mair_el1, x1
  ldr x1, =1 << 23 | 3 << 12 | 1 << 10 | 1 << 8 | 25   /* TCR: TTBR0 only, 39-bit addresses, 4 KB granule, cached walks */
  msr tcr_el1, x1
  msr ttbr0_el1, x0
  tlbi vmalle1
  dsb sy
  isb
  mrs x0, sctlr_el1
  ldr x1, =1 << 12 | 1 << 2 | 1                 /* I, C, M */
  orr x0, x0, x1
  bic x0, x0, #2                                /* A: unaligned accesses are allowed */
  msr sctlr_el1, x0
  isb

  mov x0, #(3 << 20)                            /* CPACR: floating point and NEON */
  msr cpacr_el1, x0
  isb
  msr fpcr, xzr                                 /* round to nearest, denormals kept */

  adrp x0, stack_top
  add x0, x0, :lo12:stack_top
  mov sp, x0
  bl main
  bl platform_exit

exception:
  adrp x0, stack_top
  add x0, x0, :lo12:stack_top
  mov sp, x0
  mrs x1, elr_el1
  mrs x2, far_el1
  mrs x3, esr_el1
  lsr x4, x3, #26                               /* ESR.EC: why */
  adrp x0, other_text
  add x0, x0, :lo12:other_text
  adrp x5, data_text
  add x5, x5, :lo12:data_text
  cmp x4, #0x25
  csel x0, x5, x0, eq
  adrp x5, instruction_text
  add x5, x5, :lo12:instruction_text
  cmp x4, #0x21
  csel x0, x5, x0, eq
  adrp x5, undefined_text
  add x5, x5, :lo12:undefined_text
  cmp x4, #0
  csel x0, x5, x0, eq
  b platform_fault

  .global platform_stack_limit
  .type platform_stack_limit, %function
platform_stack_limit:
  adrp x0, stack_limit
  add x0, x0, :lo12:stack_limit
  ret
  .ltorg

  .section .rodata
data_text:        .asciz "data abort"
instruction_text: .asciz "instruction abort"
undefined_text:   .asciz "undefined instruction"
other_text:       .asciz "unexpected exception"

  .section .bss
  .balign 4096
gigabytes:
  .space 4096
blocks:
  .space 4096

#endif
