# CPython's static library, extension modules and frozen modules for
# wasm32-wasip1, left in $OUT/build for the link stage.
# Needs: ZIG, SOURCE, NATIVE, CLIBS, RECIPE, OUT, JOBS.
set -eu
mkdir -p "$OUT/build"
cd "$OUT/build"
# As seen from here: what the compiler is given ends up in the module, and is nobody's business there.
SOURCE=$(realpath --relative-to=. "$SOURCE")

export CC="$ZIG/bin/wasm-cc" AR="$ZIG/bin/wasm-ar" RANLIB="$ZIG/bin/wasm-ranlib"
# The libraries are named outright: pkg-config, if there is one, would answer for
# the machine that builds.
export PKG_CONFIG=false
for library in ZLIB:z BZIP2:bz2 LIBLZMA:lzma LIBZSTD:zstd LIBSQLITE3:sqlite3; do
    export "${library%:*}_CFLAGS=-I$CLIBS/include" "${library%:*}_LIBS=-L$CLIBS/lib -l${library#*:}"
done
cat "$SOURCE/Tools/wasm/wasi/config.site-wasm32-wasi" "$RECIPE/site.config" > config.site
# What configure finds out is the same wherever the same compiler looks at the same release, and asking again takes a
# minute. To make the answers anew, after a change of either: build without them, and take the lines that begin with
# ac_cv_ or py_cv_ out of the `Cache variables` of config.log, without programs, paths and environment.
answers=$RECIPE/cpython.answers
release=$(sed -n 's/^#define PY_VERSION *"\(.*\)"/\1/p' "$SOURCE/Include/patchlevel.h")
if [ "$(head -n 1 "$answers")" = "# zig $("$ZIG/ziglang/zig" version), CPython $release" ]; then
    cat "$answers" >> config.site
fi
export CONFIG_SITE="$PWD/config.site"
"$CC" -O2 -c "$RECIPE/../c/missing_libc.c" -o missing_libc.o
# CPython asks for -fno-strict-overflow, which clang takes to be about pointers too: a field's
# offset then is added by an instruction of its own, and not by the load or store itself.
export OPT="-DNDEBUG -O2 -g0 -Wall -fno-wrapv-pointer -flto" LIBS="$PWD/missing_libc.o"
# What libc lacks of an operating system, declared for all of CPython. The compiler's cache goes by
# its arguments and not by what lies in this folder, so that the name tells what the objects depend on.
posix=hatchery_posix_$(cat "$RECIPE/../c/posix/posix.h" config.site "$RECIPE/cpython.sh" | cksum | cut -d' ' -f1).h
cp "$RECIPE/../c/posix/posix.h" "$posix"
# The shadow stack is linked with 16 MiB. The limit CPython works with stays below that, and well
# below what the native stack can take (see patches/).
export CFLAGS="-include $posix -DSOCK_RAW=3 -Wno-date-time -D_Py_LINKER_THREAD_STACK_SIZE=15000000 ${GUEST_CFLAGS:-}"

"$SOURCE/configure" --host=wasm32-wasip1 --build="$("$SOURCE/config.guess")" \
    --with-build-python="$NATIVE/build/python" --prefix=/usr --disable-test-modules \
    --without-ensurepip --with-pymalloc
# Not all: that would link a python.wasm of CPython's own, a minute with -flto.
make -j"$JOBS" libpython3.14.a pybuilddir.txt
