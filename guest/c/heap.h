/* The guest's malloc: a coalescing allocator that can seal what a bake has built.
 *
 * Written for this guest because of the seal: after it no byte of the old heap is
 * read, written or reused by the allocator, so an instance's own objects lie together
 * on fresh pages and freeing a golden object dirties nothing.
 */
#ifndef HATCHERY_HEAP_H
#define HATCHERY_HEAP_H

#include <stdbool.h>
#include <stddef.h>

/* Ends the bake's heap: free blocks are zeroed and given up, and everything from here
 * on is allocated from a fresh page. Blocks of the sealed heap stay valid for good;
 * freeing one does nothing. */
void heap_seal(void);

/* The first address past the sealed heap; NULL before heap_seal. */
const void *heap_sealed_end(void);

/* Whether every block, list and flag of the heap agrees with the others: for tests. */
bool heap_check(void);

#endif
