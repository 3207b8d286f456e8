/* Where a path leads: into the tree, or into a folder or file of the host's that is mounted
 * there.
 *
 * A mount is a node of the tree that has no children here: what a path names below it
 * is the host's to say. The guest turns a path into names below the mount, without `.`
 * and `..`; files/mount.h asks the host about them. Symbolic links of the tree are followed
 * here, those in a mount by the host, which lets none lead out of it. */
#ifndef HATCHERY_FILES_PLACE_H
#define HATCHERY_FILES_PLACE_H

#include "files/descriptor.h"
#include "files/tree.h"

typedef enum {
    FOLLOW_LINKS = 1, /* also one that has the last name */
    AS_PROGRAM = 2,   /* folders have to let a program search them */
} PlaceHow;

struct Place {
    /* In the tree, if there is no mount. */
    Node *parent;     /* the folder that has the last name, or is to have it */
    const char *name; /* without end; as long as the path, or until the next place but one */
    size_t name_len;  /* 0: the path ends in `.` or `..` or is the root, and names `entry` */
    Node *entry;      /* NULL: nothing has this name yet; see node_of */
    bool wants_directory; /* the path ends as only that of a folder may */
    /* In a mount: names with `/` between them, none for the mount itself. */
    Node *mount;
    size_t inner_len;
    char inner[TREE_PATH_BYTES_MAX];
};

/* Hangs the host's folder of this number at `path`, whose directories are made. */
__wasi_errno_t mount_add(const char *path, size_t len, uint32_t number);

/* Follows `path` from the directory behind `fd`. */
__wasi_errno_t place_find(int32_t fd, const char *path, size_t len, PlaceHow how, Place *place);

/* Follows `path` from `base`, a folder of the tree. */
__wasi_errno_t place_find_from(Node *base, const char *path, size_t len, PlaceHow how,
                               Place *place);

/* As the host names it, from `base`: the node that is there, or the one that is a mount.
 * EXDEV for what is in one. */
__wasi_errno_t place_lookup(Node *base, const char *path, size_t len, Node **found);

/* Follows `path` from `base` and makes the directories that are missing. */
__wasi_errno_t place_make_directories(Node *base, const char *path, size_t len, Node **made);

#endif
