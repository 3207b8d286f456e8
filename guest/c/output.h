/* Captured standard output and standard error.
 *
 * Everything the guest prints ends here, whichever way it went: sys.stdout,
 * os.write(1, …), or C stdio. A stream keeps its first `limit` bytes; what comes
 * after is counted and dropped while the program runs on. */
#ifndef HATCHERY_OUTPUT_H
#define HATCHERY_OUTPUT_H

#include <stddef.h>
#include <stdint.h>

typedef enum { OUTPUT_STDOUT = 0, OUTPUT_STDERR = 1 } OutputStream;

typedef struct {
    uint8_t *bytes;
    uint32_t len, capacity;
    uint32_t reserved;
    uint64_t dropped; /* written past the limit, or where memory had no room */
} Capture;

/* What an execution leaves behind, where a host can read it without a call, even
 * out of a guest that was stopped. Part of the ABI: see docs/guest-abi.md. */
typedef struct {
    Capture captures[2];
    int32_t exit_code;
    int32_t reserved;
} RunReport;

extern RunReport run_report;

enum { OUTPUT_BYTES_MAX_DEFAULT = 10 << 20 };

void output_write(OutputStream stream, const void *bytes, size_t len);
void output_clear(void);
void output_set_limit(size_t bytes_max);

/* Makes sys.stdout and sys.stderr (and their dunder twins) write here. Called
 * once the interpreter is up; 0 or -1 with a Python exception set. */
int output_install(void);

#endif
