#!/bin/sh
# The runner itself: each of these blocks is wrong in one way, and each must be found.
set -u
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
printf '#!/bin/sh\nprintf "one\\ntwo (2)\\n"; echo "{\\"a\\": 1}" >&2; exit 3\n' >"$work/program"
chmod +x "$work/program"
failed=0

# expect STATUS NAME LINE…: what the runner says about a test file of these lines.
expect() {
  wanted=$1
  name=$2
  shift 2
  printf '%s\n' "$@" >"$work/x.test"
  status=0
  "$here/run_cli_tests.sh" "$work/program" "$work/x.test" >"$work/log" 2>&1 || status=$?
  if [ "$status" -ne "$wanted" ]; then
    echo "selftest: $name: exit status $status, expected $wanted"
    cat "$work/log"
    failed=1
  fi
}

run='# RUN: anchoko'
out1='# OUT: one'
out2='# OUT: two ({{[0-9]}})'
err='# ERR-ANY:'
expect 0 'all as expected' "$run" '# EXIT: 3' "$out1" "$out2" '# ERR: {"a": 1}'
expect 0 'parts of lines' "$run" '# EXIT: 3' '# OUT-HAS: (2)' '# OUT-NOT: three' "$err"
expect 0 'JSON' '# RUN: anchoko 2>&1 >/dev/null || exit 0' '# JSON: .a == 1'
expect 1 'exit status' "$run" "$out1" "$out2" "$err"
expect 1 'exit status not zero' '# RUN: true' '# EXIT: 3'
expect 1 'a line too many' "$run" '# EXIT: 3' "$out1" "$err"
expect 1 'a line too few' "$run" '# EXIT: 3' "$out1" "$out2" '# OUT: three' "$err"
expect 1 'another line' "$run" '# EXIT: 3' '# OUT: on' "$out2" "$err"
expect 1 'an expression that does not match' "$run" '# EXIT: 3' "$out1" '# OUT: two ({{[a-z]}})' "$err"
expect 1 'literal text is no expression' "$run" '# EXIT: 3' '# OUT: .ne' "$out2" "$err"
expect 1 'stdout nobody speaks of' "$run" '# EXIT: 3' "$err"
expect 1 'stderr nobody speaks of' "$run" '# EXIT: 3' "$out1" "$out2"
expect 1 'a part that is missing' "$run" '# EXIT: 3' '# OUT-HAS: three' "$err"
expect 1 'a part that must be missing' "$run" '# EXIT: 3' '# OUT-NOT: one' "$err"
expect 1 'stderr mixed up with stdout' "$run" '# EXIT: 3' "$out1" "$out2" '# ERR: one'
expect 1 'JSON that says another thing' '# RUN: anchoko 2>&1 >/dev/null || exit 0' '# JSON: .a == 2'
expect 1 'no JSON' '# RUN: echo x' '# JSON: true'
expect 1 'two JSON documents' '# RUN: echo 1 2' '# JSON: true'
expect 1 'the second block' '# RUN: true' '# RUN: false'
expect 2 'an unknown word' "$run" '# OUTPUT: one'
expect 2 'no block' '# OUT: one'
expect 2 'an empty file' ''
[ $failed -eq 0 ] && echo "selftest: the runner finds what is wrong"
exit $failed
