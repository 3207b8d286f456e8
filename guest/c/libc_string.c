/* Functions on text and bytes that the compiler's own libc has slow or wrong. Its strchr, strstr and the like measure
 * all of the text before they look at its first byte, so that a parser that calls them line by line takes time with the
 * square of its input; its memchr and memcmp go byte by byte; its memccpy leaves out the byte that it looks for.
 *
 * Compiled with SIMD and without link-time optimisation (recipe/guest.sh): a compiler that sees the body of strlen may
 * take it for a call of strlen.
 *
 * A block that is aligned lies in the memory as a whole if one byte of it does, as memory comes in pages: so blocks are
 * read that begin before a text, or end past it, and what is not the text's in them is masked out. */
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <wasm_simd128.h>

enum { BLOCK_BYTES = 16 };

/* The mask of a block has bit i set where byte i is what was looked for. */
typedef uint32_t Mask;

static const unsigned char *block_of(const void *at) {
    return (const unsigned char *)((uintptr_t)at & ~(uintptr_t)(BLOCK_BYTES - 1));
}

static Mask equal(const unsigned char *block, v128_t wanted) {
    return wasm_i8x16_bitmask(wasm_i8x16_eq(wasm_v128_load(block), wanted));
}

static Mask from(const void *at) { return UINT32_MAX << ((uintptr_t)at & (BLOCK_BYTES - 1)); }

static unsigned lowest(Mask mask) { return (unsigned)__builtin_ctz(mask); }

static unsigned highest(Mask mask) { return 31 - (unsigned)__builtin_clz(mask); }

/* The first byte that is `wanted` or 0. */
static const unsigned char *find_or_end(const char *text, int wanted) {
    const v128_t byte = wasm_i8x16_splat((int8_t)wanted), end = wasm_i8x16_const_splat(0);
    const unsigned char *block = block_of(text);
    Mask found = (equal(block, byte) | equal(block, end)) & from(text);
    while (!found) {
        block += BLOCK_BYTES;
        found = equal(block, byte) | equal(block, end);
    }
    return block + lowest(found);
}

size_t strlen(const char *text) {
    return (size_t)(find_or_end(text, 0) - (const unsigned char *)text);
}

char *strchrnul(const char *text, int wanted) { return (char *)find_or_end(text, wanted); }

char *__strchrnul(const char *text, int wanted) { return (char *)find_or_end(text, wanted); }

char *strchr(const char *text, int wanted) {
    const unsigned char *found = find_or_end(text, wanted);
    return *found == (unsigned char)wanted ? (char *)found : NULL;
}

void *memchr(const void *bytes, int wanted, size_t len) {
    if (!len) return NULL;
    const v128_t byte = wasm_i8x16_splat((int8_t)wanted);
    const unsigned char *block = block_of(bytes);
    const uintptr_t last = len - 1 <= UINTPTR_MAX - (uintptr_t)bytes ? (uintptr_t)bytes + (len - 1) : UINTPTR_MAX;
    Mask found = equal(block, byte) & from(bytes);
    for (;;) {
        if (found) {
            const unsigned char *at = block + lowest(found);
            return (uintptr_t)at <= last ? (void *)at : NULL;
        }
        if (last - (uintptr_t)block < BLOCK_BYTES) return NULL;
        block += BLOCK_BYTES;
        found = equal(block, byte);
    }
}

void *memrchr(const void *bytes, int wanted, size_t len) {
    if (!len) return NULL;
    const v128_t byte = wasm_i8x16_splat((int8_t)wanted);
    const unsigned char *last = (const unsigned char *)bytes + (len - 1), *block = block_of(last);
    Mask found = equal(block, byte) & ~(from(last) << 1);
    while (!found && block > (const unsigned char *)bytes) {
        block -= BLOCK_BYTES;
        found = equal(block, byte);
    }
    if (!found) return NULL;
    const unsigned char *at = block + highest(found);
    return at >= (const unsigned char *)bytes ? (void *)at : NULL;
}

void *__memrchr(const void *bytes, int wanted, size_t len) { return memrchr(bytes, wanted, len); }

char *strrchr(const char *text, int wanted) { return memrchr(text, wanted, strlen(text) + 1); }

size_t strnlen(const char *text, size_t max) {
    const char *end = memchr(text, 0, max);
    return end ? (size_t)(end - text) : max;
}

int memcmp(const void *left, const void *right, size_t len) {
    const unsigned char *a = left, *b = right;
    for (; len >= BLOCK_BYTES; a += BLOCK_BYTES, b += BLOCK_BYTES, len -= BLOCK_BYTES) {
        const v128_t same = wasm_i8x16_eq(wasm_v128_load(a), wasm_v128_load(b));
        if (wasm_i8x16_all_true(same)) continue;
        const unsigned at = lowest(~(Mask)wasm_i8x16_bitmask(same));
        return a[at] - b[at];
    }
    for (; len; a++, b++, len--)
        if (*a != *b) return *a - *b;
    return 0;
}

int bcmp(const void *left, const void *right, size_t len) { return memcmp(left, right, len); }

/* Which bytes a text has: a bit for each. */
typedef struct {
    uint32_t words[(UCHAR_MAX + 1) / 32];
} ByteSet;

static ByteSet bytes_of(const char *text) {
    ByteSet set = {0};
    for (const unsigned char *at = (const unsigned char *)text; *at; at++)
        set.words[*at / 32] |= (uint32_t)1 << *at % 32;
    return set;
}

static int has(const ByteSet *set, unsigned char byte) { return set->words[byte / 32] >> byte % 32 & 1; }

size_t strspn(const char *text, const char *accepted) {
    const ByteSet set = bytes_of(accepted);
    const char *at = text;
    while (*at && has(&set, (unsigned char)*at)) at++;
    return (size_t)(at - text);
}

size_t strcspn(const char *text, const char *rejected) {
    const ByteSet set = bytes_of(rejected);
    const char *at = text;
    while (*at && !has(&set, (unsigned char)*at)) at++;
    return (size_t)(at - text);
}

char *strpbrk(const char *text, const char *wanted) {
    const char *at = text + strcspn(text, wanted);
    return *at ? (char *)at : NULL;
}

char *strtok_r(char *text, const char *separators, char **rest) {
    char *token = text ? text : *rest;
    if (!token) return NULL;
    token += strspn(token, separators);
    if (!*token) {
        *rest = NULL;
        return NULL;
    }
    char *end = token + strcspn(token, separators);
    *rest = *end ? end + 1 : NULL;
    *end = 0;
    return token;
}

char *strtok(char *text, const char *separators) {
    static char *rest;
    return strtok_r(text, separators, &rest);
}

char *strsep(char **rest, const char *separators) {
    char *token = *rest;
    if (!token) return NULL;
    char *end = token + strcspn(token, separators);
    *rest = *end ? end + 1 : NULL;
    *end = 0;
    return token;
}

/* Candidates are where the first byte is, and the text is read no further than the place that is found. */
char *strstr(const char *text, const char *wanted) {
    const size_t len = strlen(wanted);
    if (!len) return (char *)text;
    for (; (text = strchr(text, *wanted)); text++)
        if (strncmp(text, wanted, len) == 0) return (char *)text;
    return NULL;
}

void *memccpy(void *restrict into, const void *restrict bytes, int last, size_t len) {
    const unsigned char *found = memchr(bytes, last, len);
    if (!found) {
        memcpy(into, bytes, len);
        return NULL;
    }
    const size_t copied = (size_t)(found - (const unsigned char *)bytes) + 1;
    memcpy(into, bytes, copied);
    return (unsigned char *)into + copied;
}
