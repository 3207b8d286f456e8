#include "files/descriptor.h"

#include <stdlib.h>
#include <string.h>

#include "files/mount.h"
#include "output.h"

static Descriptor table[DESCRIPTORS_MAX];
static int32_t limit = DESCRIPTORS_MAX;

static struct {
    uint8_t *bytes;
    size_t len, position;
} input;

static void open_standard(void) {
    for (int fd = FD_STDIN; fd <= FD_STDERR; fd++)
        table[fd] = (Descriptor){
            .kind = STREAM, .readable = fd == FD_STDIN, .writable = fd != FD_STDIN};
    table[FD_ROOT] = (Descriptor){.kind = NODE, .readable = true, .node = tree_root()};
    tree_open(tree_root());
}

Descriptor *descriptor(int32_t fd) {
    static bool ready;
    if (!ready) {
        ready = true;
        open_standard();
    }
    if (fd < 0 || fd >= DESCRIPTORS_MAX || table[fd].kind == CLOSED) return NULL;
    return &table[fd];
}

__wasi_errno_t descriptor_directory(int32_t fd, Node **directory) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (d->kind != NODE || !d->node->is_directory) return __WASI_ERRNO_NOTDIR;
    *directory = d->node;
    return 0;
}

static __wasi_errno_t put(Descriptor opened, int32_t *fd) {
    for (int32_t i = FD_ROOT + 1; i < limit; i++) {
        if (table[i].kind != CLOSED) continue;
        table[i] = opened;
        *fd = i;
        return 0;
    }
    return __WASI_ERRNO_MFILE;
}

__wasi_errno_t descriptor_open(Node *node, bool readable, bool writable, __wasi_fdflags_t flags,
                               int32_t *fd) {
    Descriptor opened = {.kind = NODE,
                         .readable = readable,
                         .writable = writable,
                         .flags = flags,
                         .node = node};
    __wasi_errno_t error = put(opened, fd);
    if (!error) tree_open(node);
    return error;
}

__wasi_errno_t descriptor_open_mounted(Mounted *mounted, bool readable, bool writable,
                                       __wasi_fdflags_t flags, int32_t *fd) {
    Descriptor opened = {.kind = MOUNTED,
                         .readable = readable,
                         .writable = writable,
                         .flags = flags,
                         .mounted = mounted};
    return put(opened, fd);
}

static void release(Descriptor *d) {
    if (d->kind == NODE) tree_close(d->node);
    if (d->kind == MOUNTED) mounted_close(d->mounted);
    *d = (Descriptor){.kind = CLOSED};
}

static bool is_directory(const Descriptor *d) {
    return d->kind == NODE ? d->node->is_directory
                           : d->kind == MOUNTED && mounted_is_directory(d->mounted);
}

static __wasi_errno_t size_of(const Descriptor *d, uint64_t *size) {
    if (d->kind == NODE) {
        *size = d->node->size;
        return 0;
    }
    __wasi_filestat_t stat;
    __wasi_errno_t error = mounted_stat_open(d->mounted, &stat);
    if (!error) *size = stat.size;
    return error;
}

static __wasi_errno_t resize(const Descriptor *d, uint64_t size) {
    return d->kind == NODE ? tree_resize(d->node, size) : mounted_resize(d->mounted, size);
}

void descriptor_limit(int32_t count) {
    int32_t most = DESCRIPTORS_MAX - (FD_ROOT + 1);
    limit = FD_ROOT + 1 + (count < 0 ? 0 : count > most ? most : count);
}

void descriptor_set_stdin(uint8_t *bytes, size_t len) {
    free(input.bytes);
    input.bytes = bytes;
    input.len = len;
    input.position = 0;
}

static size_t read_stdin(uint8_t *into, size_t len) {
    size_t rest = input.len - input.position, n = len < rest ? len : rest;
    if (n) memcpy(into, input.bytes + input.position, n);
    input.position += n;
    return n;
}

static void stat_stream(__wasi_filestat_t *stat) {
    memset(stat, 0, sizeof *stat);
    stat->filetype = __WASI_FILETYPE_CHARACTER_DEVICE;
    stat->nlink = 1;
}

void descriptor_stat(const Node *node, __wasi_filestat_t *stat) {
    memset(stat, 0, sizeof *stat);
    stat->dev = 1;
    stat->ino = node->inode;
    stat->filetype =
        node->is_directory ? __WASI_FILETYPE_DIRECTORY : __WASI_FILETYPE_REGULAR_FILE;
    stat->nlink = node->parent || node == tree_root() ? 1 : 0;
    stat->size = node->size;
    stat->atim = stat->mtim = stat->ctim = node->modified_ns;
}

bool descriptor_modified(int32_t flags, uint64_t *modified_ns) {
    if (flags & __WASI_FSTFLAGS_MTIM_NOW) *modified_ns = tree_now_ns();
    return (flags & (__WASI_FSTFLAGS_MTIM | __WASI_FSTFLAGS_MTIM_NOW)) != 0;
}

__wasi_errno_t descriptor_set_modified(Node *node, uint64_t modified_ns) {
    if (node->is_read_only) return __WASI_ERRNO_ROFS;
    node->modified_ns = modified_ns;
    return 0;
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
    stat->fs_flags = d->flags;
    stat->fs_rights_base = ~(__wasi_rights_t)0;
    if (d->kind == STREAM) {
        stat->fs_filetype = __WASI_FILETYPE_CHARACTER_DEVICE;
        /* Without seek and tell among its rights libc takes it for a terminal. */
        stat->fs_rights_base = d->writable
            ? __WASI_RIGHTS_FD_WRITE | __WASI_RIGHTS_FD_SEEK
            : __WASI_RIGHTS_FD_READ | __WASI_RIGHTS_FD_SEEK;
        return 0;
    }
    stat->fs_filetype =
        is_directory(d) ? __WASI_FILETYPE_DIRECTORY : __WASI_FILETYPE_REGULAR_FILE;
    if (!is_directory(d)) {
        if (!d->readable) stat->fs_rights_base &= ~__WASI_RIGHTS_FD_READ;
        if (!d->writable) stat->fs_rights_base &= ~__WASI_RIGHTS_FD_WRITE;
    }
    stat->fs_rights_inheriting = ~(__wasi_rights_t)0;
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
    if (d->kind == MOUNTED) return mounted_stat_open(d->mounted, (void *)into);
    if (d->kind == STREAM) stat_stream((void *)into);
    else descriptor_stat(d->node, (void *)into);
    return 0;
}

int32_t WASI(fd_filestat_set_size)(int32_t fd, int64_t size) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (d->kind == STREAM || !d->writable) return __WASI_ERRNO_INVAL;
    return resize(d, (uint64_t)size);
}

int32_t WASI(fd_filestat_set_times)(int32_t fd, int64_t accessed, int64_t modified,
                                    int32_t flags) {
    (void)accessed;
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    uint64_t modified_ns = (uint64_t)modified;
    if (d->kind == STREAM || !descriptor_modified(flags, &modified_ns)) return 0;
    return d->kind == NODE ? descriptor_set_modified(d->node, modified_ns)
                           : mounted_set_modified_open(d->mounted, modified_ns);
}

int32_t WASI(fd_allocate)(int32_t fd, int64_t offset, int64_t len) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (d->kind == STREAM || !d->writable) return __WASI_ERRNO_BADF;
    if (offset < 0 || len <= 0) return __WASI_ERRNO_INVAL;
    uint64_t end = (uint64_t)offset + (uint64_t)len, size;
    __wasi_errno_t error = size_of(d, &size);
    return error ? error : end <= size ? 0 : resize(d, end);
}

int32_t WASI(fd_advise)(int32_t fd, int64_t offset, int64_t len, int32_t advice) {
    (void)offset, (void)len, (void)advice;
    return descriptor(fd) ? 0 : __WASI_ERRNO_BADF;
}

int32_t WASI(fd_sync)(int32_t fd) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    return d->kind == MOUNTED ? mounted_sync(d->mounted) : 0;
}
int32_t WASI(fd_datasync)(int32_t fd) { return WASI(fd_sync)(fd); }

static int32_t read_at(Descriptor *d, const __wasi_iovec_t *iovs, int32_t count,
                       uint64_t *position, __wasi_size_t *total) {
    *total = 0;
    if (!d->readable) return __WASI_ERRNO_BADF;
    if (is_directory(d)) return __WASI_ERRNO_ISDIR;
    for (int32_t i = 0; i < count; i++) {
        size_t n;
        if (d->kind == STREAM) {
            n = read_stdin(iovs[i].buf, iovs[i].buf_len);
        } else if (d->kind == NODE) {
            n = tree_read(d->node, *position, iovs[i].buf, iovs[i].buf_len);
        } else {
            __wasi_errno_t error =
                mounted_read(d->mounted, *position, iovs[i].buf, iovs[i].buf_len, &n);
            if (error) return *total ? 0 : error;
        }
        *position += n;
        *total += n;
        if (n < iovs[i].buf_len) break;
    }
    return 0;
}

static int32_t write_at(Descriptor *d, int32_t fd, const __wasi_ciovec_t *iovs, int32_t count,
                        uint64_t *position, __wasi_size_t *total) {
    *total = 0;
    if (!d->writable) return __WASI_ERRNO_BADF;
    for (int32_t i = 0; i < count; i++) {
        size_t n = iovs[i].buf_len;
        if (d->kind == STREAM) {
            output_write(fd == FD_STDERR ? OUTPUT_STDERR : OUTPUT_STDOUT, iovs[i].buf,
                         iovs[i].buf_len);
        } else if (d->kind == MOUNTED) {
            __wasi_errno_t error =
                mounted_write(d->mounted, *position, iovs[i].buf, iovs[i].buf_len, &n);
            if (error) return *total ? 0 : error;
        } else {
            __wasi_errno_t error =
                tree_write(d->node, *position, iovs[i].buf, iovs[i].buf_len);
            /* What was written before the disk was full counts. */
            if (error) return *total ? 0 : error;
        }
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
    if (d->kind == STREAM) return __WASI_ERRNO_SPIPE;
    uint64_t position = (uint64_t)offset;
    return read_at(d, (void *)iovs, count, &position, (void *)total);
}

int32_t WASI(fd_write)(int32_t fd, int32_t iovs, int32_t count, int32_t total) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (d->kind != STREAM && d->flags & __WASI_FDFLAGS_APPEND) {
        __wasi_errno_t error = size_of(d, &d->position);
        if (error) return error;
    }
    return write_at(d, fd, (void *)iovs, count, &d->position, (void *)total);
}

int32_t WASI(fd_pwrite)(int32_t fd, int32_t iovs, int32_t count, int64_t offset,
                        int32_t total) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (d->kind == STREAM) return __WASI_ERRNO_SPIPE;
    uint64_t position = (uint64_t)offset;
    return write_at(d, fd, (void *)iovs, count, &position, (void *)total);
}

int32_t WASI(fd_seek)(int32_t fd, int64_t offset, int32_t whence, int32_t into) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (d->kind == STREAM) return __WASI_ERRNO_SPIPE;
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
    if (d->kind == STREAM) return __WASI_ERRNO_SPIPE;
    *(__wasi_filesize_t *)into = d->position;
    return 0;
}

int32_t WASI(fd_close)(int32_t fd) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    /* libc keeps the number of its preopen: closing it would cut off all paths. */
    if (fd == FD_ROOT) return __WASI_ERRNO_NOTSUP;
    release(d);
    return 0;
}

/* The close() of zig's libc imports the call under a symbol of its own. */
int32_t zig_fd_close(int32_t fd) __asm__("fd_close|wasi_snapshot_preview1");
int32_t zig_fd_close(int32_t fd) { return WASI(fd_close)(fd); }

int32_t WASI(fd_renumber)(int32_t from, int32_t to) {
    Descriptor *source = descriptor(from);
    if (!source || to < 0 || to >= DESCRIPTORS_MAX) return __WASI_ERRNO_BADF;
    if (from == FD_ROOT || to == FD_ROOT) return __WASI_ERRNO_NOTSUP;
    if (from == to) return 0;
    release(&table[to]);
    table[to] = *source;
    *source = (Descriptor){.kind = CLOSED};
    return 0;
}

/* One entry; cut short when the buffer ends inside it, as WASI asks. */
static void put_entry(uint8_t **at, uint8_t *end, __wasi_dircookie_t next, uint64_t inode,
                      __wasi_filetype_t type, const char *name, uint32_t name_len) {
    __wasi_dirent_t entry;
    memset(&entry, 0, sizeof entry);
    entry.d_next = next;
    entry.d_ino = inode;
    entry.d_namlen = name_len;
    entry.d_type = type;
    size_t room = (size_t)(end - *at), n = sizeof entry < room ? sizeof entry : room;
    memcpy(*at, &entry, n);
    *at += n;
    room -= n;
    n = name_len < room ? name_len : room;
    memcpy(*at, name, n);
    *at += n;
}

/* Cookies as in the tree; those of entries count bytes of the host's listing. */
static __wasi_errno_t list_mounted(Mounted *mounted, uint8_t **at, uint8_t *end,
                                   uint64_t after) {
    static const char dots[] = "..";
    for (; after < 2 && *at < end; after++)
        put_entry(at, end, after + 1, 0, __WASI_FILETYPE_DIRECTORY, dots, (uint32_t)after + 1);
    uint64_t place = after - 2;
    while (after >= 2 && *at < end) {
        MountedEntry entry;
        bool is_end;
        __wasi_errno_t error = mounted_next(mounted, &place, &entry, &is_end);
        if (error) return error;
        if (is_end) break;
        put_entry(at, end, place + 2, entry.inode, (__wasi_filetype_t)entry.file_type,
                  entry.name, entry.name_len);
    }
    return 0;
}

int32_t WASI(fd_readdir)(int32_t fd, int32_t into, int32_t len, int64_t cookie, int32_t used) {
    Descriptor *d = descriptor(fd);
    if (d && d->kind == MOUNTED) {
        if (!mounted_is_directory(d->mounted)) return __WASI_ERRNO_NOTDIR;
        uint8_t *begin = (void *)into, *stop = begin;
        __wasi_errno_t error =
            list_mounted(d->mounted, &stop, begin + (uint32_t)len, (uint64_t)cookie);
        *(__wasi_size_t *)used = (__wasi_size_t)(stop - begin);
        return error;
    }
    Node *directory;
    __wasi_errno_t error = descriptor_directory(fd, &directory);
    if (error) return error;
    /* Cookies: 0 before `.`, 1 before `..`, then 2 + the order of the last child
     * listed, so that a listing survives files removed while it goes on. */
    uint8_t *start = (void *)into, *at = start, *end = start + (uint32_t)len;
    uint64_t after = (uint64_t)cookie;
    if (after == 0 && at < end) {
        put_entry(&at, end, 1, directory->inode, __WASI_FILETYPE_DIRECTORY, ".", 1);
        after = 1;
    }
    if (after == 1 && at < end) {
        Node *up = directory->parent ? directory->parent : directory;
        put_entry(&at, end, 2, up->inode, __WASI_FILETYPE_DIRECTORY, "..", 2);
        after = 2;
    }
    for (Node *n = directory->first_child; n && at < end; n = n->next)
        if (n->order + 2 > after)
            put_entry(&at, end, n->order + 2, n->inode,
                      n->is_directory ? __WASI_FILETYPE_DIRECTORY : __WASI_FILETYPE_REGULAR_FILE,
                      n->name, n->name_len);
    *(__wasi_size_t *)used = (__wasi_size_t)(at - start);
    return 0;
}
