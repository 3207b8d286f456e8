#include "files/node.h"

#include <string.h>

#include "files/device.h"
#include "files/listing.h"
#include "files/place.h"
#include "files/streams.h"

void node_stat(const Node *node, __wasi_filestat_t *stat) {
    memset(stat, 0, sizeof *stat);
    stat->dev = 1;
    stat->ino = node->inode;
    stat->filetype = tree_file_type(node);
    stat->nlink = node->parent || node == tree_root() ? 1 : 0;
    stat->size = node->size;
    stat->atim = stat->mtim = stat->ctim = node->modified_ns;
}

__wasi_errno_t node_set_modified(Node *node, uint64_t modified_ns) {
    if (node->is_read_only) return __WASI_ERRNO_ROFS;
    node->modified_ns = modified_ns;
    return 0;
}

static __wasi_errno_t stat_open(const Descriptor *d, __wasi_filestat_t *stat) {
    node_stat(d->node, stat);
    return 0;
}

static __wasi_errno_t set_modified_open(const Descriptor *d, uint64_t modified_ns) {
    return node_set_modified(d->node, modified_ns);
}

static void close_node(Descriptor *d) { tree_close(d->node); }

static __wasi_errno_t read_file(const Descriptor *d, uint64_t at, uint8_t *into, size_t len,
                                size_t *done) {
    *done = tree_read(d->node, at, into, len);
    return 0;
}

static __wasi_errno_t write_file(const Descriptor *d, uint64_t at, const uint8_t *from,
                                 size_t len, size_t *done) {
    __wasi_errno_t error = tree_write(d->node, at, from, len);
    *done = error ? 0 : len;
    return error;
}

static __wasi_errno_t resize_file(const Descriptor *d, uint64_t size) {
    return tree_resize(d->node, size);
}

/* Cookies: 0 before `.`, 1 before `..`, then 2 + the order of the last child listed, so
 * that a listing survives files removed while it goes on. */
static __wasi_errno_t list_folder(Descriptor *d, Listing *listing) {
    const Node *directory = d->node;
    if (listing->cookie == 0)
        listing_put(listing, 1, directory->inode, __WASI_FILETYPE_DIRECTORY, ".", 1);
    if (listing->cookie == 1) {
        const Node *up = directory->parent ? directory->parent : directory;
        listing_put(listing, 2, up->inode, __WASI_FILETYPE_DIRECTORY, "..", 2);
    }
    if (listing->cookie < 2) return 0;
    Node *n = folder_next(directory, &d->cursor, listing->cookie - 2);
    for (; n; n = n->child.next) {
        if (!listing_put(listing, n->child.order + 2, n->inode, tree_file_type(n), n->name,
                         n->name_len))
            break;
        d->cursor = (FolderCursor){.last = n, .removals = directory->folder.removals};
    }
    return 0;
}

static void enter_folder(const Descriptor *d, Place *place) { place->base = d->node; }

static uint64_t rest_of_file(const Descriptor *d) {
    return d->node->size > d->position ? d->node->size - d->position : 0;
}

static const DescriptorKind file_kind = {
    .file_type = __WASI_FILETYPE_REGULAR_FILE,
    .stat = stat_open,
    .read = read_file,
    .write = write_file,
    .resize = resize_file,
    .ready_bytes = rest_of_file,
    .set_modified = set_modified_open,
    .close = close_node,
};

static const DescriptorKind folder_kind = {
    .file_type = __WASI_FILETYPE_DIRECTORY,
    .stat = stat_open,
    .set_modified = set_modified_open,
    .list = list_folder,
    .enter = enter_folder,
    .close = close_node,
};

const DescriptorKind *node_kind(const Node *node) {
    return node->device ? device_kind(node->device)
                        : node->is_directory ? &folder_kind : &file_kind;
}

__wasi_errno_t node_open(Node *node, bool readable, bool writable, __wasi_fdflags_t flags,
                         int32_t *fd) {
    if (node->device >= DEVICE_STDIN) {
        Descriptor stream = standard_stream((int32_t)(node->device - DEVICE_STDIN));
        stream.readable &= readable;
        stream.writable &= writable;
        return descriptor_open(stream, fd);
    }
    Descriptor opened = {.kind = node_kind(node),
                         .readable = readable,
                         .writable = writable,
                         .flags = flags,
                         .node = node};
    __wasi_errno_t error = descriptor_open(opened, fd);
    if (!error) tree_open(node);
    return error;
}
