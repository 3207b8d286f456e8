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
    DEVICE_FULL,
    DEVICE_RANDOM,
    DEVICE_DESCRIPTORS, /* the folder of those that are open */
    DEVICE_STDIN,       /* and from here on as the descriptors */
    DEVICE_STDOUT,
    DEVICE_STDERR,
} Device;

struct Node {
    const char *name;
    uint32_t name_len;
    bool is_directory;
    bool is_link;         /* a symbolic one: its data is where it leads */
    bool is_read_only;    /* the node, its name and everything below it */
    bool is_fixed;        /* stays where it is, under its name */
    bool owns_name;
    bool owns_data;       /* false: the bytes belong to the module */
    Device device;        /* what it stands for, if it is no file */
    uint32_t open_count;
    uint32_t mappings;    /* of what it holds into a program's memory */
    uint32_t other_names; /* hard links: nodes whose `named` this one is */
    uint16_t mode;        /* permissions, without the type */
    uint32_t mount;       /* 1 + the number of the host's folder or file that is here; 0: none */
    uint64_t inode;       /* never reused */
    uint64_t accessed_ns; /* when it was made, or what a program has set */
    uint64_t modified_ns;
    uint64_t changed_ns;
    Node *named;          /* not NULL: only another name, of this file */
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

/* What has this name: the node itself, unless it is only another name. */
static inline Node *node_of(Node *entry) { return entry && entry->named ? entry->named : entry; }

/* The root; created with its directories and devices on first use. */
Node *tree_root(void);

__wasi_errno_t tree_create(Node *parent, const char *name, size_t name_len, bool is_directory,
                           Node **created);

/* A symbolic link that leads to `target`. */
__wasi_errno_t tree_create_link(Node *parent, const char *name, size_t name_len,
                                const char *target, size_t target_len);

/* Another name of a file. */
__wasi_errno_t tree_add_name(Node *file, Node *parent, const char *name, size_t name_len);

/* Adds a file whose name and bytes outlive the tree and are never written. */
__wasi_errno_t tree_add_static(Node *parent, const char *name, size_t name_len,
                               const uint8_t *data, uint64_t size, Node **created);

/* Takes a name away. What it was the last name of goes when nobody has it open. */
__wasi_errno_t tree_unlink(Node *node, bool want_directory);

/* With everything in it; nothing of it if something in it has to stay. */
__wasi_errno_t tree_remove(Node *node);
__wasi_errno_t tree_rename(Node *node, Node *parent, const char *name, size_t name_len);

__wasi_filetype_t tree_file_type(const Node *node);

void tree_open(Node *node);
void tree_close(Node *node);

/* What a file holds: files/contents.c. */

__wasi_errno_t tree_resize(Node *file, uint64_t size);
size_t tree_read(const Node *file, uint64_t offset, void *into, size_t len);
__wasi_errno_t tree_write(Node *file, uint64_t offset, const void *from, size_t len);

/* Puts `size` bytes from malloc in place of what the file holds, and takes them over
 * unless it fails. */
__wasi_errno_t tree_replace(Node *file, uint8_t *data, uint64_t size);

/* While a file is mapped, bytes that it no longer holds stay where they are. A mapping keeps
 * the file like a descriptor. */
void tree_map(Node *file);
void tree_unmap(Node *file);

/* Wall-clock time in nanoseconds, for modification times. */
uint64_t tree_now_ns(void);

#endif
