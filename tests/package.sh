#!/bin/sh
# Packs all that is published, builds each package from nothing but what is in it, and looks whether its licences and
# its page are complete. It needs no network once the tests were built.
set -eu
cd "$(dirname "$0")/.."

packages=
for manifest in */Cargo.toml; do
    grep -q '^publish = false' "$manifest" && continue
    packages="$packages $(sed -n 's/^name = "\(.*\)"/\1/p' "$manifest" | head -n 1)"
done

version=$(sed -n 's/^version = "\(.*\)"/\1/p' Cargo.toml | head -n 1)
# Cargo keeps what it unpacked, by name and version, and would build the others with yesterday's.
for package in $packages; do
    rm -rf "${CARGO_HOME:-$HOME/.cargo}"/registry/src/-*/"$package-$version"
done

# In a place of its own, for the same reason: what was compiled of a version is never compiled again.
target=$(mktemp -d)
unpacked=$(mktemp -d)
trap 'rm -rf "$target" "$unpacked"' EXIT

# Also what only features need, whose versions are looked up.
cargo fetch --quiet 2>/dev/null || true

# Together: they need each other, and none of them may be published yet.
# shellcheck disable=SC2046,SC2086
cargo package --quiet --offline --allow-dirty --target-dir "$target" $(printf ' -p %s' $packages)

packed=$target/package

failed=0
fail() {
    echo "$*" >&2
    failed=1
}
for package in $packages; do
    tar -xzf "$packed/$package-$version.crate" -C "$unpacked"
    folder=$unpacked/$package-$version
    for licence in LICENSE-MIT LICENSE-APACHE; do
        cmp -s "$licence" "$folder/$licence" || fail "$package has no $licence like ours: link it into its folder."
    done
    for key in description license repository homepage documentation readme keywords categories rust-version; do
        grep -q "^$key = " "$folder/Cargo.toml" || fail "$package says nothing for '$key' in its Cargo.toml."
    done
    [ -s "$folder/README.md" ] || fail "$package has no README.md."
    echo "$package $version: $(find "$folder" -type f | wc -l | tr -d ' ') files"
done
exit "$failed"
