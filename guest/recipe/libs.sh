# zlib, bzip2, lzma, zstd and SQLite as static libraries for wasm32-wasip1.
# Needs: ZIG, VENDOR, OUT, JOBS.
set -eu
mkdir -p "$OUT/lib" "$OUT/include" "$OUT/obj"
flags="-O2 -g0 -DNDEBUG -fno-sanitize=undefined"

# archive NAME "FLAGS" SOURCE...
archive() {
    name=$1 extra=$2
    shift 2
    mkdir -p "$OUT/obj/$name"
    for source in "$@"; do
        # A library may have two files of one name in two folders.
        object=$OUT/obj/$name/$(printf %s "$source" | cksum | cut -d' ' -f1).o
        printf '%s\0%s\0' "$source" "$object"
    done | xargs -0 -P "$JOBS" -n 2 sh -c \
        "\"$ZIG/bin/wasm-cc\" $flags $extra -c \"\$1\" -o \"\$2\"" compile
    "$ZIG/bin/wasm-ar" rcs "$OUT/lib/lib$name.a" "$OUT/obj/$name"/*.o
}

z=$VENDOR/libz-sys/src/zlib
cp "$z/zlib.h" "$z/zconf.h" "$OUT/include"
archive z "-I$z" "$z/adler32.c" "$z/compress.c" "$z/crc32.c" "$z/deflate.c" \
    "$z/infback.c" "$z/inffast.c" "$z/inflate.c" "$z/inftrees.c" "$z/trees.c" \
    "$z/uncompr.c" "$z/zutil.c"

b=$(echo "$VENDOR"/bzip2-sys/bzip2-*)
cp "$b/bzlib.h" "$OUT/include"
# With BZ_NO_STDIO the library calls this one out when its own data is corrupt.
printf 'void bz_internal_error(int code) { (void)code; __builtin_trap(); }\n' > "$OUT/obj/bz_error.c"
archive bz2 "-I$b -DBZ_NO_STDIO" "$b/blocksort.c" "$b/bzlib.c" "$b/compress.c" \
    "$b/crctable.c" "$b/decompress.c" "$b/huffman.c" "$b/randtable.c" "$OUT/obj/bz_error.c"

x=$VENDOR/liblzma-sys/xz/src
cp -R "$x/liblzma/api/lzma" "$x/liblzma/api/lzma.h" "$OUT/include"
lzma=$(for dir in common check lz lzma delta simple rangecoder; do ls "$x/liblzma/$dir"/*.c; done)
# Left out: table generators, the size-optimised twins, and everything threaded.
lzma=$(printf '%s\n' "$lzma" | grep -v -E \
    '_tablegen|_small\.c|_mt\.c|outqueue|hardware_cputhreads|consts_gen|crc(32|64)_x86')
includes="-I$VENDOR/liblzma-sys -I$x/common"
for dir in api lzma lz check simple delta common rangecoder; do
    includes="$includes -I$x/liblzma/$dir"
done
# shellcheck disable=SC2086 # one word a file: the vendored paths have no blanks
archive lzma "$includes -std=c99 -DHAVE_CONFIG_H=1 \
    '-DPACKAGE_NAME=\"liblzma\"' '-DPACKAGE_URL=\"\"' '-DPACKAGE_BUGREPORT=\"\"'" \
    $lzma "$x/common/tuklib_physmem.c"

s=$VENDOR/zstd-sys/zstd/lib
cp "$s/zstd.h" "$s/zdict.h" "$s/zstd_errors.h" "$OUT/include"
archive zstd "-I$s -DZSTD_DISABLE_ASM=1" \
    "$s"/common/*.c "$s"/compress/*.c "$s"/decompress/*.c "$s"/dictBuilder/*.c

q=$VENDOR/libsqlite3-sys/sqlite3
cp "$q/sqlite3.h" "$q/sqlite3ext.h" "$OUT/include"
# One guest, one thread, no file locks and no shared memory: the locking VFS and
# the write-ahead log have nothing to stand on.
archive sqlite3 "-I$q -DSQLITE_THREADSAFE=0 -DSQLITE_OMIT_LOAD_EXTENSION \
    -DSQLITE_OMIT_WAL -DSQLITE_ENABLE_FTS5 -DSQLITE_ENABLE_MATH_FUNCTIONS \
    '-DSQLITE_DEFAULT_UNIX_VFS=\"unix-none\"' -DSQLITE_MAX_MMAP_SIZE=0 \
    -D_WASI_EMULATED_GETPID -D_WASI_EMULATED_PROCESS_CLOCKS -D_WASI_EMULATED_MMAN" "$q/sqlite3.c"

rm -r "$OUT/obj"
