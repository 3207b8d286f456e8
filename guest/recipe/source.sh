# Our patches on the unpacked CPython source. Needs: OUT, RECIPE.
set -eu
for patch in "$RECIPE"/../patches/*.patch; do
    patch -d "$OUT" -p1 < "$patch"
done
