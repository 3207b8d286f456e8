/* Descriptors of what is in a mount: files that the host has open, and folders. */
#ifndef HATCHERY_FILES_MOUNTED_H
#define HATCHERY_FILES_MOUNTED_H

#include "files/place.h"

__wasi_errno_t mounted_open(const Place *place, bool readable, bool writable,
                            int32_t open_flags, __wasi_fdflags_t flags, int32_t *fd);

#endif
