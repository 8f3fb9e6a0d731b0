# ---- the keeper: from here on the same for every capture -------------------------------------------------------------
# Plain POSIX sh, within what ksh88 has: it runs on Linux, AIX, Solaris and HP-UX alike.
umask 077
set -f
PATH=/usr/xpg4/bin:/usr/bin:/bin:/usr/sbin:/sbin:$PATH
LC_ALL=C
UNIX95=1 # HP-UX: lets ps know -o
export PATH LC_ALL UNIX95
mark=anchoko.$id

# Each of our processes writes its own number before it does anything that would have to be ended.
own_pid() {
  printf '%s\n' "$$" >"$folder/$1.pid"
}
pid_of() {
  pid=
  if [ -r "$folder/$1.pid" ]; then
    read -r pid <"$folder/$1.pid"
  fi
  case $pid in
    '' | *[!0-9]*) pid= ;;
  esac
}

# PID: alive, and our folder stands in its command line. A number may have passed to another process. ps shows no more
# than 60 to 80 bytes on Solaris and HP-UX.
is_ours() {
  [ -n "$1" ] || return 1
  kill -0 "$1" 2>/dev/null || return 1
  if [ -r "/proc/$1/cmdline" ]; then
    words=$({ tr '\000' ' ' <"/proc/$1/cmdline"; } 2>/dev/null)
  else
    words=$(ps -p "$1" -o args= 2>/dev/null)
  fi
  case $words in
    *"$mark"*) return 0 ;;
  esac
  return 1
}
alive() {
  pid_of "$1"
  is_ours "$pid"
}

# Ends early when a trapped signal arrives; its sleep, at most five seconds long, then ends by itself.
nap() {
  sleep "$1" &
  wait "$!"
}

# What happened, for whoever asks; whole or not at all, also on a full disk.
record() {
  printf 'phase %s\nreason %s\nexit %s\nat %s\n' "$1" "$2" "$3" "$(date -u '+%Y-%m-%dT%H:%M:%SZ')" \
    >"$folder/state.new" && mv -f "$folder/state.new" "$folder/state"
}
recorded_phase() {
  phase= reason= code=
  if [ -r "$folder/state" ]; then
    { read -r word phase && read -r word reason && read -r word code; } <"$folder/state"
  fi
  : "$word" "$code"
}

# The first request counts.
ask() {
  if [ ! -s "$folder/stop" ]; then
    printf '%s\n' "$1" >"$folder/stop"
  fi
}

# Seconds, from a clock that may be set and a year that may end: one step adds between 0 and 5.
clock() {
  # shellcheck disable=SC2046 # four numbers
  set -- $(TZ=UTC0 date '+1%j 1%H 1%M 1%S')
  read_time=$(((($1 - 1000) * 24 + $2 - 100) * 3600 + ($3 - 100) * 60 + $4 - 100))
  step=$((read_time - last_time))
  last_time=$read_time
  if [ "$step" -lt 0 ]; then step=0; fi
  if [ "$step" -gt 5 ]; then step=5; fi
  elapsed=$((elapsed + step))
}

# 1024-byte units, small enough for the arithmetic of any shell: more than nine digits are plenty.
kilobytes_free() {
  df -P -k "$folder" 2>/dev/null | {
    read -r word
    read -r word word word free word
    : "$word"
    case $free in
      '' | *[!0-9]*) echo 999999999 ;;
      ??????????*) echo 999999999 ;;
      *) echo "$free" ;;
    esac
  }
}
kilobytes_written() {
  du -k "$native" 2>/dev/null | {
    read -r size word
    : "$word"
    case $size in
      '' | *[!0-9]*) echo 0 ;;
      *) echo "$size" ;;
    esac
  }
}
limit_reached() {
  if [ "$max_kilobytes" -gt 0 ] && [ "$(kilobytes_written)" -ge "$max_kilobytes" ]; then
    ask max_size
  elif [ "$min_free_kilobytes" -gt 0 ] && [ "$(kilobytes_free)" -lt "$min_free_kilobytes" ]; then
    ask min_free
  fi
}

# ---- keep: starts the tool, minds its limits, ends it in order -------------------------------------------------------
end_tool() {
  trap '' USR1 # once is enough
  record stopping "$1" -
  if [ "$1" != clean ]; then
    settle_left=$settle
    while [ "$settle_left" -gt 0 ]; do
      nap 1
      settle_left=$((settle_left - 1))
    done
  fi
  kill -"$stop_signal" "$tool" 2>/dev/null
  elapsed=0
  while kill -0 "$tool" 2>/dev/null && [ "$elapsed" -lt 12 ]; do
    nap "$tick"
    clock
  done
  # Never -KILL: its file would be cut in the middle of a packet.
  if kill -0 "$tool" 2>/dev/null; then
    kill -TERM "$tool" 2>/dev/null
  fi
}

keep() {
  own_pid keeper
  elapsed=0
  last_time=0
  clock
  elapsed=0
  trap : USR1 # a request ends the nap
  trap 'ask clean' TERM
  record starting - -
  "$shell" "$folder/keeper" watch </dev/null >>"$folder/log" 2>&1 &
  "$shell" "$folder/keeper" tool </dev/null >/dev/null 2>>"$folder/$messages" &
  tool=$!
  record running - -
  reason=tool
  ticks=0
  while kill -0 "$tool" 2>/dev/null; do
    if [ -f "$folder/stop" ]; then
      read -r reason <"$folder/stop"
      end_tool "${reason:=request}"
      break
    fi
    nap "$tick"
    ticks=$((ticks + 1))
    if [ "$ticks" -ge "$ticks_per_look" ]; then
      ticks=0
      clock
      limit_reached
      # The watchdog is the timer; this is for the case that somebody ended it.
      if [ "$elapsed" -gt $((whole_seconds + 3)) ]; then ask duration; fi
    fi
  done
  wait "$tool"
  status=$?
  record ended "$reason" "$status"
  pid_of watchdog
  if is_ours "$pid"; then
    kill -TERM "$pid" 2>/dev/null
  fi
}

# ---- tool: this process becomes the capture tool ---------------------------------------------------------------------
become_tool() {
  own_pid tool
  # Should nobody be left to mind it: its file stays bounded all the same.
  if [ "$most_blocks" -gt 0 ]; then
    ulimit -f "$most_blocks" 2>/dev/null
  fi
  run_tool
}

# ---- watch: the timer; ends the tool itself when the keeper is gone --------------------------------------------------
watch() {
  own_pid watchdog
  # shellcheck disable=SC2064 # the number of the nap is known only then
  trap 'kill "$!" 2>/dev/null; exit 0' TERM
  left=$whole_seconds
  if [ "$fraction" != 0 ]; then
    nap "0.$fraction"
  fi
  while [ "$left" -gt 0 ] && ! [ -f "$folder/stop" ]; do
    chunk=5
    if [ "$left" -lt 5 ]; then chunk=$left; fi
    nap "$chunk"
    left=$((left - chunk))
    if ! alive keeper && ! alive tool; then left=0; fi
  done
  ask duration
  if alive keeper; then
    kill -USR1 "$pid" 2>/dev/null
    nap $((settle + 20))
  fi
  # A keeper that lives has ended us by now.
  if alive keeper && alive tool; then
    kill -TERM "$pid" 2>/dev/null
    nap 5
  elif ! alive keeper; then
    end_without_keeper
  fi
}

end_without_keeper() {
  recorded_phase
  if [ "$phase" = ended ]; then return; fi
  read -r reason <"$folder/stop"
  rounds=0
  while alive tool && [ "$rounds" -lt 20 ]; do
    if [ "$rounds" -eq 0 ]; then
      nap "$settle"
      kill -"$stop_signal" "$pid" 2>/dev/null
    fi
    if [ "$rounds" -eq 12 ]; then kill -TERM "$pid" 2>/dev/null; fi
    nap 1
    rounds=$((rounds + 1))
  done
  if ! alive tool; then
    record ended "${reason:-request}" unknown
  fi
}

# ---- status, stop, clean: for whoever comes later --------------------------------------------------------------------
say_state() {
  if [ "$1" = live ] && [ -n "$report_signal" ] && grep -F -e "$ready_text" "$folder/$messages" >/dev/null 2>&1 && alive tool; then
    kill -"$report_signal" "$pid" 2>/dev/null
    nap "$tick"
  fi
  echo 'folder present'
  if [ -r "$folder/state" ]; then cat "$folder/state"; fi
  for name in keeper watchdog tool; do
    if alive "$name"; then echo "$name alive $pid"; else echo "$name gone"; fi
  done
  echo "free $(kilobytes_free)"
  set +f
  cd "$folder" && ls -ln "$native_name"* 2>/dev/null | while read -r word word word word size word word word name; do
    : "$word"
    echo "file $size $name"
  done
  set -f
  echo messages
  if [ -r "$folder/$messages" ]; then cat "$folder/$messages"; fi
}

stop_now() {
  ask "$1"
  if alive keeper; then
    kill -USR1 "$pid" 2>/dev/null
  elif alive tool; then
    end_without_keeper
  fi
}

remove_all() {
  ask clean
  if alive keeper; then kill -TERM "$pid" 2>/dev/null; fi
  rounds=0
  while { alive keeper || alive tool; } && [ "$rounds" -lt 40 ]; do
    if ! alive keeper && alive tool; then
      case $rounds in
        0 | 1) kill -"$stop_signal" "$pid" 2>/dev/null ;;
        15) kill -TERM "$pid" 2>/dev/null ;;
      esac
    fi
    nap "$tick"
    rounds=$((rounds + 1))
  done
  if alive watchdog; then kill -TERM "$pid" 2>/dev/null; fi
  if alive tool; then
    echo "process $pid, which captures into $folder, does not end: nothing was deleted" >&2
    exit 1
  fi
  cd / || exit 1
  remove_files
  set +f
  rm -f "$native"[0-9]*
  rm -f "$folder/log" "$folder/stop" "$folder/state" "$folder/state.new" "$folder"/*.pid "$folder/keeper.new" "$folder/keeper"
  set -f
  rmdir "$folder"
}

case $1 in
  keep) keep ;;
  tool) become_tool ;;
  watch) watch ;;
  status) say_state "$2" ;;
  stop) stop_now "${2:-request}" ;;
  clean) remove_all ;;
  *)
    echo "usage: $0 status [live] | stop | clean" >&2
    exit 2
    ;;
esac
exit
