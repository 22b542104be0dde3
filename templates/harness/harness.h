/** Records the clock before step `step` of the generated code, or at one of the harness's own points (negative). */
#ifndef HARNESS_H
#define HARNESS_H

#ifdef HARNESS_COUNT
void harness_stamp(int step);
#endif

#endif
