/** What generated code calls before each step and after the last, in a build that counts instructions. */
#ifndef HARNESS_H
#define HARNESS_H

#ifdef HARNESS_COUNT
void harness_stamp(void);
#endif

#endif
