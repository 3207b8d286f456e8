#include "files/tree.h"

#include <stdlib.h>
#include <string.h>

static Node *root;
static uint64_t last_inode;

uint64_t tree_now_ns(void) {
    __wasi_timestamp_t now = 0;
    if (__wasi_clock_time_get(__WASI_CLOCKID_REALTIME, 1, &now) != 0) return 0;
    return now;
}

static Node *node_new(const char *name, size_t name_len, bool owns_name, bool is_directory) {
    Node *node = calloc(1, sizeof *node);
    if (!node) return NULL;
    node->name = name;
    node->name_len = (uint32_t)name_len;
    node->owns_name = owns_name;
    node->is_directory = is_directory;
    node->owns_data = true;
    node->inode = ++last_inode;
    node->mode = is_directory ? 0755 : 0644;
    return node;
}

static void node_free(Node *node) {
    if (node->owns_name) free((char *)node->name);
    if (node->owns_data) free(node->data);
    free(node->folder.table);
    free(node);
}

/* At start-up only, while baking. */
static Node *add_fixed(Node *directory, const char *name, bool is_directory) {
    Node *node = node_new(name, strlen(name), false, is_directory);
    if (!node) __builtin_trap();
    node->is_fixed = true;
    folder_add(directory, node);
    return node;
}

static void add_devices(Node *dev) {
    static const struct {
        const char *name;
        Device device;
    } devices[] = {
        {"null", DEVICE_NULL},      {"zero", DEVICE_ZERO},     {"full", DEVICE_FULL},
        {"random", DEVICE_RANDOM},  {"urandom", DEVICE_RANDOM}, {"stdin", DEVICE_STDIN},
        {"stdout", DEVICE_STDOUT},  {"stderr", DEVICE_STDERR},
    };
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++) {
        Node *node = add_fixed(dev, devices[i].name, false);
        node->device = devices[i].device;
        node->mode = 0666;
    }
    Node *descriptors = add_fixed(dev, "fd", true);
    descriptors->device = DEVICE_DESCRIPTORS;
    descriptors->is_read_only = true;
    descriptors->mode = 0500;
    dev->is_read_only = true;
}

Node *tree_root(void) {
    if (root) return root;
    root = node_new("", 0, false, true);
    if (!root) __builtin_trap();
    root->is_fixed = true;
    add_fixed(root, "usr", true)->is_read_only = true;
    add_fixed(root, "lib", true);
    add_fixed(root, "work", true);
    add_fixed(root, "tmp", true)->mode = 01777;
    add_fixed(add_fixed(root, "home", true), "user", true);
    add_devices(add_fixed(root, "dev", true));
    return root;
}

__wasi_filetype_t tree_file_type(const Node *node) {
    if (node->is_link) return __WASI_FILETYPE_SYMBOLIC_LINK;
    if (node->device && !node->is_directory) return __WASI_FILETYPE_CHARACTER_DEVICE;
    if (node_is_mounted_file(node)) return __WASI_FILETYPE_REGULAR_FILE;
    return node->is_directory ? __WASI_FILETYPE_DIRECTORY : __WASI_FILETYPE_REGULAR_FILE;
}

/* Whether a name can be added to `parent`. */
static __wasi_errno_t check_parent(const Node *parent) {
    if (parent->is_read_only) return __WASI_ERRNO_ROFS;
    /* A directory that was removed while open has no parent and takes no files. */
    if (!parent->parent && parent != root) return __WASI_ERRNO_NOENT;
    return 0;
}

/* Adds a node of this name, stamped with the time. */
static __wasi_errno_t add(Node *parent, const char *name, size_t name_len, bool is_directory,
                          Node **created) {
    __wasi_errno_t error = check_parent(parent);
    if (error) return error;
    char *copy = malloc(name_len);
    Node *node = copy ? node_new(copy, name_len, true, is_directory) : NULL;
    if (!node) {
        free(copy);
        return __WASI_ERRNO_NOSPC;
    }
    memcpy(copy, name, name_len);
    node->accessed_ns = node->modified_ns = node->changed_ns = tree_now_ns();
    parent->modified_ns = parent->changed_ns = node->changed_ns;
    folder_add(parent, node);
    *created = node;
    return 0;
}

__wasi_errno_t tree_create(Node *parent, const char *name, size_t name_len, bool is_directory,
                           Node **created) {
    return add(parent, name, name_len, is_directory, created);
}

__wasi_errno_t tree_create_link(Node *parent, const char *name, size_t name_len,
                                const char *target, size_t target_len) {
    if (target_len == 0) return __WASI_ERRNO_NOENT;
    if (target_len > TREE_PATH_BYTES_MAX) return __WASI_ERRNO_NAMETOOLONG;
    uint8_t *copy = malloc(target_len);
    if (!copy) return __WASI_ERRNO_NOSPC;
    Node *link;
    __wasi_errno_t error = add(parent, name, name_len, false, &link);
    if (error) {
        free(copy);
        return error;
    }
    memcpy(copy, target, target_len);
    link->is_link = true;
    link->mode = 0777;
    link->data = copy;
    link->size = link->capacity = target_len;
    return 0;
}

__wasi_errno_t tree_add_name(Node *file, Node *parent, const char *name, size_t name_len) {
    if (file->is_directory || file->is_fixed) return __WASI_ERRNO_PERM;
    if (file->is_read_only) return __WASI_ERRNO_XDEV;
    Node *entry;
    __wasi_errno_t error = add(parent, name, name_len, false, &entry);
    if (error) return error;
    entry->named = file;
    file->other_names++;
    file->changed_ns = entry->changed_ns;
    return 0;
}

__wasi_errno_t tree_add_static(Node *parent, const char *name, size_t name_len,
                               const uint8_t *data, uint64_t size, Node **created) {
    Node *node = node_new(name, name_len, false, data == NULL);
    if (!node) return __WASI_ERRNO_NOSPC;
    node->data = (uint8_t *)data;
    node->owns_data = false;
    node->size = node->capacity = size;
    node->is_read_only = true;
    folder_add(parent, node);
    *created = node;
    return 0;
}

/* A node goes with its last name and its last descriptor. */
static void free_if_unused(Node *node) {
    if (!node->parent && !node->other_names && !node->open_count && node != root) node_free(node);
}

__wasi_errno_t tree_unlink(Node *node, bool want_directory) {
    if (!node->parent) return __WASI_ERRNO_BUSY;
    if (node->is_read_only || node->parent->is_read_only) return __WASI_ERRNO_ROFS;
    if (want_directory) {
        if (!node->is_directory) return __WASI_ERRNO_NOTDIR;
        if (node->folder.first) return __WASI_ERRNO_NOTEMPTY;
        if (node->is_fixed) return __WASI_ERRNO_BUSY;
    } else if (node->is_directory) {
        return __WASI_ERRNO_ISDIR;
    }
    Node *file = node_of(node);
    node->parent->modified_ns = node->parent->changed_ns = file->changed_ns = tree_now_ns();
    folder_remove(node->parent, node);
    if (file != node) {
        file->other_names--;
        node_free(node);
    }
    free_if_unused(file);
    return 0;
}

/* The next node of a walk over `top` that comes to a directory before what is in it. */
static Node *next_below(const Node *top, Node *node) {
    if (node->folder.first) return node->folder.first;
    while (node != top && !node->child.next) node = node->parent;
    return node == top ? NULL : node->child.next;
}

/* Without recursion: how deep directories lie in each other is the program's choice,
 * how deep the stack is is not. */
__wasi_errno_t tree_remove(Node *node) {
    if (!node->parent && !node->is_fixed) return __WASI_ERRNO_NOENT;
    if (node->is_read_only || (node->parent && node->parent->is_read_only))
        return __WASI_ERRNO_ROFS;
    for (Node *n = node; n; n = next_below(node, n))
        if (n->is_fixed) return __WASI_ERRNO_BUSY;
    for (bool is_last = false; !is_last;) {
        Node *leaf = node;
        while (leaf->folder.first) leaf = leaf->folder.first;
        is_last = leaf == node;
        __wasi_errno_t error = tree_unlink(leaf, leaf->is_directory);
        if (error) return error;
    }
    return 0;
}

__wasi_errno_t tree_rename(Node *node, Node *parent, const char *name, size_t name_len) {
    if (!node->parent || node->is_fixed) return __WASI_ERRNO_BUSY;
    if (node->is_read_only || node->parent->is_read_only || parent->is_read_only)
        return __WASI_ERRNO_ROFS;
    for (Node *n = parent; n; n = n->parent)
        if (n == node) return __WASI_ERRNO_INVAL;
    if (!parent->parent && parent != root) return __WASI_ERRNO_NOENT;
    Node *target = folder_find(parent, name, name_len);
    /* Of two names of one file none goes: so it is on any Unix. */
    if (target && node_of(target) == node_of(node)) return 0;
    if (target && target->is_directory && !node->is_directory) return __WASI_ERRNO_ISDIR;
    if (target && !target->is_directory && node->is_directory) return __WASI_ERRNO_NOTDIR;
    char *copy = malloc(name_len);
    if (!copy) return __WASI_ERRNO_NOSPC;
    memcpy(copy, name, name_len);
    if (target) {
        __wasi_errno_t error = tree_unlink(target, target->is_directory);
        if (error) {
            free(copy);
            return error;
        }
    }
    uint64_t now = node_of(node)->changed_ns = tree_now_ns();
    node->parent->modified_ns = node->parent->changed_ns = now;
    parent->modified_ns = parent->changed_ns = now;
    folder_remove(node->parent, node);
    if (node->owns_name) free((char *)node->name);
    node->name = copy;
    node->name_len = (uint32_t)name_len;
    node->owns_name = true;
    folder_add(parent, node);
    return 0;
}

void tree_open(Node *node) { node->open_count++; }

void tree_close(Node *node) {
    node->open_count--;
    free_if_unused(node);
}
