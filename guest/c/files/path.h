/* What WASI has no call for, of a path that is followed from the directory behind `fd`. */
#ifndef HATCHERY_FILES_PATH_H
#define HATCHERY_FILES_PATH_H

#include "files/stat.h"

__wasi_errno_t path_stat(int32_t fd, int32_t lookup_flags, const char *path, size_t len,
                         FileStat *stat);
__wasi_errno_t path_set_mode(int32_t fd, int32_t lookup_flags, const char *path, size_t len,
                             uint16_t mode);

/* Whether a program may do this with it: MAY_READ, MAY_WRITE, MAY_SEARCH of files/node.h. */
__wasi_errno_t path_check(int32_t fd, int32_t lookup_flags, const char *path, size_t len, int may);

/* The path of a folder without links, `..` and `.`, as getcwd gives it. In `into`, with a NUL. */
__wasi_errno_t path_of_folder(int32_t fd, const char *path, size_t len, char *into, size_t room);

#endif
