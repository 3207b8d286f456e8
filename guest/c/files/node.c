#include "files/node.h"

#include <string.h>

#include "files/device.h"
#include "files/listing.h"
#include "files/place.h"

void node_stat(const Node *node, FileStat *stat) {
    memset(stat, 0, sizeof *stat);
    stat->wasi = (__wasi_filestat_t){
        .dev = 1,
        .ino = node->inode,
        .filetype = tree_file_type(node),
        .nlink = (node->parent || node == tree_root() ? 1u : 0u) + node->other_names,
        .size = node->size,
        .atim = node->accessed_ns,
        .mtim = node->modified_ns,
        .ctim = node->changed_ns,
    };
    stat->mode = node->mode;
    stat->owner = node->is_read_only || node->device ? ROOT_ID : USER_ID;
}

__wasi_errno_t node_set_times(Node *node, const FileTimes *times) {
    if (node->device) return __WASI_ERRNO_PERM;
    if (node->is_read_only) return __WASI_ERRNO_ROFS;
    if (times->sets_accessed) node->accessed_ns = times->accessed_ns;
    if (times->sets_modified) node->modified_ns = times->modified_ns;
    node->changed_ns = tree_now_ns();
    return 0;
}

__wasi_errno_t node_set_mode(Node *node, uint16_t mode) {
    /* The root is nobody's to close: libc follows every path from there. */
    if (node->device || node == tree_root()) return __WASI_ERRNO_PERM;
    if (node->is_read_only) return __WASI_ERRNO_ROFS;
    node->mode = mode & 07777;
    node->changed_ns = tree_now_ns();
    return 0;
}

__wasi_errno_t node_check(const Node *node, int may) {
    return (node->mode >> 6 & may) == may ? 0 : __WASI_ERRNO_ACCES;
}

static __wasi_errno_t stat_open(const Descriptor *d, FileStat *stat) {
    node_stat(d->node, stat);
    return 0;
}

static __wasi_errno_t set_times_open(const Descriptor *d, const FileTimes *times) {
    return node_set_times(d->node, times);
}

static __wasi_errno_t set_mode_open(const Descriptor *d, uint16_t mode) {
    return node_set_mode(d->node, mode);
}

static void reopen_node(const Descriptor *d) { tree_open(d->node); }

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
        const Node *node = node_of(n);
        if (!listing_put(listing, n->child.order + 2, node->inode, tree_file_type(node), n->name,
                         n->name_len))
            break;
        d->cursor = (FolderCursor){.last = n, .removals = directory->folder.removals};
    }
    return 0;
}

/* /dev/fd: cookies as above, with numbers for orders. */
static __wasi_errno_t list_descriptors(Descriptor *d, Listing *listing) {
    if (listing->cookie < 2) {
        __wasi_errno_t error = list_folder(d, listing);
        if (error || listing->cookie < 2) return error;
    }
    for (int32_t fd = (int32_t)listing->cookie - 2; fd < DESCRIPTORS_MAX; fd++) {
        char name[4];
        uint32_t len = 0;
        if (fd == FD_ROOT || !descriptor(fd)) continue;
        if (fd >= 100) name[len++] = (char)('0' + fd / 100);
        if (fd >= 10) name[len++] = (char)('0' + fd / 10 % 10);
        name[len++] = (char)('0' + fd % 10);
        if (!listing_put(listing, (uint64_t)fd + 3, d->node->inode + (uint64_t)fd + 1,
                         __WASI_FILETYPE_UNKNOWN, name, len))
            break;
    }
    return 0;
}

static void enter_folder(const Descriptor *d, Place *place) { place->entry = d->node; }

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
    .set_times = set_times_open,
    .set_mode = set_mode_open,
    .reopened = reopen_node,
    .close = close_node,
};

static const DescriptorKind folder_kind = {
    .file_type = __WASI_FILETYPE_DIRECTORY,
    .stat = stat_open,
    .set_times = set_times_open,
    .set_mode = set_mode_open,
    .list = list_folder,
    .enter = enter_folder,
    .reopened = reopen_node,
    .close = close_node,
};

static const DescriptorKind descriptors_kind = {
    .file_type = __WASI_FILETYPE_DIRECTORY,
    .stat = stat_open,
    .list = list_descriptors,
    .enter = enter_folder,
    .reopened = reopen_node,
    .close = close_node,
};

const DescriptorKind *node_kind(const Node *node) {
    if (node->device == DEVICE_DESCRIPTORS) return &descriptors_kind;
    if (node->device) return device_kind(node->device);
    return node->is_directory ? &folder_kind : &file_kind;
}

__wasi_errno_t node_open(Node *node, bool readable, bool writable, __wasi_fdflags_t flags,
                         int32_t *fd) {
    if (node->device >= DEVICE_STDIN)
        return descriptor_reopen((int32_t)(node->device - DEVICE_STDIN), readable, writable,
                                 flags, fd);
    Descriptor opened = {.kind = node_kind(node),
                         .readable = readable,
                         .writable = writable,
                         .flags = flags,
                         .node = node};
    __wasi_errno_t error = descriptor_open(opened, fd);
    if (!error) tree_open(node);
    return error;
}
