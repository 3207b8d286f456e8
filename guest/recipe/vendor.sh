# The C libraries' sources, out of the crates that carry them. Needs: RECIPE, OUT.
set -eu
# Its own copy: beside the recipe there may be a workspace that claims the package.
cp -R "$RECIPE/clibs" "$OUT/clibs"
cd "$OUT/clibs"
cargo vendor --locked "$OUT" > /dev/null
rm -r "$OUT/clibs"
