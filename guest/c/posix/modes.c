/* Modes and owners of files: what libc's calls have no room for. */
#include "posix/posix.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <wasi/libc-nocwd.h>

#include "files/descriptor.h"
#include "files/node.h"
#include "files/path.h"
#include "posix/process.h"

static struct timespec time_of(uint64_t ns) {
    return (struct timespec){.tv_sec = (time_t)(ns / 1000000000), .tv_nsec = (long)(ns % 1000000000)};
}

static mode_t type_bits(const FileStat *stat) {
    if (stat->is_pipe) return S_IFIFO;
    switch (stat->wasi.filetype) {
    case __WASI_FILETYPE_DIRECTORY: return S_IFDIR;
    case __WASI_FILETYPE_REGULAR_FILE: return S_IFREG;
    case __WASI_FILETYPE_SYMBOLIC_LINK: return S_IFLNK;
    case __WASI_FILETYPE_BLOCK_DEVICE: return S_IFBLK;
    case __WASI_FILETYPE_CHARACTER_DEVICE: return S_IFCHR;
    default: return 0;
    }
}

enum { BLOCK_BYTES = 4096, SECTOR_BYTES = 512 };

static int give(int error, const FileStat *from, struct stat *into) {
    if (error) return failed_with(error);
    uint64_t blocks = (from->wasi.size + BLOCK_BYTES - 1) / BLOCK_BYTES;
    *into = (struct stat){
        .st_dev = from->wasi.dev,
        .st_ino = from->wasi.ino,
        .st_nlink = from->wasi.nlink,
        .st_mode = type_bits(from) | from->mode,
        .st_uid = from->owner,
        .st_gid = from->owner,
        .st_size = (off_t)from->wasi.size,
        .st_blksize = BLOCK_BYTES,
        .st_blocks = (blkcnt_t)(blocks * (BLOCK_BYTES / SECTOR_BYTES)),
        .st_atim = time_of(from->wasi.atim),
        .st_mtim = time_of(from->wasi.mtim),
        .st_ctim = time_of(from->wasi.ctim),
    };
    return 0;
}

static int lookup_of(int flags) {
    return flags & AT_SYMLINK_NOFOLLOW ? 0 : __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW;
}

int fstatat(int folder, const char *restrict path, struct stat *restrict into, int flags) {
    char *relative;
    int fd = find_base_at(folder, path, &relative);
    if (fd < 0) return -1;
    FileStat found;
    return give(path_stat(fd, lookup_of(flags), relative, strlen(relative), &found), &found, into);
}

int stat(const char *restrict path, struct stat *restrict into) {
    return fstatat(AT_FDCWD, path, into, 0);
}

int lstat(const char *restrict path, struct stat *restrict into) {
    return fstatat(AT_FDCWD, path, into, AT_SYMLINK_NOFOLLOW);
}

int fstat(int fd, struct stat *into) {
    const Descriptor *d = descriptor(fd);
    if (!d) return failed_with(EBADF);
    FileStat stat;
    return give(d->kind->stat(d, &stat), &stat, into);
}

int openat(int folder, const char *path, int flags, ...) {
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    char *relative;
    int fd = find_base_at(folder, path, &relative);
    if (fd < 0) return -1;
    if (flags & O_CREAT) creation_ask((uint16_t)mode);
    return __wasilibc_nocwd_openat_nomode(fd, relative, flags);
}

int open(const char *path, int flags, ...) {
    mode_t mode = 0;
    if (flags & O_CREAT) {
        va_list arguments;
        va_start(arguments, flags);
        mode = va_arg(arguments, mode_t);
        va_end(arguments);
    }
    return openat(AT_FDCWD, path, flags, mode);
}

int mkdirat(int folder, const char *path, mode_t mode) {
    char *relative;
    int fd = find_base_at(folder, path, &relative);
    if (fd < 0) return -1;
    creation_ask((uint16_t)mode);
    return failed_with(__wasi_path_create_directory(fd, relative));
}

int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }

mode_t umask(mode_t mask) { return creation_set_umask((uint16_t)mask); }

int fchmodat(int folder, const char *path, mode_t mode, int flags) {
    char *relative;
    int fd = find_base_at(folder, path, &relative);
    if (fd < 0) return -1;
    return failed_with(path_set_mode(fd, lookup_of(flags), relative, strlen(relative),
                                     (uint16_t)mode));
}

int chmod(const char *path, mode_t mode) { return fchmodat(AT_FDCWD, path, mode, 0); }

int fchmod(int fd, mode_t mode) {
    const Descriptor *d = descriptor(fd);
    if (!d) return failed_with(EBADF);
    if (!d->kind->set_mode) return failed_with(EPERM);
    return failed_with(d->kind->set_mode(d, (uint16_t)mode));
}

/* There is nobody else to give a file to. */
static int check_owner(const struct stat *stat, uid_t user, gid_t group) {
    bool keeps_user = user == (uid_t)-1 || user == stat->st_uid;
    bool keeps_group = group == (gid_t)-1 || group == stat->st_gid;
    bool is_own = stat->st_uid == USER_ID || (user == (uid_t)-1 && group == (gid_t)-1);
    return failed_with(keeps_user && keeps_group && is_own ? 0 : EPERM);
}

int fchownat(int folder, const char *path, uid_t user, gid_t group, int flags) {
    struct stat stat;
    if (fstatat(folder, path, &stat, flags) < 0) return -1;
    return check_owner(&stat, user, group);
}

int chown(const char *path, uid_t user, gid_t group) {
    return fchownat(AT_FDCWD, path, user, group, 0);
}

int lchown(const char *path, uid_t user, gid_t group) {
    return fchownat(AT_FDCWD, path, user, group, AT_SYMLINK_NOFOLLOW);
}

int fchown(int fd, uid_t user, gid_t group) {
    struct stat stat;
    return fstat(fd, &stat) < 0 ? -1 : check_owner(&stat, user, group);
}

int faccessat(int folder, const char *path, int how, int flags) {
    if (how & ~(R_OK | W_OK | X_OK)) return failed_with(EINVAL);
    char *relative;
    int fd = find_base_at(folder, path, &relative);
    if (fd < 0) return -1;
    int may = (how & R_OK ? MAY_READ : 0) | (how & W_OK ? MAY_WRITE : 0) |
              (how & X_OK ? MAY_SEARCH : 0);
    return failed_with(path_check(fd, lookup_of(flags), relative, strlen(relative), may));
}

int access(const char *path, int how) { return faccessat(AT_FDCWD, path, how, 0); }
