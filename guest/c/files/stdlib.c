#include "files/stdlib.h"

#include <string.h>

#include "files/tree.h"

/* Archive: the header, `count` entries, then names and file bytes. Offsets count
 * from the archive's first byte; numbers are little-endian. Paths are relative to
 * /usr and sorted, so that a directory's files follow one another. */
typedef struct {
    char magic[8];
    uint32_t count;
    uint32_t reserved;
} Header;

typedef struct {
    uint32_t path_offset, path_len, data_offset, data_len;
} Entry;

_Alignas(16) static const uint8_t archive[] = {
#embed <stdlib.archive>
};

static __wasi_errno_t directory_of(Node *usr, const char *path, size_t *consumed, size_t len,
                                   Node **directory) {
    Node *at = usr;
    size_t start = 0;
    for (size_t i = 0; i < len; i++) {
        if (path[i] != '/') continue;
        Node *next = folder_find(at, path + start, i - start);
        if (!next) {
            __wasi_errno_t error = tree_add_static(at, path + start, i - start, NULL, 0, &next);
            if (error) return error;
        }
        at = next;
        start = i + 1;
    }
    *consumed = start;
    *directory = at;
    return 0;
}

int stdlib_mount(void) {
    const Header *header = (const void *)archive;
    if (memcmp(header->magic, "HSTDLIB1", 8) != 0) return __WASI_ERRNO_ILSEQ;
    __wasi_errno_t error;
    Node *usr = folder_find(tree_root(), "usr", 3);
    const Entry *entries = (const void *)(archive + sizeof *header);
    for (uint32_t i = 0; i < header->count; i++) {
        const Entry *e = &entries[i];
        const char *path = (const char *)archive + e->path_offset;
        Node *directory, *file;
        size_t consumed;
        error = directory_of(usr, path, &consumed, e->path_len, &directory);
        if (!error)
            error = tree_add_static(directory, path + consumed, e->path_len - consumed,
                                    archive + e->data_offset, e->data_len, &file);
        if (error) return error;
    }
    return 0;
}
