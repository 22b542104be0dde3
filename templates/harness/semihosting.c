/*
 * Files, console and end of the program by Arm semihosting ("Semihosting for AArch32 and AArch64",
 * Arm 2023). The debugger, here QEMU, acts on a trap instruction, with the operation in r0 and the
 * address of its arguments in r1.
 */
#include "platform.h"
#include <string.h>

enum {
  SYS_OPEN = 0x01,
  SYS_CLOSE = 0x02,
  SYS_WRITE0 = 0x04,
  SYS_WRITE = 0x05,
  SYS_READ = 0x06,
  SYS_EXIT_EXTENDED = 0x20,
};

enum { MODE_READ_BINARY = 1, MODE_WRITE_BINARY = 5 };

static const uintptr_t APPLICATION_EXIT = 0x20026;

/** The result comes back in r0, which is therefore both operand and result. */
static intptr_t call(uintptr_t operation, const void *arguments) {
#if defined(__aarch64__)
  register uintptr_t r0 __asm__("x0") = operation;
  register const void *r1 __asm__("x1") = arguments;
  __asm__ volatile("hlt #0xF000" : "+r"(r0) : "r"(r1) : "memory");
#elif __ARM_ARCH_PROFILE == 'M'
  register uintptr_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = arguments;
  __asm__ volatile("bkpt #0xAB" : "+r"(r0) : "r"(r1) : "memory");
#else
  register uintptr_t r0 __asm__("r0") = operation;
  register const void *r1 __asm__("r1") = arguments;
  __asm__ volatile("svc #0x123456" : "+r"(r0) : "r"(r1) : "memory", "lr");
#endif
  return (intptr_t)r0;
}

intptr_t platform_open(const char *name, int create) {
  const uintptr_t arguments[3] = {(uintptr_t)name, create ? MODE_WRITE_BINARY : MODE_READ_BINARY, strlen(name)};
  return call(SYS_OPEN, arguments);
}

size_t platform_read(intptr_t file, void *data, size_t bytes) {
  const uintptr_t arguments[3] = {(uintptr_t)file, (uintptr_t)data, bytes};
  /* SYS_READ returns how many bytes are missing. */
  const intptr_t missing = call(SYS_READ, arguments);
  return missing < 0 ? 0 : bytes - (size_t)missing;
}

int platform_write(intptr_t file, const void *data, size_t bytes) {
  const uintptr_t arguments[3] = {(uintptr_t)file, (uintptr_t)data, bytes};
  return call(SYS_WRITE, arguments) != 0;
}

void platform_close(intptr_t file) {
  const uintptr_t arguments[1] = {(uintptr_t)file};
  call(SYS_CLOSE, arguments);
}

void platform_print(const char *text) {
  call(SYS_WRITE0, text);
}

_Noreturn void platform_exit(int code) {
  const uintptr_t arguments[2] = {APPLICATION_EXIT, (uintptr_t)code};
  for (;;) {
    call(SYS_EXIT_EXTENDED, arguments);
  }
}
