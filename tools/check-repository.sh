#!/usr/bin/env bash
# The rules of the repository that no compiler checks. Prints each breach as path:line and exits with 1 if there is one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly line_limit=400
status=0

# report RULE: prints the breaches that come in on standard input under the rule they break.
report() {
  local breaches
  breaches=$(cat)
  [ -n "$breaches" ] || return 0
  printf '%s\n%s\n' "$1:" "$breaches" | cut -c 1-200 >&2
  status=1
}

# Packages come from whatever feed the machine has (paket.dependencies: %NUGET_FEED%), so no registry is named.
# The brackets keep this file from finding itself.
registries='nuget[.]org|npmjs[.](org|com)|yarnpkg[.]com|pypi[.]org|pythonhosted[.]org|crates[.]io|rubygems[.]org|repo[.]maven|pkgs[.]dev[.]azure|nuget[.]pkg[.]github|myget[.]org|conda[.]anaconda'
report 'a package registry is named' < <(git grep -nIE "$registries" -- . || true)

# A path of one machine means nothing on another. Documentation writes ~ or a relative path.
machine_paths='(^|[^[:alnum:]_./~-])(/work/|/root/|/home/[[:alnum:]_-]+|/Users/[[:alnum:]_-]+|/tmp/[[:alnum:]_-]+|[A-Za-z]:\\Users\\)'
report 'an absolute path of a machine is written' < <(git grep -nIE "$machine_paths" -- . ':!tools/check-repository.sh' || true)

long_files() {
  git ls-files -z -- 'src/*.cs' 'src/*.fs' | xargs -0 -r wc -l | awk -v limit="$line_limit" '$2 != "total" && $1 > limit { print $2 ": " $1 " lines" }'
}
report "a source file has more than $line_limit lines" < <(long_files)

holes='\b(TODO|FIXME|XXX)\b|NotImplementedException|\bfailwith\b'
report 'an unfinished place or an error without a code' < <(git grep -nIE "$holes" -- 'src/*.cs' 'src/*.fs' || true)

exit "$status"
