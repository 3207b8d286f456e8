#include "files/mount.h"

#include <stdlib.h>
#include <string.h>

static int32_t number_of(const Node *mount) { return (int32_t)mount->mount - 1; }

int32_t mount_ask(int32_t operation, const Place *place, int64_t argument, void *into) {
    return host_mount_path(operation, number_of(place->mount), place->inner, place->inner_len,
                           argument, into);
}

void mount_put_stat(const Node *mount, const HostMountStat *from, __wasi_filestat_t *stat) {
    memset(stat, 0, sizeof *stat);
    /* The tree itself is device 1. */
    stat->dev = 1 + mount->mount;
    stat->ino = from->inode;
    stat->filetype = (__wasi_filetype_t)from->file_type;
    stat->nlink = from->links;
    stat->size = from->size;
    stat->atim = stat->mtim = stat->ctim = from->modified_ns;
}

__wasi_errno_t mount_stat(const Place *place, bool follow, __wasi_filestat_t *stat) {
    HostMountStat found;
    int32_t error =
        mount_ask(ABI_PATH_STAT, place,
                  follow || place->wants_directory ? HOST_FOLLOW_LINKS : 0, &found);
    if (error) return (__wasi_errno_t)error;
    if (place->wants_directory && found.file_type != __WASI_FILETYPE_DIRECTORY)
        return __WASI_ERRNO_NOTDIR;
    mount_put_stat(place->mount, &found, stat);
    return 0;
}

__wasi_errno_t mount_set_modified(const Place *place, uint64_t modified_ns) {
    return (__wasi_errno_t)mount_ask(ABI_PATH_SET_MODIFIED, place, (int64_t)modified_ns, NULL);
}

__wasi_errno_t mount_create_directory(const Place *place) {
    if (place->inner_len == 0) return __WASI_ERRNO_EXIST;
    return (__wasi_errno_t)mount_ask(ABI_PATH_CREATE_DIRECTORY, place, 0, NULL);
}

__wasi_errno_t mount_unlink(const Place *place, bool want_directory) {
    if (node_is_mounted_file(place->mount))
        return want_directory ? __WASI_ERRNO_NOTDIR : __WASI_ERRNO_BUSY;
    if (place->inner_len == 0)
        return want_directory ? __WASI_ERRNO_BUSY : __WASI_ERRNO_ISDIR;
    if (place->wants_directory && !want_directory) return __WASI_ERRNO_ISDIR;
    return (__wasi_errno_t)mount_ask(
        want_directory ? ABI_PATH_REMOVE_DIRECTORY : ABI_PATH_UNLINK, place, 0, NULL);
}

__wasi_errno_t mount_rename(const Place *from, const Place *to) {
    if (!from->mount || !to->mount) return __WASI_ERRNO_XDEV;
    if (from->inner_len == 0 || to->inner_len == 0) return __WASI_ERRNO_BUSY;
    HostMountTarget target = {number_of(to->mount), to->inner, to->inner_len};
    return (__wasi_errno_t)mount_ask(ABI_PATH_RENAME, from, 0, &target);
}

__wasi_errno_t mount_read_link(const Place *place, void *into, size_t len,
                                 __wasi_size_t *used) {
    uint32_t target_len;
    int32_t error = mount_ask(ABI_PATH_READ_LINK, place, 0, &target_len);
    if (error) return (__wasi_errno_t)error;
    uint8_t *target = malloc(target_len ? target_len : 1);
    if (!target) return __WASI_ERRNO_NOMEM;
    error = host_mount_file(ABI_FILE_TAKE, HOST_NO_HANDLE, 0, target, target_len, NULL);
    if (!error) {
        *used = (__wasi_size_t)(target_len < len ? target_len : len);
        memcpy(into, target, *used);
    }
    free(target);
    return (__wasi_errno_t)error;
}

