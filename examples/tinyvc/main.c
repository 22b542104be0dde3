/* Converts 100 frames of speech features and checks the result against vcgen's reference. */
#include <stdio.h>

#include "data.h"
#include "tinyvc.h"

TINYVC_DECLARE_ARENA(arena);
static _Alignas(TINYVC_IO_ALIGNMENT) int8_t mel_output[TINYVC_MEL_OUTPUT_LENGTH];

/* CRC-32 as zip and PNG have it. */
static uint32_t crc32(const uint8_t *bytes, size_t length) {
    uint32_t crc = 0xFFFFFFFFU;
    for (size_t i = 0; i < length; i++) {
        crc ^= bytes[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = (crc >> 1) ^ (0xEDB88320U & (0U - (crc & 1U)));
        }
    }
    return ~crc;
}

int main(void) {
    tinyvc_context_t ctx;
    tinyvc_status_t status = tinyvc_init(&ctx, arena, sizeof arena);
    if (status == TINYVC_OK) {
        status = tinyvc_run(&ctx, mel_input, mel_output);
    }
    if (status != TINYVC_OK) {
        printf("tinyvc failed with status %d\n", (int)status);
        return 1;
    }
    printf("mel band 40, first frames, in 1/1000:");
    for (size_t frame = 0; frame < 8U; frame++) {
        const int q = mel_output[40U * 100U + frame] - TINYVC_MEL_OUTPUT_ZERO_POINT;
        printf(" %d", (int)((float)q * TINYVC_MEL_OUTPUT_SCALE * 1000.0F));
    }
    const uint32_t crc = crc32((const uint8_t *)mel_output, sizeof mel_output);
    const int equal = crc == MEL_OUTPUT_CRC32;
    printf("\nCRC-32 %08lx, reference %08lx: %s\n", (unsigned long)crc, (unsigned long)MEL_OUTPUT_CRC32,
           equal ? "identical" : "DIFFERENT");
    return equal ? 0 : 1;
}
