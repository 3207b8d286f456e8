/* The WASI calls on open descriptors: each is answered by the descriptor's kind. */
#include "files/calls.h"

#include <string.h>

#include "files/descriptor.h"
#include "files/tree.h"

FileTimes wanted_times(int64_t accessed, int64_t modified, int32_t flags) {
    FileTimes times = {
        .sets_accessed = flags & (__WASI_FSTFLAGS_ATIM | __WASI_FSTFLAGS_ATIM_NOW),
        .sets_modified = flags & (__WASI_FSTFLAGS_MTIM | __WASI_FSTFLAGS_MTIM_NOW),
        .accessed_ns = (uint64_t)accessed,
        .modified_ns = (uint64_t)modified,
    };
    uint64_t now = tree_now_ns();
    if (flags & __WASI_FSTFLAGS_ATIM_NOW) times.accessed_ns = now;
    if (flags & __WASI_FSTFLAGS_MTIM_NOW) times.modified_ns = now;
    return times;
}

int32_t WASI(fd_prestat_get)(int32_t fd, int32_t into) {
    if (fd != FD_ROOT) return __WASI_ERRNO_BADF;
    __wasi_prestat_t *prestat = (void *)into;
    prestat->tag = __WASI_PREOPENTYPE_DIR;
    prestat->u.dir.pr_name_len = 1;
    return 0;
}

int32_t WASI(fd_prestat_dir_name)(int32_t fd, int32_t path, int32_t len) {
    if (fd != FD_ROOT) return __WASI_ERRNO_BADF;
    if (len < 1) return __WASI_ERRNO_NAMETOOLONG;
    *(char *)path = '/';
    return 0;
}

int32_t WASI(fd_fdstat_get)(int32_t fd, int32_t into) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    __wasi_fdstat_t *stat = (void *)into;
    memset(stat, 0, sizeof *stat);
    stat->fs_filetype = d->kind->file_type;
    stat->fs_flags = d->flags;
    if (d->kind->is_stream) {
        /* Without seek and tell among its rights libc takes it for a terminal. */
        stat->fs_rights_base = (d->writable ? __WASI_RIGHTS_FD_WRITE : __WASI_RIGHTS_FD_READ) |
                               __WASI_RIGHTS_FD_SEEK;
        return 0;
    }
    stat->fs_rights_base = stat->fs_rights_inheriting = ~(__wasi_rights_t)0;
    if (d->kind->file_type != __WASI_FILETYPE_DIRECTORY) {
        if (!d->readable) stat->fs_rights_base &= ~__WASI_RIGHTS_FD_READ;
        if (!d->writable) stat->fs_rights_base &= ~__WASI_RIGHTS_FD_WRITE;
    }
    return 0;
}

int32_t WASI(fd_fdstat_set_flags)(int32_t fd, int32_t flags) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    d->flags = (__wasi_fdflags_t)flags;
    return 0;
}

int32_t WASI(fd_fdstat_set_rights)(int32_t fd, int64_t base, int64_t inheriting) {
    (void)base, (void)inheriting;
    return descriptor(fd) ? 0 : __WASI_ERRNO_BADF;
}

int32_t WASI(fd_filestat_get)(int32_t fd, int32_t into) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    FileStat stat;
    __wasi_errno_t error = d->kind->stat(d, &stat);
    if (!error) *(__wasi_filestat_t *)into = stat.wasi;
    return error;
}

int32_t WASI(fd_filestat_set_size)(int32_t fd, int64_t size) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (!d->kind->resize || !d->writable) return __WASI_ERRNO_INVAL;
    return d->kind->resize(d, (uint64_t)size);
}

int32_t WASI(fd_filestat_set_times)(int32_t fd, int64_t accessed, int64_t modified,
                                    int32_t flags) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    FileTimes times = wanted_times(accessed, modified, flags);
    return d->kind->set_times ? d->kind->set_times(d, &times) : 0;
}

static __wasi_errno_t size_of(const Descriptor *d, uint64_t *size) {
    FileStat stat;
    __wasi_errno_t error = d->kind->stat(d, &stat);
    if (!error) *size = stat.wasi.size;
    return error;
}

int32_t WASI(fd_allocate)(int32_t fd, int64_t offset, int64_t len) {
    Descriptor *d = descriptor(fd);
    if (!d || !d->kind->resize || !d->writable) return __WASI_ERRNO_BADF;
    if (offset < 0 || len <= 0) return __WASI_ERRNO_INVAL;
    uint64_t end = (uint64_t)offset + (uint64_t)len, size;
    __wasi_errno_t error = size_of(d, &size);
    return error ? error : end <= size ? 0 : d->kind->resize(d, end);
}

int32_t WASI(fd_advise)(int32_t fd, int64_t offset, int64_t len, int32_t advice) {
    (void)offset, (void)len, (void)advice;
    return descriptor(fd) ? 0 : __WASI_ERRNO_BADF;
}

int32_t WASI(fd_sync)(int32_t fd) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    return d->kind->sync ? d->kind->sync(d) : 0;
}

int32_t WASI(fd_datasync)(int32_t fd) { return WASI(fd_sync)(fd); }

/* What was moved before something failed counts. */
static int32_t read_at(Descriptor *d, const __wasi_iovec_t *iovs, int32_t count,
                       uint64_t *position, __wasi_size_t *total) {
    *total = 0;
    if (!d->readable) return __WASI_ERRNO_BADF;
    if (!d->kind->read)
        return d->kind->file_type == __WASI_FILETYPE_DIRECTORY ? __WASI_ERRNO_ISDIR
                                                               : __WASI_ERRNO_BADF;
    for (int32_t i = 0; i < count; i++) {
        size_t n;
        __wasi_errno_t error = d->kind->read(d, *position, iovs[i].buf, iovs[i].buf_len, &n);
        if (error) return *total ? 0 : error;
        *position += n;
        *total += n;
        if (n < iovs[i].buf_len) break;
    }
    return 0;
}

static int32_t write_at(Descriptor *d, const __wasi_ciovec_t *iovs, int32_t count,
                        uint64_t *position, __wasi_size_t *total) {
    *total = 0;
    if (!d->writable || !d->kind->write) return __WASI_ERRNO_BADF;
    for (int32_t i = 0; i < count; i++) {
        size_t n;
        __wasi_errno_t error = d->kind->write(d, *position, iovs[i].buf, iovs[i].buf_len, &n);
        if (error) return *total ? 0 : error;
        *position += n;
        *total += n;
        if (n < iovs[i].buf_len) break;
    }
    return 0;
}

int32_t WASI(fd_read)(int32_t fd, int32_t iovs, int32_t count, int32_t total) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    return read_at(d, (void *)iovs, count, &d->position, (void *)total);
}

int32_t WASI(fd_pread)(int32_t fd, int32_t iovs, int32_t count, int64_t offset, int32_t total) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (d->kind->is_stream) return __WASI_ERRNO_SPIPE;
    uint64_t position = (uint64_t)offset;
    return read_at(d, (void *)iovs, count, &position, (void *)total);
}

int32_t WASI(fd_write)(int32_t fd, int32_t iovs, int32_t count, int32_t total) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (!d->kind->is_stream && d->flags & __WASI_FDFLAGS_APPEND) {
        __wasi_errno_t error = size_of(d, &d->position);
        if (error) return error;
    }
    return write_at(d, (void *)iovs, count, &d->position, (void *)total);
}

__wasi_errno_t write_to_descriptor(int32_t fd, const uint8_t *from, size_t len, size_t *done) {
    __wasi_ciovec_t piece = {.buf = from, .buf_len = len};
    __wasi_size_t total;
    __wasi_errno_t error = (__wasi_errno_t)WASI(fd_write)(fd, (int32_t)&piece, 1, (int32_t)&total);
    *done = total;
    return error;
}

int32_t WASI(fd_pwrite)(int32_t fd, int32_t iovs, int32_t count, int64_t offset,
                        int32_t total) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (d->kind->is_stream) return __WASI_ERRNO_SPIPE;
    uint64_t position = (uint64_t)offset;
    return write_at(d, (void *)iovs, count, &position, (void *)total);
}

int32_t WASI(fd_seek)(int32_t fd, int64_t offset, int32_t whence, int32_t into) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (d->kind->is_stream) return __WASI_ERRNO_SPIPE;
    uint64_t size = 0;
    if (whence == __WASI_WHENCE_END) {
        __wasi_errno_t error = size_of(d, &size);
        if (error) return error;
    }
    int64_t from = whence == __WASI_WHENCE_SET   ? 0
                   : whence == __WASI_WHENCE_CUR ? (int64_t)d->position
                   : whence == __WASI_WHENCE_END ? (int64_t)size
                                                 : -1;
    int64_t position;
    if (from < 0 || __builtin_add_overflow(from, offset, &position) || position < 0)
        return __WASI_ERRNO_INVAL;
    d->position = (uint64_t)position;
    *(__wasi_filesize_t *)into = d->position;
    return 0;
}

int32_t WASI(fd_tell)(int32_t fd, int32_t into) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (d->kind->is_stream) return __WASI_ERRNO_SPIPE;
    *(__wasi_filesize_t *)into = d->position;
    return 0;
}
