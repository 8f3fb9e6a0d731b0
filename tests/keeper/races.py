#!/usr/bin/env python3
"""The keeper with a pause between any two of its steps: whatever comes in between, nobody is told an untruth, no request
is lost, and nothing is left.

    races.py KEEPER_SCRIPT FAKE_TOOL [LINE…]     with numbers: only pauses before such lines of keeper.sh

At every second place one of four scenarios; with ANCHOKO_PAUSES=all all of them at every place. KEEPER_TEST_SHELL names
another shell than dash.
"""

import os
import subprocess
import sys
import time

from stage import Tools, expect, run_all

PAUSE = b"/bin/sleep 0.5"
BEGIN = b"# ---- the keeper: from here on"


def places(shell, script):
    """Numbers of the lines of the keeper before which a command may stand."""
    lines = script.split(b"\n")
    first = next(i for i, line in enumerate(lines) if line.startswith(BEGIN))
    last = max(i for i, line in enumerate(lines) if line == b"exit")
    found = []
    for at in range(first + 4, last):
        line, before = lines[at].strip(), lines[at - 1].rstrip()
        # $? must be that of the command before, also where a function or a branch ends.
        if b"$?" in line or line.startswith(b"#") or before.endswith((b"\\", b"| {", b"&&", b"||")):
            continue
        if line.split()[:1] in ([b"}"], [b"fi"], [b"else"], [b"elif"], [b"done"], [b"esac"], [b";;"]):
            continue
        if not line or not parses(shell, lines[first:at] + [PAUSE] + lines[at : last + 1]):
            continue
        if parses(shell, lines[first:at] + [b")"] + lines[at : last + 1]):  # a line break inside quotes
            continue
        found.append(at)
    return first, found


def parses(shell, lines):
    return subprocess.run([shell, "-n"], input=b"\n".join(lines), stderr=subprocess.DEVNULL, check=False).returncode == 0


def paused(script, at):
    lines = script.split(b"\n")
    return b"\n".join(lines[:at] + [PAUSE] + lines[at:])


def truthful(wrong, report, said):
    """Whoever is seen gone has said why, and whoever has started is there."""
    if report.phase != "ended" and not report.anything_alive():
        wrong.append(f"{said}: nobody is alive, and the end is not told: {report.text!r}")


def stopped(capture):
    wrong = capture.start()
    for _ in range(2):
        truthful(wrong, capture.report(), "at the start")
    status, out, err = capture.ask("stop")
    expect(wrong, (status, out, err) == (0, "", ""), f"stop: {status} {out!r} {err!r}")
    deadline = time.monotonic() + 40
    while True:
        report = capture.report()
        truthful(wrong, report, "at the end")
        if (report.phase == "ended" and not report.anything_alive()) or wrong:
            break
        if time.monotonic() > deadline:
            return wrong + [f"it does not end: {report.text!r}"]
    expect(wrong, (report.reason, report.exit) == ("request", "0"), f"ended {report.reason} {report.exit}")
    expect(wrong, "interrupted" in report.messages, f"messages {report.messages!r}")
    return wrong + capture.left_over(3) + capture.clean_and_check(3)


def ends_by_itself(capture):
    wrong = capture.start()
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        report = capture.report()
        truthful(wrong, report, "at the end")
        if (report.phase == "ended" and not report.anything_alive()) or wrong:
            break
    expect(wrong, (report.phase, report.reason, report.exit) == ("ended", "tool", "7"), f"says {report.text!r}")
    return wrong + capture.left_over(3) + capture.clean_and_check(3)


def cleaned(capture):
    return capture.start() + capture.clean_and_check(3)


def times_out(capture):
    wrong = capture.start()
    report = capture.ended(60)
    expect(wrong, (report.reason, report.exit) == ("duration", "0"), f"ended {report.reason} {report.exit}")
    return wrong + capture.left_over(3) + capture.clean_and_check(3)


# What each is started with.
SCENARIOS = {
    stopped: ([], {}),
    cleaned: ([], {}),
    ends_by_itself: (["--exit", "7", "100"], {}),
    times_out: ([], {"duration_ms": 1000}),
}


def main():
    tools = Tools(sys.argv[1], sys.argv[2])
    name = os.environ.get("KEEPER_TEST_SHELL", "dash")
    shell = tools.shells()[name]
    first, found = places(shell, tools.capture(name, shell).script("start"))
    if len(found) < 100:
        print(f"FAIL only {len(found)} places for a pause were found")
        sys.exit(1)
    every = os.environ.get("ANCHOKO_PAUSES") == "all"
    wanted = [int(word) for word in sys.argv[3:]]
    jobs = []
    for number, at in enumerate(found):
        line = at - first + 1  # in keeper.sh
        if wanted and line not in wanted:
            continue
        for index, (scenario, (words, settings)) in enumerate(SCENARIOS.items()):
            if not wanted and not every and (number % 2 or (number // 2 + index) % len(SCENARIOS)):
                continue

            def job(scenario=scenario, words=words, settings=settings, at=at):
                capture = tools.capture(name, shell, words, **settings)
                script = paused(capture.script("start"), at)
                capture.start = lambda begin=capture.start: begin(script)
                return scenario(capture)

            jobs.append((f"{scenario.__name__} with a pause before line {line} of keeper.sh", job))
    run_all(jobs, workers=24)


main()
