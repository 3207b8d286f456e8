/* The standard streams: input that the host gave, and output that is captured. */
#ifndef HATCHERY_FILES_STREAMS_H
#define HATCHERY_FILES_STREAMS_H

#include "files/descriptor.h"
#include "output.h"

/* What FD_STDIN, FD_STDOUT or FD_STDERR is when a run begins. */
Descriptor standard_stream(int32_t fd);

/* Writes what a program prints to FD_STDOUT or FD_STDERR; an errno where it leads elsewhere. */
__wasi_errno_t stream_write(OutputStream stream, const void *bytes, size_t len);

/* What standard input holds from now on. Takes over `bytes`, which malloc gave; NULL
 * for nothing. */
void stdin_set(uint8_t *bytes, size_t len);

/* Takes up to `len` bytes of what is left; how many. */
size_t stdin_read(uint8_t *into, size_t len);

#endif
