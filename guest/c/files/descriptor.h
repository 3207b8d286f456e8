/* Open descriptors: standard streams, the preopened root, and open nodes. */
#ifndef HATCHERY_FILES_DESCRIPTOR_H
#define HATCHERY_FILES_DESCRIPTOR_H

#include "files/tree.h"

/* Defining libc's import symbol in our own object binds libc to it: the call is
 * answered inside the guest and the module imports nothing for it. */
#define WASI(name) __imported_wasi_snapshot_preview1_##name

enum {
    DESCRIPTORS_MAX = 256,
    FD_STDIN = 0,
    FD_STDOUT = 1,
    FD_STDERR = 2,
    FD_ROOT = 3, /* libc looks for preopens from here on */
};

/* Something open in a mount: see files/mount.h. */
typedef struct Mounted Mounted;

typedef struct {
    enum { CLOSED, STREAM, NODE, MOUNTED } kind;
    bool readable, writable;
    __wasi_fdflags_t flags;
    Node *node;
    Mounted *mounted;
    uint64_t position;
} Descriptor;

/* NULL when `fd` is not open. */
Descriptor *descriptor(int32_t fd);

/* The directory of the tree behind `fd`. */
__wasi_errno_t descriptor_directory(int32_t fd, Node **directory);

__wasi_errno_t descriptor_open(Node *node, bool readable, bool writable, __wasi_fdflags_t flags,
                               int32_t *fd);

/* Takes over `mounted`, unless it fails. */
__wasi_errno_t descriptor_open_mounted(Mounted *mounted, bool readable, bool writable,
                                       __wasi_fdflags_t flags, int32_t *fd);

/* No more than `count` descriptors beside the standard ones can be open from now on. */
void descriptor_limit(int32_t count);

/* What standard input holds from now on. Takes over `bytes`, which malloc gave; NULL
 * for nothing. */
void descriptor_set_stdin(uint8_t *bytes, size_t len);

void descriptor_stat(const Node *node, __wasi_filestat_t *stat);

/* Whether `flags` ask for another time of modification, and which: `*modified_ns` then. */
bool descriptor_modified(int32_t flags, uint64_t *modified_ns);

__wasi_errno_t descriptor_set_modified(Node *node, uint64_t modified_ns);

#endif
