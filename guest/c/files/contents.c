/* What a file of the tree holds: bytes in one piece, from malloc. */
#include <stdlib.h>
#include <string.h>

#include "files/tree.h"

/* Bytes that a mapping still shows. */
typedef struct Kept {
    struct Kept *next;
    const Node *file;
    uint8_t *data;
} Kept;

static Kept *kept;

static void let_go(Node *file) {
    if (file->mappings && file->data) {
        Kept *record = malloc(sizeof *record);
        /* Without memory for a record the bytes are never free again. */
        if (!record) return;
        *record = (Kept){.next = kept, .file = file, .data = file->data};
        kept = record;
    } else {
        free(file->data);
    }
}

void tree_map(Node *file) {
    file->mappings++;
    tree_open(file);
}

void tree_unmap(Node *file) {
    if (--file->mappings == 0) {
        for (Kept **link = &kept; *link;) {
            Kept *record = *link;
            if (record->file != file) {
                link = &record->next;
                continue;
            }
            *link = record->next;
            free(record->data);
            free(record);
        }
    }
    tree_close(file);
}

/* What the file holds in a piece of `capacity` bytes. NULL: there is no room. */
static uint8_t *enlarged(Node *file, uint64_t capacity) {
    if (!file->mappings) return realloc(file->data, (size_t)capacity);
    uint8_t *data = malloc((size_t)capacity);
    if (!data) return NULL;
    if (file->size) memcpy(data, file->data, (size_t)file->size);
    let_go(file);
    return data;
}

static __wasi_errno_t reserve(Node *file, uint64_t size) {
    if (size <= file->capacity) return 0;
    if (size > TREE_FILE_BYTES_MAX) return __WASI_ERRNO_FBIG;
    uint64_t capacity = file->capacity < 256 ? 256 : file->capacity + file->capacity / 2;
    if (capacity < size) capacity = size;
    uint8_t *data = enlarged(file, capacity);
    if (!data && capacity > size) {
        capacity = size;
        data = enlarged(file, capacity);
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
        let_go(file);
        file->data = NULL;
        file->capacity = 0;
    }
    file->modified_ns = file->changed_ns = tree_now_ns();
    return 0;
}

__wasi_errno_t tree_replace(Node *file, uint8_t *data, uint64_t size) {
    if (file->is_directory) return __WASI_ERRNO_ISDIR;
    if (file->is_read_only) return __WASI_ERRNO_ROFS;
    let_go(file);
    file->data = data;
    file->size = file->capacity = size;
    file->modified_ns = file->changed_ns = tree_now_ns();
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
    file->modified_ns = file->changed_ns = tree_now_ns();
    return 0;
}
