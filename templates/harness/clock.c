/*
 * Under `qemu -icount shift=0` an instruction takes one nanosecond of virtual time, but the boards' counters
 * tick only every 16 to 50 instructions. Reading one CLOCK_READS times, in a loop whose length has no factor in
 * common with CLOCK_READS, meets every phase of a tick once. With CLOCK_SCALE / CLOCK_READS ticks an
 * instruction, the sum of the readings is then exactly CLOCK_SCALE times the time plus a constant (Hermite's
 * identity: floor(x) + floor(x + 1/n) + ... + floor(x + (n-1)/n) = floor(n x)).
 */
#include "board.h"
#include "platform.h"

const uint64_t platform_clock_scale = CLOCK_SCALE;

/* Each loop has 7 instructions. */
#if defined(__aarch64__)

uint64_t platform_clock(void) {
  uint64_t sum = 0;
  uint64_t reads = CLOCK_READS;
  uint64_t value;
  __asm__ volatile(
      "1: mrs %[value], cntvct_el0\n"
      "   add %[sum], %[sum], %[value]\n"
      "   nop\n"
      "   nop\n"
      "   nop\n"
      "   subs %[reads], %[reads], #1\n"
      "   b.ne 1b\n"
      : [sum] "+&r"(sum), [reads] "+&r"(reads), [value] "=&r"(value)
      :
      : "cc", "memory");
  return sum;
}

#else

uint64_t platform_clock(void) {
  uint32_t low = 0;
  uint32_t high = 0;
  uint32_t reads = CLOCK_READS;
  uint32_t value;
#if __ARM_ARCH_PROFILE == 'M'
  const uint32_t zero = 0;
#ifdef CLOCK_ENABLE
  *(volatile uint32_t *)CLOCK_ENABLE = 1;
#endif
  __asm__ volatile(
      ".syntax unified\n"
      "1: ldr %[value], [%[counter]]\n"
      "   adds %[low], %[low], %[value]\n"
      "   adcs %[high], %[high], %[zero]\n"
      "   nop\n"
      "   nop\n"
      "   subs %[reads], %[reads], #1\n"
      "   bne 1b\n"
      : [low] "+&l"(low), [high] "+&l"(high), [reads] "+&l"(reads), [value] "=&l"(value)
      : [zero] "l"(zero), [counter] "l"(CLOCK_COUNTER)
      : "cc", "memory");
#else
  uint32_t value_high;
  __asm__ volatile(
      "1: mrrc p15, 1, %[value], %[value_high], c14\n"
      "   adds %[low], %[low], %[value]\n"
      "   adc %[high], %[high], %[value_high]\n"
      "   nop\n"
      "   nop\n"
      "   subs %[reads], %[reads], #1\n"
      "   bne 1b\n"
      : [low] "+&r"(low), [high] "+&r"(high), [reads] "+&r"(reads), [value] "=&r"(value), [value_high] "=&r"(value_high)
      :
      : "cc", "memory");
#endif
  return (uint64_t)high << 32 | low;
}

#endif
