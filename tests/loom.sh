#!/bin/sh
# The protocol of `join` under loom: every interleaving that the memory model allows passes, and with any one of its
# orderings weakened some do not. The model is runtime/src/executor/join/model.rs; it runs the code that ships.
#
# LOOM_MAX_PREEMPTIONS=4 sh tests/loom.sh looks further (3 is what the weakest link needs).
set -u
cd "$(dirname "$0")/.." || exit 2

export RUSTFLAGS="${RUSTFLAGS:-} --cfg loom"
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-target}/loom"
unset CARGO_ENCODED_RUSTFLAGS AMORSIZE_WEAKEN

model() { cargo test --quiet --package amorsize --no-default-features --lib executor::join::model 2>&1; }

printf 'as it is: '
if ! said=$(model); then
    printf 'FAILED\n%s\n' "$said"
    exit 1
fi
case "$said" in
*" 0 passed"*) printf 'FAILED: there is no model to run\n'; exit 1 ;;
esac
printf 'every interleaving passes\n'

names=$(sed -n 's/.*unless_weakened("\([A-Z]*\)".*/\1/p' runtime/src/executor/sync.rs)
if [ -z "$names" ]; then
    printf 'FAILED: no orderings found in sync.rs\n'
    exit 1
fi
failed=0
for name in $names; do
    said=$(AMORSIZE_WEAKEN=$name model)
    # A report of the model, not of the compiler.
    case "$said" in
    *"the model fails: "*) printf '%s weakened: found\n' "$name" ;;
    *) printf '%s weakened: NOT FOUND, so nothing shows that it is needed\n' "$name"; failed=1 ;;
    esac
done
exit "$failed"
