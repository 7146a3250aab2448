#!/bin/sh
# What it costs to compile many closures: CPU time (user and system) of `cargo build` for three programs of 200 functions each,
# with a plain loop, rayon's `par_iter().map().collect()` and `map!`, where all dependencies are built already. In turns, after one
# round that is not timed; the figures are medians, and their ratios to rayon's.
#
#   sh benches/compile_cost.sh [ROUNDS]     5 rounds if nothing is said
set -eu
cd "$(dirname "$0")/.."
rounds=${1:-5}
functions=200
here=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
target=${CARGO_TARGET_DIR:-$here/target}/compile_cost

# program NAME EXPRESSION: `@` in the expression becomes the number of the function.
program() {
    mkdir -p "$place/$1/src"
    cat >"$place/$1/Cargo.toml" <<TOML
[package]
name = "$1"
edition = "2024"
[dependencies]
amorsize = { path = "$here/runtime" }
rayon = "1"
[workspace]
TOML
    cp Cargo.lock "$place/$1/Cargo.lock"
    awk -v functions=$functions -v expression="$2" 'BEGIN {
        print "#![allow(unused_imports)]\nuse rayon::prelude::*;\n"
        for (i = 0; i < functions; i++) {
            body = expression
            gsub(/@/, i, body)
            print "fn f" i "(items: &[u64]) -> Vec<u64> {\n    " body "\n}\n"
        }
        print "fn main() {\n    let items: Vec<u64> = (0..std::env::args().count() as u64 * 1000).collect();\n    let mut sum = 0;"
        for (i = 0; i < functions; i++) print "    sum += f" i "(&items).len();"
        print "    println!(\"{sum}\");\n}"
    }' >"$place/$1/src/main.rs"
}
body='x.rotate_left(@) ^ (x % (@ + 3)).wrapping_mul(0x9E37_79B9_7F4A_7C15 + @)'
program plain "items.iter().map(|x| $body).collect()"
program rayon_map "items.par_iter().map(|x| $body).collect()"
program ours "amorsize::map!(items, |x| $body)"

# seconds NAME FLAG: CPU time to build the program itself.
seconds() {
    touch "$place/$1/src/main.rs"
    (
        cd "$place/$1"
        CARGO_TARGET_DIR=$target CARGO_INCREMENTAL=0 cargo build -q --offline $2
        times
    ) | awk -F'[ms ]+' 'END { print $1 * 60 + $2 + $3 * 60 + $4 }'
}

median() { sort -n | awk '{ all[NR] = $1 } END { print all[int((NR + 1) / 2)] }'; }

printf '%-8s %10s %10s %10s %14s %12s\n' profile plain rayon 'map!' 'map!/rayon' bytes/rayon
for flag in '' --release; do
    for name in plain rayon_map ours; do seconds $name "$flag" >/dev/null; done
    round=0
    while [ "$round" -lt "$rounds" ]; do
        for name in plain rayon_map ours; do seconds $name "$flag" >>"$place/$name$flag.times"; done
        round=$((round + 1))
    done
    profile=debug
    [ -z "$flag" ] || profile=release
    plain=$(median <"$place/plain$flag.times") rayon=$(median <"$place/rayon_map$flag.times") ours=$(median <"$place/ours$flag.times")
    text() { size "$target/$profile/$1" | awk 'NR == 2 { print $1 }'; }
    awk -v profile=$profile -v p="$plain" -v r="$rayon" -v o="$ours" -v sr="$(text rayon_map)" -v so="$(text ours)" \
        'BEGIN { printf "%-8s %9.2fs %9.2fs %9.2fs %14.2f %12.2f\n", profile, p, r, o, o / r, so / sr }'
done
