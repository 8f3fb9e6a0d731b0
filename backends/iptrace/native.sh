# A machine runs one iptrace, and the system keeps it: SRC, the System Resource Controller, or init when it was started
# directly. These are the keeper's functions for it. iptrace_file is what it writes, iptrace_line its whole command line,
# iptrace_start is src or direct. What ends otherwise than by signal 15 leaves a kernel extension, which `iptrace -u` unloads
# (iptrace Daemon, AIX 7.2). Only numbers are looked at in what SRC says: its texts are translated.

# Lines of ps in, words like ours=123 out. The file is iptrace's last word, so a ps that cuts long lines takes it away: then
# the process that was noted at the start is ours if what is left are our words.
iptrace_kinds() {
  iptrace_any=
  while read -r iptrace_number iptrace_words; do
    iptrace_any=yes
    iptrace_name=${iptrace_words%% *}
    case $iptrace_name in
      iptrace | */iptrace)
        if iptrace_is_ours; then echo "ours=$iptrace_number"; else echo "other=$iptrace_number"; fi
        ;;
      tcpdump | */tcpdump) echo "tcpdump=$iptrace_number" ;;
    esac
  done
  if [ -n "$iptrace_any" ]; then echo seen; fi
}
iptrace_is_ours() {
  case $iptrace_words in
    *" $iptrace_file") return 0 ;;
  esac
  if [ "$iptrace_number" != "$iptrace_noted" ] || [ "${#iptrace_words}" -lt 60 ]; then return 1; fi
  case $iptrace_line in
    "$iptrace_words"*) return 0 ;;
  esac
  return 1
}
# Sets the numbers of such processes; empty: there is none. Not zero: nobody can tell.
iptrace_look() {
  iptrace_pid=
  iptrace_other=
  iptrace_tcpdump=
  iptrace_seen=no
  iptrace_noted=
  if [ -r state-iptrace ]; then read -r iptrace_noted <state-iptrace; fi
  for iptrace_word in $(ps -e -o pid= -o args= 2>/dev/null | iptrace_kinds); do
    case $iptrace_word in
      ours=*) iptrace_pid=${iptrace_word#*=} ;;
      other=*) iptrace_other=${iptrace_word#*=} ;;
      tcpdump=*) iptrace_tcpdump=${iptrace_word#*=} ;;
      seen) iptrace_seen=yes ;;
    esac
  done
  [ "$iptrace_seen" = yes ]
}
# Sets the number of SRC's process; empty: it has none. Not zero: SRC does not answer, or knows no iptrace.
iptrace_ask_src() {
  iptrace_src=
  iptrace_told=$(lssrc -s iptrace 2>/dev/null) || return 1
  for iptrace_word in $iptrace_told; do
    case $iptrace_word in
      *[!0-9]*) ;;
      *) iptrace_src=$iptrace_word ;;
    esac
  done
}
# What the extension is called is documented nowhere: one that genkex shows under a name like this is it.
iptrace_extension_shows() {
  genkex 2>/dev/null | grep -F -e iptrace >/dev/null
}

iptrace_refuse() {
  echo "anchoko: refused: $1" >&2
}
# Whatever would hurt somebody else's trace, or hang ours. Not zero: told on stderr.
iptrace_may_begin() {
  if ! iptrace_look; then
    iptrace_refuse 'ps does not tell which processes run'
  elif [ -n "$iptrace_other$iptrace_pid" ]; then
    iptrace_refuse "an iptrace is active already, process $iptrace_other$iptrace_pid, and a machine runs one"
  elif [ -n "$iptrace_tcpdump" ]; then
    iptrace_refuse "a tcpdump runs, process $iptrace_tcpdump, and AIX does not support iptrace beside it"
  elif ! iptrace_ask_src && [ "$iptrace_start" = src ]; then
    iptrace_refuse 'the System Resource Controller does not answer for the subsystem iptrace'
  elif [ -n "$iptrace_src" ]; then
    iptrace_refuse "the subsystem iptrace is active already, process $iptrace_src, and a machine runs one"
  elif [ -f "$native" ] || [ -f "$native.old" ]; then
    iptrace_refuse "$iptrace_file is there already, or its .old, which iptrace would overwrite"
  elif iptrace_on_nfs; then
    iptrace_refuse "$folder is on NFS, where iptrace may hang until a reboot"
  else
    return 0
  fi
  return 1
}
# SERVER:/PATH in front of what df says.
iptrace_on_nfs() {
  df -P -k . 2>/dev/null | {
    read -r iptrace_word
    read -r iptrace_word iptrace_told
    : "$iptrace_told"
    case $iptrace_word in
      *:/*) ;;
      *) [ -n '' ] ;;
    esac
  }
}

native_begin() {
  iptrace_may_begin || return 1
  iptrace_was=unseen
  if iptrace_extension_shows; then iptrace_was=before; fi
  put state-extension "$iptrace_was" || cannot_write
  run_tool || return 1
  # From here on there may be something to mend.
  put state-iptrace started
  # That it was asked to start is all that SRC's success means.
  iptrace_tries=0
  while [ "$iptrace_tries" -lt 10 ]; do
    nap "$tick"
    iptrace_tries=$((iptrace_tries + 1))
    iptrace_look || continue
    if [ -z "$iptrace_pid" ]; then
      if [ "$iptrace_tries" -ge 3 ] || [ "$iptrace_noted" != started ]; then break; fi
    elif [ "$iptrace_noted" != "$iptrace_pid" ]; then
      put state-iptrace "$iptrace_pid"
      if [ "$iptrace_was" = unseen ] && iptrace_extension_shows; then put state-extension shown; fi
    elif [ -f "$native" ]; then
      echo "anchoko: iptrace captures, process $iptrace_pid" >&2
      return 0
    fi
  done
  if [ -n "$iptrace_pid" ]; then
    echo "anchoko: iptrace, process $iptrace_pid, does not open its file" >&2
  elif [ "$iptrace_was" = before ]; then
    iptrace_refuse 'iptrace ended right after its start; its kernel extension was loaded before: another trace is active, or one that was killed left it'
  else
    echo 'anchoko: iptrace ended right after its start, and told at most the console why' >&2
  fi
  end_native
  iptrace_mend
  return 1
}

native_lives() {
  iptrace_look || return 0
  if [ -n "$iptrace_pid" ]; then return 0; fi
  # Here, because whoever sees its end may be the only one left.
  if [ -r state-iptrace ] && [ ! -f state-over ]; then iptrace_mend 2>>"./$messages"; fi
  return 1
}

# -p: by its number, which is ours, and not by the subsystem's name. One that SRC does not hold is ended by signal 15.
native_end() {
  iptrace_look || return 0
  if [ -z "$iptrace_pid" ]; then return 0; fi
  put state-asked asked
  if [ "$iptrace_start" = src ] && iptrace_ask_src && [ "$iptrace_src" = "$iptrace_pid" ]; then
    stopsrc -p "$iptrace_pid" >/dev/null
  else
    kill -TERM "$iptrace_pid"
  fi
}

# Whether ours left its extension: genkex showed it while ours ran, and does still; or cannot tell, and nobody asked ours to
# end. One that was there before is not ours.
iptrace_left_extension() {
  iptrace_was=
  if [ -r state-extension ]; then read -r iptrace_was <state-extension; fi
  case $iptrace_was in
    shown) iptrace_extension_shows ;;
    unseen) [ ! -f state-asked ] || iptrace_extension_shows ;;
    *) return 1 ;;
  esac
}
iptrace_none_active() {
  iptrace_look || return 1
  iptrace_ask_src
  [ -z "$iptrace_pid$iptrace_other$iptrace_tcpdump$iptrace_src" ]
}
iptrace_mend() {
  if [ -f state-over ]; then return; fi
  put state-over over
  iptrace_left_extension || return 0
  # Again, on a busy machine (iptrace Daemon, AIX 7.2); and SRC may take a moment to see that ours is gone.
  iptrace_tries=0
  while [ "$iptrace_tries" -lt 5 ]; do
    if iptrace_none_active && iptrace -u >/dev/null 2>&1; then
      echo 'anchoko: iptrace did not end in order; its kernel extension is unloaded' >&2
      return 0
    fi
    iptrace_tries=$((iptrace_tries + 1))
    nap 1
  done
  echo 'anchoko: iptrace did not end in order and may have left its kernel extension' >&2
}

native_after() {
  iptrace_mend
  if [ ! -f state-asked ]; then echo 'anchoko: iptrace ended, and this capture did not ask it to' >&2; fi
}
