#!/bin/sh
# The emulated iptrace from start to end, as a plan would use it; Wireshark judges its files.
#   emulated_iptrace.sh ANCHOKO_LAB MAKE_CAPTURE
# 1. By SRC and by hand: states, messages' numbers, exit status, one at a time, clean and unclean ends.
# 2. Logs of both versions, and -T's: same times, lengths and bytes as the capture that they come from.
set -u
LC_ALL=C
export LC_ALL
lab=$1
make_capture=$2
for tool in tshark tcpdump; do
  if ! command -v "$tool" >/dev/null; then
    echo "SKIP wireshark-absent"
    exit 77
  fi
done
work=$(mktemp -d) || exit 1
trap 'stop_all; rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
failures=0
complain() {
  echo "FAIL $*"
  failures=$((failures + 1))
}
expect() { # what, expected, got
  [ "$2" = "$3" ] || complain "$1: expected '$2', got '$3'"
}

ANCHOKO_LAB_HOST=$work/host
export ANCHOKO_LAB_HOST
mkdir "$ANCHOKO_LAB_HOST"
"$make_capture" "$work/in.pcap" 300000 mixed 7 || exit 1
host() { # more lines of host.conf
  {
    echo 'os aix'
    echo 'name aixbox'
    echo 'interface en0 none0 00:00:00:00:00:00 192.0.2.1'
    echo "packets $work/in.pcap"
    case "$*" in *release*) ;; *) echo 'release 7.2' ;; esac
    for line; do echo "$line"; done
  } >"$ANCHOKO_LAB_HOST/host.conf"
  rm -rf "$ANCHOKO_LAB_HOST/state" "$ANCHOKO_LAB_HOST/console"
}
aix() {
  "$lab" "$@" 2>&1
}
daemon_pid() {
  cat "$ANCHOKO_LAB_HOST/state/iptrace" 2>/dev/null
}
stop_all() {
  pid=$(daemon_pid)
  [ -z "$pid" ] || kill -9 "$pid" 2>/dev/null
}
wait_for() { # tries of a command, every 0.1 s for 10 s
  left=100
  until "$@"; do
    left=$((left - 1))
    [ "$left" -gt 0 ] || return 1
    sleep 0.1
  done
}
src_status() {
  aix lssrc -s iptrace | sed -n '2s/.* //p'
}
is_inoperative() { [ "$(src_status)" = inoperative ]; }
is_settled() { # the file stopped growing
  [ -e "$1" ] || return 1
  before=$(wc -c <"$1")
  sleep 0.3
  [ "$before" -gt 24 ] && [ "$before" = "$(wc -c <"$1")" ]
}
has_ended() { ! kill -0 "$1" 2>/dev/null; }
list() { # packets: time, lengths, digest of the bytes
  tshark -r "$1" -o frame.generate_md5_hash:TRUE -T fields -e "$2" -e frame.len -e frame.cap_len -e frame.md5_hash 2>/dev/null
}

# ---- SRC ------------------------------------------------------------------------------------------------------------
host
expect 'not started' inoperative "$(src_status)"
expect 'stop of what is stopped' 0513-004 "$(aix stopsrc -s iptrace | cut -c 1-8)"
out=$(aix startsrc -s iptrace -a "-i en0 $work/src.ipt")
expect 'start' '0513-059 The iptrace Subsystem has been started. Subsystem PID is' "${out% *}"
expect 'second start' 0513-029 "$(aix startsrc -s iptrace -a "$work/other.ipt" | sed -n '1s/ .*//p')"
wait_for is_settled "$work/src.ipt" || complain "the log does not settle"
expect 'status' active "$(src_status)"
if aix iptrace "$work/other.ipt" >/dev/null; then complain 'a second iptrace was not refused'; fi
[ ! -e "$work/other.ipt" ] || complain 'a refused iptrace made its log'
expect 'stop' '0513-044 The iptrace Subsystem was requested to stop.' "$(aix stopsrc -s iptrace)"
wait_for is_inoperative || complain 'it does not stop'
if aix genkex | grep -q iptrace; then complain 'a clean stop left its extension'; fi
list "$work/in.pcap" frame.time_epoch >"$work/expected"
list "$work/src.ipt" frame.time_epoch >"$work/got"
[ -s "$work/expected" ] || complain 'no packets to compare with'
cmp "$work/expected" "$work/got" || complain 'the log by SRC differs from its packets'
# A bad option is told by nobody but the state.
expect 'a start that ends at once' 0513-059 "$(aix startsrc -s iptrace -a '-c 5 /tmp/x' | cut -c 1-8)"
wait_for is_inoperative || complain 'a bad option left it active'
expect 'unknown subsystem' 0513-085 "$(aix lssrc -s nosuch | cut -c 1-8)"

# ---- by hand, other kinds of files --------------------------------------------------------------------------------
run_once() { # log, more words of iptrace
  log=$1
  shift
  aix iptrace "$@" "$log" >/dev/null || complain "iptrace $* is refused"
  pid=$(daemon_pid)
  wait_for is_settled "$log" || complain "$log does not settle"
  kill -15 "$pid"
  wait_for has_ended "$pid" || complain "iptrace $* goes on after SIGTERM"
}
host 'fact iptrace-format 1.0'
run_once "$work/v1.ipt"
list "$work/in.pcap" frame.time_epoch | sed 's/\.[0-9]*//' >"$work/expected1"
list "$work/v1.ipt" frame.time_epoch | sed 's/\.[0-9]*//' >"$work/got"
cmp "$work/expected1" "$work/got" || complain 'a log of version 1.0 differs from its packets'
host
run_once "$work/bpf.cap" -B -S 65535 -T
list "$work/bpf.cap" frame.time_epoch >"$work/got"
cmp "$work/expected" "$work/got" || complain "a file of -T differs from its packets"
run_once "$work/snap.cap" -B -S 96 -T
expect 'longest record of -S 96' 96 "$(tshark -r "$work/snap.cap" -T fields -e frame.cap_len | sort -n | tail -n 1)"
expect 'kind of file' 'File type: AIX tcpdump - pcap' \
  "$(capinfos -t "$work/bpf.cap" | sed -n 's/^File type: */File type: /p')"
run_once "$work/filtered.ipt" -P udp -p 53
tcpdump -r "$work/in.pcap" -w - 'udp port 53' 2>/dev/null >"$work/filtered.pcap"
list "$work/filtered.pcap" frame.time_epoch >"$work/expected2"
list "$work/filtered.ipt" frame.time_epoch >"$work/got"
[ -s "$work/expected2" ] || complain 'nothing passes the filter'
cmp "$work/expected2" "$work/got" || complain '-P udp -p 53 differs from tcpdump'
run_once "$work/ring.ipt" -L 100000
tshark -r "$work/ring.ipt.old" -T fields -e frame.len >/dev/null 2>&1 || complain 'file.old is not readable'
list "$work/ring.ipt.old" frame.time_epoch >"$work/got"
list "$work/ring.ipt" frame.time_epoch >>"$work/got"
tail -n "$(wc -l <"$work/got")" "$work/expected" | cmp - "$work/got" || complain 'the two files of -L are not the last packets'
expect 'what ipreport counts' "$(wc -l <"$work/expected" | tr -d ' ')" \
  "$(aix ipreport -n "$work/src.ipt" | grep -c '^Packet Number')"
if aix ipreport "$work/in.pcap" >/dev/null; then complain 'ipreport takes a pcap for a log'; fi

# ---- AIX's tcpdump ----------------------------------------------------------------------------------------------
"$lab" tcpdump -i en0 -s 0 -w "$work/tcpdump.cap" udp port 53 2>"$work/said" &
pid=$!
wait_for is_settled "$work/tcpdump.cap" 2>/dev/null || : # its buffer may hold all of it
kill -INT "$pid"
wait "$pid" || complain 'tcpdump ends with an error'
list "$work/tcpdump.cap" frame.time_epoch >"$work/got"
cmp "$work/expected2" "$work/got" || complain 'a file of tcpdump differs from its packets'
expect 'what tcpdump counts' "$(wc -l <"$work/got" | tr -d ' ') packets captured" "$(grep captured "$work/said")"
expect 'kind of file' 'AIX tcpdump - pcap' "$(capinfos -t "$work/tcpdump.cap" | sed -n 's/^File type: *//p')"
if aix tcpdump -i en0 -W 3 -w "$work/no.cap" >/dev/null; then complain 'tcpdump has -W'; fi

# ---- unclean ends ---------------------------------------------------------------------------------------------------
aix iptrace "$work/killed.ipt" >/dev/null || complain 'start'
pid=$(daemon_pid)
kill -9 "$pid"
wait_for has_ended "$pid"
aix genkex | grep -q iptrace || complain 'kill -9 left no extension behind'
if aix iptrace "$work/after.ipt" >/dev/null; then complain 'started beside an extension left behind'; fi
aix iptrace -u >/dev/null || complain 'iptrace -u fails'
run_once "$work/after.ipt"
if aix iptrace -u >/dev/null; then complain 'iptrace -u unloads what is not there'; fi
host 'fault iptrace-disk-full 5000'
aix iptrace "$work/full.ipt" >/dev/null
pid=$(daemon_pid)
[ -z "$pid" ] || wait_for has_ended "$pid" || complain 'it survives a full disk'
expect 'bytes on a full disk' 5000 "$(wc -c <"$work/full.ipt" | tr -d ' ')"
host 'fault iptrace-dies 300'
aix startsrc -s iptrace -a "$work/dies.ipt" >/dev/null
wait_for is_inoperative || complain 'it does not die'
aix genkex | grep -q iptrace || complain 'a death left no extension behind'
host 'fault iptrace-slow-stop 1'
aix startsrc -s iptrace -a "$work/slow.ipt" >/dev/null
wait_for is_settled "$work/slow.ipt"
aix stopsrc -s iptrace >/dev/null
expect 'status while it stops' stopping "$(src_status)"
wait_for is_inoperative || complain 'it never stops'
# Held back in a buffer, the end of a log is lost by signal 9, within a record.
host 'fact iptrace-buffer 4096' 'fact iptrace-leftover reuse'
aix iptrace "$work/cut.ipt" >/dev/null
wait_for is_settled "$work/cut.ipt"
kill -9 "$(daemon_pid)"
[ "$(wc -c <"$work/cut.ipt")" -lt "$(wc -c <"$work/src.ipt")" ] || complain 'a buffer holds nothing back'
# What signal 9 left behind is taken over where the host says so.
run_once "$work/reused.ipt"
# A log on NFS: it never stops, but by force.
host "nfs $work/nfs"
mkdir "$work/nfs"
aix startsrc -s iptrace -a "$work/nfs/log" >/dev/null
sleep 0.5
aix stopsrc -s iptrace >/dev/null
sleep 0.5
expect 'status of a daemon that hangs' stopping "$(src_status)"
aix stopsrc -f -s iptrace >/dev/null
wait_for is_inoperative || complain 'signal 9 does not end it'
# SRC starts its daemons at the root of the file system, not where we are.
host
aix startsrc -s iptrace -a relative.ipt >/dev/null
wait_for is_settled "$ANCHOKO_LAB_HOST/root/relative.ipt" || complain 'a relative name ended up elsewhere'
[ ! -e relative.ipt ] || complain 'a relative name ended up here'
aix stopsrc -s iptrace >/dev/null
wait_for is_inoperative
host 'fact aix-language ja'
expect 'the number stays in Japanese' 0513-004 "$(LC_ALL=ja_JP.UTF-8 aix stopsrc -s iptrace | cut -c 1-8)"
[ "$(LC_ALL=ja_JP.UTF-8 aix lssrc -s iptrace)" != "$(aix lssrc -s iptrace)" ] || complain 'all is English'
host 'user alice'
if aix iptrace "$work/user.ipt" >/dev/null; then complain 'started by a user without rights'; fi
host 'fault iptrace-busy src'
expect "somebody else's" active "$(src_status)"
if aix startsrc -s iptrace -a "$work/busy.ipt" >/dev/null; then complain "started beside somebody else's"; fi

[ "$failures" -eq 0 ] || exit 1
echo "ok: $(wc -l <"$work/expected" | tr -d ' ') packets in each kind of file"
