/* Pipes within the program: what is written to one end is read from the other. */
#ifndef HATCHERY_FILES_PIPE_H
#define HATCHERY_FILES_PIPE_H

#include "files/descriptor.h"

enum {
    PIPE_BYTES_MAX = 64 << 10, /* as on Linux */
    PIPE_ATOMIC_BYTES = 4096,  /* so much is written whole or not at all */
};

/* A pipe's end to read from and its end to write to. */
__wasi_errno_t pipe_open(__wasi_fdflags_t flags, int32_t ends[2]);

#endif
