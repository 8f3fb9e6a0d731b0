#!/usr/bin/env python3
"""The life of a capture, the same under every shell: start, status, counters, stop, ends of every kind, clean.

    life.py KEEPER_SCRIPT FAKE_TOOL [WORD…]     with words: only scenarios and shells so named
"""

import os
import signal
import sys
import threading
import time

from stage import Tools, expect, processes_of, run_all


def by_duration(make):
    wrong = []
    capture = make(duration_ms=1300)
    wrong += capture.start()
    capture.ready()
    report = capture.ended(20)
    took = time.monotonic() - capture.began
    expect(wrong, (report.reason, report.exit) == ("duration", "0"), f"ended {report.reason} {report.exit}")
    expect(wrong, 1.2 <= took <= 15, f"1.3 s took {took:.2f} s")
    expect(wrong, report.files.get("capture.pcap", 0) > 0, f"files {report.files}")
    expect(wrong, "interrupted 1" in report.messages, f"messages {report.messages!r}")
    wrong += capture.left_over()
    wrong += capture.clean_and_check()
    return wrong


def whole_ticks(make):
    """Where sleep takes whole seconds only."""
    wrong = []
    capture = make(duration_ms=1300, fractional=0, settle=1)
    wrong += capture.start()
    capture.ready()
    report = capture.ended(25)
    took = time.monotonic() - capture.began
    expect(wrong, (report.reason, report.exit) == ("duration", "0"), f"ended {report.reason} {report.exit}")
    expect(wrong, 2 <= took <= 18, f"2 s and 1 to settle took {took:.2f} s")
    wrong += capture.left_over()
    wrong += capture.clean_and_check()
    return wrong


def by_request(make):
    wrong = []
    capture = make(settle=1)
    wrong += capture.start()
    report = capture.ready()
    expect(wrong, "count so far" not in report.messages, "it was asked for counters too early")
    expect(wrong, "count so far" in capture.report(live=True).messages, "no live counters")
    begun = time.monotonic()
    expect(wrong, capture.ask("stop") == (0, "", ""), "stop said something")
    report = capture.ended(20)
    took = time.monotonic() - begun
    expect(wrong, (report.reason, report.exit) == ("request", "0"), f"ended {report.reason} {report.exit}")
    expect(wrong, took >= 1, f"packets on their way had {took:.2f} s, not 1 s, to arrive")
    wrong += capture.left_over()
    # Later requests change nothing.
    before = capture.report().text
    expect(wrong, capture.ask("stop") == (0, "", ""), "stop after the end said something")
    expect(wrong, capture.report().text.split("free")[0] == before.split("free")[0], "stop after the end changed something")
    wrong += capture.clean_and_check()
    return wrong


def by_itself(make):
    wrong = []
    capture = make(["--exit", "0", "400"])
    wrong += capture.start()
    report = capture.ended(20)
    expect(wrong, (report.reason, report.exit) == ("tool", "0"), f"ended {report.reason} {report.exit}")
    wrong += capture.left_over() + capture.clean_and_check()
    return wrong


def fails_at_once(make):
    wrong = []
    capture = make(["--complain", "no right to do so", "--exit", "41", "0"])
    wrong += capture.start()
    report = capture.ended(20)
    expect(wrong, (report.reason, report.exit) == ("tool", "41"), f"ended {report.reason} {report.exit}")
    expect(wrong, report.messages == "no right to do so\n", f"messages {report.messages!r}")
    wrong += capture.left_over() + capture.clean_and_check()
    return wrong


def is_missing(make):
    wrong = []
    capture = make(words=["/nowhere/to/be/found", "-w", "x"])
    wrong += capture.start()
    report = capture.ended(20)
    expect(wrong, report.reason == "tool" and report.exit in ("126", "127"), f"ended {report.reason} {report.exit}")
    expect(wrong, report.messages.strip() != "", "no word on why")
    wrong += capture.left_over() + capture.clean_and_check()
    return wrong


def killed_tool(make):
    """Shells write death by a signal in three ways; POSIX hosts read one."""
    wrong = []
    for number, status in ((signal.SIGTERM, "143"), (signal.SIGKILL, "137"), (signal.SIGINT, "130")):
        capture = make(["--die"])
        wrong += capture.start()
        os.kill(capture.ready().pid("tool"), number)
        report = capture.ended(20)
        expect(wrong, (report.reason, report.exit) == ("tool", status), f"ended {report.reason} {report.exit}, not {status}")
        wrong += capture.left_over() + capture.clean_and_check()
    return wrong


def stopped_twice(make):
    wrong = []
    capture = make(settle=1)
    wrong += capture.start()
    capture.ready()
    said = []
    both = [threading.Thread(target=lambda: said.append(capture.ask("stop"))) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    expect(wrong, said == [(0, "", "")] * 2, f"stop, twice at a time: {said}")
    report = capture.ended(20)
    expect(wrong, (report.reason, report.exit) == ("request", "0"), f"ended {report.reason} {report.exit}")
    expect(wrong, "interrupted 1" in report.messages, f"messages {report.messages!r}")
    wrong += capture.left_over() + capture.clean_and_check()
    return wrong


def stopped_at_once(make):
    """Before the tool can know."""
    wrong = []
    for _ in range(4):
        capture = make()
        wrong += capture.start()
        expect(wrong, capture.ask("stop") == (0, "", ""), "stop said something")
        report = capture.ended(20)
        expect(wrong, (report.reason, report.exit) == ("request", "0"), f"ended {report.reason} {report.exit}")
        wrong += capture.left_over() + capture.clean_and_check()
    return wrong


def cleaned_at_once(make):
    wrong = []
    for _ in range(4):
        capture = make()
        wrong += capture.start() + capture.clean_and_check()
    return wrong


def cleaned_while_it_runs(make):
    wrong = []
    capture = make(settle=2)
    wrong += capture.start()
    capture.ready()
    begun = time.monotonic()
    wrong += capture.clean_and_check()
    took = time.monotonic() - begun
    expect(wrong, took < 9, f"clean took {took:.1f} s")
    for request in ("status", "live", "stop"):
        expect(wrong, capture.ask(request) == (0, "folder gone\n", ""), f"{request} after clean: {capture.ask(request)}")
    expect(wrong, capture.ask("clean") == (0, "", ""), "clean after clean said something")
    return wrong


def hang_up(make):
    wrong = []
    capture = make()
    wrong += capture.start()
    before = capture.ready()
    for pid in processes_of(capture.session):
        try:
            os.kill(pid, signal.SIGHUP)
        except ProcessLookupError:
            pass  # one of their naps
    time.sleep(0.6)
    report = capture.report()
    for name in ("keeper", "watchdog", "tool"):
        expect(wrong, report.words.get(name) == before.words.get(name), f"{name} after SIGHUP: {report.words.get(name)}")
    capture.ask("stop")
    report = capture.ended(20)
    expect(wrong, (report.reason, report.exit) == ("request", "0"), f"ended {report.reason} {report.exit}")
    wrong += capture.left_over() + capture.clean_and_check()
    return wrong


def killed_keeper(make):
    """The watchdog takes over at the end of the duration, with what somebody may know then."""
    wrong = []
    capture = make(duration_ms=3000)
    wrong += capture.start()
    os.kill(capture.ready().pid("keeper"), signal.SIGKILL)
    time.sleep(0.3)
    report = capture.report()
    expect(wrong, not report.alive("keeper") and report.alive("watchdog") and report.alive("tool"), f"says {report.text!r}")
    report = capture.ended(25)
    took = time.monotonic() - capture.began
    expect(wrong, took >= 3, f"ended after {took:.1f} of 3 s")
    expect(wrong, (report.reason, report.exit) == ("duration", "unknown"), f"ended {report.reason} {report.exit}")
    expect(wrong, "interrupted 1" in report.messages, f"messages {report.messages!r}")
    wrong += capture.left_over(3) + capture.clean_and_check()
    return wrong


def killed_keeper_then_stopped(make):
    wrong = []
    capture = make()
    wrong += capture.start()
    os.kill(capture.ready().pid("keeper"), signal.SIGKILL)
    expect(wrong, capture.ask("stop") == (0, "", ""), "stop said something")
    report = capture.ended(25)
    expect(wrong, (report.reason, report.exit) == ("request", "unknown"), f"ended {report.reason} {report.exit}")
    wrong += capture.left_over(3) + capture.clean_and_check()
    return wrong


def killed_keeper_then_cleaned(make):
    wrong = []
    capture = make()
    wrong += capture.start()
    os.kill(capture.ready().pid("keeper"), signal.SIGKILL)
    wrong += capture.clean_and_check()
    return wrong


def killed_watchdog(make):
    wrong = []
    capture = make(duration_ms=2000)
    wrong += capture.start()
    os.kill(capture.ready().pid("watchdog"), signal.SIGKILL)
    report = capture.ended(25)
    took = time.monotonic() - capture.began
    expect(wrong, (report.reason, report.exit) == ("duration", "0"), f"ended {report.reason} {report.exit}")
    expect(wrong, 2 <= took < 20, f"2 s took {took:.1f} s")
    wrong += capture.left_over(6) + capture.clean_and_check()
    return wrong


def killed_both(make):
    """Nobody saw the end: it must not look like one in order."""
    wrong = []
    capture = make(duration_ms=20000)
    wrong += capture.start()
    report = capture.ready()
    os.kill(report.pid("keeper"), signal.SIGKILL)
    os.kill(report.pid("tool"), signal.SIGKILL)
    wrong += capture.left_over(8)
    report = capture.report()
    expect(wrong, report.phase == "running" and not report.anything_alive(), f"says {report.text!r}")
    expect(wrong, capture.ask("stop") == (0, "", ""), "stop said something")
    expect(wrong, capture.report().phase == "running", "a later stop request made it an end in order")
    wrong += capture.clean_and_check()
    return wrong


def deaf_tool_cleaned(make):
    """It does not heed the first signal, as it is starting: it gets another, and no SIGTERM, which might cost packets."""
    wrong = []
    capture = make(["--deaf", "2500"])
    wrong += capture.start()
    capture.ready()
    expect(wrong, capture.ask("stop") == (0, "", ""), "stop said something")
    report = capture.ended(25)
    expect(wrong, (report.reason, report.exit) == ("request", "0"), f"ended {report.reason} {report.exit}")
    wrong += capture.left_over() + capture.clean_and_check()
    return wrong


def stubborn_tool_stopped(make):
    wrong = []
    capture = make(["--ignore", "INT"])
    wrong += capture.start()
    capture.ready()
    capture.ask("stop")
    report = capture.ended(25)
    expect(wrong, (report.reason, report.exit) == ("request", "3"), f"ended {report.reason} {report.exit}")
    expect(wrong, "terminated" in report.messages, f"messages {report.messages!r}")
    wrong += capture.left_over() + capture.clean_and_check()
    return wrong


def stubborn_tool_cleaned(make):
    """One request is enough."""
    wrong = []
    capture = make(["--ignore", "INT"])
    wrong += capture.start()
    capture.ready()
    return wrong + capture.clean_and_check()


SCENARIOS = [
    stubborn_tool_stopped,
    stubborn_tool_cleaned,
    by_duration,
    whole_ticks,
    by_request,
    by_itself,
    fails_at_once,
    is_missing,
    killed_tool,
    stopped_twice,
    stopped_at_once,
    cleaned_at_once,
    cleaned_while_it_runs,
    hang_up,
    killed_keeper,
    killed_keeper_then_stopped,
    killed_keeper_then_cleaned,
    killed_watchdog,
    killed_both,
    deaf_tool_cleaned,
]


def main():
    tools = Tools(sys.argv[1], sys.argv[2])
    shells = tools.shells()
    wanted = sys.argv[3:]
    jobs = []
    for scenario in SCENARIOS:
        for name, path in shells.items():
            if wanted and scenario.__name__ not in wanted and name not in wanted:
                continue

            def make(tool_words=(), _name=name, _path=path, **settings):
                return tools.capture(_name, _path, tool_words, **settings)

            jobs.append((f"{scenario.__name__} under {name}", lambda s=scenario, m=make: s(m)))
    run_all(jobs, workers=20)


main()
