/* The FPGA's counter: 25 MHz, a tick is 40 instructions. */
#define CLOCK_COUNTER 0x40028018
#define CLOCK_READS 40
#define CLOCK_SCALE 1
