#!/bin/sh
# Captures on another host over a real sshd, which is this machine under another name.
#
#   ssh.sh ANCHOKO SSHD_FOR_TESTS      the binary under test, and the tool that starts an sshd
#
# What arrives is what was sent, without the packets of the connection; a cut connection, a host that is away, and a
# later process change nothing of that; nothing is left on either side. Exit status 0 passed, 1 failed, 77 skipped.
set -eu

skip() {
  echo "SKIP $1"
  exit 77
}
[ "$(id -u)" -eq 0 ] || skip "needs-root: tcpdump on the other side"

anchoko=$1
tool=$2
work=$(mktemp -d)
capture=

# Only what this script started is ever ended.
# shellcheck disable=SC2317
clean_up() {
  status=$?
  trap - EXIT INT TERM HUP
  if [ -n "$capture" ]; then kill "$capture" 2>/dev/null || :; fi
  "$anchoko" clean --all >/dev/null 2>&1 || :
  "$tool" stop "$work" || :
  rm -rf "$work"
  exit "$status"
}
"$tool" start "$work" >"$work/started" || {
  status=$?
  text=$(cat "$work/started")
  rm -rf "$work"
  [ "$status" -ne 77 ] || skip "$text"
  exit 1
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
mkdir "$work/tmp" "$work/me"
export ANCHOKO_SSH="$work/ssh" HOME="$work/me" XDG_STATE_HOME="$work/state" XDG_CONFIG_HOME="$work/config" TMPDIR="$work/tmp"
cd "$work"
port=$(sed -n 's/^Port //p' sshd_config)

fail() {
  echo "FAIL $*"
  for file in out log; do
    echo "---- $file"
    cat "$work/$file" 2>/dev/null || :
  done
  exit 1
}
# STATUS WORDS…: anchoko ends with that status. Its outputs are in out and log.
expect() {
  wanted=$1
  shift
  status=0
  "$anchoko" "$@" >out 2>log || status=$?
  [ "$status" -eq "$wanted" ] || fail "anchoko $*: status $status instead of $wanted"
}
says() { # FILE TEXT
  grep -F -e "$2" "$1" >/dev/null || fail "not said in $1: $2"
}
talk() { # three packets there, three back
  ping -q -c 3 -i 0.2 127.0.0.77 >/dev/null || fail "ping"
}
packets() { # FILE FILTER
  tcpdump -r "$1" -nn "$2" 2>/dev/null | wc -l
}
has() { # FILE FILTER COUNT
  [ "$(packets "$1" "$2")" -eq "$3" ] || fail "$1 holds $(packets "$1" "$2") packets of '$2', not $3"
}
nothing_left() { # ID
  [ ! -e "/var/tmp/anchoko.$1" ] || fail "/var/tmp/anchoko.$1 is left"
  [ ! -e "$work/state/anchoko/sessions/$1" ] || fail "the journal of $1 is left"
  [ -z "$(ls "$work/tmp")" ] || fail "left of ssh: $(ls "$work/tmp")"
}
listens() { # the capture in the background
  patience=300
  until grep -F -e "anchoko: capturing on" log >/dev/null 2>&1; do
    patience=$((patience - 1))
    [ "$patience" -gt 0 ] || fail "it does not capture within a minute"
    kill -0 "$capture" 2>/dev/null || fail "it ended before it captured"
    sleep 0.2
  done
}
becomes() { # STATE
  patience=60
  while expect 0 status --json && [ "$(jq -r '.sessions[0].state' out)" != "$1" ]; do
    patience=$((patience - 1))
    [ "$patience" -gt 0 ] || fail "the session never becomes $1"
    sleep 1
  done
}
step() {
  echo "ok so far, now: $*"
}

step "what is wrong is said before anything runs"
expect 2 capture --on -oProxyCommand=id -i lo
expect 2 capture --on target -i lo -o -
says log "cannot be streamed"
expect 2 capture --on target --become su -i lo
expect 2 capture --become sudo -i lo
expect 4 capture --on nobody -i lo --for 1s
says log "Connection refused"
expect 4 capture --on denied -i lo --for 1s
says log "Permission denied"
expect 4 doctor --on stranger
says log "Host key verification failed"

step "questions to another host"
expect 0 doctor --on target
says out "tcpdump"
expect 0 plan --on target -i lo -f 'icmp'
says out "Plan for target"
says out "brought here over ssh"

step "capture: all steps in one, without the packets of the connection"
: >log
"$anchoko" capture --on target -i lo -f 'host 127.0.0.77 or tcp port '"$port" --for 5s -o one.pcapng --json >out 2>log &
capture=$!
listens
talk
wait "$capture" || fail "capture"
capture=
id=$(jq -r .session out)
has one.pcapng icmp 6
has one.pcapng "tcp port $port" 0
[ "$(jq .outcome.conversion.control out)" -gt 10 ] || fail "no packets of the connection were counted"
nothing_left "$id"

step "--include-control keeps them; -c does not count them otherwise"
expect 0 capture --on target -i lo -f "tcp port $port" --for 2s --include-control -o two.pcapng
[ "$(packets two.pcapng "tcp port $port")" -gt 10 ] || fail "the packets of the connection are not there"
: >log
"$anchoko" capture --on target -i lo -c 4 --for 5s -f "host 127.0.0.77 or tcp port $port" -o four.pcapng >out 2>log &
capture=$!
listens
talk
wait "$capture" || fail "capture -c"
capture=
has four.pcapng icmp 4

step "steps by several processes, and a connection that is cut"
expect 0 start --on target -i lo -f "host 127.0.0.77 or tcp port $port" --for 10s -o three.pcapng
id=$(cat out)
expect 0 status
says out "target tcpdump lo"
"$tool" cut "$work"
talk
expect 0 status --json
[ "$(jq -r '.sessions[0].state' out)" = capturing ] || fail "it does not capture any more"
[ "$(jq -r '.sessions[0].target' out)" = target ] || fail "status does not name the target"
expect 5 collect
becomes stopped
expect 0 status
says out "stopped: duration"
expect 0 collect
has three.pcapng icmp 6
has three.pcapng "tcp port $port" 0
nothing_left "$id"

step "a capture that waits goes on when its connection is cut"
: >log
"$anchoko" capture --on target -i lo -f 'icmp and host 127.0.0.77' --for 6s -o five.pcapng >out 2>log &
capture=$!
listens
"$tool" cut "$work"
talk
wait "$capture" || fail "capture behind a cut"
capture=
has five.pcapng icmp 6

step "a capture that waits for a host that is away comes to its end when it is back"
: >log
"$anchoko" capture --on target -i lo -f 'icmp and host 127.0.0.77' --for 4s -o away.pcapng >out 2>log &
capture=$!
listens
talk
"$tool" stop "$work"
sleep 8
"$tool" again "$work"
wait "$capture" || fail "capture of a host that was away"
capture=
says log "the capture goes on there"
has away.pcapng icmp 6

step "a host that is away for a while"
expect 0 start --on target -i lo -f 'icmp and host 127.0.0.77' --for 4s -o six.pcapng
id=$(cat out)
talk
"$tool" stop "$work"
begun=$(date +%s)
expect 0 status --json
[ "$(jq -r '.sessions[0].state' out)" = lost ] || fail "it is not lost"
expect 4 stop
expect 4 collect
expect 4 clean
says log "clean --force"
[ $(($(date +%s) - begun)) -lt 60 ] || fail "it waits too long for a host that is away"
[ -e "$work/state/anchoko/sessions/$id" ] || fail "the journal is gone"
"$tool" again "$work"
becomes stopped
expect 0 collect
has six.pcapng icmp 6
nothing_left "$id"

step "stop early, keep the native file there, then clean"
expect 0 start --on target -i lo -f 'icmp and host 127.0.0.77' --for 60s -o seven.pcapng
id=$(cat out)
talk
expect 0 stop
expect 0 collect --keep-native
says out "target:/var/tmp/anchoko.$id/capture.pcap"
[ -s "/var/tmp/anchoko.$id/capture.pcap" ] || fail "the native file is not kept"
has seven.pcapng icmp 6
[ ! -e "$work/state/anchoko/sessions/$id/native" ] || fail "a copy is left here"
expect 0 clean
nothing_left "$id"

step "a ring of files"
cat >ring.toml <<'END'
[capture]
filter = "icmp and host 127.0.0.77"
interface = "lo"
[limits]
duration = "4s"
max_size = "10MB"
files = 3
END
expect 0 start --on target ring.toml -o eight.pcapng
id=$(cat out)
talk
becomes stopped
expect 0 collect
has eight.pcapng icmp 6
nothing_left "$id"

echo "all passed"
