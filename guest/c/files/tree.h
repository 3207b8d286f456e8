/* The in-memory file tree: directories and files in the guest's own linear
 * memory, so that a snapshot, a reset and a fork cover them like any other byte.
 *
 *     /            the only WASI preopen
 *     ├── usr/     read-only: the standard library, its bytes part of the module
 *     ├── lib/     extra pure-Python libraries, on sys.path
 *     ├── work/    the working directory, on sys.path
 *     ├── tmp/
 *     └── dev/     read-only: devices, see files/device.h
 *
 * Functions return a WASI errno (0 is success) and report through out pointers.
 */
#ifndef HATCHERY_FILES_TREE_H
#define HATCHERY_FILES_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <wasi/api.h>

#include "abi_constants.h"
#include "files/folder.h"

enum {
    TREE_NAME_BYTES_MAX = 255,
    TREE_PATH_BYTES_MAX = 4096,
};

/* No file may grow past this, whatever the memory limit allows. */
#define TREE_FILE_BYTES_MAX ((uint64_t)1 << 30)

typedef enum {
    NO_DEVICE,
    DEVICE_NULL,
    DEVICE_ZERO,
    DEVICE_RANDOM,
    DEVICE_STDIN, /* and from here on as the descriptors */
    DEVICE_STDOUT,
    DEVICE_STDERR,
} Device;

struct Node {
    const char *name;
    uint32_t name_len;
    bool is_directory;
    bool is_read_only;    /* the node, its name and everything below it */
    bool is_fixed;        /* stays where it is, under its name */
    bool owns_name;
    bool owns_data;       /* false: the bytes belong to the module */
    Device device;        /* what it stands for, if it is no file */
    uint32_t open_count;
    uint32_t mount;       /* 1 + the number of the host's folder or file that is here; 0: none */
    uint64_t inode;       /* never reused */
    uint64_t modified_ns;
    Node *parent;         /* NULL for the root and for what was unlinked */
    Child child;          /* its place among its siblings */
    Folder folder;        /* what is in a directory */
    uint8_t *data;        /* what is in a file */
    uint64_t size, capacity;
};

/* Whether a file of the host's is mounted here. Such a node is a directory to the tree, one
 * that nothing is ever in. */
static inline bool node_is_mounted_file(const Node *node) {
    return node->mount && (node->mount - 1) & ABI_MOUNT_FILE;
}

/* The root; created with its directories and devices on first use. */
Node *tree_root(void);

/* Follows `path` from `base`. `..` above the root stays at the root. */
__wasi_errno_t tree_lookup(Node *base, const char *path, size_t len, Node **found);

/* Like tree_lookup, but stops before the last name: `*parent` is the directory
 * that holds it or would hold it, `*found` the node or NULL. A path that ends in
 * `/`, `.` or `..` has no last name: `*name_len` is 0 and `*found` is set. */
__wasi_errno_t tree_lookup_parent(Node *base, const char *path, size_t len, Node **parent,
                                  const char **name, size_t *name_len, Node **found);

__wasi_errno_t tree_create(Node *parent, const char *name, size_t name_len, bool is_directory,
                           Node **created);

/* Adds a file whose name and bytes outlive the tree and are never written. */
__wasi_errno_t tree_add_static(Node *parent, const char *name, size_t name_len,
                               const uint8_t *data, uint64_t size, Node **created);

/* Follows `path` from `base` and makes the directories that are missing. */
__wasi_errno_t tree_make_directories(Node *base, const char *path, size_t len, Node **made);

__wasi_errno_t tree_unlink(Node *node, bool want_directory);

/* With everything in it; nothing of it if something in it has to stay. */
__wasi_errno_t tree_remove(Node *node);
__wasi_errno_t tree_rename(Node *node, Node *parent, const char *name, size_t name_len);

__wasi_filetype_t tree_file_type(const Node *node);

void tree_open(Node *node);
void tree_close(Node *node);

__wasi_errno_t tree_resize(Node *file, uint64_t size);
size_t tree_read(const Node *file, uint64_t offset, void *into, size_t len);
__wasi_errno_t tree_write(Node *file, uint64_t offset, const void *from, size_t len);

/* Puts `size` bytes from malloc in place of what the file holds, and takes them over
 * unless it fails. */
__wasi_errno_t tree_replace(Node *file, uint8_t *data, uint64_t size);

/* Wall-clock time in nanoseconds, for modification times. */
uint64_t tree_now_ns(void);

#endif
