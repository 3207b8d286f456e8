#include "files/place.h"

#include <string.h>

enum { LINKS_FOLLOWED_MAX = 40 }; /* as on Linux */

/* A path that is being followed: what is left of it, and where its next name is looked for. */
typedef struct {
    Node *at;
    const char *path, *end;
    uint32_t links;
    PlaceHow how;
    char *expanded;
} Walk;

/* What symbolic links have made of a path. Two, as a call has two paths at most. */
static char expansions[2][TREE_PATH_BYTES_MAX];

static char *next_expansion(void) {
    static uint32_t turn;
    return expansions[turn++ % 2];
}

__wasi_errno_t mount_add(const char *path, size_t len, uint32_t number) {
    if (number >= INT32_MAX) return __WASI_ERRNO_INVAL;
    Node *node;
    __wasi_errno_t error = place_make_directories(tree_root(), path, len, &node);
    if (error) return error;
    if (node->is_read_only) return __WASI_ERRNO_ROFS;
    /* A snapshot may have been taken of a guest with mounts. */
    if (node->mount == number + 1) return 0;
    if (node == tree_root() || node->mount) return __WASI_ERRNO_BUSY;
    if (node->folder.count) return __WASI_ERRNO_NOTEMPTY;
    node->is_fixed = true;
    node->mount = number + 1;
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
static void leave(Walk *walk, Place *place) {
    if (place->inner_len == 0) {
        walk->at = place->mount->parent;
        place->mount = NULL;
        return;
    }
    while (place->inner_len > 0 && place->inner[--place->inner_len] != '/') {}
}

/* Puts where `link` leads before what is left of the path. */
static __wasi_errno_t follow(Walk *walk, const Node *link) {
    if (++walk->links > LINKS_FOLLOWED_MAX) return __WASI_ERRNO_LOOP;
    size_t target_len = (size_t)link->size, rest_len = (size_t)(walk->end - walk->path);
    if (target_len + rest_len > TREE_PATH_BYTES_MAX) return __WASI_ERRNO_NAMETOOLONG;
    if (!walk->expanded) walk->expanded = next_expansion();
    memmove(walk->expanded + target_len, walk->path, rest_len);
    memcpy(walk->expanded, link->data, target_len);
    walk->path = walk->expanded;
    walk->end = walk->expanded + target_len + rest_len;
    if (*walk->path == '/') walk->at = tree_root();
    return 0;
}

static bool is_dots(const char *name, size_t len, size_t dots) {
    return len == dots && memcmp(name, "..", dots) == 0;
}

/* The next name in a mount. */
static __wasi_errno_t step_in_mount(Walk *walk, Place *place, const char *name, size_t len) {
    bool is_here = is_dots(name, len, 1), is_up = is_dots(name, len, 2);
    place->wants_directory = is_here || is_up || walk->path < walk->end;
    if (node_is_mounted_file(place->mount) && !is_here) return __WASI_ERRNO_NOTDIR;
    if (is_here) return 0;
    if (!is_up) return enter(place, name, len);
    leave(walk, place);
    return 0;
}

/* The next name in the tree. Sets `*is_last` once the place is known. */
static __wasi_errno_t step(Walk *walk, Place *place, const char *name, size_t len, bool *is_last) {
    Node *at = walk->at;
    if (!at->is_directory) return __WASI_ERRNO_NOTDIR;
    if (is_dots(name, len, 1)) return 0;
    if (walk->how & AS_PROGRAM && !(at->mode & 0100)) return __WASI_ERRNO_ACCES;
    if (is_dots(name, len, 2)) {
        if (at->parent) walk->at = at->parent;
        return 0;
    }
    if (len > TREE_NAME_BYTES_MAX) return __WASI_ERRNO_NAMETOOLONG;
    const char *rest = walk->path;
    while (rest < walk->end && *rest == '/') rest++;
    bool has_slash = rest > walk->path, has_more = rest < walk->end;
    Node *entry = folder_find(at, name, len), *node = node_of(entry);
    if (node && node->is_link && (has_slash || walk->how & FOLLOW_LINKS))
        return follow(walk, node);
    if (node && node->mount) {
        place->mount = node;
        place->inner_len = 0;
        place->wants_directory = has_slash;
        if (has_slash && node_is_mounted_file(node)) return __WASI_ERRNO_NOTDIR;
        return 0;
    }
    if (has_slash && node && !node->is_directory) return __WASI_ERRNO_NOTDIR;
    if (!has_more) {
        place->parent = at;
        place->name = name;
        place->name_len = len;
        place->entry = entry;
        place->wants_directory = has_slash;
        *is_last = true;
        return 0;
    }
    if (!node) return __WASI_ERRNO_NOENT;
    walk->at = node;
    return 0;
}

/* From `walk->at`, or from what is in a mount. */
static __wasi_errno_t follow_path(Walk *walk, Place *place) {
    while (walk->path < walk->end) {
        while (walk->path < walk->end && *walk->path == '/') walk->path++;
        const char *name = walk->path;
        while (walk->path < walk->end && *walk->path != '/') walk->path++;
        size_t len = (size_t)(walk->path - name);
        if (len == 0) break;
        bool is_last = false;
        __wasi_errno_t error = place->mount ? step_in_mount(walk, place, name, len)
                                            : step(walk, place, name, len, &is_last);
        if (error || is_last) return error;
    }
    if (place->mount) return 0;
    place->parent = walk->at->parent ? walk->at->parent : walk->at;
    place->name_len = 0;
    place->entry = walk->at;
    place->wants_directory = true;
    return 0;
}

static __wasi_errno_t find(Place *place, const char *path, size_t len, PlaceHow how) {
    if (len > TREE_PATH_BYTES_MAX) return __WASI_ERRNO_NAMETOOLONG;
    if (len == 0) return __WASI_ERRNO_NOENT;
    if (memchr(path, 0, len)) return __WASI_ERRNO_INVAL;
    Walk walk = {.at = place->entry, .path = path, .end = path + len, .how = how};
    if (*path == '/') {
        walk.at = tree_root();
        place->mount = NULL;
    }
    return follow_path(&walk, place);
}

__wasi_errno_t place_find(int32_t fd, const char *path, size_t len, PlaceHow how, Place *place) {
    const Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (!d->kind->enter) return __WASI_ERRNO_NOTDIR;
    place->mount = NULL;
    place->inner_len = 0;
    place->wants_directory = false;
    d->kind->enter(d, place);
    return find(place, path, len, how);
}

__wasi_errno_t place_find_from(Node *base, const char *path, size_t len, PlaceHow how,
                               Place *place) {
    place->mount = base->mount ? base : NULL;
    place->inner_len = 0;
    place->wants_directory = false;
    place->entry = base;
    return find(place, path, len, how);
}

__wasi_errno_t place_lookup(Node *base, const char *path, size_t len, Node **found) {
    Place place;
    __wasi_errno_t error = place_find_from(base, path, len, FOLLOW_LINKS, &place);
    if (error) return error;
    if (place.mount && place.inner_len) return __WASI_ERRNO_XDEV;
    *found = place.mount ? place.mount : node_of(place.entry);
    return *found ? 0 : __WASI_ERRNO_NOENT;
}

__wasi_errno_t place_make_directories(Node *base, const char *path, size_t len, Node **made) {
    if (len > TREE_PATH_BYTES_MAX) return __WASI_ERRNO_NAMETOOLONG;
    Node *at = len && *path == '/' ? tree_root() : base;
    const char *end = path + len;
    while (path < end) {
        const char *slash = memchr(path, '/', (size_t)(end - path));
        const char *stop = slash ? slash : end;
        if (stop > path) {
            Place place;
            __wasi_errno_t error =
                place_find_from(at, path, (size_t)(stop - path), FOLLOW_LINKS, &place);
            if (error) return error;
            if (place.mount && place.inner_len) return __WASI_ERRNO_XDEV;
            Node *node = place.mount ? place.mount : node_of(place.entry);
            if (!node) error = tree_create(place.parent, place.name, place.name_len, true, &node);
            if (error) return error;
            if (!node->is_directory) return __WASI_ERRNO_NOTDIR;
            at = node;
        }
        path = slash ? slash + 1 : end;
    }
    *made = at;
    return 0;
}
