/** What the harness needs of the machine it runs on: files, a console, an end and a clock. */
#ifndef HARNESS_PLATFORM_H
#define HARNESS_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

/** Opens a file of the working directory for reading, or creates it. Returns a handle, or -1. */
intptr_t platform_open(const char *name, int create);

/** Reads up to `bytes` bytes; fewer at the end of the file. Returns how many. */
size_t platform_read(intptr_t file, void *data, size_t bytes);

/** Returns 0 if all bytes were written. */
int platform_write(intptr_t file, const void *data, size_t bytes);

void platform_close(intptr_t file);

void platform_print(const char *text);

/** Ends the program with an exit code from 0 to 255. */
_Noreturn void platform_exit(int code);

/** Prints what the processor could not do, and ends the program with exit code 3. */
_Noreturn void platform_fault(const char *what, uintptr_t pc, uintptr_t address, uintptr_t status);

/** Instructions since an arbitrary start, times `platform_clock_scale`; wraps after 2^32 ticks. */
uint64_t platform_clock(void);
extern const uint64_t platform_clock_scale;

/** The lowest address that the stack may use. */
unsigned char *platform_stack_limit(void);

/** The lowest address that the calling function's stack frame uses. */
#define platform_stack_pointer() __extension__({ unsigned char *sp_; __asm__ volatile("mov %0, sp" : "=r"(sp_)); sp_; })

#endif
