#!/bin/sh
# Fuzzes what reads the files of a cache folder, and what reads an export: whatever is in them, nothing panics, nothing
# that is out of bounds is accepted, and nothing is written outside of the folder.
#
#   sh tests/fuzz.sh              both
#   sh tests/fuzz.sh decoder      one of them; also: import
#
# AMORSIZE_FUZZ_SECONDS sets how long each runs (60). It begins with tests/fuzz/seeds/, where the inputs of what was found
# and mended go.
set -u
cd "$(dirname "$0")/.." || exit 2

seconds=${AMORSIZE_FUZZ_SECONDS:-60}
host=$(rustc -vV | sed -n 's/^host: //p')
case "$host" in
*-linux-gnu | *-apple-darwin) ;;
*) echo "Skipped: libFuzzer is for Linux and macOS here, and this is $host."; exit 0 ;;
esac
if ! command -v c++ >/dev/null && ! command -v g++ >/dev/null && ! command -v clang++ >/dev/null; then
    echo "Skipped: libFuzzer is written in C++, and there is no compiler for it."
    exit 0
fi

target=${CARGO_TARGET_DIR:-target}/fuzz
case "$target" in /*) ;; *) target=$PWD/$target ;; esac
# What libFuzzer wants to see: which edges are taken, and what is compared with what.
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Ccodegen-units=1"
for option in level=4 inline-8bit-counters pc-table trace-compares; do
    RUSTFLAGS="$RUSTFLAGS -Cllvm-args=-sanitizer-coverage-$option"
done
export RUSTFLAGS
unset CARGO_ENCODED_RUSTFLAGS
if ! said=$(cargo build --quiet --release --manifest-path tests/fuzz/Cargo.toml --target "$host" \
    --target-dir "$target" 2>&1); then
    printf '%s\nthe fuzz targets do not build: FAILED\n' "$said"
    exit 1
fi

failed=0
for name in ${*:-decoder import}; do
    case "$name" in
    decoder | import) ;;
    *) echo "There is no target $name here: decoder or import." >&2; exit 2 ;;
    esac
    # What it finds of interest is kept for the next run; what breaks something, to be looked at.
    corpus=$target/corpus/$name found=$target/found/$name
    mkdir -p "$corpus" "$found"
    said=$("$target/$host/release/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=8192 \
        -artifact_prefix="$found/" -print_final_stats=1 "$corpus" "tests/fuzz/seeds/$name" 2>&1)
    code=$?
    if [ "$code" = 0 ]; then
        runs=$(printf '%s\n' "$said" | sed -n 's/^stat::number_of_executed_units: *//p')
        printf '%s: nothing found in %s runs\n' "$name" "$runs"
    else
        # But for the progress.
        printf '%s\n' "$said" | grep -v '^#' | head -n 60
        printf '%s: FAILED; its input is in %s\n' "$name" "$found"
        failed=1
    fi
done
exit "$failed"
