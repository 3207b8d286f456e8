# Compiler drivers for wasm32-wasip1 around zig's clang, in $OUT/bin.
# Needs: ZIG_WHEEL (the ziglang wheel), OUT.
set -eu
mkdir -p "$OUT/bin" "$OUT/zig-cache"
python3 -m zipfile -e "$ZIG_WHEEL" "$OUT"
chmod +x "$OUT/ziglang/zig"

driver() { # name, zig subcommand and fixed arguments
    cat > "$OUT/bin/$1" <<EOF
#!/bin/sh
export ZIG_GLOBAL_CACHE_DIR="$OUT/zig-cache" ZIG_LOCAL_CACHE_DIR="$OUT/zig-cache"
$3
exec "$OUT/ziglang/zig" $2 "\$@"
EOF
    chmod +x "$OUT/bin/$1"
}

# CPython's configure asks for --stack-first; zig's driver rejects the flag and
# passes it to the linker by itself.
drop_stack_first='n=$#
while [ "$n" -gt 0 ]; do
    a=$1; shift; n=$((n - 1))
    [ "$a" = -Wl,--stack-first ] || set -- "$@" "$a"
done'

driver wasm-cc "cc --target=wasm32-wasi" "$drop_stack_first"
driver wasm-ar ar ""
driver wasm-ranlib ranlib ""

# The first link builds libc and compiler-rt, which takes a minute: done here so
# that it is part of this stage and not of a configure check.
printf 'int main(void) { return 0; }\n' > "$OUT/probe.c"
"$OUT/bin/wasm-cc" -O2 "$OUT/probe.c" -o "$OUT/probe.wasm"
rm "$OUT/probe.c" "$OUT/probe.wasm"
