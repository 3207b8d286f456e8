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

enum { OUTPUT_BYTES_MAX_DEFAULT = 10 << 20 };

void output_write(OutputStream stream, const void *bytes, size_t len);
void output_clear(void);
void output_set_limit(size_t bytes_max);

size_t output_len(OutputStream stream);
const uint8_t *output_bytes(OutputStream stream);
/* Bytes written past the limit, or that memory had no room for. */
uint64_t output_dropped(OutputStream stream);

/* Makes sys.stdout and sys.stderr (and their dunder twins) write here. Called
 * once the interpreter is up; 0 or -1 with a Python exception set. */
int output_install(void);

#endif
