/* Where a path begins, by libc's own way of keeping the working directory. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <wasi/libc-find-relpath.h>

#include "posix/process.h"

int failed_with(int error) {
    if (!error) return 0;
    errno = error;
    return -1;
}

/* The linker's. */
extern char __stack_high;

bool is_on_stack(const void *pointer, size_t len) {
    uintptr_t at = (uintptr_t)pointer, end = (uintptr_t)&__stack_high;
    return at >= (uintptr_t)__builtin_frame_address(0) && at <= end && len <= end - at;
}

int find_base(const char *path, char **relative) {
    static char *kept;
    static size_t kept_len;
    const char *prefix;
    /* Nothing has this name. libc would take it for the working directory. */
    if (!*path) return failed_with(ENOENT);
    int fd = __wasilibc_find_relpath_alloc(path, &prefix, &kept, &kept_len, 1);
    *relative = kept;
    return fd;
}

int find_base_at(int folder, const char *path, char **relative) {
    if (folder == AT_FDCWD || *path == '/') return find_base(path, relative);
    *relative = (char *)path;
    return folder;
}
