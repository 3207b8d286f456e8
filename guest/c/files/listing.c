#include "files/listing.h"

#include <string.h>

static bool put(Listing *listing, const void *bytes, size_t len) {
    size_t room = (size_t)(listing->end - listing->at), n = len < room ? len : room;
    memcpy(listing->at, bytes, n);
    listing->at += n;
    return n == len;
}

bool listing_put(Listing *listing, uint64_t next, uint64_t inode, __wasi_filetype_t type,
                 const char *name, uint32_t name_len) {
    __wasi_dirent_t entry;
    memset(&entry, 0, sizeof entry);
    entry.d_next = next;
    entry.d_ino = inode;
    entry.d_namlen = name_len;
    entry.d_type = type;
    if (!put(listing, &entry, sizeof entry) || !put(listing, name, name_len)) return false;
    listing->cookie = next;
    return true;
}

int32_t WASI(fd_readdir)(int32_t fd, int32_t into, int32_t len, int64_t cookie, int32_t used) {
    Descriptor *d = descriptor(fd);
    if (!d) return __WASI_ERRNO_BADF;
    if (!d->kind->list) return __WASI_ERRNO_NOTDIR;
    uint8_t *start = (void *)into;
    Listing listing = {.at = start, .end = start + (uint32_t)len, .cookie = (uint64_t)cookie};
    __wasi_errno_t error = d->kind->list(d, &listing);
    *(__wasi_size_t *)used = (__wasi_size_t)(listing.at - start);
    return error;
}
