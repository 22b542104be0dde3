/* Start-up and fault handlers for Cortex-M. QEMU has loaded .data at its run address and cleared the rest. */
#if __ARM_ARCH_PROFILE == 'M'

#include "platform.h"

extern unsigned char stack_limit[];
extern unsigned char stack_top[];

int main(void);

static volatile uint32_t *const CCR = (volatile uint32_t *)0xE000ED14;
static volatile uint32_t *const CFSR = (volatile uint32_t *)0xE000ED28;
static volatile uint32_t *const MMFAR = (volatile uint32_t *)0xE000ED34;
static volatile uint32_t *const BFAR = (volatile uint32_t *)0xE000ED38;
/* CTRL, RNR, RBAR, RASR */
static volatile uint32_t *const MPU = (volatile uint32_t *)0xE000ED94;
static volatile uint32_t *const CPACR = (volatile uint32_t *)0xE000ED88;

unsigned char *platform_stack_limit(void) {
  return stack_limit;
}

/** Makes a null pointer and a stack overflow fault, where the emulated boards would read zeros and go on. */
static void guard_memory(void) {
#if __ARM_ARCH >= 8
  __asm__ volatile("msr msplim, %0" : : "r"(stack_limit));
#else
  enum { VALID = 1 << 4, NEVER_EXECUTE = 1 << 28, ENABLE = 1, DEFAULT_MAP = 1 << 2 };
  enum { SIZE_32_BYTES = 4 << 1, SIZE_256_MB = 27 << 1 };
  MPU[2] = 0x00000000 | VALID | 0;
  MPU[3] = NEVER_EXECUTE | SIZE_32_BYTES | ENABLE;
  MPU[2] = 0x10000000 | VALID | 1;
  MPU[3] = NEVER_EXECUTE | SIZE_256_MB | ENABLE;
  MPU[0] = DEFAULT_MAP | ENABLE;
  __asm__ volatile("dsb\n isb" ::: "memory");
#endif
}

__attribute__((noreturn, used)) static void reset(void) {
#ifdef __ARM_FP
  *CPACR |= UINT32_C(0xF) << 20;
  __asm__ volatile("dsb\n isb" ::: "memory");
#endif
#if __ARM_ARCH == 6
  /* The emulated core is a Cortex-M3; the real one faults on every unaligned access. */
  *CCR |= UINT32_C(1) << 3;
#endif
  guard_memory();
  platform_exit(main());
}

/** `frame` is what the processor pushed: r0 to r3, r12, lr, pc, xpsr. */
__attribute__((noreturn, used)) static void report(const uint32_t *frame, uint32_t exception) {
  static const char *const names[] = {
      "unexpected exception", "reset", "NMI", "HardFault", "MemManage", "BusFault", "UsageFault", "SecureFault",
  };
  const uintptr_t bottom = (uintptr_t)stack_limit;
  const uintptr_t top = (uintptr_t)stack_top;
  const uintptr_t at = (uintptr_t)frame;
  enum { MMFAR_VALID = 1 << 7, STACK_LIMIT = 1 << 20 };
  const uint32_t status = *CFSR;
  const uintptr_t address = (status & MMFAR_VALID) != 0 ? *MMFAR : *BFAR;
  const int inside = at >= bottom && at <= top - 32 && (status & STACK_LIMIT) == 0;
  const char *name = names[exception < 8 ? exception : 0];
  platform_fault(inside ? name : "stack overflow", inside ? frame[6] : 0, address, status);
}

/** Hands over on a fresh stack, since the fault may be an overflow of the old one. */
__attribute__((naked, used)) static void fault(void) {
  __asm__ volatile(
      ".syntax unified\n"
      "mrs r0, msp\n"
      "mrs r1, ipsr\n"
      "ldr r2, =stack_top\n"
      "mov sp, r2\n"
      "ldr r2, =report\n"
      "bx r2\n"
      ".ltorg\n");
}

struct vectors {
  unsigned char *stack;
  void (*handlers[15])(void);
};

__attribute__((section(".vectors"), used)) const struct vectors vectors = {
    stack_top,
    {reset, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault, fault},
};

#endif
