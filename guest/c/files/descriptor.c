#include "files/descriptor.h"

#include "files/node.h"
#include "files/streams.h"
#include "files/tree.h"

static Descriptor table[DESCRIPTORS_MAX];
static int32_t limit = DESCRIPTORS_MAX;
/* Past the highest number that the program has ever had something open at. */
static int32_t used_end;

static void open_root(void) {
    table[FD_ROOT] = (Descriptor){.kind = node_kind(tree_root()), .readable = true,
                                  .node = tree_root()};
    tree_open(tree_root());
}

void descriptor_renew_streams(void) {
    for (int32_t fd = FD_STDIN; fd <= FD_STDERR; fd++)
        if (!table[fd].kind) table[fd] = standard_stream(fd);
}

Descriptor *descriptor(int32_t fd) {
    static bool ready;
    if (!ready) {
        ready = true;
        descriptor_renew_streams();
        open_root();
    }
    if (fd < 0 || fd >= DESCRIPTORS_MAX || !table[fd].kind) return NULL;
    return &table[fd];
}

__wasi_errno_t descriptor_open(Descriptor opened, int32_t *fd) {
    for (int32_t i = FD_ROOT + 1; i < limit; i++) {
        if (table[i].kind) continue;
        table[i] = opened;
        if (i >= used_end) used_end = i + 1;
        *fd = i;
        return 0;
    }
    return __WASI_ERRNO_MFILE;
}

bool descriptor_any_writable(void) {
    for (int32_t fd = 0; fd < used_end; fd++)
        if (table[fd].kind && table[fd].writable &&
            table[fd].kind->file_type == __WASI_FILETYPE_REGULAR_FILE)
            return true;
    return false;
}

void descriptor_limit(int32_t count) {
    int32_t most = DESCRIPTORS_MAX - (FD_ROOT + 1);
    limit = FD_ROOT + 1 + (count < 0 ? 0 : count > most ? most : count);
}

static void release(Descriptor *d) {
    if (d->kind && d->kind->close) d->kind->close(d);
    *d = (Descriptor){0};
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
    if (to >= used_end) used_end = to + 1;
    *source = (Descriptor){0};
    return 0;
}
