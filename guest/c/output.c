#include "output.h"

#include <stdlib.h>
#include <string.h>

_Static_assert(sizeof(Capture) == 24 && sizeof(RunReport) == 56, "docs/guest-abi.md");

RunReport run_report;
static size_t limit = OUTPUT_BYTES_MAX_DEFAULT;

enum { CAPACITY_KEPT_BETWEEN_RUNS = 64 << 10 };

/* Room for `want` more bytes, or for as many as there can be. */
static size_t reserve(Capture *c, size_t want) {
    size_t allowed = c->len < limit ? limit - c->len : 0;
    if (want > allowed) want = allowed;
    if (c->len + want <= c->capacity) return want;
    size_t capacity = c->capacity ? c->capacity * 2 : 4096;
    if (capacity < c->len + want) capacity = c->len + want;
    uint8_t *bytes = realloc(c->bytes, capacity);
    if (!bytes) return c->capacity - c->len;
    c->bytes = bytes;
    c->capacity = (uint32_t)capacity;
    return want;
}

void output_write(OutputStream stream, const void *bytes, size_t len) {
    Capture *c = &run_report.captures[stream];
    size_t n = c->dropped ? 0 : reserve(c, len);
    memcpy(c->bytes + c->len, bytes, n);
    c->len += (uint32_t)n;
    c->dropped += len - n;
}

void output_clear(void) {
    for (int i = 0; i < 2; i++) {
        Capture *c = &run_report.captures[i];
        if (c->len == 0 && c->dropped == 0) continue;
        c->len = 0;
        c->dropped = 0;
        if (c->capacity > CAPACITY_KEPT_BETWEEN_RUNS) {
            free(c->bytes);
            c->bytes = NULL;
            c->capacity = 0;
        }
    }
}

void output_set_limit(size_t bytes_max) { limit = bytes_max; }
