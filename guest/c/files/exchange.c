/* The host's own way to the file tree: exports that run no Python and open no
 * descriptor. Paths that do not begin with `/` are below /work.
 *
 * Contents do not cross: an export says where in memory a file's bytes lie, as the
 * run's value, and the host reads or fills them there. A file of any size costs the
 * guest no second copy of it. */
#include <stdlib.h>
#include <string.h>

#include "abi.h"
#include "files/place.h"

/* What file_list leaves for each node, followed by its name. */
typedef struct {
    uint64_t size;
    uint32_t name_len;
    uint32_t file_type; /* __wasi_filetype_t */
} Entry;

_Static_assert(offsetof(Entry, name_len) == ABI_ENTRY_NAME_LEN &&
                   offsetof(Entry, file_type) == ABI_ENTRY_FILE_TYPE &&
                   sizeof(Entry) == ABI_ENTRY_BYTES,
               "hatchery-abi");

static int32_t begin(const char *path, size_t len) {
    output_clear();
    run_report.exit_code = 0;
    return check_range(path, len);
}

static int32_t finish(__wasi_errno_t error) {
    return error ? refuse(ABI_WASI + error) : ABI_OK;
}

static Node *work(void) {
    Node *node;
    return place_lookup(tree_root(), "work", 4, &node) == 0 ? node : tree_root();
}

/* Room for `size` bytes in the file at `path`, which is made if it is not there. */
static __wasi_errno_t make_file(const char *path, size_t len, size_t size, Node **made) {
    const char *last = path + len;
    while (last > path && last[-1] != '/') last--;
    if (len && last == path + len) return __WASI_ERRNO_ISDIR;
    Node *directory, *file = NULL;
    __wasi_errno_t error = place_lookup(work(), path, len, &file);
    if (error && !(error == __WASI_ERRNO_NOENT && len)) return error;
    if (file && node_is_mounted_file(file)) return __WASI_ERRNO_XDEV;
    if (file && file->is_directory) return __WASI_ERRNO_ISDIR;
    if (file && (file->is_read_only || file->device)) return __WASI_ERRNO_ROFS;
    if (size > TREE_FILE_BYTES_MAX) return __WASI_ERRNO_FBIG;

    /* First, so that a full disk leaves everything as it was. */
    uint8_t *data = size ? malloc(size) : NULL;
    if (size && !data) return __WASI_ERRNO_NOSPC;
    error = 0;
    if (!file) {
        Place place;
        error = place_make_directories(work(), path, (size_t)(last - path), &directory);
        if (!error && directory->mount) error = __WASI_ERRNO_XDEV;
        if (!error)
            error = place_find_from(directory, last, (size_t)(path + len - last), FOLLOW_LINKS,
                                    &place);
        if (!error && place.mount) error = __WASI_ERRNO_XDEV;
        if (!error)
            error = tree_create(place.parent, place.name, place.name_len, false, &file);
    }
    if (!error) error = tree_replace(file, data, size);
    if (error) free(data);
    *made = file;
    return error;
}

/* Makes a file of `size` bytes, for the host to fill in, and the directories above it. */
EXPORT(file_write) int32_t abi_file_write(const char *path, size_t len, size_t size) {
    int32_t code = begin(path, len);
    if (code != ABI_OK) return code;
    Node *file;
    __wasi_errno_t error = make_file(path, len, size, &file);
    if (!error) output_lend_value(file->data, size);
    return finish(error);
}

EXPORT(file_read) int32_t abi_file_read(const char *path, size_t len) {
    int32_t code = begin(path, len);
    if (code != ABI_OK) return code;
    Node *file;
    __wasi_errno_t error = place_lookup(work(), path, len, &file);
    if (!error && node_is_mounted_file(file)) error = __WASI_ERRNO_XDEV;
    if (!error && file->is_directory) error = __WASI_ERRNO_ISDIR;
    if (!error && file->device) error = __WASI_ERRNO_NOTSUP;
    if (!error) output_lend_value(file->data, (size_t)file->size);
    return finish(error);
}

EXPORT(file_list) int32_t abi_file_list(const char *path, size_t len) {
    int32_t code = begin(path, len);
    if (code != ABI_OK) return code;
    Node *directory;
    __wasi_errno_t error = place_lookup(work(), path, len, &directory);
    if (!error && (!directory->is_directory || node_is_mounted_file(directory)))
        error = __WASI_ERRNO_NOTDIR;
    if (!error && directory->mount) error = __WASI_ERRNO_XDEV;
    if (error) return finish(error);
    for (Node *n = directory->folder.first; n; n = n->child.next) {
        const Node *node = node_of(n);
        if (node->device) continue; /* has nothing that could be copied */
        Entry entry = {.size = node->is_directory ? 0 : node->size,
                       .name_len = n->name_len,
                       .file_type = tree_file_type(node)};
        output_write(OUTPUT_VALUE, &entry, sizeof entry);
        output_write(OUTPUT_VALUE, n->name, n->name_len);
    }
    return run_report.captures[OUTPUT_VALUE].dropped ? refuse(ABI_NO_MEMORY) : ABI_OK;
}

EXPORT(file_remove) int32_t abi_file_remove(const char *path, size_t len) {
    int32_t code = begin(path, len);
    if (code != ABI_OK) return code;
    Place place;
    __wasi_errno_t error = place_find_from(work(), path, len, 0, &place);
    if (!error && place.mount && place.inner_len) error = __WASI_ERRNO_XDEV;
    Node *entry = place.mount ? place.mount : place.entry;
    if (!error && !entry) error = __WASI_ERRNO_NOENT;
    return finish(error ? error : tree_remove(entry));
}

/* Makes a directory and those above it; it may be there already. */
EXPORT(file_create_dir) int32_t abi_file_create_dir(const char *path, size_t len) {
    int32_t code = begin(path, len);
    if (code != ABI_OK) return code;
    Node *directory;
    if (len == 0) return finish(__WASI_ERRNO_NOENT);
    return finish(place_make_directories(work(), path, len, &directory));
}

/* Mounts the host's folder or file of this number in place of an empty directory, which is
 * made. */
EXPORT(file_mount) int32_t abi_file_mount(const char *path, size_t len, uint32_t number) {
    int32_t code = begin(path, len);
    if (code != ABI_OK) return code;
    if (len == 0) return finish(__WASI_ERRNO_NOENT);
    return finish(mount_add(path, len, number));
}
