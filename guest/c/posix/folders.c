/* The working directory: libc keeps it as a text, which is to have neither links nor `..`. And
 * hard links, for which libc does not know it. */
#include "posix/posix.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wasi/api.h>

#include "files/descriptor.h"
#include "files/path.h"
#include "files/tree.h"
#include "posix/process.h"

/* libc's own. */
int libc_chdir(const char *path) __asm__("chdir");

static int enter(int base, const char *path) {
    char whole[TREE_PATH_BYTES_MAX + 1];
    int error = path_of_folder(base, path, strlen(path), whole, sizeof whole);
    return error ? failed_with(error) : libc_chdir(whole);
}

int chdir(const char *path) {
    char *relative;
    int base = find_base(path, &relative);
    return base < 0 ? -1 : enter(base, relative);
}

int linkat(int from_folder, const char *from, int to_folder, const char *to, int flags) {
    char *relative;
    int from_base = find_base_at(from_folder, from, &relative);
    if (from_base < 0) return -1;
    char *kept = strdup(relative); /* until the other path is found */
    if (!kept) return failed_with(ENOMEM);
    int to_base = find_base_at(to_folder, to, &relative);
    int how = flags & AT_SYMLINK_FOLLOW ? __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW : 0;
    int result =
        to_base < 0 ? -1
                    : failed_with(__wasi_path_link(from_base, (__wasi_lookupflags_t)how, kept,
                                                   to_base, relative));
    free(kept);
    return result;
}

int fchdir(int fd) {
    const Descriptor *d = descriptor(fd);
    if (!d) return failed_with(EBADF);
    if (!d->kind->enter) return failed_with(ENOTDIR);
    return enter(fd, ".");
}
