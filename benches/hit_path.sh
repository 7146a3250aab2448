#!/bin/sh
# Shows what a call on a known serial plan does: the machine code of the plain loop and of ours side by side in figures,
# the functions that 12,000 calls of ours spend their instructions in, and that none of 1,000 calls with a plan has to do
# with files. Needs objdump (binutils) and valgrind.
#
#   sh benches/hit_path.sh           the figures
#   sh benches/hit_path.sh --code    and the machine code they were counted in
set -eu
cd "$(dirname "$0")/.."

for tool in cargo objdump valgrind awk; do
    command -v "$tool" >/dev/null || { echo "$tool is missing: install it and run this again." >&2; exit 2; }
done

cargo bench -q -p benches --bench overhead --no-run
bench=$(cargo bench -p benches --bench overhead --no-run 2>&1 | sed -n 's/.*Executable.*(\(.*\))$/\1/p')
[ -x "$bench" ] || { echo "cargo did not say where it put the bench." >&2; exit 1; }

code() {
    objdump -dC --no-show-raw-insn "$bench" | awk -v name="<benches::assembly::$1" 'index($0, name) && /:$/, /^$/'
}

# count FUNCTION PATTERN: instructions that match.
count() { code "$1" | grep -cE "$2" || true; }

printf '%-28s %12s %12s %12s %12s\n' instructions squares_plain squares_ours cheap_plain cheap_ours
row() {
    printf '%-28s %12s %12s %12s %12s\n' "$1" "$(count squares_plain "$2")" "$(count squares_ours "$2")" \
        "$(count cheap_plain "$2")" "$(count cheap_ours "$2")"
}
row "all" '^ +[0-9a-f]+:'
row "floats, several at once" '\s(v?mulps)\s'
row "integers, several at once" '\s(v?paddq|v?psllq|v?pmuludq)\s'
row "locked, exchanging, fences" '\s(lock|xchg|cmpxchg|[ml]fence)\s'
row "clock" '\s(rdtscp?|syscall)\b'
row "calls" '\scall'

[ "${1:-}" != --code ] || for name in cheap_plain cheap_ours; do code "$name"; done

calls=12000
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
counts=$place/counts
printf '\n%s\n' "instructions a call of cheap_ours with ten items, by function (the first calls, which learn, included):"
valgrind -q --tool=callgrind --callgrind-out-file="$counts" --compress-strings=no --compress-pos=no \
    --toggle-collect='benches::assembly::cheap_ours' "$bench" --bench --count ours 10 "$calls" >/dev/null 2>&1
awk -v calls="$calls" '
    /^fn=/ { name = substr($0, 4) }
    /^calls=/ { getline; next } # the cost of a callee, counted under its own name
    /^[0-9]+ [0-9]+$/ { spent[name] += $2 }
    END { for (name in spent) printf "%9.3f  %s\n", spent[name] / calls, name }
' "$counts" | sort -rn | head -n 12

# The first process learns and writes at its end; the second finds the plan on disk.
for what in "learned now" "found on disk"; do
    AMORSIZE_CACHE=write AMORSIZE_CACHE_DIR="$place/cache" valgrind -q --tool=callgrind \
        --callgrind-out-file="$counts" --compress-strings=no --compress-pos=no \
        --toggle-collect='benches::fresh::known_calls' "$bench" --bench --fresh known >/dev/null 2>&1
    awk -v what="$what" '
        /^fn=/ { functions++ }
        /^fn=(std::(sys::)?fs|amorsize::(keep|remember|cache::(disk|folder))::|(__)?(open|openat|p?read|p?write|rename|f?stat|flock|unlink)(x|64|at|at64)?(@|$))/ {
            files++; print
        }
        END { printf "\n1,000 calls whose plan was %s: %d functions were entered, %d of them to do with files\n", what, functions, files }
    ' "$counts"
done
