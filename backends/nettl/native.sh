# nettl is run by the system: a machine has one trace, begun and ended by commands. These are the keeper's functions for it.
# nettl_trace is what -file was given, nettl_entities are the session's own, nettl_still are the seconds for which files must
# not grow to count as finished where nobody tells who has them open. Labels are those of the 11i v2 manual; messages are in
# no manual, so that none is looked at.

# Sets nettl_file: the file that is traced into; empty: none. Not zero: nobody can tell. A damaged nettlgen.conf disables
# nettlconf too (nettlgen.conf(4)); with that in order, nettl does not answer where the facility is down.
nettl_look() {
  nettl_told=$(nettl -status trace 2>/dev/null)
  nettl_status=$?
  nettl_file=$(printf '%s\n' "$nettl_told" | sed -n 's/^.*Trace Filename:[[:space:]]*//p')
  [ "$nettl_status" -eq 0 ] || nettlconf -status >/dev/null 2>&1
}
nettl_ours() {
  case $nettl_file in
    *"$nettl_trace.TRC"*) return 0 ;;
  esac
  return 1
}
# How many messages found no free buffer; empty: it does not tell while nothing is traced.
nettl_dropped() {
  printf '%s\n' "$nettl_told" | sed -n 's/^.*Messages Dropped:[[:space:]]*\([0-9][0-9]*\).*$/\1/p' | sed -n 1p
}
nettl_note() {
  nettl_noted=
  if [ -r "state-$1" ]; then read -r nettl_noted <"state-$1"; fi
}

# The number of the ring's oldest file, as its name has it, and how many files there are.
nettl_oldest() {
  (
    set +f
    # shellcheck disable=SC2012 # names that we gave
    ls "$native_name"* 2>/dev/null | sed 's/^.*TRC//' | sort -n | sed -n '$p'
  )
}
nettl_files() {
  (
    set +f
    # shellcheck disable=SC2012 # names that we gave
    ls "$native_name"* 2>/dev/null | wc -l
  )
}
# What the oldest file begins with, behind its header of 128 bytes.
nettl_beginning() {
  dd "if=$native_name$(nettl_oldest)" bs=128 skip=1 count=4 2>/dev/null | cksum
}
# Once, while none can have gone.
nettl_note_beginning() {
  if [ -r state-beginning ] || [ "$(nettl_files)" -ne 1 ]; then return; fi
  nettl_sum=$(nettl_beginning)
  case $nettl_sum in
    *' 512') put state-beginning "$nettl_sum" ;;
  esac
}
nettl_tell_of_ring() {
  if [ "$(nettl_files)" -lt 2 ]; then return; fi
  nettl_note beginning
  if [ -z "$nettl_noted" ]; then
    echo 'anchoko: the ring of files filled quickly, and its oldest packets may be overwritten' >&2
  elif [ "$nettl_noted" != "$(nettl_beginning)" ]; then
    echo 'anchoko: the ring of files has come round, and its oldest packets are overwritten' >&2
  fi
}

# Whether somebody has a file of the trace open, which is the writer. Not every system has fuser, or lets it tell.
nettl_open() {
  nettl_users=$(
    set +f
    fuser "$native_name"* 2>/dev/null
  )
  case $nettl_users in
    *[0-9]*) return 0 ;;
  esac
  return 1
}
nettl_writer_gone() {
  [ -r state-open ] || return 1
  for nettl_try in 1 2 3; do
    if nettl_open; then return 1; fi
    if [ "$nettl_try" -lt 3 ]; then sleep 1; fi
  done
}
# What is in memory is written by the timer, also behind -traceoff. `sleep`: a signal must not shorten this.
nettl_wait_for_files() {
  nettl_quiet=0
  nettl_sizes=
  nettl_left=25
  while [ "$nettl_left" -gt 0 ] && [ -f keeper ]; do
    nettl_before=$nettl_sizes
    nettl_sizes=$(
      set +f
      ls -ln "$native_name"* 2>/dev/null
    )
    nettl_quiet=$((nettl_quiet + 1))
    if [ "$nettl_sizes" != "$nettl_before" ] || nettl_open; then nettl_quiet=0; fi
    if [ -r state-open ] && [ "$nettl_quiet" -ge 2 ]; then return; fi
    if [ "$nettl_quiet" -ge "$nettl_still" ]; then return; fi
    sleep 1
    nettl_left=$((nettl_left - 1))
  done
}
# Whoever sees the end first tells of it.
nettl_tell() {
  if [ -r state-told ]; then return; fi
  nettl_wait_for_files
  if [ -r state-told ]; then return; fi
  put state-told yes
  nettl_note dropped-before
  nettl_count=${nettl_noted:-0}
  nettl_note dropped
  if [ -n "$nettl_noted" ]; then
    if [ "$nettl_noted" -lt "$nettl_count" ]; then nettl_count=0; fi
    echo "anchoko: nettl dropped $((nettl_noted - nettl_count)) messages" >&2
  fi
  nettl_tell_of_ring
}

native_begin() {
  nettl_look
  if [ "$nettl_status" -ne 0 ]; then
    echo "anchoko: the trace facility does not answer: nettl -status trace ended with status $nettl_status" >&2
    nettl -status trace >/dev/null
    return 1
  fi
  if [ -n "$nettl_file" ]; then
    echo "anchoko: somebody traces already, into $nettl_file" >&2
    return 1
  fi
  put state-dropped-before "$(nettl_dropped)"
  put state-begun yes || return 1
  run_tool
  nettl_begun=$?
  nettl_try=0
  nettl_look
  while [ -z "$nettl_file" ] && [ "$nettl_begun" -eq 0 ] && [ "$nettl_try" -lt 5 ]; do
    sleep 1
    nettl_try=$((nettl_try + 1))
    nettl_look
  done
  if nettl_ours && [ "$nettl_begun" -eq 0 ]; then
    if nettl_open; then put state-open yes; fi
    echo "anchoko: nettl traces into $nettl_trace" >&2
    return
  fi
  if [ -z "$nettl_file" ]; then
    echo "anchoko: nettl does not trace; -traceon ended with status $nettl_begun" >&2
  elif nettl_ours; then
    echo "anchoko: -traceon ended with status $nettl_begun" >&2
    # shellcheck disable=SC2086 # names, apart by blanks
    nettl -traceoff -entity $nettl_entities
  else
    # What of it was theirs before, nobody can tell any more.
    echo "anchoko: somebody began a trace at the same moment, into $nettl_file; $nettl_entities may be traced there now" >&2
  fi
  return 1
}

native_lives() {
  [ -r state-begun ] || return 1
  nettl_look || return 0
  if ! nettl_ours && [ "$nettl_status" -ne 0 ]; then
    sleep 1
    nettl_look || return 0
  fi
  nettl_ours || return 1
  nettl_now=$(nettl_dropped)
  nettl_note dropped
  if [ "$nettl_now" != "$nettl_noted" ]; then put state-dropped "$nettl_now"; fi
  nettl_note_beginning
  return 0
}

# Never -stop, which ends all logging, and never more than what this session began.
native_end() {
  if ! native_lives; then return; fi
  if ! nettl_ours; then
    if [ ! -r state-silent ]; then
      echo 'anchoko: nettl and nettlconf do not answer: it cannot be asked to end the trace' >&2
      put state-silent yes
    fi
    return
  fi
  if [ ! -r state-ending ] && nettl_writer_gone; then
    put state-writer gone
    echo 'anchoko: nobody has the files of the trace open any more: its writer is gone, and what it held is lost' >&2
  fi
  # shellcheck disable=SC2086 # names, apart by blanks
  nettl -traceoff -entity $nettl_entities
  nettl_look
  if ! nettl_ours; then
    nettl_tell
  elif [ ! -r state-ending ]; then
    echo 'anchoko: others have nettl trace into these files too; that is left alone, and the session ends with it' >&2
  fi
  put state-ending yes
}

native_after() {
  nettl_tell
  if [ -r state-writer ]; then exit 1; fi
}
