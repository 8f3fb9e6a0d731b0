#!/usr/bin/env python3
"""A burst sent up to the very moment of the end is in the pcapng: by `stop`, by Ctrl-C, and when the time is over.

  session_tail.py ANCHOKO FAULT_LIBRARY [SCENARIO…]

Twenty bursts for each way, every one of them complete.
"""

import calendar
import os
import signal
import time

from session_world import check, main

BURST = 2000
PIPE_BURST = 200  # towards a pipe each packet takes 128 KiB of the kernel's buffer until tcpdump runs
ROUNDS = 5
GROUPS = 4


def complete(world, path, sent):
    world.sound(path)
    missing = sent - world.lengths(path)
    check(not missing, f"{len(missing)} of {len(sent)} packets are missing, the first is number {min(missing or {0})}")
    os.remove(path)


def by_stop(world):
    for _ in range(ROUNDS):
        world.begin("--for", "30s", "-o", "x.pcapng")
        time.sleep(0.3)
        sent = world.packets(BURST, 1)
        world.run("stop").expect(0)
        world.run("collect", "--keep-native").expect(0)  # what the keeper wrote is told when something fails
        complete(world, os.path.join(world.out, "x.pcapng"), sent)
        world.run("clean").expect(0)
    world.nothing_left()


def by_interrupt(world):
    for _ in range(ROUNDS):
        running = world.begin_capture("--for", "30s", "-o", "x.pcapng")
        time.sleep(0.3)
        sent = world.packets(BURST, 1)
        running.send(signal.SIGINT)
        running.wait().expect(0)
        complete(world, os.path.join(world.out, "x.pcapng"), sent)
    world.nothing_left()


def to_a_pipe(world):
    for _ in range(ROUNDS):
        running = world.begin_capture("--for", "30s", "-o", "-")
        time.sleep(0.3)
        sent = world.packets(PIPE_BURST, 1)
        running.send(signal.SIGINT)
        running.wait().expect(0)
        missing = sent - world.delivered(running)
        check(not missing, f"{len(missing)} of {len(sent)} packets are not in the stream")
    world.nothing_left()


def by_duration(world):
    for _ in range(ROUNDS):
        world.begin("--for", "2s", "-o", "x.pcapng")
        one = world.session()
        whole, fraction = one["started"].rstrip("Z").split(".")
        end = calendar.timegm(time.strptime(whole, "%Y-%m-%dT%H:%M:%S")) + float("0." + fraction) + 2
        sent, number = set(), 1
        time.sleep(max(0.0, end - 0.1 - time.time()))
        while number <= BURST and time.time() < end - 0.001:
            sent |= world.packets(1, number)
            number += 1
        check(len(sent) >= 1, "this machine is too busy: nothing was sent in time")
        world.end_of_capture(one["session"], 15)
        world.run("collect").expect(0)
        complete(world, os.path.join(world.out, "x.pcapng"), sent)
    world.nothing_left()


if __name__ == "__main__":
    main({f"{name}, {group + 1} of {GROUPS}": way for name, way in (
        ("until stop", by_stop), ("until Ctrl-C", by_interrupt), ("until the time is over", by_duration),
        ("until Ctrl-C, to a pipe", to_a_pipe)) for group in range(GROUPS)})
