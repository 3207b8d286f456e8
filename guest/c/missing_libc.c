/* What CPython's getaddrinfo.c calls and a WASI libc does not have. There is no
 * resolver in the sandbox: every lookup fails with HOST_NOT_FOUND. */
#include <stddef.h>

enum { HATCHERY_HOST_NOT_FOUND = 1 };

static int last_resolver_error = HATCHERY_HOST_NOT_FOUND;

int *__h_errno_location(void) { return &last_resolver_error; }

void *gethostbyname(const char *name) {
    (void)name;
    last_resolver_error = HATCHERY_HOST_NOT_FOUND;
    return NULL;
}

void *gethostbyaddr(const void *address, unsigned length, int family) {
    (void)address, (void)length, (void)family;
    last_resolver_error = HATCHERY_HOST_NOT_FOUND;
    return NULL;
}

void *getservbyname(const char *name, const char *protocol) {
    (void)name, (void)protocol;
    return NULL;
}

void *getservbyport(int port, const char *protocol) {
    (void)port, (void)protocol;
    return NULL;
}
