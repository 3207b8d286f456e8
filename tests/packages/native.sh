#!/bin/sh
# A full native CPython of the release that the guest is made from, unpatched and with its extension modules, to
# compare with. Extension modules are built as far as the machine has the libraries' headers: zlib, bz2, lzma,
# sqlite3, ffi, ssl.
# Usage: native.sh TARBALL OUT [JOBS]; the interpreter is OUT/bin/python3.14.
set -eu
tarball=$1 out=$2 jobs=${3:-2}
if [ -x "$out/bin/python3.14" ]; then
    exit 0
fi
work=$out.work
rm -rf "$work"
mkdir -p "$work"
tar -xf "$tarball" -C "$work" --strip-components 1
cd "$work"
./configure --prefix="$out" --disable-test-modules --with-ensurepip=no >configure.log
make -j"$jobs" >make.log 2>&1
make install >install.log 2>&1
for module in zlib bz2 lzma sqlite3 ctypes ssl; do
    "$out/bin/python3.14" -c "import $module" 2>/dev/null || echo "native CPython has no $module" >&2
done
cd /
rm -rf "$work"
