#!/usr/bin/env python3
"""What goes wrong around a capture: a full disk, a hostile environment, numbers of processes that passed to others,
starts that are cut off. In every case nothing is lost unsaid, nothing foreign is touched, and clean leaves nothing.

    faults.py KEEPER_SCRIPT FAKE_TOOL [WORD…]     with words: only faults so named
"""

import functools
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

from stage import Tools, expect, run_all, skip

MIB = 1 << 20
GIB = 1 << 30


def environment_of_a_person(make, tools):
    """Settings that change what ls and df print."""
    wrong = []
    for settings in (
        {"TIME_STYLE": "long-iso"},
        {"QUOTING_STYLE": "shell-always", "BLOCK_SIZE": "1M", "LS_BLOCK_SIZE": "1M", "DF_BLOCK_SIZE": "1G"},
        {"TIME_STYLE": "+%s", "BLOCKSIZE": "1G", "LC_ALL": "C.UTF-8", "TZ": "Asia/Kolkata", "POSIXLY_CORRECT": "1"},
    ):
        capture = make(["--exit", "0", "300", "--grow", "0", "--sparse", "123456"], environment=settings)
        wrong += capture.start()
        report = capture.ended()
        expect(wrong, report.files == {"capture.pcap": 123456}, f"{settings}: files {report.files}")
        free = shutil.disk_usage(capture.folder).free // 1024
        expect(wrong, abs(int(report.free) - free) < free / 5, f"{settings}: free {report.free}, not {free}")
        wrong += capture.clean_and_check()
    return wrong


def files_that_shells_read_first(make, tools):
    wrong = []
    seen = tools.root / "read"
    first = tools.root / "first"
    first.write_text(f'echo "$0 $*" >>{seen}\n')
    for name, shell in {**tools.shells(), "bash itself": shutil.which("bash")}.items():
        capture = make(shell=(name, shell), environment={"ENV": str(first), "BASH_ENV": str(first)})
        wrong += capture.start()
        capture.ready()
        wrong += capture.clean_and_check()
        read = seen.read_text() if seen.exists() else ""
        expect(wrong, "/keeper" not in read, f"{name} ran a person's file in the keeper: {read!r}")
        seen.unlink(missing_ok=True)
    return wrong


def folder_of_a_person(make, tools):
    """Whoever starts a capture in a folder can unmount it."""
    wrong = []
    where = tools.root / "where"
    where.mkdir()
    capture = make(where=str(where))
    wrong += capture.start()
    report = capture.ready()
    for name in ("keeper", "watchdog", "tool"):
        place = os.readlink(f"/proc/{report.pid(name)}/cwd")
        expect(wrong, place in ("/", capture.folder), f"{name} stands in {place}")
    return wrong + capture.clean_and_check()


def sizes(make, tools):
    """A limit is one on the file's length, whatever its blocks; also beyond 32 bits, which is all that mksh reckons in."""
    wrong = []
    cases = [
        ("room beyond its end", dict(max_size=MIB), ["--allocate", str(8 * MIB)], None),
        ("no blocks", dict(max_size=MIB), ["--sparse", str(2 * MIB)], "max_size"),
        ("below", dict(max_size=2 * MIB), ["--sparse", str(MIB)], None),
        ("5 GiB of 6", dict(max_size=6 * GIB, hard_file_bytes=8 * GIB), ["--sparse", str(5 * GIB)], None),
        ("6 GiB of 5", dict(max_size=5 * GIB, hard_file_bytes=8 * GIB), ["--sparse", str(6 * GIB)], "max_size"),
        ("5 GiB of 1 TiB", dict(max_size=1024 * GIB, hard_file_bytes=1280 * GIB), ["--sparse", str(5 * GIB)], None),
        ("a byte", dict(max_size=1), ["--grow", "2000"], "max_size"),
        ("ring", dict(max_size=MIB, files=2), ["--sparse", str(2 * MIB)], None),
        ("all free", dict(min_free=1 << 60), [], "min_free"),
        ("a byte free", dict(min_free=1), [], None),
        ("a TiB less free", dict(min_free=1), ["--sparse", str(GIB)], None),
    ]
    for shell in ("dash", "mksh"):
        captures = []
        for what, settings, words, reason in cases:
            capture = make(words, shell=(shell, tools.shells()[shell]), **settings)
            wrong += capture.start()
            captures.append((what, capture, reason))
        time.sleep(2.5)
        for what, capture, reason in captures:
            if reason is None:
                report = capture.report()
                good = report.phase == "running" and report.alive("tool")
                expect(wrong, good, f"{shell}, {what}: should run, but {report.text!r}")
            else:
                report = capture.ended()
                expect(wrong, (report.reason, report.exit) == (reason, "0"), f"{shell}, {what}: {report.reason} {report.exit}")
            wrong += capture.clean_and_check()
    return wrong


def no_duration(make, tools):
    """Other limits hold; with nobody left to mind them it ends."""
    wrong = []
    for shell in ("dash", "mksh"):
        sized = make(shell=(shell, tools.shells()[shell]), duration_ms=0, max_size=1500)
        wrong += sized.start()
        capture = make(shell=(shell, tools.shells()[shell]), duration_ms=0)
        wrong += capture.start()
        report = sized.ended()
        expect(wrong, (report.reason, report.exit) == ("max_size", "0"), f"{shell}: ended {report.reason} {report.exit}")
        time.sleep(3)
        report = capture.ready()
        os.kill(report.pid("keeper"), 9)
        report = capture.ended()
        expect(wrong, report.exit == "unknown" and "interrupted 1" in report.messages, f"{shell}: {report.text!r}")
        wrong += capture.left_over() + capture.clean_and_check() + sized.clean_and_check()
    return wrong


def hard_limit(make, tools):
    """Nobody minds the tool any more: the system ends its growth."""
    wrong = []
    for name, shell in tools.shells().items():
        if name == "posh":
            continue  # it has no ulimit, and is no system's sh
        capture = make(["--grow", "20000"], shell=(name, shell), hard_file_bytes=100 * 1024)
        wrong += capture.start()
        report = capture.ended()
        size = os.path.getsize(capture.native)
        expect(wrong, size <= 100 * 1024, f"{name}: the file has {size} bytes")
        expect(wrong, (report.reason, report.exit) == ("tool", "153"), f"{name}: {report.reason} {report.exit}, SIGXFSZ is 153")
        wrong += capture.clean_and_check()
    return wrong


def numbers_of_others(make, tools):
    """A number that passed to another process is not signalled, nor is anything else that may stand in such a file."""
    wrong = []
    for name, shell in tools.shells().items():
        capture = make(["--exit", "0", "100"], shell=(name, shell))
        wrong += capture.start()
        capture.ended()
        other = subprocess.Popen(["sleep", "60"])
        for text in (f"{other.pid}\n", "", "\n", "0\n", "-1\n", f"1 {other.pid}\n", "$(kill 1)\n", "x" * 5000):
            for process in ("keeper", "watchdog", "tool"):
                Path(capture.folder, process + ".pid").write_text(text)
            report = capture.report(live=True)
            expect(wrong, not report.anything_alive(), f"{name}: takes {text[:40]!r} for its own: {report.text!r}")
            expect(wrong, capture.ask("stop")[0] == 0, f"{name}: stop fails")
        Path(capture.folder, "tool.pid").write_text(f"{other.pid}\n")
        wrong += capture.clean_and_check()
        expect(wrong, other.poll() is None, f"{name}: another's process was ended: {other.poll()}")
        other.kill()
        other.wait()
    return wrong


def files_of_others(make, tools):
    """In our folder is what we made; anything else stays, and clean says so."""
    wrong = []
    capture = make(["--exit", "0", "100"])
    wrong += capture.start()
    capture.ended()
    for number in range(12):
        Path(capture.folder, f"capture.pcap{number}").write_text("ring")
    note = Path(capture.folder, "notes")
    note.write_text("mine")
    status, out, err = capture.ask("clean")
    expect(wrong, status == 1 and capture.folder in err, f"clean: {status} {out!r} {err!r}")
    expect(wrong, os.listdir(capture.folder) == ["notes"], f"left: {os.listdir(capture.folder)}")
    note.unlink()
    wrong += capture.clean_and_check()
    # A folder that was there before is nobody's to use.
    capture = make()
    os.mkdir(capture.folder)
    note = Path(capture.folder, "notes")
    note.write_text("mine")
    _, status, out, err = capture.run(capture.script("start"))
    expect(wrong, status == 1 and out == "" and capture.folder in err, f"start: {status} {out!r} {err!r}")
    expect(wrong, os.listdir(capture.folder) == ["notes"], f"left: {os.listdir(capture.folder)}")
    return wrong


def signals_ignored_from_birth(make, tools):
    """As by nohup and by careless parents. A shell cannot trap what it was started to ignore."""
    wrong = []
    captures = []
    for ignored in ("USR1", "TERM", "INT,QUIT,HUP", "CHLD", "PIPE"):
        for shell in ("dash", "bash", "mksh", "ksh93"):
            capture = make(shell=(shell, tools.shells()[shell]), prefix=["env", f"--ignore-signal={ignored}"])
            captures.append((f"{ignored}, {shell}", capture))
            wrong += [f"{ignored}, {shell}: {text}" for text in capture.start()]
    for _, capture in captures:
        capture.ready()
        capture.ask("stop")
    for said, capture in captures:
        report = capture.ended(40)
        good = (report.reason, report.exit) == ("request", "0")
        expect(wrong, good, f"{said}: ended {report.reason} {report.exit}")
        wrong += [f"{said}: {text}" for text in capture.left_over(6) + capture.clean_and_check()]
    return wrong


def cut_off_scripts(make, tools):
    """The connection ends while the script travels. Whatever that left, clean ends and removes."""
    wrong = []
    for shell in ("dash", "bash", "mksh", "ksh93"):
        whole = make(shell=(shell, tools.shells()[shell])).script("start")
        lines = whole.count(b"\n")
        chosen = sorted({1, 5, 15, 25, 26, 27, 30, 40, 100, 200, lines - 400, *range(lines - 10, lines)} & set(range(lines)))
        for count in chosen:
            capture = make(shell=(shell, tools.shells()[shell]), spool=str(tools.root))
            script = b"".join(line + b"\n" for line in capture.script("start").split(b"\n")[:count])
            capture.session, _, _, _ = capture.run(script)
            wrong += [f"{shell}, {count} lines: {text}" for text in capture.clean_and_check()]
    return wrong


def killed_starts(make, tools):
    """The controller dies while it starts a capture, and somebody cleans up at once."""
    wrong = []
    chance = random.Random(7)
    for shell in ("dash", "bash", "mksh", "ksh93"):
        for _ in range(12):
            capture = make(shell=(shell, tools.shells()[shell]))
            script = capture.script("start")
            process = subprocess.Popen(
                [capture.shell, "-s"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
            tools.sessions.append(process.pid)
            capture.session = process.pid
            process.stdin.write(script)
            process.stdin.close()
            delay = chance.uniform(0, 0.04)
            time.sleep(delay)
            process.kill()
            process.wait()
            said = f"{shell}, killed after {delay * 1000:.0f} ms"
            for _ in range(5):  # what the start had begun, a mkdir perhaps, may go on beside the first
                status, out, err = capture.ask("clean")
                time.sleep(0.2)
                if status == 0 and not os.path.exists(capture.folder):
                    break
            expect(wrong, status == 0, f"{said}: clean, five times: {status} {out!r} {err!r}")
            wrong += [f"{said}: {text}" for text in capture.left_over(2)]
            expect(wrong, not os.path.exists(capture.folder), f"{said}: {capture.folder} is left")
    return wrong


def folder_without_right(make, tools):
    """Nothing can be written any more, but a request still ends the capture."""
    wrong = []
    if os.geteuid() != 0:
        skip("needs-root: a user who cannot write everywhere")
        return wrong
    os.chmod(tools.root, 0o755)
    spool = tools.root / "spool"
    spool.mkdir()
    os.chown(spool, 65534, 65534)
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"]
    for name, shell in tools.shells().items():
        capture = make(shell=(name, shell), spool=str(spool), prefix=nobody)
        wrong += capture.start()
        capture.ready()
        os.chmod(capture.folder, 0o500)
        status, out, err = capture.ask("stop")
        expect(wrong, status == 0, f"{name}: stop: {status} {out!r} {err!r}")
        deadline = time.monotonic() + 5
        while "interrupted" not in Path(capture.folder, "messages.cap").read_text() and time.monotonic() < deadline:
            time.sleep(0.1)
        said = Path(capture.folder, "messages.cap").read_text()
        expect(wrong, "interrupted 1" in said, f"{name}: it was not stopped: {said!r}")
        os.chmod(capture.folder, 0o700)
        report = capture.ended()
        expect(wrong, (report.reason, report.exit) == ("request", "0"), f"{name}: ended {report.reason} {report.exit}")
        wrong += capture.left_over() + capture.clean_and_check()
    return wrong


def folders_of_others(make, tools):
    """The session's folder vanished, and somebody put another in its place: nothing in it is run, read, written or
    deleted, by whoever asks and by the keeper that still runs."""
    wrong = []
    if os.geteuid() != 0:
        skip("needs-root: a folder that is another's")
        return wrong
    os.chmod(tools.root, 0o755)
    ran = tools.root / "ran"
    precious = tools.root / "precious"
    for name, shell in tools.shells().items():
        for kind in ("folder", "link", "open to a group", "keeper of another", "linked keeper"):
            said = f"{name}, {kind}"
            capture = make(shell=(name, shell))
            precious.mkdir()
            (precious / "state").write_text("phase running\nreason precious\n")
            keeper = f"#!/bin/sh\necho ran >>{ran}\n"
            if kind == "link":
                (precious / "keeper").write_text(keeper)
                os.symlink(precious, capture.folder)
            else:
                os.mkdir(capture.folder, 0o700)
                for file in ("state", "stop", "keeper.new"):
                    os.symlink(precious / "state", Path(capture.folder, file))
                if kind == "linked keeper":
                    (precious / "keeper").write_text(keeper)
                    os.symlink(precious / "keeper", Path(capture.folder, "keeper"))
                else:
                    Path(capture.folder, "keeper").write_text(keeper)
                if kind == "open to a group":
                    os.chmod(capture.folder, 0o770)
                if kind == "keeper of another":
                    os.chown(Path(capture.folder, "keeper"), 65534, 65534)
                if kind in ("folder", "linked keeper"):
                    os.chown(capture.folder, 65534, 65534)
            answer = "unfinished" if kind == "keeper of another" else "foreign"
            for request in ("status", "live", "stop"):
                status, out, err = capture.ask(request)
                expect(wrong, (status, out) == (0, f"folder {answer}\n"), f"{said}, {request}: {status} {out!r} {err!r}")
            status, out, err = capture.ask("clean")
            if answer == "foreign":
                good = status == 1 and "somebody else" in err and os.path.lexists(capture.folder)
                expect(wrong, good, f"{said}, clean: {status} {out!r} {err!r}")
            else:
                expect(wrong, not os.path.lexists(capture.folder), f"{said}: our own folder is left: {status} {err!r}")
            expect(wrong, not ran.exists(), f"{said}: a program of somebody else was run")
            expect(wrong, "reason precious" in (precious / "state").read_text(), f"{said}: a link was followed")
            ran.unlink(missing_ok=True)
            shutil.rmtree(precious)
            if os.path.islink(capture.folder):
                os.unlink(capture.folder)
            shutil.rmtree(capture.folder, ignore_errors=True)
    return wrong


def folder_exchanged(make, tools):
    """The same under a keeper that captures: it ends, and writes nothing into what stands there now."""
    wrong = []
    captures = []
    for name, shell in tools.shells().items():
        capture = make(shell=(name, shell))
        wrong += capture.start()
        report = capture.ready()
        shutil.rmtree(capture.folder)
        os.mkdir(capture.folder)
        precious = tools.root / f"precious-{name}"
        precious.write_text("precious")
        Path(capture.folder, "keeper").write_text("")
        for process in ("keeper", "watchdog"):
            for file in ("state", "stop", "spare"):
                os.symlink(precious, Path(capture.folder, f"{file}.new.{report.pid(process)}"))
        captures.append((name, capture, precious, sorted(os.listdir(capture.folder))))
    for name, capture, precious, before in captures:
        wrong += [f"{name}: {text}" for text in capture.left_over(12)]
        expect(wrong, precious.read_text() == "precious", f"{name}: wrote through a link: {precious.read_text()!r}")
        after = sorted(os.listdir(capture.folder))
        expect(wrong, after == before, f"{name}: {before} became {after}")
    return wrong


def counters_of_an_ending_tool(make, tools):
    """A tool that is being ended is not asked for its counters: it may take that signal for the last one."""
    wrong = []
    for name, shell in tools.shells().items():
        capture = make(shell=(name, shell), settle=3)
        wrong += capture.start()
        capture.ready()
        capture.report(live=True)
        before = capture.report().messages
        expect(wrong, "count so far" in before, f"{name}: no counters while it captures: {before!r}")
        capture.ask("stop")
        report = capture.until(lambda r: r.phase == "stopping", 5, "phase stopping")
        expect(wrong, report.alive("tool"), f"{name}: it has ended already")
        after = capture.report(live=True).messages
        expect(wrong, after == before, f"{name}: asked while it was ending: {after!r}")
        capture.ended()
        wrong += capture.clean_and_check()
    return wrong


class SmallDisk:
    """A file system of our own of so many KiB and files."""

    def __init__(self, tools, name, kib, inodes=0):
        self.path = tools.root / name
        self.path.mkdir()
        size = f"size={kib}k" + (f",nr_inodes={inodes}" if inodes else "")
        subprocess.run(["mount", "-t", "tmpfs", "-o", size, "tmpfs", str(self.path)], check=True)

    def fill(self, leave_kib=0):
        with open(self.path / "filler", "wb", buffering=0) as file:
            try:
                while True:
                    file.write(bytes(4096))
            except OSError:
                pass
            file.truncate(max(0, file.tell() // 4096 * 4096 - leave_kib * 1024))

    def free(self):
        subprocess.run(["umount", "--lazy", str(self.path)], check=True)


def disk_filled_by_the_tool(make, tools):
    wrong = []
    for name, shell in tools.shells().items():
        disk = SmallDisk(tools, f"own-{name}", 256)
        capture = make(["--grow", "50000"], shell=(name, shell), spool=str(disk.path))
        wrong += capture.start()
        report = capture.ended()
        expect(wrong, (report.reason, report.exit) == ("tool", "1"), f"{name}: ended {report.reason} {report.exit}")
        wrong += capture.left_over() + capture.clean_and_check()
        disk.free()
    return wrong


def disk_filled_by_others(make, tools):
    wrong = []
    for name, shell in tools.shells().items():
        disk = SmallDisk(tools, f"others-{name}", 256)
        capture = make(["--grow", "0"], shell=(name, shell), spool=str(disk.path))
        wrong += capture.start()
        capture.ready()
        disk.fill()
        expect(wrong, capture.ask("stop")[0] == 0, f"{name}: stop fails")
        report = capture.ended()
        expect(wrong, (report.reason, report.exit) == ("request", "0"), f"{name}: ended {report.reason} {report.exit}")
        wrong += capture.left_over() + capture.clean_and_check()
        disk.free()
    return wrong


def starts_without_room(make, tools, shell):
    """It starts as a whole or not at all, and says why."""
    wrong = []
    started = refused = 0
    cases = [("kib", room) for room in range(0, 64, 4)] + [("files", room) for room in range(2, 16)]
    for what, room in cases:
        said = f"{shell}, room for {room} {what}"
        disk = SmallDisk(tools, f"start-{shell}-{what}-{room}", 256, room if what == "files" else 0)
        if what == "kib":
            disk.fill(leave_kib=room)
        capture = make(["--grow", "0"], shell=(shell, tools.shells()[shell]), spool=str(disk.path))
        capture.session, status, out, err = capture.run(capture.script("start"))
        if status == 0:
            started += 1
            expect(wrong, out == f"started {capture.folder}\n", f"{said}: said {out!r}, {err!r}")
            # The tool itself may have found no room.
            report = capture.until(lambda r: r.phase == "ended" or "ready" in r.messages or r.alive("tool"), 8, said)
            capture.ask("stop")
            report = capture.until(lambda r: not r.anything_alive(), 12, said + ": the end")
            if report.phase != "ended":
                wrong.append(f"{said}: the last word is {report.text!r}")
            wrong += [f"{said}: {text}" for text in capture.left_over() + capture.clean_and_check()]
        else:
            refused += 1
            expect(wrong, out == "" and err.strip(), f"{said}: said {out!r}, {err!r}")
            wrong += [f"{said}: {text}" for text in capture.left_over()]
            if os.path.exists(capture.folder):
                wrong.append(f"{said}: it left {os.listdir(capture.folder)}, having said {err!r}")
        disk.free()
    expect(wrong, started > 3 and refused > 3, f"{started} started, {refused} refused: too little was tried")
    return wrong


FAULTS = [
    *(functools.partial(starts_without_room, shell=shell) for shell in ("dash", "mksh", "busybox")),
    signals_ignored_from_birth,
    cut_off_scripts,
    killed_starts,
    sizes,
    environment_of_a_person,
    files_that_shells_read_first,
    folder_of_a_person,
    no_duration,
    hard_limit,
    numbers_of_others,
    files_of_others,
    folder_without_right,
    folders_of_others,
    folder_exchanged,
    counters_of_an_ending_tool,
    disk_filled_by_the_tool,
    disk_filled_by_others,
]
NEED_DISKS = ("disk_filled_by_the_tool", "disk_filled_by_others", "starts_without_room")


def own_mounts():
    """Whether this process stands in a mount namespace of its own; makes one by starting again where it can."""
    if os.environ.get("KEEPER_TEST_INSIDE") == "yes":
        return True
    if os.geteuid() != 0:
        skip("needs-root: full disks are file systems of our own")
        return False
    if subprocess.run(["unshare", "--mount", "true"], stderr=subprocess.DEVNULL, check=False).returncode != 0:
        skip("needs-namespaces: full disks are file systems of our own")
        return False
    os.environ["KEEPER_TEST_INSIDE"] = "yes"
    os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])


def main():
    disks = own_mounts()
    tools = Tools(sys.argv[1], sys.argv[2])
    shells = tools.shells()
    jobs = []

    def make(tool_words=(), shell=("dash", shells.get("dash", "/bin/sh")), **settings):
        return tools.capture(*shell, tool_words, **settings)

    for fault in FAULTS:
        name = getattr(fault, "func", fault).__name__
        if (sys.argv[3:] and name not in sys.argv[3:]) or (name in NEED_DISKS and not disks):
            continue
        jobs.append((name, lambda f=fault: f(make, tools)))
    run_all(jobs, workers=10)


main()
