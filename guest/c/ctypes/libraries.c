/* What loads native libraries elsewhere. There is one, the program itself, which shows nothing of what it has. */
#include <dlfcn.h>
#include <stdio.h>

static char message[256];
static bool has_message;
static char program; /* its address is the program's handle */

static void refuse(const char *name) {
    snprintf(message, sizeof message, "%.160s: a sandbox loads no native libraries and has none of their functions",
             name);
    has_message = true;
}

void *dlopen(const char *name, int mode) {
    (void)mode;
    if (!name) return &program;
    refuse(name);
    return NULL;
}

void *dlsym(void *restrict library, const char *restrict name) {
    (void)library;
    refuse(name);
    return NULL;
}

int dlclose(void *library) {
    (void)library;
    return 0;
}

char *dlerror(void) {
    if (!has_message) return NULL;
    has_message = false;
    return message;
}
