#include "files/mount.h"

#include <stdlib.h>
#include <string.h>

static int32_t number_of(const Node *mount) { return (int32_t)mount->mount - 1; }

int32_t mount_ask(int32_t operation, const Place *place, int64_t argument, void *into) {
    return host_mount_path(operation, number_of(place->mount), place->inner, place->inner_len,
                           argument, into);
}

void mount_put_stat(const Node *mount, const HostMountStat *from, FileStat *stat) {
    memset(stat, 0, sizeof *stat);
    uint32_t file_type = from->file_type & ~(uint32_t)ABI_STAT_READ_ONLY;
    stat->wasi = (__wasi_filestat_t){
        .dev = 1 + mount->mount, /* the tree itself is device 1 */
        .ino = from->inode,
        .filetype = (__wasi_filetype_t)file_type,
        .nlink = from->links,
        .size = from->size,
        .atim = from->modified_ns,
        .mtim = from->modified_ns,
        .ctim = from->modified_ns,
    };
    stat->mode = file_type == __WASI_FILETYPE_DIRECTORY ? 0755 : 0644;
    if (from->file_type != file_type) stat->mode &= 0555;
    if (file_type == __WASI_FILETYPE_SYMBOLIC_LINK) stat->mode = 0777;
    stat->owner = USER_ID;
}

__wasi_errno_t mount_set_mode(const FileStat *stat) {
    return stat->mode & 0200 ? 0 : __WASI_ERRNO_ROFS;
}

__wasi_errno_t mount_stat(const Place *place, bool follow, FileStat *stat) {
    HostMountStat found;
    int32_t error =
        mount_ask(ABI_PATH_STAT, place,
                  follow || place->wants_directory ? HOST_FOLLOW_LINKS : 0, &found);
    if (error) return (__wasi_errno_t)error;
    mount_put_stat(place->mount, &found, stat);
    if (place->wants_directory && stat->wasi.filetype != __WASI_FILETYPE_DIRECTORY)
        return __WASI_ERRNO_NOTDIR;
    return 0;
}

__wasi_errno_t mount_set_times(const Place *place, const FileTimes *times) {
    if (!times->sets_modified) return 0;
    return (__wasi_errno_t)mount_ask(ABI_PATH_SET_MODIFIED, place, (int64_t)times->modified_ns,
                                     NULL);
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

