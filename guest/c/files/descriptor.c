#include "files/descriptor.h"

#include "files/lock.h"
#include "files/node.h"
#include "files/streams.h"
#include "files/tree.h"

/* The first four are the streams' and the root's for good: they are there again whatever a
 * program does with their numbers. */
static Descriptor open_files[DESCRIPTORS_MAX];
static Descriptor *table[DESCRIPTORS_MAX];
static bool is_private[DESCRIPTORS_MAX];
static int32_t limit = DESCRIPTORS_MAX;
/* Past the highest number that the program has ever had something open at. */
static int32_t used_end;

static void open_root(void) {
    open_files[FD_ROOT] = (Descriptor){.kind = node_kind(tree_root()), .uses = 1,
                                       .readable = true, .node = tree_root()};
    table[FD_ROOT] = &open_files[FD_ROOT];
    tree_open(tree_root());
}

static void release(Descriptor *d) {
    if (--d->uses) return;
    if (d->kind->close) d->kind->close(d);
    *d = (Descriptor){0};
}

static void put(int32_t fd, Descriptor *d) {
    Descriptor *before = table[fd];
    if (d) d->uses++;
    if (d && fd >= used_end) used_end = fd + 1;
    table[fd] = d;
    if (before) release(before);
}

/* Not so much as a look at what is as it was: it costs a page. */
static void renew_stream(int32_t fd) {
    if (table[fd] == &open_files[fd]) return;
    if (!open_files[fd].uses) {
        open_files[fd] = standard_stream(fd);
        open_files[fd].uses = 1; /* the table's own */
    }
    put(fd, &open_files[fd]);
    is_private[fd] = false;
}

void descriptor_renew_streams(void) {
    for (int32_t fd = FD_STDIN; fd <= FD_STDERR; fd++) renew_stream(fd);
}

Descriptor *descriptor(int32_t fd) {
    static bool ready;
    if (!ready) {
        ready = true;
        descriptor_renew_streams();
        open_root();
    }
    return fd < 0 || fd >= DESCRIPTORS_MAX ? NULL : table[fd];
}

static int32_t free_number(int32_t least) {
    for (int32_t i = least <= FD_ROOT ? FD_ROOT + 1 : least; i < limit; i++)
        if (!table[i]) return i;
    return -1;
}

__wasi_errno_t descriptor_open(Descriptor opened, int32_t *fd) {
    int32_t number = free_number(0);
    if (number < 0) return __WASI_ERRNO_MFILE;
    for (int32_t i = FD_ROOT + 1; i < DESCRIPTORS_MAX; i++) {
        if (open_files[i].uses) continue;
        open_files[i] = opened;
        open_files[i].uses = 0;
        put(number, &open_files[i]);
        is_private[number] = true;
        *fd = number;
        return 0;
    }
    return __WASI_ERRNO_MFILE;
}

bool descriptor_any_writable(void) {
    for (int32_t fd = 0; fd < used_end; fd++)
        if (table[fd] && table[fd]->kind && table[fd]->writable &&
            table[fd]->kind->file_type == __WASI_FILETYPE_REGULAR_FILE)
            return true;
    return false;
}

__wasi_errno_t descriptor_dup(int32_t fd, int32_t least, int32_t *copy) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (least < 0 || least >= limit) return __WASI_ERRNO_INVAL;
    int32_t number = free_number(least);
    if (number < 0) return __WASI_ERRNO_MFILE;
    put(number, d);
    is_private[number] = false;
    *copy = number;
    return 0;
}

__wasi_errno_t descriptor_dup_onto(int32_t fd, int32_t onto) {
    Descriptor *d = descriptor(fd);
    if (!d || onto < 0 || onto >= limit) return __WASI_ERRNO_BADF;
    if (fd == onto) return 0;
    if (onto == FD_ROOT) return __WASI_ERRNO_BUSY;
    put(onto, d);
    is_private[onto] = false;
    return 0;
}

__wasi_errno_t descriptor_reopen(int32_t fd, bool readable, bool writable,
                                 __wasi_fdflags_t flags, int32_t *opened) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_NOENT;
    Descriptor copy = *d;
    if (!d->kind->reopened) return descriptor_dup(fd, 0, opened);
    copy.readable &= readable;
    copy.writable &= writable;
    copy.flags = flags;
    copy.position = 0;
    copy.lock = LOCK_NONE;
    copy.cursor = (FolderCursor){0};
    __wasi_errno_t error = descriptor_open(copy, opened);
    if (!error) d->kind->reopened(&copy);
    return error;
}

void descriptor_close(int32_t fd) { put(fd, NULL); }

bool lock_file(Descriptor *d, LockKind kind) {
    for (int32_t i = FD_ROOT + 1; i < DESCRIPTORS_MAX && kind != LOCK_NONE; i++) {
        const Descriptor *other = &open_files[i];
        if (other == d || !other->uses || other->kind != d->kind || other->node != d->node)
            continue;
        if (other->lock == LOCK_EXCLUSIVE || (other->lock && kind == LOCK_EXCLUSIVE)) return false;
    }
    d->lock = (uint8_t)kind;
    return true;
}

bool descriptor_is_private(int32_t fd) { return is_private[fd]; }
void descriptor_set_private(int32_t fd, bool value) {
    if (is_private[fd] != value) is_private[fd] = value;
}

bool descriptor_is_standard(int32_t fd) { return table[fd] == &open_files[fd] || !table[fd]; }

void descriptor_limit(int32_t count) {
    int32_t most = DESCRIPTORS_MAX - (FD_ROOT + 1);
    limit = FD_ROOT + 1 + (count < 0 ? 0 : count > most ? most : count);
}

int32_t descriptor_end(void) { return limit; }

int32_t WASI(fd_close)(int32_t fd) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    /* libc keeps the number of its preopen: closing it would cut off all paths. */
    if (fd == FD_ROOT) return __WASI_ERRNO_NOTSUP;
    put(fd, NULL);
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
    put(to, source);
    put(from, NULL);
    return 0;
}
