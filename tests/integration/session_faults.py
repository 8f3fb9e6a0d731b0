#!/usr/bin/env python3
"""Signals, readers that go away, full disks, and people who meddle, in every phase of a capture.

  session_faults.py ANCHOKO FAULT_LIBRARY [SCENARIO…]

In each: the documented exit status, one clear message, the right state, nothing half-written under a final name, and a
tcpdump that is not anchoko's is not touched.
"""

import os
import shutil
import signal
import socket
import subprocess
import time

from session_world import FILTER, check, main, mount, remount, unmount, until

GRACE = 14
HANDED_OVER = 1.5  # the kernel gives packets to tcpdump once a second


def result(world, name="x.pcapng"):
    return os.path.join(world.out, name)


def complete(world, sent, name="x.pcapng"):
    world.sound(result(world, name))
    missing = sent - world.lengths(result(world, name))
    check(not missing, f"{len(missing)} of {len(sent)} packets are missing in {name}")
    os.remove(result(world, name))


# ---- signals ---------------------------------------------------------------------------------------------------------
def interrupted_early(world, number):
    for pause in (0, 0.01, 0.03, 0.06, 0.1, 0.15):
        running = world.spawn("capture", "-i", "lo", "-f", FILTER, "--for", "20s", "-o", "x.pcapng")
        time.sleep(pause)
        running.send(number)
        done = running.wait(20).expect(-number, 130, 0)
        if done.status == 0:  # it captured by then
            complete(world, set())
        check(not world.sessions(), f"a session is left: {world.sessions()} {done}")
        world.run("clean", "--all").expect(0)
        world.nothing_left()


def interrupted_while_starting(world, number):
    running = world.spawn("capture", "-i", "lo", "-f", FILTER, "--for", "20s", "-o", "x.pcapng", slow_tool=1.5)
    until(10, "a tool that does not capture yet", lambda: any("-w" in words for words in world.processes().values()))
    running.send(number)
    done = running.wait(30).expect(130).one_error("before tcpdump captured anything")
    check(not world.sessions(), f"a session is left: {world.sessions()} {done}")
    world.nothing_left()


def interrupted_while_capturing(world, number):
    running = world.begin_capture("--for", "30s", "-o", "x.pcapng")
    sent = world.packets(20)
    running.send(number)
    running.wait(20).expect(0)
    complete(world, sent)
    world.nothing_left()


def interrupted_while_stopping(world, number):
    running = world.begin_capture("--for", "30s", "-o", "x.pcapng")
    sent = world.packets(20)
    session = world.session()["session"]
    running.send(signal.SIGINT)
    until(10, "state stopping", lambda: world.session()["state"] == "stopping")
    running.send(number)
    if number == signal.SIGHUP:  # a terminal that goes away says so more than once
        running.wait(20).expect(0)
    else:
        done = running.wait(2).expect(130)
        check("left at once" in done.err and f"anchoko collect {session}" in done.err, f"says how to go on: {done}")
        world.end_of_capture(session, GRACE)
        check(world.status_is_true()[0]["state"] == "stopped", "the capture has ended")
        world.run("collect").expect(0)
    complete(world, sent)
    world.nothing_left()


def interrupted_while_converting(world, number):
    running = world.begin_capture("--for", "1s", "-o", "x.pcapng", slow=1500)
    sent = world.packets(20)
    until(20, "a conversion that has begun", lambda: running.has_open(world.out))
    running.send(number)
    running.wait(20).expect(0)
    complete(world, sent)
    world.nothing_left()


def signalled(number):
    def scenario(world):
        world.begin_foreign()
        for phase in (interrupted_early, interrupted_while_starting, interrupted_while_capturing,
                      interrupted_while_stopping, interrupted_while_converting):
            try:
                phase(world, number)
            except Exception as failure:
                raise type(failure)(f"{phase.__name__}: {failure}") from failure

    return scenario


# ---- readers that go away --------------------------------------------------------------------------------------------
def no_reader(world):
    """Nobody reads what anchoko says; it does its work."""
    world.begin_foreign()
    for streams in (("stdout",), ("stderr",), ("stdout", "stderr")):
        reading, writing = os.pipe()
        os.close(reading)
        running = world.spawn("capture", "-i", "lo", "-f", FILTER, "--for", "2s", "-o", "x.pcapng",
                              **{name: writing for name in streams})
        os.close(writing)
        until(20, "a capture", lambda: [one for one in world.sessions() if one.get("state") == "capturing"])
        sent = world.packets(20)
        running.wait(20).expect(0)
        complete(world, sent)
    world.nothing_left()


def reader_goes(when):
    def scenario(world):
        world.begin_foreign()
        reading, writing = os.pipe()
        running = world.spawn("capture", "-i", "lo", "-f", FILTER, "--for", "4s", "-o", "-", stdout=writing)
        os.close(writing)
        if when != "at once":
            until(20, "a capture", lambda: "capturing on" in running.said() or running.ended())
            begun = time.monotonic()
            world.packets(20)
            got = b""
            while got.count(b"aaaaaaaaaa") == 0:
                got += os.read(reading, 65536)
        if when == "before the end":
            time.sleep(max(0.0, begun + 4.7 - time.monotonic()))
        os.close(reading)
        done = running.wait(12).expect(0)
        check(not done.errors(), f"a reader that has gone is no failure: {done}")
        check(not world.sessions(), f"a session is left: {world.sessions()} {done}")
        world.nothing_left()

    return scenario


def reader_is_slow(world):
    """A reader that stops reading, and goes on after the end: all is there."""
    reading, writing = os.pipe()
    running = world.spawn("capture", "-i", "lo", "-f", FILTER, "--for", "2s", "-o", "-", stdout=writing)
    os.close(writing)
    until(20, "a capture", lambda: "capturing on" in running.said() or running.ended())
    large = set(range(50001, 50005))  # more than a pipe holds
    for length in large:
        world.packets(1, length)
        time.sleep(0.05)
    world.sent_ever = 0
    sent = world.packets(20)
    time.sleep(4)
    check(not running.ended(), "it waits for its reader")
    with open(os.path.join(world.aside, "stream"), "wb") as file:
        while True:
            block = os.read(reading, 65536)
            if not block:
                break
            file.write(block)
    running.wait(10).expect(0)
    world.sound(os.path.join(world.aside, "stream"))
    check(world.lengths(os.path.join(world.aside, "stream")) == sent | large, "packets are missing in the stream")
    world.nothing_left()


def reader_full(world):
    """What takes the stream is full: the capture ends, and what it caught can still be had."""
    world.begin_foreign()
    with open("/dev/full", "wb") as full:
        running = world.spawn("capture", "-i", "lo", "-f", FILTER, "--for", "60s", "-o", "-", stdout=full)
    sent = set()
    until(20, "a capture, or its end", lambda: "capturing on" in running.said() or running.ended())
    if not running.ended():
        sent = world.packets(20)
    session = world.session()["session"]
    running.wait(20).expect(1).one_error("No space left on device", f"anchoko collect {session} -o FILE")
    check(not world.parts(session), f"{world.parts(session)} capture on")
    check(world.status_is_true()[0]["state"] == "stopped", "there is something to collect")
    world.run("collect", "-o", "x.pcapng").expect(0)
    complete(world, sent)
    world.nothing_left()


def terminal_goes(world):
    """The terminal is closed while it captures: it ends in order, and that nobody hears of it is no failure."""
    leader, terminal = os.openpty()
    running = world.spawn("capture", "-i", "lo", "-f", FILTER, "--for", "60s", "-o", "x.pcapng", stdout=terminal,
                          stderr=terminal)
    os.close(terminal)
    until(20, "a capture", lambda: [one for one in world.sessions() if one.get("state") == "capturing"])
    sent = world.packets(20)
    os.close(leader)
    running.send(signal.SIGHUP)  # as the kernel does for the terminal's own processes
    running.wait(20).expect(0)
    complete(world, sent)
    world.nothing_left()


def collected_elsewhere(world):
    """`collect -o` that fails changes nothing; a relative name is one in the folder where it was given."""
    session = world.begin("--for", "30s", "-o", "x.pcapng")
    sent = world.packets(20)
    world.run("stop").expect(0)
    small = os.path.join(world.out, "small")
    os.mkdir(small)
    mount("tmpfs", small, "tmpfs", 0, "size=4k")
    fill(small)
    world.run("collect", "--force", "-o", "small/y.pcapng").expect(1).one_error("No space left on device")
    unmount(small)
    os.rmdir(small)
    check(world.session()["output"] == result(world), f"the output is another: {world.session()}")
    with open(result(world), "w", encoding="ascii") as file:
        file.write("somebody else's\n")
    world.run("collect").expect(5).one_error("exists already")
    with open(result(world), encoding="ascii") as file:
        check(file.read() == "somebody else's\n", "somebody else's file was changed")
    os.remove(result(world))
    world.run("collect", "--keep-native", "-o", "y.pcapng").expect(0)
    check(world.session()["output"] == result(world, "y.pcapng"), f"the output is told as {world.session()}")
    complete(world, sent, "y.pcapng")
    world.run("clean", session).expect(0)
    world.nothing_left()


def folder_of_another(world):
    """The folder vanished, and another user put one in its place: nothing in it is run or deleted."""
    session = world.begin("--for", "60s", "-o", "x.pcapng")
    folder = world.folder(session)
    shutil.rmtree(folder)
    until(15, "the end of its processes", lambda: not world.parts(session))
    os.mkdir(folder, 0o755)
    ran = os.path.join(world.aside, "ran")
    with open(os.path.join(folder, "keeper"), "w", encoding="ascii") as file:
        file.write(f"#!/bin/sh\necho folder present; touch {ran}\n")
    os.chown(os.path.join(folder, "keeper"), 65534, 65534)
    os.chown(folder, 65534, 65534)
    told = world.session()
    check(told["state"] == "failed" and "somebody else's" in told["detail"], f"says so: {told}")
    world.run("stop").expect(0)
    world.run("collect").expect(1).one_error("somebody else's")
    world.run("clean").expect(1).one_error("nothing was deleted", f"clean --force {session}")
    check(not os.path.exists(ran), "a program of somebody else was run")
    world.run("clean", "--force").expect(0)
    check(os.listdir(folder) == ["keeper"], f"somebody else's folder now holds {os.listdir(folder)}")
    shutil.rmtree(folder)
    world.nothing_left()


# ---- disks -----------------------------------------------------------------------------------------------------------
def profile(world, min_free):
    path = os.path.join(world.aside, "small.toml")
    with open(path, "w", encoding="ascii") as file:
        file.write(f'[limits]\nduration = "30s"\nmax_size = "4MiB"\nmin_free = "{min_free}"\n')
    return path


def small_spool(world):
    unmount(world.spool)
    mount("tmpfs", world.spool, "tmpfs", 0, "mode=1777,size=12m")


def fill(folder, leave=0):
    """A file that takes all there is but `leave` bytes."""
    path = os.path.join(folder, "filler")
    with open(path, "wb", buffering=0) as file:
        try:
            while True:
                free = os.statvfs(folder)
                room = free.f_bavail * free.f_frsize - leave
                if file.write(b"\0" * (4096 if room < 65536 else 65536)) < 4096 or (leave and room <= 4096):
                    break
        except OSError:
            pass
    return path


def full_spool(world):
    small_spool(world)
    world.begin_foreign()
    running = world.spawn("capture", profile(world, 0), "-i", "lo", "-f", FILTER, "-o", "x.pcapng")
    until(20, "a capture", lambda: "capturing on" in running.said() or running.ended())
    sent = world.packets(20)
    time.sleep(0.5)
    filler = fill(world.spool)
    world.bulk(1)
    running.send(signal.SIGINT)
    done = running.wait(25).expect(3)
    os.remove(filler)
    check("No space left" in done.err or "may have been full" in done.err, f"says why: {done}")
    complete(world, sent)
    world.run("clean", "--all").expect(0)  # the native file is kept where it was damaged
    world.nothing_left()


def nearly_full_spool(world):
    small_spool(world)
    world.begin_foreign()
    session = world.run("start", profile(world, "2MiB"), "-i", "lo", "-f", FILTER, "-o", "x.pcapng").expect(0).out.strip()
    sent = world.packets(20)
    time.sleep(0.5)
    filler = fill(world.spool, 1024 * 1024)
    world.end_of_capture(session, 8)
    told = world.status_is_true()[0]
    check((told["state"], told["detail"]) == ("stopped", "min_free"), f"ended for the disk's sake: {told}")
    os.remove(filler)
    done = world.run("collect").expect(0)
    check("the disk was about to fill up" in done.out, f"says why it ended: {done}")
    complete(world, sent)
    world.nothing_left()


def no_room_for_the_result(world):
    world.begin_foreign()
    small = os.path.join(world.out, "small")
    os.mkdir(small)
    mount("tmpfs", small, "tmpfs", 0, "size=1m")
    running = world.begin_capture("--for", "30s", "-o", "small/x.pcapng")
    sent = world.packets(20)
    world.bulk(3)
    session = world.session()["session"]
    running.send(signal.SIGINT)
    running.wait().expect(1).one_error("No space left on device", "native file is kept", f"anchoko collect {session}")
    check(os.listdir(small) == [], f"left in the full folder: {os.listdir(small)}")
    unmount(small)
    os.rmdir(small)
    check(world.status_is_true()[0]["state"] == "stopped", "there is something to collect")
    world.run("collect", "-o", "x.pcapng").expect(0)
    complete(world, sent)
    world.nothing_left()


def full_journal(world):
    world.begin_foreign()
    os.makedirs(world.journal)
    mount("tmpfs", world.state, "tmpfs", 0, "size=64k")
    filler = fill(world.state)
    world.run("start", "-i", "lo", "-f", FILTER, "--for", "5s", "-o", "x.pcapng").expect(1, 4).one_error(world.state)
    check(os.listdir(world.spool) == [], f"something was started: {os.listdir(world.spool)}")
    os.remove(filler)
    running = world.begin_capture("--for", "30s", "-o", "x.pcapng")
    sent = world.packets(20)
    session = world.session()["session"]
    filler = fill(world.state)
    running.send(signal.SIGINT)
    running.wait(20).expect(1).one_error(world.state)
    check("tool" not in world.parts(session), "it was asked to end, and captures on")
    world.status_is_true()
    os.remove(filler)
    world.run("collect").expect(0)
    complete(world, sent)
    world.run("clean", "--all").expect(0)
    unmount(world.state)
    world.nothing_left()


def read_only_journal(world):
    world.begin_foreign()
    os.makedirs(world.journal)
    mount("tmpfs", world.state, "tmpfs")
    mount(world.state, world.state, "none", 4096)  # MS_BIND
    remount(world.state, True)
    world.run("start", "-i", "lo", "-f", FILTER, "--for", "5s", "-o", "x.pcapng").expect(1, 4).one_error(world.state)
    check(os.listdir(world.spool) == [], f"something was started: {os.listdir(world.spool)}")
    remount(world.state, False)
    session = world.begin("--for", "30s", "-o", "x.pcapng")
    sent = world.packets(20)
    remount(world.state, True)
    world.status_is_true()
    world.run("collect").expect(1).one_error(world.state)
    world.run("stop").expect(1, 4).one_error(world.state)
    check("tool" not in world.parts(session), "it was asked to end, and captures on")
    world.status_is_true()
    remount(world.state, False)
    world.run("collect").expect(0)
    complete(world, sent)
    unmount(world.state)
    unmount(world.state)
    world.nothing_left()


def read_only_spool(world):
    mount(world.spool, world.spool, "none", 4096)
    remount(world.spool, True)
    done = world.run("start", "-i", "lo", "-f", FILTER, "--for", "5s", "-o", "x.pcapng").expect(1, 4).one_error(world.spool)
    unmount(world.spool)
    check(not world.sessions(), f"a session is left: {world.sessions()} {done}")
    world.nothing_left()


# ---- people ----------------------------------------------------------------------------------------------------------
def no_interface_any_more(world):
    world.begin_foreign()
    for words in ("link add gone type veth peer name other", "link set other up", "address add 192.0.2.1/24 dev gone", "link set gone up"):
        subprocess.run(["ip", *words.split()], check=True)
    running = world.spawn("capture", "-i", "gone", "-f", FILTER, "--for", "30s", "-o", "x.pcapng")
    until(20, "a capture", lambda: "capturing on" in running.said() or running.ended())
    subprocess.run("ip neighbour replace 192.0.2.2 lladdr 00:00:5e:00:53:02 dev gone".split(), check=True)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as source:
        for length in range(1, 21):
            source.sendto(b"a" * length, ("192.0.2.2", 9999))
    time.sleep(HANDED_OVER)
    subprocess.run(["ip", "link", "delete", "gone"], check=True)
    done = running.wait(20).expect(3)
    check("interface disappeared" in done.err or "went down" in done.err, f"says why: {done}")
    complete(world, set(range(1, 21)))
    world.nothing_left()


def tool_killed(number):
    def scenario(world):
        world.begin_foreign()
        running = world.begin_capture("--for", "30s", "-o", "x.pcapng")
        sent = world.packets(20)
        time.sleep(HANDED_OVER)
        world.kill(world.parts(world.session()["session"])["tool"], number)
        done = running.wait(20).expect(3)
        check("tcpdump ended" in done.err, f"says why: {done}")
        complete(world, sent)
        session = world.begin("--for", "30s", "-o", "x.pcapng")
        sent = world.packets(20)
        time.sleep(HANDED_OVER)
        world.kill(world.parts(session)["tool"], number)
        world.end_of_capture(session, 5)
        told = world.status_is_true()[0]
        check((told["state"], told["detail"]) == ("stopped", "tool"), f"it ended by itself: {told}")
        world.run("collect").expect(3).says("tcpdump ended")
        complete(world, sent)
        world.nothing_left()

    return scenario


def all_killed(world):
    """Tool and keeper at once: what there is, is not called complete."""
    world.begin_foreign()
    session = world.begin("--for", "30s", "-o", "x.pcapng")
    sent = world.packets(20)
    time.sleep(HANDED_OVER)
    for name, pid in world.parts(session).items():
        if name != "watchdog":
            world.kill(pid)
    until(5, "tool and keeper gone", lambda: not {"tool", "keeper"} & set(world.parts(session)))
    check(world.status_is_true()[0]["state"] == "stopped", "there is something to collect")
    world.run("collect").expect(3).says("ended from outside")
    complete(world, sent)
    world.nothing_left()


def output_gone(how):
    """The folder of the output is not what it was when the capture began."""
    def scenario(world):
        world.begin_foreign()
        folder = os.path.join(world.out, "folder")
        os.mkdir(folder)
        if how == "read-only":
            mount("tmpfs", folder, "tmpfs")
            mount(folder, folder, "none", 4096)
        running = world.begin_capture("--for", "30s", "-o", "folder/x.pcapng")
        sent = world.packets(20)
        session = world.session()["session"]
        theirs = os.path.join(folder, "x.pcapng")
        if how == "gone":
            shutil.rmtree(folder)
        elif how == "read-only":
            remount(folder, True)
        elif how == "taken":
            with open(theirs, "w", encoding="ascii") as file:
                file.write("somebody else's\n")
        elif how == "a folder":
            os.mkdir(theirs)
        running.send(signal.SIGINT)
        done = running.wait(20).expect(5 if how == "taken" else 1)
        done.one_error("folder/x.pcapng", "native file is kept", f"anchoko collect {session}")
        check(world.status_is_true()[0]["state"] == "stopped", "there is something to collect")
        if how == "read-only":
            unmount(folder)
            unmount(folder)
        if how == "taken":
            with open(theirs, encoding="ascii") as file:
                check(file.read() == "somebody else's\n", "somebody else's file was changed")
        shutil.rmtree(folder, ignore_errors=True)
        world.run("collect", "-o", "x.pcapng").expect(0)
        complete(world, sent)
        world.nothing_left()

    return scenario


def forced_over(world):
    """An output that somebody made meanwhile is replaced by --force only."""
    world.begin("--for", "30s", "-o", "x.pcapng")
    sent = world.packets(20)
    world.run("stop").expect(0)
    with open(result(world), "w", encoding="ascii") as file:
        file.write("somebody else's\n")
    world.run("collect").expect(5).one_error("exists already")
    world.run("collect", "--force").expect(0)
    complete(world, sent)
    world.nothing_left()


def damaged_journal(world):
    """One that cannot be read hides no other, and is told."""
    world.begin_foreign()
    session = world.begin("--for", "2s", "-o", "x.pcapng")
    sent = world.packets(20)
    broken = os.path.join(world.journal, "1a1a1a1-aaaa")
    os.mkdir(broken, 0o700)
    with open(os.path.join(broken, "session.json"), "w", encoding="ascii") as file:
        file.write("{")
    told = {one["session"]: one for one in world.sessions()}
    check("damaged" in told["1a1a1a1-aaaa"]["problem"] and told[session]["state"] == "capturing", f"told: {told}")
    world.end_of_capture(session, GRACE)
    world.run("collect", session).expect(0)
    complete(world, sent)
    # It still captures, and its journal is beyond reading.
    lost = world.begin("--for", "60s", "-o", "x.pcapng")
    with open(os.path.join(world.journal, lost, "session.json"), "w", encoding="ascii") as file:
        file.write("{")
    world.run("clean", lost).expect(1).one_error("is damaged", f"clean --force {lost}")
    check("tool" in world.parts(lost), "it was ended, although nothing was to happen")
    world.run("clean", "--force", lost).expect(0)
    check(not world.parts(lost), f"{world.parts(lost)} capture on")
    shutil.rmtree(broken)
    world.nothing_left()


if __name__ == "__main__":
    main({
        "SIGINT in each phase": signalled(signal.SIGINT),
        "SIGTERM in each phase": signalled(signal.SIGTERM),
        "SIGHUP in each phase": signalled(signal.SIGHUP),
        "nobody reads stdout and stderr": no_reader,
        "the reader goes at once": reader_goes("at once"),
        "the reader goes after some packets": reader_goes("after some"),
        "the reader goes before the end": reader_goes("before the end"),
        "the reader is slow": reader_is_slow,
        "the reader's disk is full": reader_full,
        "the terminal goes away": terminal_goes,
        "collected elsewhere": collected_elsewhere,
        "the folder is another's": folder_of_another,
        "the spool is full": full_spool,
        "the spool is nearly full": nearly_full_spool,
        "no room for the result": no_room_for_the_result,
        "the journal's disk is full": full_journal,
        "the journal is read-only": read_only_journal,
        "the spool is read-only": read_only_spool,
        "the interface is removed": no_interface_any_more,
        "tcpdump is ended": tool_killed(signal.SIGTERM),
        "tcpdump is killed": tool_killed(signal.SIGKILL),
        "tcpdump and keeper are killed": all_killed,
        "the output's folder is gone": output_gone("gone"),
        "the output's folder is read-only": output_gone("read-only"),
        "the output is somebody else's": output_gone("taken"),
        "the output is a folder": output_gone("a folder"),
        "the output is taken, and forced": forced_over,
        "a damaged journal": damaged_journal,
    })
