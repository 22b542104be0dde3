/* The generic timer: 62.5 MHz, a tick is 16 instructions. */
#define CLOCK_READS 16
#define CLOCK_SCALE 1
