/* A directory's entries, as fd_readdir hands them over. */
#ifndef HATCHERY_FILES_LISTING_H
#define HATCHERY_FILES_LISTING_H

#include "files/descriptor.h"

struct Listing {
    uint8_t *at, *end;
    uint64_t cookie; /* after which entry it goes on */
};

/* One entry, whose own cookie is `next`. False when there was not room for all of it: it
 * is cut short then, as WASI asks, and the listing is over. */
bool listing_put(Listing *listing, uint64_t next, uint64_t inode, __wasi_filetype_t type,
                 const char *name, uint32_t name_len);

#endif
