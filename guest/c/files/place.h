/* Where a path leads: into the tree, or into a folder or file of the host's that is mounted
 * there.
 *
 * A mount is a node of the tree that has no children here: what a path names below it
 * is the host's to say. The guest turns a path into names below the mount, without `.`
 * and `..`; files/mount.h asks the host about them. */
#ifndef HATCHERY_FILES_PLACE_H
#define HATCHERY_FILES_PLACE_H

#include "files/descriptor.h"
#include "files/tree.h"

struct Place {
    /* In the tree, if there is no mount: what to follow, and from where. */
    Node *base;
    const char *path;
    size_t len;
    /* In a mount: names with `/` between them, none for the mount itself. */
    Node *mount;
    bool wants_directory;
    size_t inner_len;
    char inner[TREE_PATH_BYTES_MAX];
};

/* Hangs the host's folder of this number at `path`, whose directories are made. */
__wasi_errno_t mount_add(const char *path, size_t len, uint32_t number);

/* Follows `path` from the directory behind `fd` until it is clear who answers for it. */
__wasi_errno_t place_find(int32_t fd, const char *path, size_t len, Place *place);

#endif
