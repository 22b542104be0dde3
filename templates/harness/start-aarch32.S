/* Start-up and exception vectors for ARMv7-A and AArch32, privileged, little endian. */
#if defined(__arm__) && __ARM_ARCH_PROFILE == 'A'

  .syntax unified
  .arm

  .section .vectors, "ax"
  .balign 32
vectors:
  b reset
  b undefined
  b call
  b prefetch_abort
  b data_abort
  b unexpected
  b unexpected
  b unexpected

  .text
  .global reset
  .type reset, %function
reset:
  ldr r0, =vectors
  mcr p15, 0, r0, c12, c0, 0        /* VBAR */

  /*
   * With the MMU off all memory is device memory, where unaligned NEON accesses fault. So map RAM from the
   * stack to its end one to one, as sections of normal write-back memory; everything else faults, null
   * pointers and a stack overflow included.
   */
  ldr r0, =translation_table
  ldr r1, =0x40400000 | 1 << 12 | 3 << 10 | 3 << 2 | 2   /* TEX 1, C, B: write-back; AP: full access */
  ldr r2, =translation_table + 0x404 * 4
  mov r3, #252
1:
  str r1, [r2], #4
  add r1, r1, #(1 << 20)
  subs r3, r3, #1
  bne 1b
  mcr p15, 0, r0, c2, c0, 0         /* TTBR0 */
  mov r0, #0
  mcr p15, 0, r0, c2, c0, 2         /* TTBCR: TTBR0 for all addresses */
  mcr p15, 0, r0, c8, c7, 0         /* TLBIALL */
  mov r0, #1
  mcr p15, 0, r0, c3, c0, 0         /* DACR: domain 0 is a client, permissions are checked */
  dsb
  isb
  mrc p15, 0, r0, c1, c0, 0         /* SCTLR */
  ldr r1, =1 << 12 | 1 << 2 | 1     /* I, C, M */
  orr r0, r0, r1
  bic r0, r0, #2                    /* A: no alignment faults beyond the architecture's */
  bic r0, r0, #(1 << 28)            /* TRE: memory types as above */
  mcr p15, 0, r0, c1, c0, 0
  isb

  mrc p15, 0, r0, c1, c0, 2         /* CPACR: VFP and NEON */
  orr r0, r0, #(0xF << 20)
  mcr p15, 0, r0, c1, c0, 2
  isb
  mov r0, #(1 << 30)
  vmsr fpexc, r0
  mov r0, #0
  vmsr fpscr, r0                    /* round to nearest, denormals kept */

  ldr sp, =stack_top
  bl main
  bl platform_exit

undefined:
  ldr r0, =undefined_text
  sub r1, lr, #4
  b report
call:
  ldr r0, =call_text
  sub r1, lr, #4
  b report
prefetch_abort:
  ldr r0, =prefetch_text
  sub r1, lr, #4
  mov r2, r1
  mrc p15, 0, r3, c5, c0, 1         /* IFSR */
  b report_address
data_abort:
  ldr r0, =data_text
  sub r1, lr, #8
  mrc p15, 0, r2, c6, c0, 0         /* DFAR */
  mrc p15, 0, r3, c5, c0, 0         /* DFSR */
  b report_address
unexpected:
  ldr r0, =unexpected_text
  mov r1, lr
report:
  mov r2, #0
  mov r3, #0
report_address:
  ldr sp, =stack_top
  b platform_fault

  .global platform_stack_limit
  .type platform_stack_limit, %function
platform_stack_limit:
  ldr r0, =stack_limit
  bx lr
  .ltorg

  .section .rodata
undefined_text:  .asciz "undefined instruction"
call_text:       .asciz "unexpected supervisor call"
prefetch_text:   .asciz "prefetch abort"
data_text:       .asciz "data abort"
unexpected_text: .asciz "unexpected exception"

  .section .bss
  .balign 16384
translation_table:
  .space 16384

#endif
