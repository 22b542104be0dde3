/* The least a Cortex-M4 needs before main: vectors, FPU, zeroed variables. */
#include <stdint.h>
#include <stdlib.h>

extern uint32_t bss_start[], bss_end[], stack_top[];
extern void initialise_monitor_handles(void);
int main(void);

void _init(void) {
}
void _fini(void) {
}

static void fault(void) {
    _Exit(2);
}

void reset(void);
void reset(void) {
    volatile uint32_t *const cpacr = (volatile uint32_t *)0xE000ED88U;
    *cpacr |= 0xFU << 20; /* full access to the FPU */
    for (uint32_t *word = bss_start; word < bss_end; word++) {
        *word = 0U;
    }
    initialise_monitor_handles();
    exit(main());
}

typedef void (*handler_t)(void);
__attribute__((section(".vectors"), used)) static const handler_t vectors[16] = {
    (handler_t)(uintptr_t)stack_top, reset, fault, fault, fault, fault, fault,
};
