#include "files/place.h"

#include <string.h>

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
    if (node->folder.count) return __WASI_ERRNO_NOTEMPTY;
    node->is_fixed = true;
    node->mount = number + 1;
    has_mounts = true;
    return 0;
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
    const Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (!d->kind->enter) return __WASI_ERRNO_NOTDIR;
    place->mount = NULL;
    place->inner_len = 0;
    place->wants_directory = false;
    d->kind->enter(d, place);
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
            if (node_is_mounted_file(place->mount)) return __WASI_ERRNO_NOTDIR;
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
            at = at->is_directory ? folder_find(at, name, n) : NULL;
            if (!at) return 0; /* the tree knows what is wrong with it */
            if (at->mount) {
                place->mount = at;
                place->inner_len = 0;
            }
        }
    }
    return 0;
}
