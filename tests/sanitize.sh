#!/bin/sh
# The tests of the executor under AddressSanitizer (with its search for leaks) and ThreadSanitizer.
#
#   sh tests/sanitize.sh              both
#   sh tests/sanitize.sh address      one of them; also: thread
#
# PROPTEST_CASES sets how many random runs each property gets (30 here).
set -u
cd "$(dirname "$0")/.." || exit 2

host=$(rustc -vV | sed -n 's/^host: //p')
case "$host" in
x86_64-unknown-linux-gnu | aarch64-unknown-linux-gnu) ;;
*) echo "Skipped: Rust has sanitizers for x86_64 and aarch64 Linux, and this is $host."; exit 0 ;;
esac
libraries=$(rustc --print sysroot)/lib/rustlib/$host/lib

# The compiler has sanitizers, but for a flag that it only accepts in this way.
export RUSTC_BOOTSTRAP=1
export RUST_BACKTRACE=0
export AMORSIZE_TEST_PATIENCE="${AMORSIZE_TEST_PATIENCE:-5}"
export PROPTEST_CASES="${PROPTEST_CASES:-30}"
unset CARGO_ENCODED_RUSTFLAGS
target=${CARGO_TARGET_DIR:-target}

# under NAME FLAGS TESTS..: tests with a target directory and flags of their own.
under() {
    name=$1 flags=$2
    shift 2
    if ! ls "$libraries"/*rt.?san.a >/dev/null 2>&1; then
        echo "Skipped: this Rust comes without the libraries of the sanitizers."
        return 0
    fi
    CARGO_TARGET_DIR=$target/sanitize-$name RUSTFLAGS="-Zsanitizer=$name $flags" cargo test --quiet --target "$host" "$@"
}

address() {
    # Some tests ask for more than there is. Rayon never frees a pool that its own caller belongs to.
    export ASAN_OPTIONS="allocator_may_return_null=1:${ASAN_OPTIONS:-}"
    under address "" --package amorsize --lib &&
        under address "" --package amorsize-tests --test integration -- \
            bad_input bombs deadlocks drops races twins \
            --skip a_thread_that_belongs_to_a_pool --skip a_collection_that_leaks
}

thread() {
    # Only what nothing but our own protocol orders: std is compiled without the sanitizer (see races.rs).
    export TSAN_OPTIONS="suppressions=$PWD/tests/tsan-suppressions.txt:${TSAN_OPTIONS:-}"
    export RAYON_NUM_THREADS=3
    under thread "--cfg tsan -Cunsafe-allow-abi-mismatch=sanitizer" --package amorsize-tests --test integration -- \
        races --test-threads=1
}

failed=0
for name in ${*:-address thread}; do
    case "$name" in
    address | thread) ;;
    *) echo "There is no $name sanitizer here: address or thread." >&2; exit 2 ;;
    esac
    if said=$($name 2>&1); then
        printf '%s: nothing found\n' "$name"
        printf '%s\n' "$said" | grep -E '^Skipped|^test result'
    else
        printf '%s\n%s: FAILED\n' "$said" "$name"
        failed=1
    fi
done
exit "$failed"
