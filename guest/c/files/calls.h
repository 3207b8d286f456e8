/* What the calls that take a path share with those that take a descriptor. */
#ifndef HATCHERY_FILES_CALLS_H
#define HATCHERY_FILES_CALLS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "files/descriptor.h"
#include "files/stat.h"

/* The times that a call with these arguments sets. */
FileTimes wanted_times(int64_t accessed, int64_t modified, int32_t flags);

/* Writes at the descriptor's position, or at the end of what is open to be appended to. */
__wasi_errno_t write_to_descriptor(int32_t fd, const uint8_t *from, size_t len, size_t *done);

#endif
