#!/bin/sh
# All tests: sets up what a fresh machine lacks, runs every step, and ends with one line a step.
#
#   sh tests/run.sh                        everything
#   AMORSIZE_TESTS=quick sh tests/run.sh   without the model checker, the sanitizers and the fuzzers
#
# CARGO_TARGET_DIR is honoured. The exit code is 0 if no step failed.
set -u
cd "$(dirname "$0")/.." || exit 2

say() { printf '%s\n' "$*"; }
have() { command -v "$1" >/dev/null 2>&1; }

# ---- What the tests need -------------------------------------------------------------------------------------------

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"; elif have sudo && sudo -n true 2>/dev/null; then sudo -n "$@"; else return 1; fi
}

# install PACKAGE: with the package manager of the system, if it may be used without a question.
install() {
    if have apt-get; then
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1" ||
            { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "$1"; }
    elif have dnf; then as_root dnf install -y -q "$1"
    elif have yum; then as_root yum install -y -q "$1"
    elif have zypper; then as_root zypper --non-interactive --quiet install "$1"
    elif have pacman; then as_root pacman -S --noconfirm --needed "$1"
    elif have apk; then as_root apk add --quiet "$1"
    else return 1
    fi >/dev/null 2>&1
}

have cargo || PATH="${CARGO_HOME:-${HOME:-}/.cargo}/bin:$PATH"
if ! have cargo || ! have rustc; then
    say "Rust is missing: install it from https://rustup.rs and run this again." >&2
    exit 2
fi
oldest=$(sed -n 's/^rust-version = "1\.\([0-9]*\).*/\1/p' Cargo.toml)
minor=$(rustc --version | sed -n 's/^rustc 1\.\([0-9]*\)\..*/\1/p')
if [ "${minor:-0}" -lt "$oldest" ]; then
    say "Rust 1.$oldest or newer is needed, and this is $(rustc --version): try 'rustup update stable'." >&2
    exit 2
fi

case "$(rustc -vV | sed -n 's/^host: //p')" in
*-windows-msvc) ;;
*)
    if ! have cc && ! have gcc && ! have clang; then
        say "Installing a C compiler, which rustc links with ..."
        install gcc
        if have apt-get; then install libc6-dev; elif have apk; then install musl-dev; fi
        if ! have cc && ! have gcc; then
            say "A C compiler is missing and could not be installed here: install 'gcc' and run this again." >&2
            exit 2
        fi
    fi
    ;;
esac

# What the tests of this run learn is forgotten with it, and they know nothing from earlier ones.
AMORSIZE_CACHE_DIR=$(mktemp -d) || exit 2
export AMORSIZE_CACHE_DIR
tools=$(mktemp -d) || exit 2
trap 'rm -rf "$AMORSIZE_CACHE_DIR" "$tools"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ---- The steps -----------------------------------------------------------------------------------------------------

results=
failed=0

# step NAME COMMAND..
step() {
    name=$1
    shift
    printf '\n== %s\n\n' "$name"
    began=$(date +%s)
    if "$@"; then word="ok     "; else word="FAILED " failed=1; fi
    results="$results$word $name ($(($(date +%s) - began)) s)
"
}

skip() {
    results="${results}skipped $1: $2
"
}

# The tests of what is shared start servers of their own.
if ! have redis-server; then
    say "Installing redis-server ..."
    if have apt-get; then install redis-server; else install redis; fi
fi
have openssl || install openssl # for certificates
if have redis-server && have openssl; then
    export AMORSIZE_TESTS_NEED=redis
else
    skip "the tests of Redis" "redis-server or openssl is missing and could not be installed here: install both and run this again"
fi
# Looks at the dashboard's metrics. It is only unpacked: to install its package would start a server.
fetch_promtool() {
    (cd "$tools" && apt-get download prometheus && dpkg-deb -x prometheus_*.deb .) && PATH="$PATH:$tools/usr/bin"
}
if have apt-get && ! have promtool; then
    say "Fetching promtool ..."
    fetch_promtool >/dev/null 2>&1 || { as_root apt-get update -qq && fetch_promtool; } >/dev/null 2>&1 ||
        say "It cannot be had here: nobody but our own tests looks at the metrics."
fi
step "cargo test --workspace" cargo test --workspace
step "cargo test --no-default-features" cargo test --no-default-features -p amorsize -p amorsize-tests --lib --test integration
# MPI, for the package that nobody else needs.
if ! have mpicc; then
    say "Installing Open MPI ..."
    if have apt-get; then install libopenmpi-dev; install openmpi-bin; install libclang-dev; elif have apk; then
        install openmpi-dev; install clang-dev
    fi
fi
if have mpicc && have mpirun; then
    step "cargo test -p amorsize-mpi --features mpi" cargo test -p amorsize-mpi --features mpi
else
    skip "the tests of amorsize-mpi on real ranks" "MPI is missing and could not be installed here: install libopenmpi-dev, openmpi-bin and libclang-dev and run this again"
fi
if [ "$(uname -s)" = Linux ] && ! have strace; then
    say "Installing strace ..."
    install strace
fi
step "cargo test --no-default-features -p amorsize-cli" cargo test --no-default-features -p amorsize-cli
step "tests/strace.sh" sh tests/strace.sh
step "tests/package.sh" sh tests/package.sh
if ! cargo deny --version >/dev/null 2>&1; then
    skip "cargo deny check" "cargo-deny is missing: cargo install cargo-deny --locked"
elif cargo deny fetch db >/dev/null 2>&1; then
    step "cargo deny check" cargo deny --log-level error check
else
    step "cargo deny check licenses bans sources" cargo deny --log-level error check licenses bans sources
    skip "cargo deny check advisories" "their database cannot be fetched"
fi
for script in loom sanitize fuzz; do
    [ -f "tests/$script.sh" ] || continue
    if [ "${AMORSIZE_TESTS:-}" = quick ]; then
        skip "tests/$script.sh" "AMORSIZE_TESTS=quick"
    else
        step "tests/$script.sh" sh "tests/$script.sh"
    fi
done

printf '\n%s' "$results"
if [ "$failed" = 0 ]; then say "All tests passed."; else say "Some tests FAILED."; fi
exit "$failed"
