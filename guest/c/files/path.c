/* The WASI calls that take a path. */
#include "files/calls.h"
#include "files/mount.h"
#include "files/mounted.h"
#include "files/node.h"

int32_t WASI(path_open)(int32_t fd, int32_t lookup_flags, int32_t path, int32_t path_len,
                        int32_t open_flags, int64_t rights, int64_t inheriting, int32_t fd_flags,
                        int32_t opened) {
    (void)lookup_flags, (void)inheriting;
    Place place;
    Node *parent, *node;
    const char *name;
    size_t name_len;
    bool writable = (rights & (int64_t)__WASI_RIGHTS_FD_WRITE) != 0;
    bool readable = (rights & (int64_t)__WASI_RIGHTS_FD_READ) != 0;
    __wasi_errno_t error = place_find(fd, (const char *)path, (size_t)path_len, &place);
    if (error) return error;
    if (place.mount)
        return mounted_open(&place, readable, writable, open_flags, (__wasi_fdflags_t)fd_flags,
                            (int32_t *)opened);
    error = tree_lookup_parent(place.base, place.path, place.len, &parent, &name, &name_len,
                               &node);
    if (error) return error;

    if (node && open_flags & __WASI_OFLAGS_CREAT && open_flags & __WASI_OFLAGS_EXCL)
        return __WASI_ERRNO_EXIST;
    if (!node) {
        if (!(open_flags & __WASI_OFLAGS_CREAT)) return __WASI_ERRNO_NOENT;
        if (open_flags & __WASI_OFLAGS_DIRECTORY) return __WASI_ERRNO_INVAL;
        /* A trailing slash names a directory, which open does not create. */
        if (place.path[place.len - 1] == '/') return __WASI_ERRNO_ISDIR;
        error = tree_create(parent, name, name_len, false, &node);
        if (error) return error;
        return node_open(node, readable, writable, (__wasi_fdflags_t)fd_flags, (int32_t *)opened);
    }
    if (open_flags & __WASI_OFLAGS_DIRECTORY && !node->is_directory) return __WASI_ERRNO_NOTDIR;
    if (node->is_directory && writable) return __WASI_ERRNO_ISDIR;
    if (writable && node->is_read_only) return __WASI_ERRNO_ROFS;
    if (open_flags & __WASI_OFLAGS_TRUNC) {
        if (!writable) return __WASI_ERRNO_INVAL;
        error = node->device ? 0 : tree_resize(node, 0);
        if (error) return error;
    }
    return node_open(node, readable, writable, (__wasi_fdflags_t)fd_flags, (int32_t *)opened);
}

int32_t WASI(path_filestat_get)(int32_t fd, int32_t flags, int32_t path, int32_t path_len,
                                int32_t into) {
    Place place;
    Node *node;
    __wasi_errno_t error = place_find(fd, (const char *)path, (size_t)path_len, &place);
    if (error) return error;
    if (place.mount)
        return mount_stat(&place, flags & __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, (void *)into);
    error = tree_lookup(place.base, place.path, place.len, &node);
    if (error) return error;
    node_stat(node, (void *)into);
    return 0;
}

int32_t WASI(path_filestat_set_times)(int32_t fd, int32_t lookup_flags, int32_t path,
                                      int32_t path_len, int64_t accessed, int64_t modified,
                                      int32_t flags) {
    (void)lookup_flags, (void)accessed;
    Place place;
    Node *node;
    __wasi_errno_t error = place_find(fd, (const char *)path, (size_t)path_len, &place);
    if (error) return error;
    uint64_t modified_ns = (uint64_t)modified;
    bool is_asked = wants_modified(flags, &modified_ns);
    if (place.mount) return is_asked ? mount_set_modified(&place, modified_ns) : 0;
    error = tree_lookup(place.base, place.path, place.len, &node);
    if (error || !is_asked) return error;
    return node_set_modified(node, modified_ns);
}

int32_t WASI(path_create_directory)(int32_t fd, int32_t path, int32_t path_len) {
    Place place;
    Node *parent, *node;
    const char *name;
    size_t name_len;
    __wasi_errno_t error = place_find(fd, (const char *)path, (size_t)path_len, &place);
    if (error) return error;
    if (place.mount) return mount_create_directory(&place);
    error = tree_lookup_parent(place.base, place.path, place.len, &parent, &name, &name_len,
                               &node);
    if (error) return error;
    if (node) return __WASI_ERRNO_EXIST;
    return tree_create(parent, name, name_len, true, &node);
}

static int32_t unlink_at(int32_t fd, int32_t path, int32_t path_len, bool want_directory) {
    Place place;
    Node *node;
    __wasi_errno_t error = place_find(fd, (const char *)path, (size_t)path_len, &place);
    if (error) return error;
    if (place.mount) return mount_unlink(&place, want_directory);
    error = tree_lookup(place.base, place.path, place.len, &node);
    if (error) return error;
    return tree_unlink(node, want_directory);
}

int32_t WASI(path_unlink_file)(int32_t fd, int32_t path, int32_t path_len) {
    return unlink_at(fd, path, path_len, false);
}

int32_t WASI(path_remove_directory)(int32_t fd, int32_t path, int32_t path_len) {
    return unlink_at(fd, path, path_len, true);
}

int32_t WASI(path_rename)(int32_t from_fd, int32_t from, int32_t from_len, int32_t to_fd,
                          int32_t to, int32_t to_len) {
    Place source, goal;
    Node *node, *parent, *target;
    const char *name;
    size_t name_len;
    __wasi_errno_t error = place_find(from_fd, (const char *)from, (size_t)from_len, &source);
    if (!error) error = place_find(to_fd, (const char *)to, (size_t)to_len, &goal);
    if (error) return error;
    if (source.mount || goal.mount) return mount_rename(&source, &goal);
    error = tree_lookup(source.base, source.path, source.len, &node);
    if (!error)
        error = tree_lookup_parent(goal.base, goal.path, goal.len, &parent, &name, &name_len,
                                   &target);
    if (error) return error;
    if (name_len == 0) return __WASI_ERRNO_BUSY;
    return tree_rename(node, parent, name, name_len);
}

/* The tree has no links, and none are made in mounts: to both, Linux answers EPERM. */

int32_t WASI(path_link)(int32_t from_fd, int32_t flags, int32_t from, int32_t from_len,
                        int32_t to_fd, int32_t to, int32_t to_len) {
    (void)from_fd, (void)flags, (void)from, (void)from_len, (void)to_fd, (void)to, (void)to_len;
    return __WASI_ERRNO_PERM;
}

int32_t WASI(path_symlink)(int32_t target, int32_t target_len, int32_t fd, int32_t path,
                           int32_t path_len) {
    (void)target, (void)target_len, (void)fd, (void)path, (void)path_len;
    return __WASI_ERRNO_PERM;
}

int32_t WASI(path_readlink)(int32_t fd, int32_t path, int32_t path_len, int32_t into,
                            int32_t into_len, int32_t used) {
    Place place;
    Node *node;
    __wasi_errno_t error = place_find(fd, (const char *)path, (size_t)path_len, &place);
    if (error) return error;
    if (place.mount)
        return mount_read_link(&place, (void *)into, (size_t)into_len, (void *)used);
    error = tree_lookup(place.base, place.path, place.len, &node);
    return error ? error : __WASI_ERRNO_INVAL;
}
