/* Folders of the host's, mounted in the tree: what the host answers for a path in one.
 *
 * The host opens files and answers for them; directories it opens for each call anew, so
 * that only open files are something it has to keep: see files/mounted.h. */
#ifndef HATCHERY_FILES_MOUNT_H
#define HATCHERY_FILES_MOUNT_H

#include "files/place.h"
#include "files/stat.h"
#include "host.h"

/* An operation on a place in a mount; the host's errno. */
int32_t mount_ask(int32_t operation, const Place *place, int64_t argument, void *into);

/* What the host says of a file in this mount, as WASI says it. */
void mount_put_stat(const Node *mount, const HostMountStat *from, FileStat *stat);

__wasi_errno_t mount_stat(const Place *place, bool follow, FileStat *stat);

/* The host keeps the time of modification alone. */
__wasi_errno_t mount_set_times(const Place *place, const FileTimes *times);

/* Modes of the host's files are the host's: one is accepted where the mount can be written to,
 * so that what copies files with their modes works, and not kept. */
__wasi_errno_t mount_set_mode(const FileStat *stat);
__wasi_errno_t mount_create_directory(const Place *place);
__wasi_errno_t mount_unlink(const Place *place, bool want_directory);
__wasi_errno_t mount_rename(const Place *from, const Place *to);
__wasi_errno_t mount_read_link(const Place *place, void *into, size_t len,
                                 __wasi_size_t *used);

#endif
