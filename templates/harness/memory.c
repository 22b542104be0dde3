/* The functions that GCC calls in a freestanding program; compiled so that they do not call themselves. */
#include <stdint.h>
#include <string.h>

typedef uintptr_t __attribute__((may_alias)) word_t;

enum { WORD = sizeof(word_t), BLOCK = 4 * sizeof(word_t) };

static int aligned(const void *a, const void *b) {
  return (((uintptr_t)a | (uintptr_t)b) & (WORD - 1)) == 0;
}

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
  unsigned char *d = to;
  const unsigned char *s = from;
  if (aligned(d, s)) {
    for (; n >= BLOCK; n -= BLOCK, d += BLOCK, s += BLOCK) {
      const word_t *sw = (const void *)s;
      word_t *dw = (void *)d;
      const word_t a = sw[0], b = sw[1], c = sw[2], e = sw[3];
      dw[0] = a;
      dw[1] = b;
      dw[2] = c;
      dw[3] = e;
    }
    for (; n >= WORD; n -= WORD, d += WORD, s += WORD) {
      *(word_t *)(void *)d = *(const word_t *)(const void *)s;
    }
  }
  while (n-- > 0) {
    *d++ = *s++;
  }
  return to;
}

void *memmove(void *to, const void *from, size_t n) {
  unsigned char *d = to;
  const unsigned char *s = from;
  if ((uintptr_t)d - (uintptr_t)s >= n) {
    return memcpy(to, from, n);
  }
  while (n-- > 0) {
    d[n] = s[n];
  }
  return to;
}

void *memset(void *to, int value, size_t n) {
  unsigned char *d = to;
  const unsigned char byte = (unsigned char)value;
  for (; n > 0 && !aligned(d, d); n--) {
    *d++ = byte;
  }
  const word_t word = (word_t)-1 / 255 * byte;
  for (; n >= BLOCK; n -= BLOCK, d += BLOCK) {
    word_t *dw = (void *)d;
    dw[0] = word;
    dw[1] = word;
    dw[2] = word;
    dw[3] = word;
  }
  while (n-- > 0) {
    *d++ = byte;
  }
  return to;
}

int memcmp(const void *left, const void *right, size_t n) {
  const unsigned char *a = left;
  const unsigned char *b = right;
  for (; n > 0; n--, a++, b++) {
    if (*a != *b) {
      return *a < *b ? -1 : 1;
    }
  }
  return 0;
}

size_t strlen(const char *text) {
  size_t n = 0;
  while (text[n] != '\0') {
    n++;
  }
  return n;
}
