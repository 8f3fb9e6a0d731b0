#!/usr/bin/env python3
"""The keeper and what starts it stay within what AIX, HP-UX, Solaris and ksh88 have, and shellcheck finds nothing.

    portability.py KEEPER_SCRIPT FAKE_TOOL ANCHOKO
"""

import os
import re
import shutil
import subprocess
import sys

from portable_sh import refusals
from stage import Tools, expect, run_all

# Each must be refused. The first ones are those that come to mind first to somebody used to bash and GNU.
PLANTED = r"""
local x
local x=1
[[ -f x ]]
if [[ $a == b ]]; then exit; fi
((x = 1))
if ((x)); then exit; fi
function f { exit; }
date +%s
date '+%s'
date -u '+%N'
date -d yesterday
stat -c %s x
mktemp
printf '%s' $'\n'
echo -n x
echo -e x
echo "-n"
echo 'a\nb'
read x
read -r -p prompt x
read -t 5 -r x
x=${x/a/b}
x=${x//a}
x=${x:0:1}
x=${x: -1}
x=${x^^}
x=${!x}
x=${#x[@]}
trap 'exit' ERR
trap 'exit' DEBUG
trap 'exit' SIGTERM
trap 'exit' 15
trap 'mktemp' TERM
printf -v x y
printf '%q' x
printf '%b' x
source x
. x
cat x &>y
cat x >&y
cat <<<x
cat <(ls -ln)
ls -ln >(cat)
x=(a b)
x[0]=1
x+=1
grep -q x y
grep -E x y
grep -o x y
grep -m1 x y
grep x -F y -i
tail -n 1 x
tail -1 x
head -n 1 x
sed -i s/a/b/ x
sed s/a/b/ x
awk 1 x
cp -a x y
cp x y
ps aux
ps -ef
ps -p 1 -o args= --no-headers
ps -p 1 -C x
kill -9 "$x"
kill -15 "$x"
kill -s TERM "$x"
kill "$x"
kill -TERM $x
kill -TERM 0
kill -TERM "-$x"
kill -SIGTERM "$x"
[ a == b ]
[ a -nt b ]
[ a -ef b ]
[ -e a ]
[ -L a ]
[ -f a -a -f b ]
[ -v a ]
test a = b
command -v x
type x
which x
let x=1
declare x
typeset x
eval x
select x in a; do exit; done
time cat x
wait -n
set -o pipefail
set -e
set -u
unset -f x
export x=1
sleep --help
ls -l --time-style=iso x
ls -1 x
rm -rf x
rm -f -- x --verbose
mkdir -p x
mkdir -m 700 x
mv -n x y
mv x y -v
df -h x
df --output=avail x
du -b x
du -k x
cat -v x
x=`date`
x="`date`"
x=$(case x in x) date ;; esac)
x=$((x++))
x=$((x ** 2))
x=$((4294967296))
x=$((010))
x=$((y, z))
cat <<-x
cat |& tr a b
cat >|x
ulimit -n 5
ulimit -v 5
env x=1 cat
nohup cat
setsid cat
timeout 5 cat
seq 5
id -un
id -r
ls -lnd x
ls -ldno x
tee x
xargs rm
trap exit
echo "$(mktemp)"
{ mktemp; }
if mktemp; then exit; fi
cat x | mktemp
f() { mktemp; }; cat
case x in a) mktemp ;; esac
for i in 1 2; do mktemp; done
while mktemp; do exit; done
! mktemp
exec mktemp
x=1 mktemp
""".strip().split("\n")
PLANTED += ["cat <<x\n$(date)\nx\n", "x=1; for ((i=0; i<3; i++)); do exit; done", "cat <<'x'\nnever ended\n"]

# Each must be taken: a reader that refuses everything would prove nothing.
FINE = r"""
[ -n "$x" ] || exit 1
if [ "$x" -gt $((y * 4 + 1)) ] && [ ! -s "$folder/stop" ]; then exit; fi
x=${x:-y} y=${x%???} z=${#x}
f() { return 1; }
f; x=$(f | cat)
case $x in '' | *[!0-9]*) echo 0 ;; esac
x=$(date -u '+%Y-%m-%dT%H:%M:%SZ')
set -- $(TZ=UTC0 date '+1%j 1%H 1%M 1%S')
cat <<'mark' >x
mktemp `$(]] any text
mark
printf '%s\n' "$x" >"$x" 2>/dev/null && mv -f "$x" "$y"
( trap '' HUP; exec sleep 1 </dev/null 2>&1 & ) | cat >&2
ls -ln "$x" | { read -r a b; echo "$a"; }
x=$(id -u)
ls -ldn "$x" 2>/dev/null | { read -r a b; case $a in d????[!w]??[!w]?*) [ "$b" = "$x" ] ;; esac; }
kill -TERM "$x" 2>/dev/null
kill -0 "$!"
kill -"$stop_signal" "$1"
trap 'if [ "$!" != "$x" ]; then kill -TERM "$!"; fi; exit 0' TERM
until [ -f x ]; do exec sleep "$1" & wait "$!"; done # mktemp, in a comment
grep -F -e "$x" "$y" >/dev/null
echo 'mktemp'
words=$({ tr '\000' ' ' <"/proc/$1/cmdline"; } 2>/dev/null)
words=$(ps -p "$1" -o args= 2>/dev/null)
"""


def refuser(tools):
    wrong = []
    for line in PLANTED:
        expect(wrong, refusals(line + "\n"), f"was not refused: {line!r}")
        # Nor does it hide among good lines.
        among = FINE + "g() {\n  if [ -f x ]; then\n    " + line + "\n  fi\n}\n"
        expect(wrong, refusals(among), f"was not refused among good lines: {line!r}")
    expect(wrong, refusals(FINE) == [], f"good lines were refused: {refusals(FINE)}")
    return wrong


def scripts(tools, anchoko):
    """name → text: starts, the keepers in them, and requests, for plans of several kinds."""
    long_filter = "port 53 or " + " or ".join(f"host 192.0.2.{n}" for n in range(120))
    ring = tools.root / "ring.toml"
    ring.write_text('[capture]\ninterface = "lo"\n[limits]\nfiles = 3\nmax_size = "10MiB"\nduration = "60s"\n')
    plans = {
        "plan": ["-f", "port 53", "--for", "3s"],
        "fraction": ["-f", "tcp", "--for", "1500ms"],
        "long filter": ["-f", long_filter],
        "nothing pushed": ["-f", "port 53", "--no-pushdown"],
        "quotes": ["-f", "udp[8:4] & 0xff = 1", "--for", "2h"],
        "ring": [str(ring), "-f", "udp"],
        "nettl": ["-f", "udp", "--backend", "nettl", "--for", "3s"],
        "iptrace": ["-f", "ip host 192.0.2.1", "--backend", "iptrace"],
    }
    texts = {}
    for name, words in plans.items():
        interface = [] if name == "ring" else ["-i", "any" if name == "nettl" else "lo"]
        made = subprocess.run([anchoko, "plan", *words, *interface, "--script"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if made.returncode != 0:
            raise AssertionError(f"anchoko plan {words}: {made.stderr.decode()}")
        texts[f"start of {name}"] = made.stdout.decode()
    others = {
        "other shell": {"shell": "/usr/xpg4/bin/sh", "fractional": 0, "stop_signal": "TERM", "report_signal": ""},
        "quoted words": {"file": "/x/a b'c\n'; text\n", "words": ["/usr/bin/tool", "it's", "$(x)", "a\nb", "[["]},
    }
    for name, settings in others.items():
        capture = tools.capture("dash", settings.pop("shell", "/bin/sh"), **settings)
        for request in ("start", "status", "live", "stop", "clean"):
            texts[f"{request} of {name}"] = capture.script(request).decode()
    for name, text in list(texts.items()):
        if name.startswith("start"):
            mark = re.search(r"<<'(.*?)' \|\| give_up", text).group(1)
            texts["keeper, " + name] = text.split(f"<<'{mark}' || give_up \"cannot write into $folder\"\n", 1)[1].split(f"\n{mark}\n", 1)[0] + "\n"
    return texts


# What HP-UX has besides.
OF_HPUX = {"nettl", "nettlconf", "fuser", "sed", "sort", "wc", "dd", "cksum"}
OF_AIX = {"startsrc", "stopsrc", "lssrc", "genkex", "iptrace"}


def stays_within(name, text):
    own = {"run_tool", "remove_files"}
    if name.endswith("of nettl"):
        own |= OF_HPUX
    if name.endswith("of iptrace"):
        own |= OF_AIX
    wrong = refusals(text, own)
    if name.startswith("keeper"):
        expect(wrong, "#!/" in text[:3] and "remove_all" in text and text.endswith("\nexit\n"), "is not a whole keeper")
    return wrong


def checked(name, text):
    # That nothing is expanded in those is what is wanted.
    but = ["-e", "SC2016"] if name.endswith("quoted words") else []
    done = subprocess.run(["shellcheck", "-s", "sh", *but, "-"], input=text.encode(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        return [done.stdout.decode()[:2000]]
    return []


def shellcheck_can_fail():
    found = checked("planted", "#!/bin/sh\necho $x\nlocal y\n")
    return [] if found and "SC3043" in found[0] and "SC2086" in found[0] else [f"shellcheck finds too little: {found}"]


def main():
    tools = Tools(sys.argv[1], sys.argv[2])
    texts = scripts(tools, os.path.abspath(sys.argv[3]))
    jobs = [("the refuser refuses", lambda: refuser(tools))]
    jobs += [(f"within ksh88 and old systems: {name}", lambda n=name, t=text: stays_within(n, t)) for name, text in texts.items()]
    if shutil.which("shellcheck") is None:
        print("SKIP keeper-shell-absent: shellcheck is not installed")
    else:
        jobs.append(("shellcheck can fail", shellcheck_can_fail))
        jobs += [(f"shellcheck: {name}", lambda n=name, t=text: checked(n, t)) for name, text in texts.items()]
    run_all(jobs, workers=2)


main()
