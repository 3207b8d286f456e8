/* What a run leaves for the host: its standard output and standard error, the value
 * it gave, and the exception that ended it.
 *
 * Everything the guest prints ends here, whichever way it went: sys.stdout,
 * os.write(1, …), or C stdio. A capture keeps its first bytes up to its limit; what
 * comes after is counted and dropped while the program runs on. */
#ifndef HATCHERY_OUTPUT_H
#define HATCHERY_OUTPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    OUTPUT_STDOUT,
    OUTPUT_STDERR,
    OUTPUT_VALUE,     /* JSON, or bytecode */
    OUTPUT_EXCEPTION, /* JSON */
    OUTPUT_STREAMS,
} OutputStream;

typedef struct {
    uint8_t *bytes;
    uint32_t len, capacity; /* no capacity: the bytes are lent */
    uint32_t reserved;
    uint64_t dropped; /* written past the limit, or where memory had no room */
} Capture;

/* What an execution leaves behind, where a host can read it without a call, even
 * out of a guest that was stopped. Part of the ABI: see docs/guest-abi.md. */
typedef struct {
    Capture captures[OUTPUT_STREAMS];
    int32_t exit_code;
    int32_t reserved;
} RunReport;

extern RunReport run_report;

enum {
    OUTPUT_BYTES_MAX_DEFAULT = 10 << 20,
    VALUE_BYTES_MAX = 1 << 30,
    EXCEPTION_BYTES_MAX = 1 << 20,
};

void output_write(OutputStream stream, const void *bytes, size_t len);
void output_clear(void);

/* Leaves bytes that are someone else's as the run's value, without a copy. They stay
 * where they are until the next output_clear. */
void output_lend_value(void *bytes, size_t len);

/* For standard output and standard error. */
void output_set_limit(size_t bytes_max);

/* From now on also hands what is captured of each stream to the host, as it comes. */
void output_stream_to_host(bool stdout_too, bool stderr_too);

/* Makes sys.stdout and sys.stderr (and their dunder twins) write here. Called
 * once the interpreter is up; 0 or -1 with a Python exception set. */
int output_install(void);

#endif
