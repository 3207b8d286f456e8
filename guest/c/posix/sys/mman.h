/* mmap(), as CPython's module of that name needs it. */
#ifndef HATCHERY_POSIX_SYS_MMAN_H
#define HATCHERY_POSIX_SYS_MMAN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define MAP_FAILED ((void *)-1)
#define MAP_SHARED 1
#define MAP_PRIVATE 2
#define MAP_ANON 32
#define MAP_ANONYMOUS 32
#define PROT_READ 1
#define PROT_WRITE 2
#define PROT_EXEC 4
#define MS_ASYNC 1
#define MS_INVALIDATE 2
#define MS_SYNC 4
#define MREMAP_MAYMOVE 1

void *mmap(void *wanted, size_t len, int protection, int flags, int fd, off_t offset)
    __asm__("hatchery_mmap");
int munmap(void *address, size_t len) __asm__("hatchery_munmap");
int msync(void *address, size_t len, int flags) __asm__("hatchery_msync");
void *mremap(void *address, size_t len, size_t new_len, int flags, ...)
    __asm__("hatchery_mremap");

#endif
