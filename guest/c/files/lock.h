/* Locks of whole files, as flock() makes them: an open file has one, and two of the same file
 * keep each other out also within a process. */
#ifndef HATCHERY_FILES_LOCK_H
#define HATCHERY_FILES_LOCK_H

#include "files/descriptor.h"

typedef enum { LOCK_NONE, LOCK_SHARED, LOCK_EXCLUSIVE } LockKind;

/* Changes the lock that an open file has; false where another one's is in the way. */
bool lock_file(Descriptor *d, LockKind kind);

#endif
