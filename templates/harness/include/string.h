/* The part of <string.h> that generated C and the harness use, for toolchains that come without a C library. */
#ifndef HARNESS_STRING_H
#define HARNESS_STRING_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#define restrict
#endif

void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int value, size_t n);
int memcmp(const void *left, const void *right, size_t n);
size_t strlen(const char *text);

#ifdef __cplusplus
#undef restrict
}
#endif

#endif
