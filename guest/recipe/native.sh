# A native python of the same version, without extension modules: cross-compiling CPython
# runs it to freeze modules and to write its build description, and pack_stdlib.py runs in
# it. Speed does not matter here.
# Needs: SOURCE, OUT, JOBS.
set -eu
mkdir -p "$OUT/build"
cd "$OUT/build"
"$SOURCE/configure" --prefix=/nonexistent --without-ensurepip --disable-test-modules \
    --without-doc-strings --with-pkg-config=no CFLAGS=-O1 OPT=-DNDEBUG
# Not all: that would build every extension module as well.
make -j"$JOBS" platform
