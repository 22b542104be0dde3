/* The subsystem's counter: 32 MHz, a tick is 125/4 instructions. */
#define CLOCK_ENABLE 0x58100000
#define CLOCK_COUNTER 0x58100008
#define CLOCK_READS 125
#define CLOCK_SCALE 4
