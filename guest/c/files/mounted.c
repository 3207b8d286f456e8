#include "files/mounted.h"

#include <stdlib.h>
#include <string.h>

#include "files/listing.h"
#include "files/mount.h"

struct Mounted {
    Node *mount;
    int64_t handle; /* the host's, of a file; HOST_NO_HANDLE for a directory */
    uint8_t *listing;
    size_t listing_len;
    size_t path_len;
    char path[]; /* of a directory */
};

static Mounted *new_mounted(const Place *place, int64_t handle) {
    size_t len = handle == HOST_NO_HANDLE ? place->inner_len : 0;
    Mounted *mounted = malloc(sizeof *mounted + len);
    if (!mounted) return NULL;
    *mounted = (Mounted){.mount = place->mount, .handle = handle, .path_len = len};
    memcpy(mounted->path, place->inner, len);
    return mounted;
}

static void close_handle(int64_t handle) {
    if (handle != HOST_NO_HANDLE) host_mount_file(ABI_FILE_CLOSE, handle, 0, NULL, 0, NULL);
}

static void close_mounted(Descriptor *d) {
    close_handle(d->mounted->handle);
    free(d->mounted->listing);
    free(d->mounted);
}

static __wasi_errno_t on_file(int32_t operation, const Descriptor *d, int64_t at,
                              void *bytes, size_t len, uint32_t *done) {
    return (__wasi_errno_t)host_mount_file(operation, d->mounted->handle, at, bytes, len, done);
}

static __wasi_errno_t stat_file(const Descriptor *d, FileStat *stat) {
    HostMountStat found;
    __wasi_errno_t error = on_file(ABI_FILE_STAT, d, 0, &found, sizeof found, NULL);
    if (!error) mount_put_stat(d->mounted->mount, &found, stat);
    return error;
}

static __wasi_errno_t set_times_file(const Descriptor *d, const FileTimes *times) {
    if (!times->sets_modified) return 0;
    return on_file(ABI_FILE_SET_MODIFIED, d, (int64_t)times->modified_ns, NULL, 0, NULL);
}

static __wasi_errno_t set_mode_mounted(const Descriptor *d, uint16_t mode) {
    (void)mode;
    FileStat stat;
    __wasi_errno_t error = d->kind->stat(d, &stat);
    return error ? error : mount_set_mode(&stat);
}

static __wasi_errno_t resize_file(const Descriptor *d, uint64_t size) {
    return on_file(ABI_FILE_RESIZE, d, (int64_t)size, NULL, 0, NULL);
}

static __wasi_errno_t sync_file(const Descriptor *d) {
    return on_file(ABI_FILE_SYNC, d, 0, NULL, 0, NULL);
}

/* The host moves as much in one call as it likes. */
static __wasi_errno_t move(int32_t operation, const Descriptor *d, uint64_t offset,
                           uint8_t *bytes, size_t len, size_t *done) {
    *done = 0;
    while (*done < len) {
        uint32_t moved = 0;
        __wasi_errno_t error = on_file(operation, d, (int64_t)(offset + *done), bytes + *done,
                                       len - *done, &moved);
        /* What was moved before counts. */
        if (error) return *done ? 0 : error;
        if (moved == 0) break;
        *done += moved;
    }
    return 0;
}

static __wasi_errno_t read_file(const Descriptor *d, uint64_t at, uint8_t *into, size_t len,
                                size_t *done) {
    return move(ABI_FILE_READ, d, at, into, len, done);
}

static __wasi_errno_t write_file(const Descriptor *d, uint64_t at, const uint8_t *from,
                                 size_t len, size_t *done) {
    return move(ABI_FILE_WRITE, d, at, (uint8_t *)from, len, done);
}

static void enter_folder(const Descriptor *d, Place *place) {
    place->mount = d->mounted->mount;
    place->inner_len = d->mounted->path_len;
    memcpy(place->inner, d->mounted->path, d->mounted->path_len);
}

/* The host has no handle of a folder: it is asked by its path. */
static void place_of(const Descriptor *d, Place *place) {
    enter_folder(d, place);
    place->wants_directory = true;
}

static __wasi_errno_t stat_folder(const Descriptor *d, FileStat *stat) {
    Place place;
    place_of(d, &place);
    return mount_stat(&place, true, stat);
}

static __wasi_errno_t set_times_folder(const Descriptor *d, const FileTimes *times) {
    Place place;
    place_of(d, &place);
    return mount_set_times(&place, times);
}

static __wasi_errno_t take_listing(const Descriptor *d) {
    Mounted *mounted = d->mounted;
    free(mounted->listing);
    mounted->listing = NULL;
    mounted->listing_len = 0;
    Place place;
    place_of(d, &place);
    uint32_t len;
    int32_t error = mount_ask(ABI_PATH_LIST, &place, 0, &len);
    if (error) return (__wasi_errno_t)error;
    uint8_t *listing = malloc(len ? len : 1);
    if (!listing) return __WASI_ERRNO_NOMEM;
    error = host_mount_file(ABI_FILE_TAKE, HOST_NO_HANDLE, 0, listing, len, NULL);
    if (error) {
        free(listing);
        return (__wasi_errno_t)error;
    }
    mounted->listing = listing;
    mounted->listing_len = len;
    return 0;
}

/* The entry at `at` of the host's listing; NULL at its end. */
static const char *entry_at(const Mounted *mounted, uint64_t at, HostMountEntry *head) {
    if (at > mounted->listing_len || mounted->listing_len - at < sizeof *head) return NULL;
    memcpy(head, mounted->listing + at, sizeof *head);
    if (mounted->listing_len - at - sizeof *head < head->name_len) return NULL;
    return (const char *)mounted->listing + at + sizeof *head;
}

/* Cookies: 0 before `.`, 1 before `..`, then 2 + how many bytes of the host's listing, which
 * is taken anew whenever the listing begins. */
static __wasi_errno_t list_folder(Descriptor *d, Listing *listing) {
    static const char dots[] = "..";
    while (listing->cookie < 2) {
        uint64_t next = listing->cookie + 1;
        if (!listing_put(listing, next, 0, __WASI_FILETYPE_DIRECTORY, dots, (uint32_t)next))
            return 0;
    }
    if (listing->cookie == 2 || !d->mounted->listing) {
        __wasi_errno_t error = take_listing(d);
        if (error) return error;
    }
    for (;;) {
        HostMountEntry head;
        uint64_t at = listing->cookie - 2;
        const char *name = entry_at(d->mounted, at, &head);
        if (!name) return 0;
        if (!listing_put(listing, at + sizeof head + head.name_len + 2, head.inode,
                         (__wasi_filetype_t)head.file_type, name, head.name_len))
            return 0;
    }
}

static const DescriptorKind file_kind = {
    .file_type = __WASI_FILETYPE_REGULAR_FILE,
    .stat = stat_file,
    .read = read_file,
    .write = write_file,
    .resize = resize_file,
    .set_times = set_times_file,
    .set_mode = set_mode_mounted,
    .sync = sync_file,
    .close = close_mounted,
};

static const DescriptorKind folder_kind = {
    .file_type = __WASI_FILETYPE_DIRECTORY,
    .stat = stat_folder,
    .set_times = set_times_folder,
    .set_mode = set_mode_mounted,
    .list = list_folder,
    .enter = enter_folder,
    .close = close_mounted,
};

/* The host's handle of a file; HOST_NO_HANDLE for a folder. */
static __wasi_errno_t open_handle(const Place *place, bool readable, bool writable,
                                  int32_t open_flags, int64_t *handle) {
    HostMountStat stat;
    __wasi_errno_t error =
        (__wasi_errno_t)mount_ask(ABI_PATH_STAT, place, HOST_FOLLOW_LINKS, &stat);
    bool is_folder =
        !error && (stat.file_type & ~(uint32_t)ABI_STAT_READ_ONLY) == __WASI_FILETYPE_DIRECTORY;
    bool is_missing = error == __WASI_ERRNO_NOENT && open_flags & __WASI_OFLAGS_CREAT;
    if (error && !is_missing) return error;
    *handle = HOST_NO_HANDLE;
    if (is_folder) {
        if (open_flags & __WASI_OFLAGS_CREAT && open_flags & __WASI_OFLAGS_EXCL)
            return __WASI_ERRNO_EXIST;
        return writable || open_flags & __WASI_OFLAGS_TRUNC ? __WASI_ERRNO_ISDIR : 0;
    }
    if (place->wants_directory) return is_missing ? __WASI_ERRNO_ISDIR : __WASI_ERRNO_NOTDIR;
    if (open_flags & __WASI_OFLAGS_DIRECTORY)
        return is_missing ? __WASI_ERRNO_INVAL : __WASI_ERRNO_NOTDIR;
    int64_t how = (readable ? ABI_OPEN_READ : 0) | (writable ? ABI_OPEN_WRITE : 0);
    if (open_flags & __WASI_OFLAGS_CREAT) how |= ABI_OPEN_CREATE;
    if (open_flags & __WASI_OFLAGS_EXCL) how |= ABI_OPEN_EXCLUSIVE;
    if (open_flags & __WASI_OFLAGS_TRUNC) how |= ABI_OPEN_TRUNCATE;
    return (__wasi_errno_t)mount_ask(ABI_PATH_OPEN, place, how, handle);
}

__wasi_errno_t mounted_open(const Place *place, bool readable, bool writable,
                            int32_t open_flags, __wasi_fdflags_t flags, int32_t *fd) {
    int64_t handle;
    __wasi_errno_t error = open_handle(place, readable, writable, open_flags, &handle);
    if (error) return error;
    Descriptor opened = {.kind = handle == HOST_NO_HANDLE ? &folder_kind : &file_kind,
                         .readable = readable,
                         .writable = writable,
                         .flags = flags,
                         .mounted = new_mounted(place, handle)};
    if (!opened.mounted) {
        close_handle(handle);
        return __WASI_ERRNO_NOMEM;
    }
    error = descriptor_open(opened, fd);
    if (error) close_mounted(&opened);
    return error;
}
