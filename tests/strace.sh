#!/bin/sh
# What a calling thread asks of the system once its plan is known: nothing that has to do with files. A thousand calls are
# watched by strace, in a process that learns and in one that found its plan on disk.
set -u
cd "$(dirname "$0")/.." || exit 2

if [ "$(uname -s)" != Linux ] || ! command -v strace >/dev/null; then
    echo "Skipped: there is no strace here."
    exit 0
fi
place=$(mktemp -d) || exit 2
trap 'rm -rf "$place"' EXIT
if ! strace -o "$place/probe" true 2>/dev/null; then
    echo "Skipped: strace may not trace here."
    exit 0
fi
cargo build --quiet --package amorsize-tests --bin child || exit 1
child=${CARGO_TARGET_DIR:-target}/debug/child

failed=0
for what in "learned now" "found on disk"; do
    rm -f "$place"/trace.*
    if ! AMORSIZE_CACHE_DIR=$place/cache AMORSIZE=on AMORSIZE_CACHE=write \
        strace -ff -qq -e trace=file,desc,network -o "$place/trace" "$child" warm=1000 calls=0 >"$place/said"; then
        echo "$what: the program FAILED"
        exit 1
    fi
    # A file for each thread: theirs do not interrupt its lines. Memory is mapped by the same call as files.
    if ! seen=$(awk '
        /that was all/ { over = 1 }
        known && !over && !/mmap\(.*MAP_ANONYMOUS/ { print }
        /the plan is known/ { known = 1 }
        END { exit !(known && over) }
    ' /dev/null $(grep -l 'the plan is known' "$place"/trace.*)); then
        echo "$what: the calls cannot be found in the trace: FAILED"
        failed=1
    elif [ -n "$seen" ]; then
        printf '%s: FAILED: the calling thread asked for\n%s\n' "$what" "$seen"
        failed=1
    else
        printf '%s: 1,000 calls, and none of the calling thread had to do with a file\n' "$what"
    fi
done
# So that it is known to have looked at what it should.
if ! grep -q ' recalled=1 ' "$place/said" || ! grep -q '\.plans"' "$place"/trace.*; then
    echo "the second process found nothing on disk: FAILED"
    cat "$place/said"
    failed=1
fi
exit "$failed"
