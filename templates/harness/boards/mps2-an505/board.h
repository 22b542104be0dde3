/* The FPGA's counter: 20 MHz, a tick is 50 instructions. */
#define CLOCK_COUNTER 0x50302018
#define CLOCK_READS 50
#define CLOCK_SCALE 1
