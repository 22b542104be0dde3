/* Files and console of the machine that vcgen runs on. */
#include "platform.h"
#include <stdio.h>
#include <stdlib.h>

intptr_t platform_open(const char *name, int create) {
  FILE *file = fopen(name, create ? "wb" : "rb");
  return file == NULL ? -1 : (intptr_t)file;
}

size_t platform_read(intptr_t file, void *data, size_t bytes) {
  return fread(data, 1, bytes, (FILE *)file);
}

int platform_write(intptr_t file, const void *data, size_t bytes) {
  return fwrite(data, 1, bytes, (FILE *)file) != bytes;
}

void platform_close(intptr_t file) {
  fclose((FILE *)file);
}

void platform_print(const char *text) {
  fputs(text, stderr);
}

_Noreturn void platform_exit(int code) {
  exit(code);
}
