#!/usr/bin/env bash
# Runs every built test project, one after the other, and sums their results into one last line:
#   N passed, N failed, N skipped
# Usage: tools/run-tests.sh CONFIGURATION/FRAMEWORK [FILTER]. It builds nothing: ./build.sh test does both.
# The exit code is 1 when a test failed, when a test process broke off, or when no test ran.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

output=$1
filter=${2:-}
results=artifacts/tests
passed=0 failed=0 skipped=0
mkdir -p "$results"
rm -f "$results"/*.trx "$results"/*.log "$results"/skipped.txt

# A bare word selects by full name; an expression of the test platform (Trait=value, Name!~word) is passed as it is.
case $filter in
  '' | *[=~]*) ;;
  *) filter="FullyQualifiedName~$filter" ;;
esac

# Prints the values of a result file's counters: total, executed, passed.
counters() {
  sed -n 's/.*<Counters total="\([0-9]*\)" executed="\([0-9]*\)" passed="\([0-9]*\)".*/\1 \2 \3/p' "$1"
}

# Prints one line for each skipped test: its name and the reason, which follows on a line of its own.
skipped_tests() {
  awk '
    function text(s) {
      gsub(/<[^>]*>/, "", s); gsub(/&lt;/, "<", s); gsub(/&gt;/, ">", s); gsub(/&quot;/, "\"", s)
      gsub(/&#xD;|&#xA;/, " ", s); gsub(/&amp;/, "\\&", s); gsub(/^[ \t]+|[ \t\r]+$/, "", s)
      return s
    }
    function flush() { if (name != "") print "  skipped: " name (reason == "" ? "" : ": " reason); name = "" }
    /<UnitTestResult / {
      flush()
      if ($0 ~ /outcome="NotExecuted"/) { match($0, /testName="[^"]*"/); name = text(substr($0, RSTART + 10, RLENGTH - 11)); reason = "" }
      next
    }
    name != "" && reason == "" && /<(StdOut|Message)>/ { reason = text($0) }
    /<\/UnitTestResult>|<\/Results>/ { flush() }
  ' "$1"
}

# Runs one project: run PROJECT LABEL [VARIABLE=VALUE...], the variables being those of its process.
run() {
  local project=$1 label=$2 assembly log trx started=$SECONDS status=0
  shift 2
  assembly="$(dirname "$project")/bin/$output/$(basename "${project%.*}").dll"
  log="$results/$label.log"
  trx="$results/$label.trx"
  env "$@" dotnet test "$assembly" --logger "trx;LogFileName=$label.trx" --results-directory "$results" \
    ${filter:+--filter "$filter"} >"$log" 2>&1 </dev/null || status=$?

  local total=0 executed=0 project_passed=0 project_failed
  if [ -f "$trx" ]; then read -r total executed project_passed <<<"$(counters "$trx")"; fi
  project_failed=$((executed - project_passed))
  # A process that dies in the middle leaves no failed test behind, only its exit code.
  if [ "$status" -ne 0 ] && [ "$project_failed" -eq 0 ]; then project_failed=1; fi
  if [ "$project_failed" -ne 0 ]; then cat "$log"; fi
  if [ -f "$trx" ]; then skipped_tests "$trx" >>"$results/skipped.txt"; fi
  printf '%-36s %5d passed, %d failed, %d skipped in %d s\n' \
    "$label" "$project_passed" "$project_failed" "$((total - executed))" "$((SECONDS - started))"
  passed=$((passed + project_passed))
  failed=$((failed + project_failed))
  skipped=$((skipped + total - executed))
}

for project in tests/*/*.??proj; do
  run "$project" "$(basename "${project%.*}")"
done
# Once more as on a processor without AVX2, where vectors have 128 bits.
run tests/DeepFun.Backends.Tests/DeepFun.Backends.Tests.csproj DeepFun.Backends.Tests-128bit DOTNET_EnableAVX2=0

if [ -s "$results/skipped.txt" ]; then cat "$results/skipped.txt"; fi
printf '%d passed, %d failed, %d skipped\n' "$passed" "$failed" "$skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
