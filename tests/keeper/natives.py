#!/usr/bin/env python3
"""A tool that the system runs itself: the keeper starts and ends it by commands, and nothing of it outlives the capture,
whichever of our processes somebody ends. What others started is left alone.

    natives.py KEEPER_SCRIPT FAKE_TOOL [WORD…]     with words: only scenarios and shells so named
"""

import os
import shutil
import signal
import subprocess
import sys
import time

from stage import Tools, expect, run_all

# One capture at a time, whoever asks; its end takes a while. The words that it knows are all that it knows.
FACILITY = """#!/bin/sh
here=$(dirname "$0")
pid=
file=
if [ -r "$here/active" ]; then read -r pid file <"$here/active"; fi
if [ -n "$pid" ] && ! kill -0 "$pid" 2>/dev/null; then pid=; fi
case $1 in
  status) if [ -n "$pid" ]; then echo "active $file"; else echo inactive; fi ;;
  start)
    if [ -n "$pid" ]; then echo "already active" >&2; exit 3; fi
    if [ -e "$here/refuses" ]; then echo "cannot start" >&2; exit 4; fi
    setsid "$here/tool" -w "$2" </dev/null >/dev/null 2>&1 &
    echo "$! $2" >"$here/active"
    ;;
  stop)
    if [ -n "$pid" ]; then (sleep 0.7; kill -INT "$pid") >/dev/null 2>&1 & fi
    ;;
  *) echo "unknown word $1" >&2; exit 2 ;;
esac
"""

FUNCTIONS = """native_begin() {
  if [ "$("$facility" status)" != inactive ]; then
    echo 'somebody captures already' >&2
    return 1
  fi
  run_tool || return 1
  echo ready >&2
}
native_lives() {
  [ "$("$facility" status)" = "active $folder/capture.pcap" ]
}
native_end() {
  "$facility" stop
}
native_after() {
  echo 'counted 7' >&2
}
"""


class Facility:
    def __init__(self, tools, name):
        self.folder = tools.root / ("facility-" + name)
        self.folder.mkdir()
        self.program = self.folder / "facility"
        self.program.write_text(FACILITY)
        self.program.chmod(0o755)
        shutil.copy(tools.fake_tool, self.folder / "tool")

    def ask(self, *words):
        return subprocess.run(
            [self.program, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True, check=True
        ).stdout.strip()

    def gone(self, within):
        end = time.monotonic() + within
        while self.ask("status") != "inactive":
            if time.monotonic() > end:
                return False
            time.sleep(0.1)
        return True


def begin(make, facility, **settings):
    capture = make(**settings)
    wrong = capture.start()
    return capture, capture.ready() if not wrong else None, wrong


def finish(capture, facility, wrong, patience=1.0):
    expect(wrong, facility.ask("status") == "inactive", "it captures on")
    return wrong + capture.left_over(patience) + capture.clean_and_check()


def by_request(make, facility):
    capture, _, wrong = begin(make, facility)
    capture.ask("stop")
    report = capture.ended()
    expect(wrong, (report.reason, report.exit) == ("request", "0"), f"ended {report.reason} {report.exit}")
    expect(wrong, report.messages.endswith("counted 7\n"), f"messages {report.messages!r}")
    expect(wrong, report.files.get("capture.pcap", 0) > 0, f"files {report.files}")
    return finish(capture, facility, wrong)


def by_duration(make, facility):
    capture, _, wrong = begin(make, facility, duration_ms=1500)
    report = capture.ended()
    expect(wrong, (report.reason, report.exit) == ("duration", "0"), f"ended {report.reason} {report.exit}")
    return finish(capture, facility, wrong)


def by_size(make, facility):
    capture, _, wrong = begin(make, facility, max_size=1100)
    report = capture.ended()
    expect(wrong, (report.reason, report.exit) == ("max_size", "0"), f"ended {report.reason} {report.exit}")
    return finish(capture, facility, wrong)


def by_others(make, facility):
    """Somebody ends the facility's capture: told as an end by the tool."""
    capture, _, wrong = begin(make, facility)
    facility.ask("stop")
    report = capture.ended()
    expect(wrong, (report.reason, report.exit) == ("tool", "1"), f"ended {report.reason} {report.exit}")
    return finish(capture, facility, wrong)


def refused(make, facility):
    (facility.folder / "refuses").touch()
    capture = make()
    wrong = capture.start()
    report = capture.ended()
    expect(wrong, (report.reason, report.exit) == ("tool", "1"), f"ended {report.reason} {report.exit}")
    expect(wrong, "cannot start" in report.messages, f"messages {report.messages!r}")
    return finish(capture, facility, wrong)


def beside_others(make, facility):
    theirs = facility.folder / "theirs"
    facility.ask("start", str(theirs))
    capture = make()
    wrong = capture.start()
    report = capture.ended()
    expect(wrong, "somebody captures already" in report.messages, f"messages {report.messages!r}")
    capture.ask("stop")
    wrong += capture.left_over() + capture.clean_and_check()
    time.sleep(1)
    expect(wrong, facility.ask("status") == f"active {theirs}", "what others began was ended")
    facility.ask("stop")
    expect(wrong, facility.gone(5), "the test's own capture goes on")
    return wrong


def killed(which, then):
    """Some of our processes end by -KILL; what remains ends the capture, or whoever asks does."""

    def scenario(make, facility):
        settings = {"duration_ms": 5000} if then == "duration" else {}
        patience = 7.0 if "watchdog" in which else 1.0  # its last nap
        capture, report, wrong = begin(make, facility, **settings)
        if wrong:
            return wrong
        for name in which:
            os.kill(report.pid(name), signal.SIGKILL)
        if then != "duration":
            time.sleep(0.3)
        if then == "stop":
            expect(wrong, capture.report().words.get("tool", "").startswith("alive") or "tool" in which, "not alive")
            capture.ask("stop")
        if then == "clean":
            wrong += capture.clean_and_check(patience)
            expect(wrong, facility.ask("status") == "inactive", "it captures on after clean")
            return wrong
        expect(wrong, facility.gone(40), "it captures on")
        report = capture.until(lambda r: not r.anything_alive(), 30, "nothing alive")
        if which != ("keeper", "watchdog", "tool") or then == "stop":
            expect(wrong, report.phase == "ended", f"the last word is {report.text!r}")
        return finish(capture, facility, wrong, patience)

    scenario.__name__ = f"killed_{'_'.join(which)}_then_{then}"
    return scenario


def folder_gone(make, facility):
    capture, _, wrong = begin(make, facility)
    shutil.rmtree(capture.folder)
    expect(wrong, facility.gone(30), "it captures on without a folder")
    return wrong + capture.left_over(patience=12)


SCENARIOS = [
    by_request,
    by_duration,
    by_size,
    by_others,
    refused,
    beside_others,
    folder_gone,
    killed(("tool",), "nothing"),
    killed(("keeper",), "stop"),
    killed(("keeper",), "duration"),
    killed(("keeper", "tool"), "stop"),
    killed(("keeper", "watchdog", "tool"), "stop"),
    killed(("keeper", "watchdog", "tool"), "clean"),
    killed(("keeper", "watchdog"), "clean"),
]


def main():
    tools = Tools(sys.argv[1], sys.argv[2])
    jobs = []
    for name, shell in tools.shells().items():
        for scenario in SCENARIOS:
            full = f"{name} {scenario.__name__}"
            if sys.argv[3:] and name not in sys.argv[3:] and scenario.__name__ not in sys.argv[3:]:
                continue

            def job(scenario=scenario, name=name, shell=shell, full=full):
                facility = Facility(tools, full.replace(" ", "-"))

                def make(**settings):
                    capture = tools.capture(
                        name,
                        shell,
                        native_functions=FUNCTIONS,
                        native_value_facility=str(facility.program),
                        stop_signal="TERM",
                        report_signal="",
                        words=["PLACE"],
                        **settings,
                    )
                    words = [str(facility.program), "start", capture.native]
                    capture.description = capture.description.replace(
                        b"PLACE\0", b"".join(os.fsencode(word) + b"\0" for word in words)
                    )
                    return capture

                try:
                    return scenario(make, facility)
                finally:
                    if facility.ask("status") != "inactive":
                        facility.ask("stop")
                        facility.gone(5)

            jobs.append((full, job))
    run_all(jobs, workers=10)


main()
