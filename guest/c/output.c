#include "output.h"

#include <stdlib.h>
#include <string.h>

#include "host.h"

_Static_assert(offsetof(Capture, len) == ABI_CAPTURE_LEN &&
                   offsetof(Capture, capacity) == ABI_CAPTURE_CAPACITY &&
                   offsetof(Capture, dropped) == ABI_CAPTURE_DROPPED &&
                   sizeof(Capture) == ABI_CAPTURE_BYTES,
               "hatchery-abi");
_Static_assert(OUTPUT_STDERR * ABI_CAPTURE_BYTES == ABI_REPORT_STDERR &&
                   OUTPUT_VALUE * ABI_CAPTURE_BYTES == ABI_REPORT_VALUE &&
                   OUTPUT_EXCEPTION * ABI_CAPTURE_BYTES == ABI_REPORT_EXCEPTION &&
                   offsetof(RunReport, exit_code) == ABI_REPORT_EXIT_CODE &&
                   sizeof(RunReport) == ABI_REPORT_BYTES,
               "hatchery-abi");

RunReport run_report;
static size_t limits[OUTPUT_STREAMS] = {
    OUTPUT_BYTES_MAX_DEFAULT, OUTPUT_BYTES_MAX_DEFAULT, VALUE_BYTES_MAX, EXCEPTION_BYTES_MAX};
static bool streamed[OUTPUT_STREAMS];

enum { CAPACITY_KEPT_BETWEEN_RUNS = 64 << 10 };

/* Room for `want` more bytes, or for as many as there can be. */
static size_t reserve(Capture *c, size_t limit, size_t want) {
    size_t allowed = c->len < limit ? limit - c->len : 0;
    if (want > allowed) want = allowed;
    if (c->len + want <= c->capacity) return want;
    size_t capacity = c->capacity ? c->capacity * 2 : 4096;
    if (capacity < c->len + want) capacity = c->len + want;
    uint8_t *bytes = realloc(c->capacity ? c->bytes : NULL, capacity);
    if (!bytes) return c->capacity - c->len;
    c->bytes = bytes;
    c->capacity = (uint32_t)capacity;
    return want;
}

void output_write(OutputStream stream, const void *bytes, size_t len) {
    Capture *c = &run_report.captures[stream];
    size_t n = c->dropped ? 0 : reserve(c, limits[stream], len);
    memcpy(c->bytes + c->len, bytes, n);
    c->len += (uint32_t)n;
    c->dropped += len - n;
    if (streamed[stream] && n) host_output(stream, bytes, n);
}

void output_clear(void) {
    for (int i = 0; i < OUTPUT_STREAMS; i++) {
        Capture *c = &run_report.captures[i];
        if (c->len == 0 && c->dropped == 0) continue;
        c->len = 0;
        c->dropped = 0;
        if (c->capacity > CAPACITY_KEPT_BETWEEN_RUNS) {
            free(c->bytes);
            c->capacity = 0;
        }
        if (c->capacity == 0) c->bytes = NULL;
    }
}

void output_lend_value(void *bytes, size_t len) {
    Capture *c = &run_report.captures[OUTPUT_VALUE];
    if (c->capacity) free(c->bytes);
    *c = (Capture){.bytes = bytes, .len = (uint32_t)len};
}

void output_set_limit(size_t bytes_max) {
    limits[OUTPUT_STDOUT] = limits[OUTPUT_STDERR] = bytes_max;
}

void output_stream_to_host(bool stdout_too, bool stderr_too) {
    streamed[OUTPUT_STDOUT] = stdout_too;
    streamed[OUTPUT_STDERR] = stderr_too;
}
