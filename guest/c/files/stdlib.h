/* The standard library, packed into the module by recipe/pack_stdlib.py. */
#ifndef HATCHERY_FILES_STDLIB_H
#define HATCHERY_FILES_STDLIB_H

/* Hangs the library's directories and files under /usr. Nothing is copied: the nodes point into the module's data. 0, or a WASI errno. */
int stdlib_mount(void);

#endif
