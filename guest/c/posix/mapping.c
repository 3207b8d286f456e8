/* Memory that shows a file. A shared mapping of a file in the guest's memory is that memory, so
 * that each sees at once what is written to the other; one of a mounted file is a copy, which is
 * written back when it is flushed and when it ends. */
#include "posix/sys/mman.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files/node.h"
#include "posix/process.h"

typedef struct Mapping {
    struct Mapping *next;
    uint8_t *address;
    size_t len;
    Node *file; /* whose bytes these are; NULL: the mapping's own */
    int32_t fd; /* to write back to; -1: nowhere */
    uint64_t offset;
} Mapping;

static Mapping *mappings;

static Mapping **find(const void *address) {
    Mapping **link = &mappings;
    while (*link && (*link)->address != address) link = &(*link)->next;
    return *link ? link : NULL;
}

/* The mapping that has all of these bytes. */
static Mapping *find_around(const uint8_t *address, size_t len) {
    for (Mapping *m = mappings; m; m = m->next)
        if (address >= m->address && len <= m->len &&
            (size_t)(address - m->address) <= m->len - len)
            return m;
    return NULL;
}

static int show_file(Mapping *mapping, const Descriptor *d) {
    Node *file = d->node;
    if (mapping->offset > file->size || mapping->len > file->size - mapping->offset) return EINVAL;
    mapping->file = file;
    mapping->address = file->data + mapping->offset;
    tree_map(file);
    return 0;
}

static int show_copy(Mapping *mapping, const Descriptor *d) {
    if (mapping->len == 0) return EINVAL;
    mapping->address = calloc(1, mapping->len);
    if (!mapping->address) return ENOMEM;
    size_t done = 0;
    int error = 0;
    if (d) error = d->kind->read(d, mapping->offset, mapping->address, mapping->len, &done);
    if (error) free(mapping->address);
    return error;
}

static bool is_of_tree(const Descriptor *d) {
    return d->kind == node_kind(d->node) && d->kind->file_type == __WASI_FILETYPE_REGULAR_FILE;
}

static int show(Mapping *mapping, int protection, int flags, int fd) {
    if (flags & MAP_ANONYMOUS) return show_copy(mapping, NULL);
    const Descriptor *d = descriptor(fd);
    if (!d) return EBADF;
    if (d->kind->file_type != __WASI_FILETYPE_REGULAR_FILE || !d->kind->read) return ENODEV;
    bool is_shared = flags & MAP_SHARED, is_written = is_shared && protection & PROT_WRITE;
    if (!d->readable || (is_written && !d->writable)) return EACCES;
    if (is_shared && is_of_tree(d)) return show_file(mapping, d);
    if (is_written) {
        int error = descriptor_dup(fd, 0, &mapping->fd);
        if (error) return error;
    }
    int error = show_copy(mapping, d);
    if (error && mapping->fd >= 0) close(mapping->fd);
    return error;
}

void *mmap(void *wanted, size_t len, int protection, int flags, int fd, off_t offset) {
    (void)wanted;
    Mapping *mapping = malloc(sizeof *mapping);
    int error = ENOMEM;
    if (mapping && offset >= 0) {
        *mapping = (Mapping){.next = mappings, .len = len, .fd = -1, .offset = (uint64_t)offset};
        error = show(mapping, protection, flags, fd);
    }
    if (error) {
        free(mapping);
        failed_with(error);
        return MAP_FAILED;
    }
    mappings = mapping;
    return mapping->address;
}

static int write_back(const Mapping *mapping, const uint8_t *from, size_t len) {
    if (mapping->fd < 0) return 0;
    const Descriptor *d = descriptor(mapping->fd);
    if (!d) return EBADF;
    size_t done = 0;
    uint64_t at = mapping->offset + (uint64_t)(from - mapping->address);
    int error = d->kind->write(d, at, from, len, &done);
    return error || done == len ? error : EIO;
}

int msync(void *address, size_t len, int flags) {
    (void)flags;
    Mapping *mapping = find_around(address, len);
    if (!mapping) return failed_with(ENOMEM);
    if (mapping->file && !mapping->file->is_read_only)
        mapping->file->modified_ns = mapping->file->changed_ns = tree_now_ns();
    return failed_with(write_back(mapping, address, len));
}

int munmap(void *address, size_t len) {
    (void)len;
    Mapping **link = find(address);
    if (!link) return failed_with(EINVAL);
    Mapping *mapping = *link;
    int error = write_back(mapping, mapping->address, mapping->len);
    *link = mapping->next;
    if (mapping->fd >= 0) close(mapping->fd);
    if (mapping->file) tree_unmap(mapping->file);
    else free(mapping->address);
    free(mapping);
    return failed_with(error);
}

/* The file has its new length already. */
void *mremap(void *address, size_t len, size_t new_len, int flags, ...) {
    (void)len, (void)flags;
    Mapping **link = find(address);
    int error = link && new_len ? 0 : EINVAL;
    if (!error && (*link)->file) {
        Mapping *mapping = *link;
        const Node *file = mapping->file;
        if (mapping->offset > file->size || new_len > file->size - mapping->offset) error = EINVAL;
        else mapping->address = file->data + mapping->offset;
    } else if (!error) {
        uint8_t *moved = realloc(address, new_len);
        if (!moved) error = ENOMEM;
        else {
            if (new_len > (*link)->len) memset(moved + (*link)->len, 0, new_len - (*link)->len);
            (*link)->address = moved;
        }
    }
    if (error) {
        failed_with(error);
        return MAP_FAILED;
    }
    (*link)->len = new_len;
    return (*link)->address;
}
