/* The WASI calls that take a path. */
#include <string.h>

#include "files/calls.h"
#include "files/mount.h"
#include "files/mounted.h"
#include "files/node.h"
#include "files/path.h"

/* Whether a program may add names to this folder and take them away. */
static __wasi_errno_t check_folder(const Node *folder) {
    if (folder->is_read_only) return __WASI_ERRNO_ROFS;
    return node_check(folder, MAY_WRITE | MAY_SEARCH);
}

static PlaceHow how_to_find(int32_t lookup_flags) {
    return AS_PROGRAM | (lookup_flags & __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW ? FOLLOW_LINKS : 0);
}

/* A number is the name of what is open under it in /dev/fd. */
static int32_t number_named(const Place *place) {
    if (place->parent->device != DEVICE_DESCRIPTORS || !place->name_len || place->name_len > 3)
        return -1;
    int32_t number = 0;
    for (size_t i = 0; i < place->name_len; i++) {
        if (place->name[i] < '0' || place->name[i] > '9') return -1;
        number = 10 * number + (place->name[i] - '0');
    }
    /* libc's own is nobody's else. */
    return number == FD_ROOT ? DESCRIPTORS_MAX : number;
}

static int32_t open_node(Node *node, bool readable, bool writable, int32_t open_flags,
                         __wasi_fdflags_t fd_flags, int32_t *opened) {
    if (node->is_link) return __WASI_ERRNO_LOOP;
    if (open_flags & __WASI_OFLAGS_DIRECTORY && !node->is_directory) return __WASI_ERRNO_NOTDIR;
    if (node->is_directory && writable) return __WASI_ERRNO_ISDIR;
    if (writable && node->is_read_only) return __WASI_ERRNO_ROFS;
    __wasi_errno_t error =
        node_check(node, (readable ? MAY_READ : 0) | (writable ? MAY_WRITE : 0));
    if (error) return error;
    if (open_flags & __WASI_OFLAGS_TRUNC) {
        if (!writable) return __WASI_ERRNO_INVAL;
        error = node->device ? 0 : tree_resize(node, 0);
        if (error) return error;
    }
    return node_open(node, readable, writable, fd_flags, opened);
}

int32_t WASI(path_open)(int32_t fd, int32_t lookup_flags, int32_t path, int32_t path_len,
                        int32_t open_flags, int64_t rights, int64_t inheriting, int32_t fd_flags,
                        int32_t opened) {
    (void)inheriting;
    Place place;
    bool writable = (rights & (int64_t)__WASI_RIGHTS_FD_WRITE) != 0;
    bool readable = (rights & (int64_t)__WASI_RIGHTS_FD_READ) != 0;
    bool must_be_new = open_flags & __WASI_OFLAGS_CREAT && open_flags & __WASI_OFLAGS_EXCL;
    if (must_be_new) lookup_flags &= ~__WASI_LOOKUPFLAGS_SYMLINK_FOLLOW;
    uint16_t mode = creation_mode(false);
    __wasi_errno_t error = place_find(fd, (const char *)path, (size_t)path_len,
                                      how_to_find(lookup_flags), &place);
    if (error) return error;
    if (place.mount)
        return mounted_open(&place, readable, writable, open_flags, (__wasi_fdflags_t)fd_flags,
                            (int32_t *)opened);
    int32_t number = number_named(&place);
    if (number >= 0)
        return descriptor_reopen(number, readable, writable, (__wasi_fdflags_t)fd_flags,
                                 (int32_t *)opened);
    Node *node = node_of(place.entry);
    if (node && must_be_new) return __WASI_ERRNO_EXIST;
    if (node)
        return open_node(node, readable, writable, open_flags, (__wasi_fdflags_t)fd_flags,
                         (int32_t *)opened);
    if (!(open_flags & __WASI_OFLAGS_CREAT)) return __WASI_ERRNO_NOENT;
    if (open_flags & __WASI_OFLAGS_DIRECTORY) return __WASI_ERRNO_INVAL;
    /* A trailing slash names a directory, which open does not create. */
    if (place.wants_directory) return __WASI_ERRNO_ISDIR;
    error = check_folder(place.parent);
    if (!error) error = tree_create(place.parent, place.name, place.name_len, false, &node);
    if (error) return error;
    node->mode = mode;
    return node_open(node, readable, writable, (__wasi_fdflags_t)fd_flags, (int32_t *)opened);
}

__wasi_errno_t path_stat(int32_t fd, int32_t lookup_flags, const char *path, size_t len,
                         FileStat *stat) {
    Place place;
    __wasi_errno_t error = place_find(fd, path, len, how_to_find(lookup_flags), &place);
    if (error) return error;
    if (place.mount)
        return mount_stat(&place, lookup_flags & __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, stat);
    int32_t number = number_named(&place);
    if (number >= 0) {
        const Descriptor *d = descriptor(number);
        return d ? d->kind->stat(d, stat) : __WASI_ERRNO_NOENT;
    }
    if (!place.entry) return __WASI_ERRNO_NOENT;
    node_stat(node_of(place.entry), stat);
    return 0;
}

int32_t WASI(path_filestat_get)(int32_t fd, int32_t flags, int32_t path, int32_t path_len,
                                int32_t into) {
    FileStat stat;
    __wasi_errno_t error = path_stat(fd, flags, (const char *)path, (size_t)path_len, &stat);
    if (!error) *(__wasi_filestat_t *)into = stat.wasi;
    return error;
}

int32_t WASI(path_filestat_set_times)(int32_t fd, int32_t lookup_flags, int32_t path,
                                      int32_t path_len, int64_t accessed, int64_t modified,
                                      int32_t flags) {
    Place place;
    __wasi_errno_t error = place_find(fd, (const char *)path, (size_t)path_len,
                                      how_to_find(lookup_flags), &place);
    if (error) return error;
    FileTimes times = wanted_times(accessed, modified, flags);
    if (place.mount) return mount_set_times(&place, &times);
    return place.entry ? node_set_times(node_of(place.entry), &times) : __WASI_ERRNO_NOENT;
}

__wasi_errno_t path_set_mode(int32_t fd, int32_t lookup_flags, const char *path, size_t len,
                             uint16_t mode) {
    Place place;
    __wasi_errno_t error = place_find(fd, path, len, how_to_find(lookup_flags), &place);
    if (error) return error;
    if (place.mount) {
        FileStat stat;
        error = mount_stat(&place, lookup_flags & __WASI_LOOKUPFLAGS_SYMLINK_FOLLOW, &stat);
        return error ? error : mount_set_mode(&stat);
    }
    if (!place.entry) return __WASI_ERRNO_NOENT;
    Node *node = node_of(place.entry);
    return node->is_link ? __WASI_ERRNO_NOTSUP : node_set_mode(node, mode);
}

int32_t WASI(path_create_directory)(int32_t fd, int32_t path, int32_t path_len) {
    Place place;
    Node *made;
    uint16_t mode = creation_mode(true);
    __wasi_errno_t error =
        place_find(fd, (const char *)path, (size_t)path_len, AS_PROGRAM, &place);
    if (error) return error;
    if (place.mount) return mount_create_directory(&place);
    if (place.entry) return __WASI_ERRNO_EXIST;
    error = check_folder(place.parent);
    if (!error) error = tree_create(place.parent, place.name, place.name_len, true, &made);
    if (!error) made->mode = mode;
    return error;
}

static int32_t unlink_at(int32_t fd, int32_t path, int32_t path_len, bool want_directory) {
    Place place;
    __wasi_errno_t error =
        place_find(fd, (const char *)path, (size_t)path_len, AS_PROGRAM, &place);
    if (error) return error;
    if (place.mount) return mount_unlink(&place, want_directory);
    if (!place.entry) return __WASI_ERRNO_NOENT;
    if (!place.entry->is_read_only) error = check_folder(place.parent);
    return error ? error : tree_unlink(place.entry, want_directory);
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
    __wasi_errno_t error =
        place_find(from_fd, (const char *)from, (size_t)from_len, AS_PROGRAM, &source);
    if (!error) error = place_find(to_fd, (const char *)to, (size_t)to_len, AS_PROGRAM, &goal);
    if (error) return error;
    if (source.mount || goal.mount) return mount_rename(&source, &goal);
    if (!source.entry) return __WASI_ERRNO_NOENT;
    if (goal.name_len == 0 || source.name_len == 0) return __WASI_ERRNO_BUSY;
    if (goal.wants_directory && !node_of(source.entry)->is_directory) return __WASI_ERRNO_NOTDIR;
    if (!source.parent->is_read_only && !goal.parent->is_read_only) {
        error = node_check(source.parent, MAY_WRITE | MAY_SEARCH);
        if (!error) error = node_check(goal.parent, MAY_WRITE | MAY_SEARCH);
        if (error) return error;
    }
    return tree_rename(source.entry, goal.parent, goal.name, goal.name_len);
}

/* Links are made in the tree alone: to what would lead into a mount, Linux answers EXDEV, and
 * in a file system that has none EPERM. */

int32_t WASI(path_link)(int32_t from_fd, int32_t flags, int32_t from, int32_t from_len,
                        int32_t to_fd, int32_t to, int32_t to_len) {
    Place source, goal;
    __wasi_errno_t error = place_find(from_fd, (const char *)from, (size_t)from_len,
                                      how_to_find(flags), &source);
    if (!error) error = place_find(to_fd, (const char *)to, (size_t)to_len, AS_PROGRAM, &goal);
    if (error) return error;
    if (source.mount && goal.mount) return __WASI_ERRNO_PERM;
    if (source.mount || goal.mount) return __WASI_ERRNO_XDEV;
    if (!source.entry) return __WASI_ERRNO_NOENT;
    if (goal.entry) return __WASI_ERRNO_EXIST;
    if (goal.wants_directory) return __WASI_ERRNO_NOENT;
    error = check_folder(goal.parent);
    if (error) return error;
    return tree_add_name(node_of(source.entry), goal.parent, goal.name, goal.name_len);
}

int32_t WASI(path_symlink)(int32_t target, int32_t target_len, int32_t fd, int32_t path,
                           int32_t path_len) {
    Place place;
    __wasi_errno_t error =
        place_find(fd, (const char *)path, (size_t)path_len, AS_PROGRAM, &place);
    if (error) return error;
    if (place.mount) return __WASI_ERRNO_PERM;
    if (place.entry) return __WASI_ERRNO_EXIST;
    if (place.wants_directory) return __WASI_ERRNO_NOENT;
    error = check_folder(place.parent);
    if (error) return error;
    return tree_create_link(place.parent, place.name, place.name_len, (const char *)target,
                            (size_t)target_len);
}

int32_t WASI(path_readlink)(int32_t fd, int32_t path, int32_t path_len, int32_t into,
                            int32_t into_len, int32_t used) {
    Place place;
    __wasi_errno_t error =
        place_find(fd, (const char *)path, (size_t)path_len, AS_PROGRAM, &place);
    if (error) return error;
    if (place.mount)
        return mount_read_link(&place, (void *)into, (size_t)into_len, (void *)used);
    if (!place.entry) return __WASI_ERRNO_NOENT;
    const Node *node = node_of(place.entry);
    if (!node->is_link) return __WASI_ERRNO_INVAL;
    *(__wasi_size_t *)used =
        (__wasi_size_t)tree_read(node, 0, (void *)into, (size_t)(uint32_t)into_len);
    return 0;
}

__wasi_errno_t path_check(int32_t fd, int32_t lookup_flags, const char *path, size_t len, int may) {
    FileStat stat;
    __wasi_errno_t error = path_stat(fd, lookup_flags, path, len, &stat);
    if (error) return error;
    if (stat.owner == ROOT_ID && may & MAY_WRITE && !(stat.mode & 0002)) return __WASI_ERRNO_ROFS;
    uint32_t allowed = stat.owner == USER_ID ? stat.mode >> 6 : stat.mode;
    return (allowed & (uint32_t)may) == (uint32_t)may ? 0 : __WASI_ERRNO_ACCES;
}

/* Puts `len` bytes and a slash before what is in `into` from `at` on. */
static bool put_before(char *into, size_t *at, const char *name, size_t len) {
    if (*at < len + 1) return false;
    *at -= len;
    memcpy(into + *at, name, len);
    into[--*at] = '/';
    return true;
}

__wasi_errno_t path_of_folder(int32_t fd, const char *path, size_t len, char *into, size_t room) {
    Place place;
    __wasi_errno_t error = place_find(fd, path, len, AS_PROGRAM | FOLLOW_LINKS, &place);
    if (error) return error;
    const Node *node = place.mount ? place.mount : node_of(place.entry);
    FileStat stat;
    if (place.mount) {
        error = mount_stat(&place, true, &stat);
        if (error) return error;
        if (stat.wasi.filetype != __WASI_FILETYPE_DIRECTORY) return __WASI_ERRNO_NOTDIR;
    } else {
        if (!node) return __WASI_ERRNO_NOENT;
        if (!node->is_directory) return __WASI_ERRNO_NOTDIR;
        error = node_check(node, MAY_SEARCH);
        if (error) return error;
        if (!node->parent && node != tree_root()) return __WASI_ERRNO_NOENT;
    }
    size_t at = room - 1;
    into[at] = 0;
    if (place.mount && place.inner_len &&
        !put_before(into, &at, place.inner, place.inner_len))
        return __WASI_ERRNO_RANGE;
    for (; node->parent; node = node->parent)
        if (!put_before(into, &at, node->name, node->name_len)) return __WASI_ERRNO_RANGE;
    if (at == room - 1 && !put_before(into, &at, "", 0)) return __WASI_ERRNO_RANGE;
    memmove(into, into + at, room - at);
    return 0;
}
