/* Folders of the host's, mounted in the tree.
 *
 * A mount is a node of the tree that has no children here: what a path names below it
 * is the host's to say. The guest turns a path into names below the mount, without `.`
 * and `..`, and the host opens files and answers for them; directories it opens for
 * each call anew, so that only open files are something it has to keep. */
#ifndef HATCHERY_FILES_MOUNT_H
#define HATCHERY_FILES_MOUNT_H

#include "files/descriptor.h"

/* Where a path leads: into the tree, or into a mount. */
typedef struct {
    /* In the tree, if there is no mount: what to follow, and from where. */
    Node *base;
    const char *path;
    size_t len;
    /* In a mount: names with `/` between them, none for the mount itself. */
    Node *mount;
    bool wants_directory;
    size_t inner_len;
    char inner[TREE_PATH_BYTES_MAX];
} Place;

/* Hangs the host's folder of this number at `path`, whose directories are made. */
__wasi_errno_t mount_add(const char *path, size_t len, uint32_t number);

/* Follows `path` from the directory behind `fd` until it is clear who answers for it. */
__wasi_errno_t place_find(int32_t fd, const char *path, size_t len, Place *place);

/* Of places in a mount. */
__wasi_errno_t mounted_open(const Place *place, bool readable, bool writable,
                            int32_t open_flags, __wasi_fdflags_t flags, int32_t *fd);
__wasi_errno_t mounted_stat(const Place *place, bool follow, __wasi_filestat_t *stat);
__wasi_errno_t mounted_set_modified(const Place *place, uint64_t modified_ns);
__wasi_errno_t mounted_create_directory(const Place *place);
__wasi_errno_t mounted_unlink(const Place *place, bool want_directory);
__wasi_errno_t mounted_rename(const Place *from, const Place *to);
__wasi_errno_t mounted_read_link(const Place *place, void *into, size_t len,
                                 __wasi_size_t *used);

/* Of open files and directories in a mount. */
void mounted_close(Mounted *mounted);
bool mounted_is_directory(const Mounted *mounted);
__wasi_errno_t mounted_stat_open(const Mounted *mounted, __wasi_filestat_t *stat);
__wasi_errno_t mounted_set_modified_open(const Mounted *mounted, uint64_t modified_ns);
__wasi_errno_t mounted_resize(const Mounted *mounted, uint64_t size);
__wasi_errno_t mounted_read(const Mounted *mounted, uint64_t offset, uint8_t *into, size_t len,
                            size_t *done);
__wasi_errno_t mounted_write(const Mounted *mounted, uint64_t offset, const uint8_t *from,
                             size_t len, size_t *done);
__wasi_errno_t mounted_sync(const Mounted *mounted);

typedef struct {
    uint64_t inode;
    const char *name;
    uint32_t name_len;
    uint32_t file_type;
} MountedEntry;

/* What is in an open directory: the listing is taken from the host where `*at` is 0. Moves
 * `*at` on to the entry after this one; false at the end. */
__wasi_errno_t mounted_next(Mounted *mounted, uint64_t *at, MountedEntry *entry, bool *is_end);

#endif
