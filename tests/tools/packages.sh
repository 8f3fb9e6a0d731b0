# shellcheck shell=bash
# What building and testing need from Debian 12, and how it gets there. Read by quickstart and tests/run.

# Each list is an array so that no word is ever split.
# shellcheck disable=SC2034
packages_build=(g++ cmake ninja-build libboost1.81-dev libtomlplusplus-dev libspdlog-dev libfmt-dev libcli11-dev
  nlohmann-json3-dev zlib1g-dev libzstd-dev nettle-dev)
# shellcheck disable=SC2034
packages_capture=(tcpdump)
# netbase holds /etc/services and /etc/protocols, from which libpcap, the judge, knows names.
# shellcheck disable=SC2034
packages_test=(ccache doctest-dev libpcap-dev netbase tcpdump tshark iproute2 iputils-ping shellcheck jq
  zsh fish man-db mandoc
  # Captures on another host: its sshd, and a login shell of another kind.
  openssh-client openssh-server tcsh
  # The keeper's tests, and the shells that stand in for those of other systems.
  python3 dash bash mksh ksh93u+m busybox yash posh)
# shellcheck disable=SC2034
packages_all=(clang-19 clang-tidy-19 libclang-rt-19-dev clang-format
  g++-mingw-w64-x86-64-posix libz-mingw-w64-dev wine64 g++-s390x-linux-gnu qemu-user)

# missing_packages NAME…: those that are not installed, one a line. Where there is no dpkg: nothing is known, nothing is
# printed, and the build says what it misses.
missing_packages() {
  command -v dpkg-query >/dev/null 2>&1 || return 0
  local name
  for name in "$@"; do
    if [[ $(dpkg-query -W -f='${db:Status-Status}' "$name" 2>/dev/null) != installed ]]; then
      printf '%s\n' "$name"
    fi
  done
}

# install_packages NAME…: as root, without questions, and without a service started (tests start an sshd of their own).
# The output is shown only when it fails.
install_packages() {
  local log status=0 policy=/usr/sbin/policy-rc.d own_policy=no
  log=$(mktemp)
  if [[ ! -e $policy ]]; then
    own_policy=yes
    printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod 755 "$policy"
  fi
  {
    export DEBIAN_FRONTEND=noninteractive
    apt-get -q -o DPkg::Lock::Timeout=300 update &&
      apt-get -q -y --no-install-recommends -o DPkg::Lock::Timeout=300 -o Dpkg::Options::=--force-confold install "$@"
  } </dev/null >"$log" 2>&1 || status=$?
  if [[ $own_policy = yes ]]; then rm -f "$policy"; fi
  if ((status != 0)); then
    tail -n 40 "$log" >&2
    echo "apt-get could not install: $*" >&2
  fi
  rm -f "$log"
  return "$status"
}
