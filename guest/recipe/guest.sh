# The guest module: CPython's objects, the glue in c/, the packed standard library.
# Needs: ZIG, SOURCE, NATIVE, CPYTHON, RECIPE, TIME_ZONES_WHEEL, BUILD_ID, OUT.
set -eu
mkdir -p "$OUT/obj"
# By the machine's python3, as the native one has no zlib.
python3 -m zipfile -e "$TIME_ZONES_WHEEL" "$OUT/zones"
python3 -c 'import sys, zlib
sys.stdout.buffer.write(zlib.compress(sys.stdin.buffer.read(), 9))' \
    < "$SOURCE/Lib/pydoc_data/topics.py" > "$OUT/topics"
"$NATIVE/build/python" -S "$RECIPE/pack_stdlib.py" "$SOURCE/Lib" "$CPYTHON/build" \
    "$RECIPE/../python" "$OUT/zones/tzdata/zoneinfo" "$OUT/topics" "$OUT/stdlib.archive"
rm -r "$OUT/zones" "$OUT/topics"

glue=$RECIPE/../c
for source in "$glue"/*.c "$glue"/files/*.c "$glue"/posix/*.c "$glue"/ctypes/*.c; do
    # That one is linked into CPython.
    [ "$(basename "$source")" = missing_libc.c ] && continue
    case $(basename "$source") in
    libc_string.c) how="-O3 -msimd128 -fno-builtin -fno-lto" ;;
    *) how="-O2 -flto" ;;
    esac
    # shellcheck disable=SC2086
    # heap.c is malloc: the compiler must not take its parts for calls of malloc.
    "$ZIG/bin/wasm-cc" -std=c23 -g0 $how -fno-builtin-malloc -fno-builtin-calloc \
        -fno-builtin-realloc -fno-builtin-free -fno-builtin-strdup -fno-builtin-strndup \
        -Wall -Wextra -Werror ${GUEST_CFLAGS:-} \
        -DGUEST_BUILD_ID="\"$BUILD_ID\"" -I"$glue" -I"$CPYTHON/build" -I"$SOURCE/Include" \
        -I"$SOURCE/Include/internal" --embed-dir="$OUT" \
        -c "$source" -o "$OUT/obj/$(basename "$source" .c).o"
done

# Modules that CPython leaves out on WASI, over the functions in posix/ and ctypes/.
for module in fcntlmodule grpmodule mmapmodule pwdmodule resource _ctypes/_ctypes _ctypes/callbacks \
    _ctypes/callproc _ctypes/cfield _ctypes/stgdict; do
    case $module in
    _ctypes/*) about="-I$glue/ctypes -D_Py_FFI_SUPPORT_C_COMPLEX=1 -DHAVE_FFI_PREP_CLOSURE_LOC=1" ;;
    *) about="-I$glue/posix -DHAVE_GETPWENT=1 -DHAVE_MREMAP=1 -DHAVE_PRLIMIT=1" ;;
    esac
    # shellcheck disable=SC2086
    "$ZIG/bin/wasm-cc" -g0 -O2 -flto -fwrapv -fno-wrapv-pointer -DNDEBUG -Wall -Wno-unused-variable -Werror \
        ${GUEST_CFLAGS:-} -DPy_BUILD_CORE_BUILTIN -include "$glue/posix/posix.h" $about \
        -I"$CPYTHON/build" -I"$SOURCE/Include" -I"$SOURCE/Include/internal" \
        -c "$SOURCE/Modules/$module.c" -o "$OUT/obj/$(basename "$module").o"
done

# CPython's own link line, with our objects in place of its main().
cd "$CPYTHON/build"
line=$(make -n -W Programs/python.o python.wasm | grep -- '-o python.wasm ' | tail -n 1)
[ -n "$line" ] || { echo "CPython's link line was not found" >&2; exit 1; }
line=$(printf %s "$line" | sed -e "s|-o python.wasm|-o $OUT/python.wasm|" \
    -e "s|Programs/python.o|$(echo "$OUT"/obj/*.o)|")
eval "$line -mexec-model=reactor -Wl,--strip-all"
rm -r "$OUT/obj"
