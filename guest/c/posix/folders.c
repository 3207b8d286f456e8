/* The working directory: libc keeps it as a text, which is to have neither links nor `..`. */
#include "posix/posix.h"

#include <errno.h>
#include <string.h>

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

int fchdir(int fd) {
    const Descriptor *d = descriptor(fd);
    if (!d) return failed_with(EBADF);
    if (!d->kind->enter) return failed_with(ENOTDIR);
    return enter(fd, ".");
}
