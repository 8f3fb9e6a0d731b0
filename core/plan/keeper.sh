# ---- the keeper: from here on the same for every capture -------------------------------------------------------------
# Plain POSIX sh, within what ksh88 has: it runs on Linux, AIX, Solaris and HP-UX alike.
umask 077
set -f
PATH=/usr/xpg4/bin:/usr/bin:/bin:/usr/sbin:/sbin:$PATH
LC_ALL=C
UNIX95=1 # HP-UX: lets ps know -o
export PATH LC_ALL UNIX95
# Some change what ls and df print, the last two are read by shells before their script.
unset TIME_STYLE QUOTING_STYLE LS_BLOCK_SIZE DF_BLOCK_SIZE BLOCK_SIZE BLOCKSIZE ENV BASH_ENV CDPATH
# Everything happens within our folder, by names without a path: should it vanish, and somebody else put another in its
# place, that is not touched. Who starts or asks us stands in it already, but for a person.
case $1 in
  keep | tool | watch) ;;
  *)
    case $0 in
      keeper | ./keeper) ;;
      *) cd "$folder" || exit 1 ;;
    esac
    ;;
esac
mark=anchoko.$id
watchdog=

# NAME TEXT: a file in our folder, whole or not at all, also on a full disk and with others who write the same. Silent:
# complaints would take the last block.
put() {
  { printf '%s\n' "$2" >"$1.new.$$" && mv -f "$1.new.$$" "$1"; } 2>/dev/null
}
cannot_write() {
  printf '%s\n' "cannot write into $folder" >&2
  exit 1
}

# Each of our processes writes its own number before it does anything that would have to be ended. One that nobody could
# find does not begin.
own_pid() {
  put "$1.pid" "$$" || cannot_write
}
pid_of() {
  pid=
  if [ -r "$1.pid" ]; then
    read -r pid <"$1.pid"
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

# Ends early when a trapped signal arrives. `exec`: some shells would put a shell of their own around the command, and
# have $! name that one. -KILL: a child that is no sleep yet may take a -TERM for one of its parent's, and lose it.
nap() {
  exec sleep "$1" &
  wait "$!"
  if [ "$?" -gt 128 ]; then kill -KILL "$!" 2>/dev/null; fi
  napped=$!
}

# What happened, for whoever asks.
record() {
  put state "phase $1
reason $2
exit $3
at $(date -u '+%Y-%m-%dT%H:%M:%SZ')"
}
# The last word, for which something gives way on a full disk. What starts late or complains may have taken the room that
# `spare` made; with the tool gone nobody needs that any more.
record_end() {
  tries=0
  until record ended "$1" "$2"; do
    rm -f spare
    tries=$((tries + 1))
    if [ "$tries" -ge 10 ] || [ ! -f keeper ]; then return; fi
    if [ "$tries" -gt 1 ]; then
      if [ -n "$watchdog" ]; then end_watchdog; else nap 1; fi
      rm -f watchdog.pid tool.pid
      printf '' 2>/dev/null >log # in place: it is open
    fi
  done
}
recorded_phase() {
  phase=
  if [ -r state ]; then
    read -r word phase <state
    : "$word"
  fi
}

# The first request counts.
ask() {
  if [ ! -s stop ]; then put stop "$1"; fi
}
# Sets `reason`, if there is one to end. A request of which the disk took no note has come as a signal all the same; the
# others were written before they were signalled.
asked() {
  reason=$signalled
  if [ -s stop ]; then read -r reason <stop; fi
  [ -n "$reason" ]
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
start_clock() {
  last_time=0
  elapsed=0
  clock
  elapsed=0
}

# 1024-byte units, small enough for the arithmetic of any shell: more than nine digits are plenty.
kilobytes_free() {
  df -P -k . 2>/dev/null | {
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
# In thousands, which takes no arithmetic. Not its blocks: XFS has many more for a growing file, a compressing file
# system fewer.
thousands_written() {
  # shellcheck disable=SC2012 # one file, of a name that we gave
  ls -ln "$native" 2>/dev/null | {
    read -r word word word word size word
    : "$word"
    case $size in
      *[!0-9]*) echo 0 ;;
      ????*) echo "${size%???}" ;;
      *) echo 0 ;;
    esac
  }
}
limit_reached() {
  if [ ! -f keeper ]; then
    signalled=clean # somebody removed the folder, and what is written now is lost
    return
  fi
  if [ "$max_thousands" -gt 0 ] && [ "$(thousands_written)" -ge "$max_thousands" ]; then
    signalled=max_size
  elif [ "$min_free_kilobytes" -gt 0 ] && [ "$(kilobytes_free)" -lt "$min_free_kilobytes" ]; then
    signalled=min_free
  elif [ "$timed" = yes ] && [ "$elapsed" -gt $((whole_seconds + 3)) ]; then
    signalled=duration # the watchdog is the timer; somebody ended it
  else
    return
  fi
  ask "$signalled"
}

# PID, again and again: asks the tool to end, at once and after four and eight seconds, for it may not have listened yet,
# then harder. Never -KILL: its file would be cut in the middle of a packet.
begin_to_urge() {
  start_clock
  urged=0
}
urge() {
  if [ "$elapsed" -ge $((urged * 4)) ] && is_ours "$1"; then
    case $urged in
      0 | 1 | 2) kill -"$stop_signal" "$1" 2>/dev/null ;;
      3) kill -TERM "$1" 2>/dev/null ;;
    esac
    urged=$((urged + 1))
  fi
}

# Some tools are run by the system itself, by SRC or as a facility. Such a plan brings native_begin, native_lives (whether
# it captures for us; also when that could not be told), native_end (asks it to end) and native_after (tells of it); for
# a process of ours native_lives says no.

# Asks once more after four seconds each time.
end_native() {
  begin_to_urge
  while native_lives && [ "$elapsed" -lt 20 ]; do
    if [ "$elapsed" -ge $((urged * 4)) ]; then
      native_end 2>>"./$messages"
      urged=$((urged + 1))
    fi
    nap "$tick"
    clock
  done
}

# ---- keep: starts the tool, minds its limits, ends it in order -------------------------------------------------------
end_tool() {
  record stopping "$1" -
  if [ "$1" != clean ]; then
    settle_left=$settle
    while [ "$settle_left" -gt 0 ] && kill -0 "$tool" 2>/dev/null; do
      nap 1
      settle_left=$((settle_left - 1))
    done
  fi
  begin_to_urge
  while kill -0 "$tool" 2>/dev/null && [ "$urged" -lt 4 ] && [ "$elapsed" -lt 20 ]; do
    urge "$tool"
    nap "$tick"
    clock
  done
}

# Signals come after the traps, and nobody knows us before our number is written.
keep() {
  signalled=
  trap 'signalled=${signalled:-request}' USR1
  trap 'signalled=${signalled:-clean}' TERM
  own_pid keeper
  put spare 'This file gives way when the disk is full and the end must be written down.' || cannot_write
  start_clock
  record starting - - || cannot_write
  exec >>log 2>&1 # who started us has read to the end, and looks for that record
  exec "$shell" "$folder/keeper" watch &
  watchdog=$!
  exec "$shell" "$folder/keeper" tool >/dev/null 2>>"./$messages" &
  tool=$!
  record running - -
  ticks=0
  while kill -0 "$tool" 2>/dev/null; do
    if asked; then break; fi
    nap "$tick"
    ticks=$((ticks + 1))
    if [ "$ticks" -ge "$ticks_per_look" ]; then
      ticks=0
      clock
      limit_reached
    fi
  done
  trap '' USR1 TERM
  if kill -0 "$tool" 2>/dev/null; then
    end_tool "$reason"
  else
    reason=tool
  fi
  wait "$tool"
  status=$?
  # Death by signal 9 is 137, in ksh93 265, in yash 393.
  if [ "$status" -gt 384 ]; then
    status=$((status - 256))
  elif [ "$status" -gt 256 ]; then
    status=$((status - 128))
  fi
  # Somebody ended the process that stood for it.
  while native_lives; do
    end_native
    if [ ! -f keeper ]; then break; fi
  done
  record_end "$reason" "$status"
  if [ -n "$watchdog" ]; then end_watchdog; fi
}
end_watchdog() {
  if is_ours "$watchdog"; then kill -TERM "$watchdog" 2>/dev/null; fi
  wait "$watchdog"
  watchdog=
}

# ---- tool: this process becomes the capture tool ---------------------------------------------------------------------
become_tool() {
  own_pid tool
  if [ "$minded" = yes ]; then stand_for_native; fi
  # Should nobody be left to mind it: its file stays bounded all the same.
  if [ "$most_blocks" -gt 0 ]; then
    ulimit -f "$most_blocks" 2>/dev/null
  fi
  cd / # a core file would lie where nobody deletes it
  run_tool
}

# It is asked to end by -TERM: whoever starts in the background may not trap -INT.
stand_for_native() {
  asked_to_end=
  ended=no
  trap 'asked_to_end=yes' TERM
  native_begin || exit 1
  # A signal may fall into the look itself, and ksh93 then reads nothing: such a look is repeated.
  while native_lives || { [ -n "$asked_to_end" ] && native_lives; }; do
    if [ -n "$asked_to_end" ]; then
      asked_to_end=
      ended=yes
      native_end
    fi
    nap "$tick"
  done
  native_after
  if [ "$ended" = yes ]; then exit 0; fi
  exit 1
}

# ---- watch: the timer; ends the tool itself when the keeper is gone --------------------------------------------------
watch() {
  napped=
  seen=
  trap 'if [ "$!" != "$napped" ]; then kill -KILL "$!" 2>/dev/null; fi; exit 0' TERM
  own_pid watchdog
  left=$whole_seconds
  if [ "$fraction" != 0 ]; then
    nap "0.$fraction"
  fi
  if [ "$timed" = no ]; then left=1; fi
  while [ "$left" -gt 0 ] && ! [ -f stop ]; do
    chunk=5
    # Soon again where it is not there yet: without our folder nobody could tell its number any more.
    if alive tool; then seen=$pid; else chunk=1; fi
    if [ "$timed" = no ]; then
      # Nobody is left to mind the limits that there are.
      if ! alive keeper; then break; fi
    else
      if [ "$left" -lt "$chunk" ]; then chunk=$left; fi
      left=$((left - chunk))
    fi
    nap "$chunk"
    if [ ! -f keeper ]; then
      end_tool_seen
      return
    fi
    # Somebody ended both, and nothing can be said of how it went.
    if ! alive keeper && ! alive tool && ! native_lives; then return; fi
  done
  ask duration
  if alive keeper; then
    kill -USR1 "$pid" 2>/dev/null
  fi
  # A keeper that lives ends us.
  left=$((settle + 20))
  while [ "$left" -gt 0 ] && alive keeper; do
    nap 1
    left=$((left - 1))
  done
  end_without_keeper
}

# Somebody removed the folder. The keeper, if it lives, does the same.
end_tool_seen() {
  begin_to_urge
  while is_ours "$seen" && [ "$elapsed" -lt 20 ]; do
    urge "$seen"
    nap "$tick"
    clock
  done
  end_native
}

# The keeper is gone, or does nothing any more. Nobody will see the tool's exit status.
end_without_keeper() {
  if ! alive tool && ! native_lives; then return; fi
  signalled=request
  asked
  nap "$settle"
  begin_to_urge
  while alive tool && [ "$elapsed" -lt 20 ]; do
    urge "$pid"
    nap "$tick"
    clock
  done
  if alive tool || alive keeper; then return; fi
  end_native
  if native_lives; then return; fi
  recorded_phase
  if [ "$phase" != ended ]; then record_end "$reason" unknown; fi
}

# ---- status, stop, clean: for whoever comes later --------------------------------------------------------------------
say_process() {
  if alive "$1"; then
    echo "$1 alive $pid"
  elif [ "$1" = tool ] && native_lives; then
    echo 'tool alive'
  else
    echo "$1 gone"
  fi
}

say_state() {
  recorded_phase # a tool that was asked to end may take it for one request more
  if [ "$1" = live ] && [ "$phase" = running ] && [ -n "$report_signal" ] && grep -F -e "$ready_text" "./$messages" >/dev/null 2>&1 && alive tool; then
    kill -"$report_signal" "$pid" 2>/dev/null
    nap "$tick"
  fi
  # Before the state: whoever is seen gone has written the last word.
  processes=$(for name in keeper watchdog tool; do say_process "$name"; done)
  echo 'folder present'
  if [ -r state ]; then cat state; fi
  printf '%s\n' "$processes"
  echo "free $(kilobytes_free)"
  set +f
  # shellcheck disable=SC2012 # find does not know lengths everywhere
  ls -ln "$native_name"* 2>/dev/null | while read -r word word word word size word word word name; do
    : "$word"
    echo "file $size $name"
  done
  set -f
  echo messages
  if [ -r "./$messages" ]; then cat "./$messages"; fi
}

stop_now() {
  ask request
  if alive keeper; then
    kill -USR1 "$pid" 2>/dev/null
  else
    end_without_keeper
  fi
  return 0
}

remove_all() {
  ask clean
  if alive keeper; then kill -TERM "$pid" 2>/dev/null; fi
  begin_to_urge
  while [ "$elapsed" -lt 30 ]; do
    if ! alive keeper; then
      if alive tool; then
        urge "$pid"
      elif alive watchdog; then
        kill -TERM "$pid" 2>/dev/null
      else
        break
      fi
    fi
    nap "$tick"
    clock
  done
  end_native
  if native_lives; then
    echo "what captures into $folder does not end: nothing was deleted" >&2
    exit 1
  fi
  if alive tool || alive keeper || alive watchdog; then
    echo "process $pid, which captures into $folder, does not end: nothing was deleted" >&2
    exit 1
  fi
  remove_files
  set +f
  rm -f "$native"[0-9]* "$native".old
  rm -f ./state* ./stop* ./*.pid* ./spare* ./log ./keeper*
  set -f
  cd /
  rmdir "$folder"
}

case $1 in
  keep) keep ;;
  tool) become_tool ;;
  watch) watch ;;
  status) say_state "$2" ;;
  stop) stop_now ;;
  clean) remove_all ;;
  *)
    echo "usage: $0 status [live] | stop | clean" >&2
    exit 2
    ;;
esac
exit
