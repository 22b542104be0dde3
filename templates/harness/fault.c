#include "platform.h"

static void print_field(const char *name, uintptr_t value) {
  char text[2 * sizeof value + 3];
  char *digit = text;
  *digit++ = '0';
  *digit++ = 'x';
  for (int shift = 8 * (int)sizeof value - 4; shift >= 0; shift -= 4) {
    *digit++ = "0123456789abcdef"[(value >> shift) & 15];
  }
  *digit = '\0';
  platform_print(name);
  platform_print(text);
}

_Noreturn void platform_fault(const char *what, uintptr_t pc, uintptr_t address, uintptr_t status) {
  platform_print("fault: ");
  platform_print(what);
  print_field(", pc ", pc);
  print_field(", address ", address);
  print_field(", status ", status);
  platform_print("\n");
  platform_exit(3);
}
