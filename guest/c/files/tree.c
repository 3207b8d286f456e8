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
        {"null", DEVICE_NULL},     {"zero", DEVICE_ZERO},     {"random", DEVICE_RANDOM},
        {"urandom", DEVICE_RANDOM}, {"stdin", DEVICE_STDIN},  {"stdout", DEVICE_STDOUT},
        {"stderr", DEVICE_STDERR},
    };
    for (size_t i = 0; i < sizeof devices / sizeof *devices; i++)
        add_fixed(dev, devices[i].name, false)->device = devices[i].device;
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
    add_fixed(root, "tmp", true);
    add_devices(add_fixed(root, "dev", true));
    return root;
}

__wasi_filetype_t tree_file_type(const Node *node) {
    if (node->device) return __WASI_FILETYPE_CHARACTER_DEVICE;
    if (node_is_mounted_file(node)) return __WASI_FILETYPE_REGULAR_FILE;
    return node->is_directory ? __WASI_FILETYPE_DIRECTORY : __WASI_FILETYPE_REGULAR_FILE;
}

__wasi_errno_t tree_lookup_parent(Node *base, const char *path, size_t len, Node **parent,
                                  const char **name, size_t *name_len, Node **found) {
    if (len > TREE_PATH_BYTES_MAX) return __WASI_ERRNO_NAMETOOLONG;
    if (len == 0) return __WASI_ERRNO_NOENT;
    if (memchr(path, 0, len)) return __WASI_ERRNO_INVAL;
    Node *at = base;
    const char *end = path + len;
    *name = NULL;
    *name_len = 0;
    *found = NULL;
    if (*path == '/') at = tree_root();
    while (path < end) {
        while (path < end && *path == '/') path++;
        const char *start = path;
        while (path < end && *path != '/') path++;
        size_t n = (size_t)(path - start);
        if (n == 0) break;
        if (!at->is_directory) return __WASI_ERRNO_NOTDIR;
        if (n == 1 && start[0] == '.') continue;
        if (n == 2 && start[0] == '.' && start[1] == '.') {
            if (at->parent) at = at->parent;
            continue;
        }
        if (at->mount) return __WASI_ERRNO_XDEV;
        if (n > TREE_NAME_BYTES_MAX) return __WASI_ERRNO_NAMETOOLONG;
        const char *rest = path;
        while (rest < end && *rest == '/') rest++;
        Node *next = folder_find(at, start, n);
        if (rest == end) {
            if (next && path < end && !next->is_directory) return __WASI_ERRNO_NOTDIR;
            *parent = at;
            *name = start;
            *name_len = n;
            *found = next;
            return 0;
        }
        if (!next) return __WASI_ERRNO_NOENT;
        at = next;
    }
    *parent = at->parent ? at->parent : at;
    *found = at;
    return 0;
}

__wasi_errno_t tree_lookup(Node *base, const char *path, size_t len, Node **found) {
    Node *parent;
    const char *name;
    size_t name_len;
    __wasi_errno_t error =
        tree_lookup_parent(base, path, len, &parent, &name, &name_len, found);
    if (error) return error;
    return *found ? 0 : __WASI_ERRNO_NOENT;
}

__wasi_errno_t tree_make_directories(Node *base, const char *path, size_t len, Node **made) {
    if (len > TREE_PATH_BYTES_MAX) return __WASI_ERRNO_NAMETOOLONG;
    Node *at = len && *path == '/' ? tree_root() : base;
    const char *end = path + len;
    while (path < end) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        const char *stop = slash ? slash : end;
        if (stop > path) {
            Node *parent, *found;
            const char *name;
            size_t name_len;
            __wasi_errno_t error = tree_lookup_parent(at, path, (size_t)(stop - path), &parent,
                                                      &name, &name_len, &found);
            if (!error && !found) error = tree_create(parent, name, name_len, true, &found);
            if (error) return error;
            if (!found->is_directory) return __WASI_ERRNO_NOTDIR;
            at = found;
        }
        path = slash ? slash + 1 : end;
    }
    *made = at;
    return 0;
}

__wasi_errno_t tree_create(Node *parent, const char *name, size_t name_len, bool is_directory,
                           Node **created) {
    if (parent->is_read_only) return __WASI_ERRNO_ROFS;
    /* A directory that was removed while open has no parent and takes no files. */
    if (!parent->parent && parent != tree_root()) return __WASI_ERRNO_NOENT;
    char *copy = malloc(name_len);
    Node *node = copy ? node_new(copy, name_len, true, is_directory) : NULL;
    if (!node) {
        free(copy);
        return __WASI_ERRNO_NOSPC;
    }
    memcpy(copy, name, name_len);
    node->modified_ns = parent->modified_ns = tree_now_ns();
    folder_add(parent, node);
    *created = node;
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
    node->parent->modified_ns = tree_now_ns();
    folder_remove(node->parent, node);
    if (node->open_count == 0) node_free(node);
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
    if (!parent->parent && parent != tree_root()) return __WASI_ERRNO_NOENT;
    Node *target = folder_find(parent, name, name_len);
    if (target == node) return 0;
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
    node->parent->modified_ns = parent->modified_ns = tree_now_ns();
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
    if (--node->open_count == 0 && !node->parent && node != root) node_free(node);
}

static __wasi_errno_t reserve(Node *file, uint64_t size) {
    if (size <= file->capacity) return 0;
    if (size > TREE_FILE_BYTES_MAX) return __WASI_ERRNO_FBIG;
    uint64_t capacity = file->capacity < 256 ? 256 : file->capacity + file->capacity / 2;
    if (capacity < size) capacity = size;
    uint8_t *data = realloc(file->data, (size_t)capacity);
    if (!data && capacity > size) {
        capacity = size;
        data = realloc(file->data, (size_t)capacity);
    }
    if (!data) return __WASI_ERRNO_NOSPC;
    file->data = data;
    file->capacity = capacity;
    return 0;
}

__wasi_errno_t tree_resize(Node *file, uint64_t size) {
    if (file->is_directory) return __WASI_ERRNO_ISDIR;
    if (file->is_read_only) return __WASI_ERRNO_ROFS;
    __wasi_errno_t error = reserve(file, size);
    if (error) return error;
    if (size > file->size) memset(file->data + file->size, 0, (size_t)(size - file->size));
    file->size = size;
    if (size == 0) {
        free(file->data);
        file->data = NULL;
        file->capacity = 0;
    }
    file->modified_ns = tree_now_ns();
    return 0;
}

__wasi_errno_t tree_replace(Node *file, uint8_t *data, uint64_t size) {
    if (file->is_directory) return __WASI_ERRNO_ISDIR;
    if (file->is_read_only) return __WASI_ERRNO_ROFS;
    free(file->data);
    file->data = data;
    file->size = file->capacity = size;
    file->modified_ns = tree_now_ns();
    return 0;
}

size_t tree_read(const Node *file, uint64_t offset, void *into, size_t len) {
    if (offset >= file->size) return 0;
    uint64_t available = file->size - offset;
    if (len > available) len = (size_t)available;
    memcpy(into, file->data + offset, len);
    return len;
}

__wasi_errno_t tree_write(Node *file, uint64_t offset, const void *from, size_t len) {
    if (file->is_directory) return __WASI_ERRNO_ISDIR;
    if (file->is_read_only) return __WASI_ERRNO_ROFS;
    if (len == 0) return 0;
    if (offset > TREE_FILE_BYTES_MAX || len > TREE_FILE_BYTES_MAX) return __WASI_ERRNO_FBIG;
    __wasi_errno_t error = reserve(file, offset + len);
    if (error) return error;
    if (offset > file->size) memset(file->data + file->size, 0, (size_t)(offset - file->size));
    memcpy(file->data + offset, from, len);
    if (offset + len > file->size) file->size = offset + len;
    file->modified_ns = tree_now_ns();
    return 0;
}
