/* Blocks lie one after another from the first page after the module's data to the end
 * of memory:
 *
 *     ┌──────┬─────────┬──────┬─────────┬──────┬─ ─ ─ ─ ─ ─ ─ ─
 *     │ head │ payload │ head │ payload │ head │ top: never used, or free again
 *     └──────┴─────────┴──────┴─────────┴──────┴─ ─ ─ ─ ─ ─ ─ ─
 *
 * A head is the block's size in bytes, itself included, a multiple of 8, with two flags:
 * whether the block is in use and whether the one before it is. Payloads are aligned to
 * 8 bytes. A free block also holds links to others of its bin, and its size once more in
 * its last word, so that the block after it finds its beginning.
 *
 *   - small blocks that are freed go to a quick list of their size and are merged with
 *     their neighbours only when memory would have to grow otherwise;
 *   - larger ones are merged at once and put into one of BINS bins by size;
 *   - a request takes from its quick list, then from the bins, then from the top.
 */
#include "heap.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum {
    HEAD_BYTES = 4,
    ALIGNMENT = 8,
    BLOCK_BYTES_MIN = 16,
    QUICK_BYTES_MAX = 512,
    QUICK_LISTS = QUICK_BYTES_MAX / ALIGNMENT + 1,
    /* From 512 bytes on, eight bins a power of two. */
    BINS_PER_POWER_LOG2 = 3,
    SMALL_BINS = QUICK_BYTES_MAX / ALIGNMENT,
    SMALL_POWER = 9,
    BINS = SMALL_BINS + ((31 - SMALL_POWER) << BINS_PER_POWER_LOG2),
    BIN_WORDS = (BINS + 31) / 32,
    GROWTH_BYTES_MIN = 1 << 20,
    WASM_PAGE_BYTES = 64 << 10,
    OS_PAGE_BYTES = 4 << 10,
    /* Quick lists holding less than this are not worth merging before memory grows. */
    MERGE_BYTES_MIN = 256 << 10,
};

#define BLOCK_BYTES_MAX ((uint32_t)1 << 31)

static const uint32_t IN_USE = 1, BEFORE_IN_USE = 2, FLAGS = 7;

typedef struct Block Block;

struct Block {
    uint32_t head;
    Block *next, *before; /* in a free block only */
};

static struct {
    Block *top; /* its head holds flags only; its size is end - top */
    char *end;
    char *start;
    char *untouched; /* from here to the end memory has never been handed out: zeros */
    char *sealed_end;
    size_t quick_bytes;
    uint32_t bin_bits[BIN_WORDS];
    Block *quick[QUICK_LISTS];
    Block *bins[BINS];
} heap;

extern char __heap_base;

static uint32_t size_of(const Block *b) { return b->head & ~FLAGS; }
static Block *block_at(void *address) { return address; }
static Block *after(Block *b) { return block_at((char *)b + size_of(b)); }
static void *payload(Block *b) { return (char *)b + HEAD_BYTES; }
static Block *block_of(void *p) { return block_at((char *)p - HEAD_BYTES); }
static uint32_t *size_at_end(Block *b) { return (uint32_t *)((char *)b + size_of(b)) - 1; }

static bool is_sealed(const void *p) { return (const char *)p < heap.sealed_end; }

/* The bin that a free block of `size` bytes belongs to. */
static uint32_t bin_of(uint32_t size) {
    if (size < QUICK_BYTES_MAX) return size / ALIGNMENT;
    if (size >= BLOCK_BYTES_MAX) return BINS - 1;
    uint32_t power = 31 - (uint32_t)__builtin_clz(size);
    uint32_t part = (size >> (power - BINS_PER_POWER_LOG2)) & ((1 << BINS_PER_POWER_LOG2) - 1);
    return SMALL_BINS + ((power - SMALL_POWER) << BINS_PER_POWER_LOG2) + part;
}

/* The first bin all of whose blocks have at least `size` bytes. */
static uint32_t bin_from(uint32_t size) {
    if (size < QUICK_BYTES_MAX) return size / ALIGNMENT;
    uint32_t power = 31 - (uint32_t)__builtin_clz(size);
    return bin_of(size + (((uint32_t)1 << (power - BINS_PER_POWER_LOG2)) - 1));
}

static void bin_put(Block *b) {
    uint32_t bin = bin_of(size_of(b));
    b->before = NULL;
    b->next = heap.bins[bin];
    if (b->next) b->next->before = b;
    heap.bins[bin] = b;
    heap.bin_bits[bin / 32] |= (uint32_t)1 << bin % 32;
}

static void bin_take(Block *b) {
    uint32_t bin = bin_of(size_of(b));
    if (b->before) b->before->next = b->next;
    else heap.bins[bin] = b->next;
    if (b->next) b->next->before = b->before;
    if (!heap.bins[bin]) heap.bin_bits[bin / 32] &= ~((uint32_t)1 << bin % 32);
}

/* A free block of at least `size` bytes, still in its bin; NULL if there is none. */
static Block *bin_find(uint32_t size) {
    uint32_t bin = bin_from(size);
    if (bin >= BINS) return NULL;
    uint32_t word = bin / 32, bits = heap.bin_bits[word] & (~(uint32_t)0 << bin % 32);
    while (!bits) {
        if (++word == BIN_WORDS) return NULL;
        bits = heap.bin_bits[word];
    }
    return heap.bins[word * 32 + (uint32_t)__builtin_ctz(bits)];
}

/* Frees a block for good: merges it with free neighbours and the top. */
static void release(Block *b) {
    uint32_t size = size_of(b);
    if (!(b->head & BEFORE_IN_USE)) {
        Block *before = block_at((char *)b - ((uint32_t *)b)[-1]);
        bin_take(before);
        size += size_of(before);
        b = before;
    }
    Block *next = block_at((char *)b + size);
    if (next != heap.top && !(next->head & IN_USE)) {
        bin_take(next);
        size += size_of(next);
        next = block_at((char *)b + size);
    }
    if (next == heap.top) {
        b->head = BEFORE_IN_USE;
        heap.top = b;
        return;
    }
    b->head = size | BEFORE_IN_USE;
    *size_at_end(b) = size;
    next->head &= ~BEFORE_IN_USE;
    bin_put(b);
}

static void merge_quick_lists(void) {
    for (uint32_t i = 0; i < QUICK_LISTS; i++) {
        while (heap.quick[i]) {
            Block *b = heap.quick[i];
            heap.quick[i] = b->next;
            release(b);
        }
    }
    heap.quick_bytes = 0;
}

/* Gives the end of a block in use back, if it is worth a block. */
static void trim(Block *b, uint32_t size) {
    uint32_t rest = size_of(b) - size;
    if (rest < BLOCK_BYTES_MIN) return;
    b->head = size | (b->head & (IN_USE | BEFORE_IN_USE));
    Block *end = after(b);
    end->head = rest | IN_USE | BEFORE_IN_USE;
    release(end);
}

static size_t top_bytes(void) { return (size_t)(heap.end - (char *)heap.top); }

/* The top keeps room for a head of its own. */
static bool fits_top(uint32_t size) { return top_bytes() >= (size_t)size + BLOCK_BYTES_MIN; }

static size_t pages_for(uint64_t bytes) {
    return (size_t)((bytes + WASM_PAGE_BYTES - 1) / WASM_PAGE_BYTES);
}

/* Not inlined: by the places of the module that make memory grow a test sees whether there
 * is another allocator in it. */
__attribute__((noinline)) static size_t grow_memory(size_t pages) {
    return __builtin_wasm_memory_grow(0, pages);
}

/* Grows memory until `size` bytes fit the top: by a good piece, or by just enough. */
static bool grow(uint32_t size) {
    uint64_t missing = (uint64_t)size + BLOCK_BYTES_MIN - top_bytes();
    size_t pages = pages_for(missing < GROWTH_BYTES_MIN ? GROWTH_BYTES_MIN : missing);
    size_t at = grow_memory(pages);
    if (at == SIZE_MAX) {
        pages = pages_for(missing);
        at = grow_memory(pages);
    }
    if (at == SIZE_MAX) return false;
    char *added = (char *)(at * WASM_PAGE_BYTES);
    if (added != heap.end) {
        /* Somebody else grew memory in between: bridge theirs with a block in use. */
        Block *bridge = heap.top;
        uint32_t flags = (bridge->head & BEFORE_IN_USE) | IN_USE;
        heap.top = block_at(added + HEAD_BYTES);
        bridge->head = (uint32_t)((char *)heap.top - (char *)bridge) | flags;
        heap.top->head = BEFORE_IN_USE;
        heap.untouched = added + BLOCK_BYTES_MIN;
    }
    heap.end = added + pages * WASM_PAGE_BYTES;
    return fits_top(size) || grow(size);
}

static void start(void) {
    uintptr_t base = ((uintptr_t)&__heap_base + OS_PAGE_BYTES - 1) & ~(uintptr_t)(OS_PAGE_BYTES - 1);
    heap.start = (char *)base + HEAD_BYTES;
    heap.top = block_at(heap.start);
    heap.top->head = BEFORE_IN_USE;
    heap.end = (char *)((size_t)__builtin_wasm_memory_size(0) * WASM_PAGE_BYTES);
    heap.untouched = heap.start + BLOCK_BYTES_MIN;
}

/* Takes a free block out of its bin and makes it one of `size` bytes in use. */
static Block *take_from_bins(uint32_t size) {
    Block *b = bin_find(size);
    if (!b) return NULL;
    bin_take(b);
    after(b)->head |= BEFORE_IN_USE;
    b->head |= IN_USE;
    trim(b, size);
    return b;
}

/* Moves the top up to `to`. */
static void raise_top(char *to) {
    heap.top = block_at(to);
    heap.top->head = BEFORE_IN_USE;
    if (to + BLOCK_BYTES_MIN > heap.untouched) heap.untouched = to + BLOCK_BYTES_MIN;
}

static Block *take_from_top(uint32_t size) {
    if (!fits_top(size) && heap.quick_bytes >= MERGE_BYTES_MIN) {
        merge_quick_lists();
        Block *b = take_from_bins(size);
        if (b) return b;
    }
    if (!fits_top(size) && !grow(size)) {
        /* Memory cannot grow: what lies in quick lists is the last resort. */
        if (heap.quick_bytes == 0) return NULL;
        merge_quick_lists();
        Block *b = take_from_bins(size);
        if (b || !fits_top(size)) return b;
    }
    Block *b = heap.top;
    b->head = size | (b->head & BEFORE_IN_USE) | IN_USE;
    raise_top((char *)b + size);
    return b;
}

static uint32_t block_bytes(size_t payload_bytes) {
    size_t size = (payload_bytes + HEAD_BYTES + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    return size < BLOCK_BYTES_MIN ? BLOCK_BYTES_MIN : (uint32_t)size;
}

void *malloc(size_t len) {
    if (len >= BLOCK_BYTES_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    if (!heap.top) start();
    uint32_t size = block_bytes(len);
    if (size <= QUICK_BYTES_MAX) {
        Block **quick = &heap.quick[size / ALIGNMENT];
        if (*quick) {
            Block *b = *quick;
            *quick = b->next;
            heap.quick_bytes -= size;
            return payload(b);
        }
    }
    Block *b = take_from_bins(size);
    if (!b) b = take_from_top(size);
    if (!b) {
        errno = ENOMEM;
        return NULL;
    }
    return payload(b);
}

void free(void *p) {
    if (!p || is_sealed(p)) return;
    Block *b = block_of(p);
    uint32_t size = size_of(b);
    if (size > QUICK_BYTES_MAX) {
        release(b);
        return;
    }
    b->next = heap.quick[size / ALIGNMENT];
    heap.quick[size / ALIGNMENT] = b;
    heap.quick_bytes += size;
}

void *calloc(size_t count, size_t each) {
    size_t len;
    if (__builtin_mul_overflow(count, each, &len)) {
        errno = ENOMEM;
        return NULL;
    }
    if (!heap.top) start();
    char *untouched = heap.untouched;
    char *p = malloc(len);
    if (!p || p >= untouched) return p;
    /* What was never handed out is zero already, and stays off the dirty pages. */
    size_t used = (size_t)(untouched - p);
    memset(p, 0, len < used ? len : used);
    return p;
}

static void *move(void *p, size_t old_len, size_t len) {
    void *moved = malloc(len);
    if (!moved) return NULL;
    memcpy(moved, p, old_len < len ? old_len : len);
    free(p);
    return moved;
}

/* Makes a block in use at least `size` bytes long where it lies, if there is room. */
static bool extend(Block *b, uint32_t size) {
    Block *next = after(b);
    uint32_t flags = b->head & BEFORE_IN_USE;
    if (next == heap.top) {
        if (!fits_top(size - size_of(b))) return false;
        b->head = size | flags | IN_USE;
        raise_top((char *)b + size);
        return true;
    }
    if (next->head & IN_USE || (size_t)size_of(b) + size_of(next) < size) return false;
    bin_take(next);
    b->head = (size_of(b) + size_of(next)) | flags | IN_USE;
    after(b)->head |= BEFORE_IN_USE;
    trim(b, size);
    return true;
}

void *realloc(void *p, size_t len) {
    if (!p) return malloc(len);
    if (len == 0) {
        free(p);
        return NULL;
    }
    if (len >= BLOCK_BYTES_MAX) {
        errno = ENOMEM;
        return NULL;
    }
    Block *b = block_of(p);
    uint32_t size = block_bytes(len), old = size_of(b);
    if (is_sealed(p)) return size <= old ? p : move(p, old - HEAD_BYTES, len);
    if (size <= old) {
        if (old > QUICK_BYTES_MAX) trim(b, size);
        return p;
    }
    if (extend(b, size)) return p;
    return move(p, old - HEAD_BYTES, len);
}

void *memalign(size_t alignment, size_t len) {
    if (alignment <= ALIGNMENT) return malloc(len);
    if (alignment & (alignment - 1) || alignment > BLOCK_BYTES_MAX / 4 || len >= BLOCK_BYTES_MAX / 2) {
        errno = alignment & (alignment - 1) ? EINVAL : ENOMEM;
        return NULL;
    }
    char *p = malloc(len + alignment + BLOCK_BYTES_MIN);
    if (!p) return NULL;
    uintptr_t aligned = ((uintptr_t)p + alignment - 1) & ~(alignment - 1);
    /* The space in front has to hold a block of its own. */
    if (aligned != (uintptr_t)p && aligned - (uintptr_t)p < BLOCK_BYTES_MIN) aligned += alignment;
    Block *b = block_of(p);
    if (aligned != (uintptr_t)p) {
        uint32_t front = (uint32_t)(aligned - (uintptr_t)p);
        Block *rest = block_at((char *)b + front);
        rest->head = (size_of(b) - front) | IN_USE | BEFORE_IN_USE;
        b->head = front | (b->head & BEFORE_IN_USE) | IN_USE;
        release(b);
        b = rest;
    }
    trim(b, block_bytes(len));
    return payload(b);
}

size_t malloc_usable_size(void *p) { return p ? size_of(block_of(p)) - HEAD_BYTES : 0; }

void heap_seal(void) {
    if (!heap.top) start();
    merge_quick_lists();
    for (Block *b = block_at(heap.start); b != heap.top; b = after(b)) {
        if (b->head & IN_USE) continue;
        memset(payload(b), 0, size_of(b) - HEAD_BYTES);
        b->head |= IN_USE;
        after(b)->head |= BEFORE_IN_USE;
    }
    memset(heap.bins, 0, sizeof heap.bins);
    memset(heap.bin_bits, 0, sizeof heap.bin_bits);
    /* The top begins again at a page's first payload, with zeros from there on. */
    char *from = (char *)heap.top + HEAD_BYTES;
    char *until = heap.untouched < heap.end ? heap.untouched : heap.end;
    if (until > from) memset(from, 0, (size_t)(until - from));
    uintptr_t page = ((uintptr_t)from + OS_PAGE_BYTES - 1) & ~(uintptr_t)(OS_PAGE_BYTES - 1);
    Block *filler = heap.top;
    Block *top = block_at((char *)page + HEAD_BYTES);
    if (!fits_top(2 * OS_PAGE_BYTES) && !grow(2 * OS_PAGE_BYTES)) return;
    filler->head = (uint32_t)((char *)top - (char *)filler) | (filler->head & BEFORE_IN_USE) | IN_USE;
    top->head = BEFORE_IN_USE;
    heap.top = top;
    heap.untouched = (char *)top + BLOCK_BYTES_MIN;
    heap.sealed_end = (char *)page;
}

const void *heap_sealed_end(void) { return heap.sealed_end; }

bool heap_check(void) {
    if (!heap.top) return true;
    bool before_in_use = true;
    size_t quick_bytes = 0, free_blocks = 0, free_found = 0;
    for (Block *b = block_at(heap.start); b != heap.top; b = after(b)) {
        uint32_t size = size_of(b);
        if (size < BLOCK_BYTES_MIN || (char *)b + size > (char *)heap.top) return false;
        if (((b->head & BEFORE_IN_USE) != 0) != before_in_use) return false;
        before_in_use = b->head & IN_USE;
        if (before_in_use) continue;
        if (*size_at_end(b) != size) return false;
        free_blocks++;
    }
    if (((heap.top->head & BEFORE_IN_USE) != 0) != before_in_use) return false;
    for (uint32_t i = 0; i < BINS; i++) {
        if ((heap.bins[i] != NULL) != ((heap.bin_bits[i / 32] >> i % 32 & 1) != 0)) return false;
        for (Block *b = heap.bins[i]; b; b = b->next, free_found++)
            if (b->head & IN_USE || bin_of(size_of(b)) != i) return false;
    }
    for (uint32_t i = 0; i < QUICK_LISTS; i++)
        for (Block *b = heap.quick[i]; b; b = b->next)
            quick_bytes += size_of(b);
    return free_found == free_blocks && quick_bytes == heap.quick_bytes;
}
