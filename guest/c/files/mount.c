#include "files/mount.h"

#include <stdlib.h>
#include <string.h>

#include "host.h"

struct Mounted {
    Node *mount;
    int64_t handle; /* the host's, of a file; NO_HANDLE for a directory */
    uint8_t *listing;
    size_t listing_len;
    size_t path_len;
    char path[]; /* of a directory */
};

enum { NO_HANDLE = -1 };

/* Until there is a mount, paths are the tree's alone. */
static bool has_mounts;

__wasi_errno_t mount_add(const char *path, size_t len, uint32_t number) {
    if (number >= INT32_MAX) return __WASI_ERRNO_INVAL;
    Node *node;
    __wasi_errno_t error = tree_make_directories(tree_root(), path, len, &node);
    if (error) return error;
    if (node->is_read_only) return __WASI_ERRNO_ROFS;
    /* A snapshot may have been taken of a guest with mounts. */
    if (node->mount == number + 1) return 0;
    if (node == tree_root() || node->mount) return __WASI_ERRNO_BUSY;
    if (node->first_child) return __WASI_ERRNO_NOTEMPTY;
    node->is_fixed = true;
    node->mount = number + 1;
    has_mounts = true;
    return 0;
}

static int32_t number_of(const Node *mount) { return (int32_t)mount->mount - 1; }

static Node *child(const Node *directory, const char *name, size_t len) {
    for (Node *n = directory->first_child; n; n = n->next)
        if (n->name_len == len && memcmp(n->name, name, len) == 0) return n;
    return NULL;
}

/* Adds a name to the path in the mount. */
static __wasi_errno_t enter(Place *place, const char *name, size_t len) {
    size_t slash = place->inner_len ? 1 : 0;
    if (len > TREE_NAME_BYTES_MAX || place->inner_len + slash + len > sizeof place->inner)
        return __WASI_ERRNO_NAMETOOLONG;
    if (slash) place->inner[place->inner_len] = '/';
    memcpy(place->inner + place->inner_len + slash, name, len);
    place->inner_len += slash + len;
    return 0;
}

/* Back to the directory above, which may be the one that the mount is in. */
static void leave(Place *place) {
    if (place->inner_len == 0) {
        place->base = place->mount->parent;
        place->mount = NULL;
        return;
    }
    while (place->inner_len > 0 && place->inner[--place->inner_len] != '/') {}
}

/* Where the walk begins. */
static __wasi_errno_t begin(int32_t fd, Place *place) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    place->mount = NULL;
    place->inner_len = 0;
    place->wants_directory = false;
    if (d->kind != MOUNTED) return descriptor_directory(fd, &place->base);
    const Mounted *mounted = d->mounted;
    if (mounted->handle != NO_HANDLE) return __WASI_ERRNO_NOTDIR;
    place->mount = mounted->mount;
    place->inner_len = mounted->path_len;
    memcpy(place->inner, mounted->path, mounted->path_len);
    return 0;
}

__wasi_errno_t place_find(int32_t fd, const char *path, size_t len, Place *place) {
    __wasi_errno_t error = begin(fd, place);
    if (error) return error;
    place->path = path;
    place->len = len;
    if (!has_mounts || len == 0) return place->mount ? __WASI_ERRNO_NOENT : 0;
    if (len > TREE_PATH_BYTES_MAX) return __WASI_ERRNO_NAMETOOLONG;
    if (memchr(path, 0, len)) return __WASI_ERRNO_INVAL;
    const char *end = path + len;
    if (*path == '/') {
        place->mount = NULL;
        place->base = tree_root();
    }
    Node *at = place->base;
    while (path < end) {
        while (path < end && *path == '/') path++;
        const char *name = path;
        while (path < end && *path != '/') path++;
        size_t n = (size_t)(path - name);
        bool is_up = n == 2 && name[0] == '.' && name[1] == '.';
        place->wants_directory = n == 0 || is_up || (n == 1 && name[0] == '.');
        if (n == 0) break;
        if (n == 1 && name[0] == '.') continue;
        if (place->mount) {
            if (!is_up) {
                error = enter(place, name, n);
                if (error) return error;
                continue;
            }
            leave(place);
            if (place->mount) continue;
            /* Out of the mount again: the tree goes on from here. */
            at = place->base;
            place->path = path;
            place->len = (size_t)(end - path);
            while (place->len && *place->path == '/') place->path++, place->len--;
            if (place->len == 0) {
                place->path = ".";
                place->len = 1;
                return 0;
            }
        } else if (is_up) {
            if (at->parent) at = at->parent;
        } else {
            at = at->is_directory ? child(at, name, n) : NULL;
            if (!at) return 0; /* the tree knows what is wrong with it */
            if (at->mount) {
                place->mount = at;
                place->inner_len = 0;
            }
        }
    }
    return 0;
}

static int32_t on_path(HostMountPath operation, const Place *place, int64_t argument,
                       void *into) {
    return host_mount_path(operation, number_of(place->mount), place->inner, place->inner_len,
                           argument, into);
}

static int32_t on_file(HostMountFile operation, const Mounted *mounted, int64_t at,
                       void *bytes, size_t len, uint32_t *done) {
    if (mounted->handle == NO_HANDLE) return __WASI_ERRNO_ISDIR;
    return host_mount_file(operation, mounted->handle, at, bytes, len, done);
}

static Mounted *new_mounted(const Place *place, int64_t handle) {
    size_t len = handle == NO_HANDLE ? place->inner_len : 0;
    Mounted *mounted = malloc(sizeof *mounted + len);
    if (!mounted) return NULL;
    *mounted = (Mounted){.mount = place->mount, .handle = handle, .path_len = len};
    memcpy(mounted->path, place->inner, len);
    return mounted;
}

__wasi_errno_t mounted_open(const Place *place, bool readable, bool writable,
                            int32_t open_flags, __wasi_fdflags_t flags, int32_t *fd) {
    HostMountStat stat;
    __wasi_errno_t error =
        (__wasi_errno_t)on_path(HOST_PATH_STAT, place, HOST_FOLLOW_LINKS, &stat);
    bool is_missing = error == __WASI_ERRNO_NOENT && open_flags & __WASI_OFLAGS_CREAT;
    if (error && !is_missing) return error;
    int64_t handle = NO_HANDLE;
    if (!is_missing && stat.file_type == __WASI_FILETYPE_DIRECTORY) {
        if (open_flags & __WASI_OFLAGS_CREAT && open_flags & __WASI_OFLAGS_EXCL)
            return __WASI_ERRNO_EXIST;
        if (writable || open_flags & __WASI_OFLAGS_TRUNC) return __WASI_ERRNO_ISDIR;
    } else {
        if (place->wants_directory) return is_missing ? __WASI_ERRNO_ISDIR : __WASI_ERRNO_NOTDIR;
        if (open_flags & __WASI_OFLAGS_DIRECTORY)
            return is_missing ? __WASI_ERRNO_INVAL : __WASI_ERRNO_NOTDIR;
        int64_t how = (readable ? HOST_OPEN_READ : 0) | (writable ? HOST_OPEN_WRITE : 0);
        if (open_flags & __WASI_OFLAGS_CREAT) how |= HOST_OPEN_CREATE;
        if (open_flags & __WASI_OFLAGS_EXCL) how |= HOST_OPEN_EXCLUSIVE;
        if (open_flags & __WASI_OFLAGS_TRUNC) how |= HOST_OPEN_TRUNCATE;
        error = (__wasi_errno_t)on_path(HOST_PATH_OPEN, place, how, &handle);
        if (error) return error;
    }
    Mounted *mounted = new_mounted(place, handle);
    error = mounted ? descriptor_open_mounted(mounted, readable, writable, flags, fd)
                    : __WASI_ERRNO_NOMEM;
    if (!error) return 0;
    if (mounted) mounted_close(mounted);
    else if (handle != NO_HANDLE) host_mount_file(HOST_FILE_CLOSE, handle, 0, NULL, 0, NULL);
    return error;
}

static void put_stat(const Node *mount, const HostMountStat *from, __wasi_filestat_t *stat) {
    memset(stat, 0, sizeof *stat);
    /* The tree itself is device 1. */
    stat->dev = 1 + mount->mount;
    stat->ino = from->inode;
    stat->filetype = (__wasi_filetype_t)from->file_type;
    stat->nlink = from->links;
    stat->size = from->size;
    stat->atim = stat->mtim = stat->ctim = from->modified_ns;
}

__wasi_errno_t mounted_stat(const Place *place, bool follow, __wasi_filestat_t *stat) {
    HostMountStat found;
    int32_t error =
        on_path(HOST_PATH_STAT, place,
                follow || place->wants_directory ? HOST_FOLLOW_LINKS : 0, &found);
    if (error) return (__wasi_errno_t)error;
    if (place->wants_directory && found.file_type != __WASI_FILETYPE_DIRECTORY)
        return __WASI_ERRNO_NOTDIR;
    put_stat(place->mount, &found, stat);
    return 0;
}

__wasi_errno_t mounted_set_modified(const Place *place, uint64_t modified_ns) {
    return (__wasi_errno_t)on_path(HOST_PATH_SET_MODIFIED, place, (int64_t)modified_ns, NULL);
}

__wasi_errno_t mounted_create_directory(const Place *place) {
    if (place->inner_len == 0) return __WASI_ERRNO_EXIST;
    return (__wasi_errno_t)on_path(HOST_PATH_CREATE_DIRECTORY, place, 0, NULL);
}

__wasi_errno_t mounted_unlink(const Place *place, bool want_directory) {
    if (place->inner_len == 0)
        return want_directory ? __WASI_ERRNO_BUSY : __WASI_ERRNO_ISDIR;
    if (place->wants_directory && !want_directory) return __WASI_ERRNO_ISDIR;
    return (__wasi_errno_t)on_path(
        want_directory ? HOST_PATH_REMOVE_DIRECTORY : HOST_PATH_UNLINK, place, 0, NULL);
}

__wasi_errno_t mounted_rename(const Place *from, const Place *to) {
    if (!from->mount || !to->mount) return __WASI_ERRNO_XDEV;
    if (from->inner_len == 0 || to->inner_len == 0) return __WASI_ERRNO_BUSY;
    HostMountTarget target = {number_of(to->mount), to->inner, to->inner_len};
    return (__wasi_errno_t)on_path(HOST_PATH_RENAME, from, 0, &target);
}

__wasi_errno_t mounted_read_link(const Place *place, void *into, size_t len,
                                 __wasi_size_t *used) {
    uint32_t target_len;
    int32_t error = on_path(HOST_PATH_READ_LINK, place, 0, &target_len);
    if (error) return (__wasi_errno_t)error;
    uint8_t *target = malloc(target_len ? target_len : 1);
    if (!target) return __WASI_ERRNO_NOMEM;
    error = host_mount_file(HOST_FILE_TAKE, NO_HANDLE, 0, target, target_len, NULL);
    if (!error) {
        *used = (__wasi_size_t)(target_len < len ? target_len : len);
        memcpy(into, target, *used);
    }
    free(target);
    return (__wasi_errno_t)error;
}

void mounted_close(Mounted *mounted) {
    if (mounted->handle != NO_HANDLE)
        host_mount_file(HOST_FILE_CLOSE, mounted->handle, 0, NULL, 0, NULL);
    free(mounted->listing);
    free(mounted);
}

bool mounted_is_directory(const Mounted *mounted) { return mounted->handle == NO_HANDLE; }

/* The directory as a place. */
static void place_of(const Mounted *mounted, Place *place) {
    place->mount = mounted->mount;
    place->wants_directory = true;
    place->inner_len = mounted->path_len;
    memcpy(place->inner, mounted->path, mounted->path_len);
}

__wasi_errno_t mounted_stat_open(const Mounted *mounted, __wasi_filestat_t *stat) {
    if (mounted->handle == NO_HANDLE) {
        Place place;
        place_of(mounted, &place);
        return mounted_stat(&place, true, stat);
    }
    HostMountStat found;
    int32_t error = on_file(HOST_FILE_STAT, mounted, 0, &found, sizeof found, NULL);
    if (!error) put_stat(mounted->mount, &found, stat);
    return (__wasi_errno_t)error;
}

__wasi_errno_t mounted_set_modified_open(const Mounted *mounted, uint64_t modified_ns) {
    if (mounted->handle == NO_HANDLE) {
        Place place;
        place_of(mounted, &place);
        return mounted_set_modified(&place, modified_ns);
    }
    return (__wasi_errno_t)on_file(HOST_FILE_SET_MODIFIED, mounted, (int64_t)modified_ns, NULL,
                                   0, NULL);
}

__wasi_errno_t mounted_resize(const Mounted *mounted, uint64_t size) {
    return (__wasi_errno_t)on_file(HOST_FILE_RESIZE, mounted, (int64_t)size, NULL, 0, NULL);
}

__wasi_errno_t mounted_sync(const Mounted *mounted) {
    if (mounted->handle == NO_HANDLE) return 0;
    return (__wasi_errno_t)on_file(HOST_FILE_SYNC, mounted, 0, NULL, 0, NULL);
}

/* The host moves as much in one call as it likes. */
static __wasi_errno_t move(HostMountFile operation, const Mounted *mounted, uint64_t offset,
                           uint8_t *bytes, size_t len, size_t *done) {
    *done = 0;
    while (*done < len) {
        uint32_t moved = 0;
        int32_t error = on_file(operation, mounted, (int64_t)(offset + *done), bytes + *done,
                                len - *done, &moved);
        /* What was moved before counts. */
        if (error) return *done ? 0 : (__wasi_errno_t)error;
        if (moved == 0) break;
        *done += moved;
    }
    return 0;
}

__wasi_errno_t mounted_read(const Mounted *mounted, uint64_t offset, uint8_t *into, size_t len,
                            size_t *done) {
    return move(HOST_FILE_READ, mounted, offset, into, len, done);
}

__wasi_errno_t mounted_write(const Mounted *mounted, uint64_t offset, const uint8_t *from,
                             size_t len, size_t *done) {
    return move(HOST_FILE_WRITE, mounted, offset, (uint8_t *)from, len, done);
}

static __wasi_errno_t take_listing(Mounted *mounted) {
    free(mounted->listing);
    mounted->listing = NULL;
    mounted->listing_len = 0;
    Place place;
    place_of(mounted, &place);
    uint32_t len;
    int32_t error = on_path(HOST_PATH_LIST, &place, 0, &len);
    if (error) return (__wasi_errno_t)error;
    uint8_t *listing = malloc(len ? len : 1);
    if (!listing) return __WASI_ERRNO_NOMEM;
    error = host_mount_file(HOST_FILE_TAKE, NO_HANDLE, 0, listing, len, NULL);
    if (error) {
        free(listing);
        return (__wasi_errno_t)error;
    }
    mounted->listing = listing;
    mounted->listing_len = len;
    return 0;
}

__wasi_errno_t mounted_next(Mounted *mounted, uint64_t *at, MountedEntry *entry, bool *is_end) {
    if (*at == 0 || !mounted->listing) {
        __wasi_errno_t error = take_listing(mounted);
        if (error) return error;
    }
    HostMountEntry head;
    *is_end = *at > mounted->listing_len || mounted->listing_len - *at < sizeof head;
    if (*is_end) return 0;
    memcpy(&head, mounted->listing + *at, sizeof head);
    *is_end = mounted->listing_len - *at - sizeof head < head.name_len;
    if (*is_end) return 0;
    *entry = (MountedEntry){.inode = head.inode,
                            .name = (const char *)mounted->listing + *at + sizeof head,
                            .name_len = head.name_len,
                            .file_type = head.file_type};
    *at += sizeof head + head.name_len;
    return 0;
}
