#include "output.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    uint8_t *bytes;
    size_t len, capacity;
    uint64_t dropped;
} Capture;

static Capture captures[2];
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
    c->capacity = capacity;
    return want;
}

void output_write(OutputStream stream, const void *bytes, size_t len) {
    Capture *c = &captures[stream];
    size_t n = c->dropped ? 0 : reserve(c, len);
    memcpy(c->bytes + c->len, bytes, n);
    c->len += n;
    c->dropped += len - n;
}

void output_clear(void) {
    for (int i = 0; i < 2; i++) {
        Capture *c = &captures[i];
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
size_t output_len(OutputStream stream) { return captures[stream].len; }
const uint8_t *output_bytes(OutputStream stream) { return captures[stream].bytes; }
uint64_t output_dropped(OutputStream stream) { return captures[stream].dropped; }
