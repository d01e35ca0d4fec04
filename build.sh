#!/usr/bin/env bash
# The one door to the repository: every task that a user, a contributor or the integration server runs.
# ./build.sh without a command lists what it can do. It needs bash, git and the .NET 10 SDK, nothing else.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

readonly configuration=Release framework=net10.0 logs=artifacts/logs
readonly source_folders='src tests samples benchmarks tools'

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1 DOTNET_SKIP_FIRST_TIME_EXPERIENCE=1
export DOTNET_GENERATE_ASPNET_CERTIFICATE=false DOTNET_CLI_WORKLOAD_UPDATE_NOTIFY_DISABLE=true
# The texts that the script reads (test results, feeds) and the errors that users report are in one language.
export DOTNET_CLI_UI_LANGUAGE=en

usage() {
  cat <<'TEXT'
DeepFun: ./build.sh COMMAND [ARGUMENT...]

  demo [OPTION...]      train a network that reads handwritten digits (C#; try: demo --help)
  demo-fs [OPTION...]   the same in F#
  sample NAME [--fs]    run an example of the documents on full data, in C# or F# (sample: lists them; --quick: small data)
  test [FILTER]         build everything and run every test, or those whose full name contains FILTER
  bench [WORKLOAD...]   run the benchmarks
  differential [N]      compare N random programs with PyTorch (--seed S, --steps K); needs python3-torch
  differential records  how far layers, losses and optimizers are from what PyTorch once answered; needs no PyTorch
  mutate [N]            make the derivative rules wrong in N ways: which do the laws notice? (--seed S, --all)
  mnist [FOLDER]        bring the four MNIST files to the cache folder, for demo --data mnist
  format                format all C# and F# sources
  check                 formatters in check mode, repository rules, build with warnings as errors
  check-format          formatters in check mode alone
  update                update the packages within the ranges of paket.dependencies
  clean                 remove everything that was built

Packages come from the first feed that dotnet nuget list source shows as enabled;
set NUGET_FEED to use another.
TEXT
}

fail() {
  printf 'build.sh: %s\n' "$*" >&2
  exit 1
}

# Runs a command without its noise. The log is shown when the command fails.
quietly() {
  local title=$1 log
  shift
  log="$logs/${title// /-}.log"
  mkdir -p "$logs"
  if [ -t 2 ]; then printf '%s ...' "$title" >&2; fi
  if "$@" >"$log" 2>&1 </dev/null; then
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
    return 0
  fi
  if [ -t 2 ]; then printf '\r\033[K' >&2; fi
  cat "$log" >&2
  fail "$title failed; the lines above are $log"
}

require_sdk() {
  command -v dotnet >/dev/null 2>&1 || fail 'the dotnet command is missing: install the .NET 10 SDK, https://dotnet.microsoft.com/download'
  dotnet --version >/dev/null 2>&1 || fail "no installed SDK satisfies global.json ($(tr -d '\n' <global.json)): install the .NET 10 SDK, https://dotnet.microsoft.com/download"
}

# paket.dependencies and paket.lock name their source %NUGET_FEED%, so that no registry is written into the repository.
use_feed() {
  if [ -z "${NUGET_FEED:-}" ]; then
    NUGET_FEED=$(dotnet nuget list source --format Short | awk '$1 ~ /^E/ { sub(/^[^ ]+ +/, ""); print; exit }')
  fi
  [ -n "$NUGET_FEED" ] || fail 'no package feed is enabled: add one with dotnet nuget add source, or set NUGET_FEED'
  export NUGET_FEED
}

project_files() {
  local folder
  for folder in $source_folders; do
    if [ -d "$folder" ]; then find "$folder" \( -name bin -o -name obj \) -prune -o \( -name paket.references -o -name '*.??proj' \) -print; fi
  done
}

# What a restore depends on, in one number. A cache moved elsewhere counts, for then nothing is there.
restore_inputs() {
  { echo "${HOME:-} ${NUGET_PACKAGES:-}"; project_files | LC_ALL=C sort | xargs cksum paket.dependencies paket.lock .config/dotnet-tools.json; } | cksum
}

# restore SCOPE: "demo" brings only the packages of the main group (a fifth of the whole download), "all" every group.
restore() {
  local scope=$1 inputs
  use_feed
  inputs=$(restore_inputs)
  if [ -f .paket/Paket.Restore.targets ] && grep -qsxF "$inputs" artifacts/restored/all "artifacts/restored/$scope"; then return 0; fi
  quietly 'restore tools' dotnet tool restore
  if [ "$scope" = demo ]; then
    quietly 'restore packages' dotnet paket restore --group Main
  else
    quietly 'restore packages' dotnet paket restore
  fi
  # Paket writes this file in passing; a folder that was half deleted can make it believe that nothing is left to do.
  if [ ! -f .paket/Paket.Restore.targets ]; then
    rm -rf paket-files
    quietly 'restore packages' dotnet paket restore --force
  fi
  [ -f .paket/Paket.Restore.targets ] || fail 'paket restore did not write .paket/Paket.Restore.targets; see artifacts/logs'
  mkdir -p artifacts/restored
  printf '%s\n' "$inputs" >"artifacts/restored/$scope"
}

# The global restore is switched off because restore() has done it, and would bring the packages of every group.
build() {
  quietly "build $(basename "$1")" dotnet build "$1" --configuration "$configuration" --verbosity quiet --nologo \
    -consoleLoggerParameters:NoSummary -nodeReuse:false -p:PaketDisableGlobalRestore=true
}

program_inputs() {
  find src samples benchmarks data Directory.Build.props global.json paket.lock \( -name bin -o -name obj \) -prune -o -type f "$@" 2>/dev/null || true
}

# Asks the file names and times whether anything that a program is built from changed since STAMP was written, for a build
# that finds nothing to do takes seconds.
changed_since() {
  local stamp=$1
  [ -f "$stamp" ] && [ "$(program_inputs -print | cksum)" = "$(cat "$stamp")" ] && [ -z "$(program_inputs -newer "$stamp" -print | head -n 1)" ] && return 1
  return 0
}

# run_program SCOPE PROJECT [ARGUMENT...]: builds only what the project needs and becomes the program.
run_program() {
  local scope=$1 folder=$2 name program stamp
  shift 2
  name=$(basename "$folder")
  program="$folder/bin/$configuration/$framework/$name.dll"
  stamp="artifacts/built/$name"
  ls "$folder/$name".??proj >/dev/null 2>&1 || fail "there is no project in $folder"
  require_sdk
  if [ ! -f "$program" ] || changed_since "$stamp"; then
    restore "$scope"
    mkdir -p artifacts/built
    program_inputs -print | cksum >"$stamp.begun"
    build "$folder"
    mv "$stamp.begun" "$stamp"
  fi
  exec dotnet "$program" "$@"
}

run_sample() {
  local folder=samples/Documents argument
  local -a others=()
  for argument in "$@"; do
    if [ "$argument" = --fs ]; then folder=samples/Documents.FSharp; else others+=("$argument"); fi
  done
  run_program demo "$folder" ${others[@]+"${others[@]}"}
}

run_tests() {
  require_sdk
  restore all
  build DeepFun.sln
  exec tools/run-tests.sh "$configuration/$framework" "$@"
}

# The first python3 that has torch. Nothing is installed.
python_with_torch() {
  local python
  for python in ${DEEPFUN_PYTHON:-} $(type -ap python3); do
    if "$python" -c 'import torch' >/dev/null 2>&1; then
      echo "$python"
      return 0
    fi
  done
  fail 'no python3 with torch: install it (Debian: apt-get install python3-torch), or set DEEPFUN_PYTHON to an interpreter that has it'
}

run_differential() {
  local python
  require_sdk
  python=$(python_with_torch)
  restore all
  build tests/differential
  DEEPFUN_PYTHON=$python exec dotnet "tests/differential/bin/$configuration/$framework/DeepFun.Differential.Tests.dll" "$@"
}

# The answers are recorded, and the tests of Core compare with them: the same comparisons, with their differences.
run_records() {
  require_sdk
  restore all
  build tests/DeepFun.Core.Tests
  exec dotnet "tests/DeepFun.Core.Tests/bin/$configuration/$framework/DeepFun.Core.Tests.dll" records
}

run_mutation() {
  require_sdk
  restore all
  build tools/mutation
  exec dotnet "tools/mutation/bin/$configuration/$framework/DeepFun.Mutation.dll" "$@"
}

existing_source_folders() {
  local folder
  for folder in $source_folders; do
    if [ -d "$folder" ]; then echo "$folder"; fi
  done
}

format() {
  require_sdk
  restore all
  # Folder names of the repository hold no blanks, so the list may be split into words.
  # shellcheck disable=SC2046
  quietly 'format CSharp' dotnet csharpier format $(existing_source_folders)
  # shellcheck disable=SC2046
  quietly 'format FSharp' dotnet fantomas $(existing_source_folders)
}

check_format() {
  require_sdk
  restore all
  local status=0
  # Each in a shell of its own, so that both are heard.
  # shellcheck disable=SC2046
  (quietly 'check CSharp format' dotnet csharpier check $(existing_source_folders)) || status=1
  # shellcheck disable=SC2046
  (quietly 'check FSharp format' dotnet fantomas --check $(existing_source_folders)) || status=1
  [ "$status" -eq 0 ] || fail 'the format differs: run ./build.sh format'
}

check() {
  tools/check-repository.sh
  check_format
  build DeepFun.sln
  echo 'check: formats, repository rules and build are in order'
}

# Paket learns the dependencies of a package that it never unpacked from the feed, and some feeds leave them out; from the
# package itself it knows them. So it is asked again until its answer stays.
update() {
  local before round
  require_sdk
  use_feed
  quietly 'restore tools' dotnet tool restore
  for round in 1 2 3 4 5 6 7 8; do
    before=$(cksum <paket.lock)
    quietly 'update packages' dotnet paket update
    quietly 'restore packages' dotnet paket restore
    # Paket expands the variable in the lock file: put it back.
    awk '/^[A-Z]+$/ { packages = ($0 == "NUGET") } packages && /^ *remote: / { sub(/remote: .*/, "remote: %NUGET_FEED%") } { print }' \
      paket.lock >paket.lock.new
    mv paket.lock.new paket.lock
    if [ "$(cksum <paket.lock)" = "$before" ]; then
      git --no-pager diff --stat -- paket.lock
      return 0
    fi
  done
  fail "paket.lock still changes after $round rounds: compare them with git diff paket.lock"
}

clean() {
  local folder
  for folder in $(existing_source_folders); do
    find "$folder" -type d \( -name bin -o -name obj \) -prune -exec rm -rf {} +
  done
  rm -rf artifacts paket-files .paket
}

command=${1:-}
[ $# -eq 0 ] || shift
case $command in
  '' | help | --help | -h) usage ;;
  demo) run_program demo samples/Digits "$@" ;;
  demo-fs) run_program demo samples/DigitsFs "$@" ;;
  sample) run_sample "$@" ;;
  bench)
    require_sdk
    use_feed
    run_program all benchmarks/DeepFun.Benchmarks "$@"
    ;;
  test) run_tests "$@" ;;
  differential) if [ "${1:-}" = records ]; then run_records; else run_differential "$@"; fi ;;
  mutate) run_mutation "$@" ;;
  mnist) exec tools/fetch-mnist.sh "$@" ;;
  format) format ;;
  check-format) check_format ;;
  check) check ;;
  update) update ;;
  clean) clean ;;
  *)
    fail "there is no command '$command'; ./build.sh lists those there are"
    ;;
esac
