#!/usr/bin/env python3
"""Several anchoko at a time: two captures on one interface, and commands on a session that another one minds.

  session_together.py ANCHOKO FAULT_LIBRARY [SCENARIO…]
"""

import os
import signal
import time

from session_world import check, main, until


def two_captures(world):
    world.begin_foreign()
    one = world.begin_capture("--for", "20s", "-o", "one.pcapng")
    two = world.begin_capture("--for", "20s", "-o", "two.pcapng")
    told = world.status_is_true()
    check(len(told) == 2 and all(it["state"] == "capturing" for it in told), f"two capture: {told}")
    sent = world.packets(50)
    time.sleep(0.3)
    one.send(signal.SIGINT)
    one.wait().expect(0)
    check(world.lengths(os.path.join(world.out, "one.pcapng")) == sent, "the first lacks packets")
    check(world.session()["state"] == "capturing", "the second goes on")
    more = world.packets(50)
    two.send(signal.SIGTERM)
    two.wait().expect(0)
    check(world.lengths(os.path.join(world.out, "two.pcapng")) == sent | more, "the second lacks packets")
    world.nothing_left()


def many_at_once(world):
    """They begin in the same moment: nobody takes another's folder, journal or output."""
    world.begin_foreign()
    running = [world.spawn("capture", "-i", "lo", "--for", "3s", "-f", f"udp port {9999}", "-o", f"{n}.pcapng") for n in range(4)]
    for one in running:
        until(20, "all capture", lambda one=one: "capturing on" in one.said() or one.ended())
    sent = world.packets(50)
    for one in running:
        one.wait().expect(0)
    for n in range(4):
        check(world.lengths(os.path.join(world.out, f"{n}.pcapng")) == sent, f"{n}.pcapng lacks packets")
    world.nothing_left()


def stopped_by_another(world):
    world.begin_foreign()
    running = world.begin_capture("--for", "60s", "-o", "x.pcapng")
    sent = world.packets(50)
    session = world.session()["session"]
    world.run("stop", session).expect(0)
    running.wait(15).expect(0)
    check(world.lengths(os.path.join(world.out, "x.pcapng")) == sent, "packets are missing")
    world.nothing_left()


def held(world):
    """`collect` and `clean` of what another process is at work on."""
    world.begin_foreign()
    running = world.begin_capture("--for", "60s", "-o", "x.pcapng")
    session = world.session()["session"]
    for words in (("collect",), ("clean",), ("collect", "--stop"), ("clean", "--all"), ("collect", session)):
        done = world.run(*words).expect(1, 5).one_error("another anchoko is at work", session)
        check("anchoko status" in done.err, f"says what to do: {done}")
        check(world.status_is_true()[0]["state"] == "capturing", "it captures on")
    sent = world.packets(20)
    running.send(signal.SIGINT)
    running.wait().expect(0)
    check(world.lengths(os.path.join(world.out, "x.pcapng")) == sent, "packets are missing")
    world.nothing_left()


def collected_too_early(world):
    world.begin_foreign()
    session = world.begin("--for", "60s", "-o", "x.pcapng")
    sent = world.packets(20)
    world.run("collect").expect(5).one_error("still captures", f"anchoko stop {session}")
    check(world.status_is_true()[0]["state"] == "capturing", "it captures on")
    world.run("collect", "--stop").expect(0)
    check(world.lengths(os.path.join(world.out, "x.pcapng")) == sent, "packets are missing")
    world.nothing_left()


def watched(world):
    """`status --watch` ends by itself with the last capture, by Ctrl-C, and with its reader."""
    world.run("status", "--watch", seconds=5).expect(0)
    world.begin("--for", "3s", "-o", "x.pcapng")
    world.spawn("status", "--watch").wait(15).expect(0)
    check(world.session()["state"] == "stopped", "`status --watch` left before the end")
    world.run("clean").expect(0)
    world.begin("--for", "60s", "-o", "x.pcapng")
    watching = world.spawn("status", "--watch")
    until(10, "a first look", lambda: "capturing" in watching.said("stdout"))
    watching.send(signal.SIGINT)
    watching.wait(5).expect(0)
    reading, writing = os.pipe()
    watching = world.spawn("status", "--watch", stdout=writing)
    os.close(writing)
    os.read(reading, 10)
    os.close(reading)
    watching.wait(5).expect(0)
    check(world.status_is_true()[0]["state"] == "capturing", "it captures on")
    world.run("clean").expect(0)
    world.nothing_left()


def stopped_twice(world):
    """Two `stop` at a time, and one more when it has ended."""
    session = world.begin("--for", "60s", "-o", "x.pcapng")
    sent = world.packets(20)
    stops = [world.spawn("stop", session), world.spawn("stop")]
    for one in stops:
        one.wait(20).expect(0)
    world.run("stop").expect(0)
    world.run("collect").expect(0)
    check(world.lengths(os.path.join(world.out, "x.pcapng")) == sent, "packets are missing")
    world.nothing_left()


if __name__ == "__main__":
    main({"two captures on one interface": two_captures, "four begin at once": many_at_once,
          "capture, ended by `stop` elsewhere": stopped_by_another, "collect and clean of a session in use": held,
          "collect of a session that captures": collected_too_early, "status --watch": watched,
          "stopped twice": stopped_twice})
