/* What hands out memory by other names than malloc, where libc's own would not do.
 *
 * zig's libc has strdup, strndup and wcsdup in one object with a malloc of its own, and
 * that is the one they call, although what they give goes to free(). All else that hands
 * out memory (getline, asprintf, realpath, open_memstream and so on) calls malloc by its
 * name, and gets heap.c's. A test counts the places of the module that make memory grow. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>

enum { OS_PAGE_BYTES = 4 << 10 };

/* heap.c's; no header of libc's declares it. */
void *memalign(size_t alignment, size_t len);

void *aligned_alloc(size_t alignment, size_t len) { return memalign(alignment, len); }

int posix_memalign(void **into, size_t alignment, size_t len) {
    if (alignment < sizeof(void *) || alignment & (alignment - 1)) return EINVAL;
    void *p = memalign(alignment, len);
    if (!p) return ENOMEM;
    *into = p;
    return 0;
}

void *reallocarray(void *p, size_t count, size_t each) {
    size_t len;
    if (__builtin_mul_overflow(count, each, &len)) {
        errno = ENOMEM;
        return NULL;
    }
    return realloc(p, len);
}

void *valloc(size_t len) { return memalign(OS_PAGE_BYTES, len); }

static void *copy_of(const void *from, size_t len, size_t room) {
    char *copy = malloc(room);
    return copy ? memcpy(copy, from, len) : NULL;
}

char *strdup(const char *text) {
    size_t room = strlen(text) + 1;
    return copy_of(text, room, room);
}

char *strndup(const char *text, size_t len_max) {
    size_t len = strnlen(text, len_max);
    char *copy = copy_of(text, len, len + 1);
    if (copy) copy[len] = 0;
    return copy;
}

wchar_t *wcsdup(const wchar_t *text) {
    size_t room = (wcslen(text) + 1) * sizeof *text;
    return copy_of(text, room, room);
}
