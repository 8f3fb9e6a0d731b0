"""What the tests of real sessions share: worlds of their own, and judges that know nothing of anchoko's code.

A scenario runs in mount, process and network namespaces of its own: nothing of the machine is touched, /var/tmp is
empty at the beginning, every process in sight belongs to the scenario, and all of it ends with it. Judges are /proc,
the file system, tcpdump and capinfos. A tcpdump that is not anchoko's runs beside every session and must not be hurt.
"""

import ctypes
import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback

from scenario_choice import chosen

PORT = 9999
FILTER = f"udp port {PORT}"
INSIDE = "--inside"
LONGEST_SLEEP = 5  # the watchdog's


class Failure(Exception):
    pass


def check(truth, what):
    if not truth:
        raise Failure(what)


def until(seconds, what, test, step=0.05):
    """What test() answers as soon as that is true."""
    end = time.monotonic() + seconds
    while True:
        answer = test()
        if answer:
            return answer
        if time.monotonic() > end:
            raise Failure(f"not within {seconds} s: {what}")
        time.sleep(step)


class Done:
    """A command that has ended."""

    def __init__(self, words, status, out, err):
        self.words, self.status, self.out, self.err = words, status, out, err

    def __str__(self):
        # The plan is long, and a stream is no text.
        err = [line for line in self.err.splitlines() if line.startswith(("anchoko: ", "  = ", "Traceback"))]
        out = ["(a stream)"] if "\0" in self.out else self.out.splitlines()
        lines = [f"  stdout: {line[:300]}" for line in out[:12]] + [f"  stderr: {line[:400]}" for line in err[-12:]]
        return "\n".join([f"`anchoko {' '.join(self.words)}` ended with {self.status}", *lines])

    def expect(self, *statuses):
        check(self.status in statuses, f"expected {' or '.join(map(str, statuses))}: {self}")
        return self

    def errors(self):
        return [line for line in self.err.splitlines() if re.match(r"(anchoko: )?error: ", line)]

    def one_error(self, *words):
        """Exactly one message of an error, which holds each of the words (regular expressions)."""
        check(len(self.errors()) == 1, f"expected one message: {self}")
        for word in words:
            check(re.search(word, self.err), f"expected the words `{word}`: {self}")
        return self

    def says(self, *words):
        for word in words:
            check(re.search(word, self.err), f"expected the words `{word}`: {self}")
        return self


class Running:
    """A command that runs; its output goes to files, so that nothing waits for a reader."""

    def __init__(self, world, words, env, **streams):
        self.words = words
        self.begun = time.monotonic()
        self.files = {}
        for name in ("stdout", "stderr"):
            if name not in streams:
                self.files[name] = tempfile.TemporaryFile(dir=world.aside)
                streams[name] = self.files[name]
        self.process = subprocess.Popen([world.anchoko, *words], cwd=world.out, env=env, stdin=subprocess.DEVNULL,
                                        restore_signals=True, **streams)

    def said(self, name="stderr"):
        if name not in self.files:
            return ""
        return os.pread(self.files[name].fileno(), 1 << 24, 0).decode(errors="replace")

    def ended(self):
        return self.process.poll() is not None

    def wait(self, seconds=60):
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise Failure(f"`anchoko {' '.join(self.words)}` does not end within {seconds} s: {self.said()[-600:]}") from None
        return Done(self.words, self.process.returncode, self.said("stdout"), self.said())

    def send(self, number):
        self.process.send_signal(number)

    def has_open(self, folder):
        """A file of that folder, be it without a name."""
        fds = f"/proc/{self.process.pid}/fd"
        try:
            return any(os.readlink(os.path.join(fds, fd)).startswith(folder + "/") for fd in os.listdir(fds))
        except OSError:
            return False


class World:
    """One machine and the sessions on it. Others set what differs with their tool."""

    words = ["-i", "lo", "-f", FILTER]  # what a capture of the test's packets is asked for with
    native_name = "capture.pcap"
    output_option = "-w"  # by which a process is known as the tool

    def __init__(self, anchoko, fault_library, folder):
        self.anchoko, self.fault_library = anchoko, fault_library
        self.out, self.aside, self.state = (os.path.join(folder, name) for name in ("out", "aside", "state"))
        for path in (self.out, self.aside, os.path.join(folder, "tmp"), os.path.join(folder, "home")):
            os.makedirs(path, exist_ok=True)
        self.spool = "/var/tmp"
        self.tmp = os.path.join(folder, "tmp")
        self.journal = os.path.join(self.state, "anchoko", "sessions")
        self.env = {"PATH": os.environ["PATH"] + ":/usr/sbin:/sbin", "HOME": os.path.join(folder, "home"),
                    "XDG_STATE_HOME": self.state, "TMPDIR": self.tmp, "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        self.foreign = None
        self.sent_ever = 0
        self.sink = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sink.bind(("127.0.0.1", PORT))
        self.source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)

    # ---- commands ----------------------------------------------------------------------------------------------------
    def spawn(self, *words, kill=None, slow=None, slow_tool=None, env=None, **streams):
        env = {**self.env, **(env or {})}
        if kill or slow:
            env["LD_PRELOAD"] = self.fault_library
            env["ANCHOKO_TEST_STEPS"] = os.path.join(self.aside, "steps")
        if kill:
            env["ANCHOKO_TEST_KILL"] = kill
        if slow:
            env["ANCHOKO_TEST_SLOW"] = str(slow)
        if slow_tool:
            env["PATH"] = self.slow_tool(slow_tool) + ":" + env["PATH"]
        return Running(self, list(words), env, **streams)

    def run(self, *words, seconds=60, **how):
        return self.spawn(*words, **how).wait(seconds)

    def slow_tool(self, seconds):
        """A folder with a tcpdump that takes its time before it captures."""
        folder = os.path.join(self.aside, "path")
        os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "tcpdump")
        with open(path, "w", encoding="ascii") as file:
            file.write(f'#!/bin/sh\ncase " $* " in *" -w "*) sleep {seconds} ;; esac\n'
                       f'exec {shutil.which("tcpdump")} "$@"\n')
        os.chmod(path, 0o755)
        return folder

    def steps_taken(self):
        try:
            return os.path.getsize(os.path.join(self.aside, "steps"))
        except FileNotFoundError:
            return 0

    def forget_steps(self):
        if self.steps_taken():
            os.remove(os.path.join(self.aside, "steps"))

    def sessions(self):
        done = self.run("status", "--json").expect(0)
        return json.loads(done.out)["sessions"]

    def session(self):
        found = self.sessions()
        check(len(found) == 1, f"expected one session: {found}")
        return found[0]

    def begin(self, *words, **how):
        """`anchoko start`; returns its id."""
        return self.run("start", *self.words, *words, **how).expect(0).out.strip()

    def begin_capture(self, *words, **how):
        """`anchoko capture` that captures."""
        running = self.spawn("capture", *self.words, *words, **how)
        until(20, "anchoko says that it captures", lambda: "capturing on" in running.said() or running.ended())
        check(not running.ended(), f"ended early: {running.said()[-600:]}")
        return running

    # ---- what really is ----------------------------------------------------------------------------------------------
    def processes(self):
        """pid → words of every process of this world but those of the test."""
        found = {}
        for name in os.listdir("/proc"):
            if not name.isdigit() or int(name) in (1, os.getpid()):
                continue
            try:
                with open(f"/proc/{name}/cmdline", "rb") as file:
                    words = file.read().decode(errors="replace").split("\0")[:-1]
            except OSError:
                continue
            if words:  # no zombie
                found[int(name)] = words
        if self.foreign:
            found.pop(self.foreign.pid, None)
        return found

    def parts(self, session):
        """The processes of one session: {"keeper": pid, "watchdog": pid, "tool": pid}."""
        mark = f"anchoko.{session}/"
        found = {}
        for pid, words in self.processes().items():
            if not any(mark in word for word in words):
                continue
            if "keep" in words[2:]:
                found["keeper"] = min(pid, found.get("keeper", pid))
            elif "watch" in words[2:]:
                found["watchdog"] = min(pid, found.get("watchdog", pid))
            elif self.output_option in words:
                found["tool"] = pid
        return found

    def tools_of_sessions(self):
        return [pid for pid, words in self.processes().items()
                if self.output_option in words and any("/anchoko." in word for word in words)]

    def folder(self, session):
        return os.path.join(self.spool, "anchoko." + session)

    def native(self, session):
        return os.path.join(self.folder(session), self.native_name)

    def kill(self, pid, number=signal.SIGKILL):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            pass

    def delivered(self, running):
        """The packets that a command wrote to its standard output."""
        path = os.path.join(self.aside, "stdout")
        with open(path, "wb") as file:
            file.write(os.pread(running.files["stdout"].fileno(), 1 << 28, 0))
        return self.lengths(path)

    def status_is_true(self):
        """Every session as `status` tells it, compared with processes and files; returns them."""
        last = None
        for _ in range(5):  # what changes while it is looked at is looked at again
            before = {name[8:]: self.parts(name[8:]) for name in os.listdir(self.spool) if name.startswith("anchoko.")}
            told = self.sessions()
            after = {name[8:]: self.parts(name[8:]) for name in os.listdir(self.spool) if name.startswith("anchoko.")}
            if before != after:
                continue
            last = self._lies(told, after)
            if not last:
                return told
            time.sleep(0.3)
        raise Failure(last or "processes come and go without an end")

    def _lies(self, told, real):
        for id_ in real:
            if id_ not in [one["session"] for one in told]:
                return f"{self.folder(id_)} is there, and `status` does not know of it"
        for one in told:
            parts = real.get(one["session"])
            if parts is None:
                if one.get("state") not in ("failed", "converted") or one["tool_alive"] or one["keeper_alive"]:
                    return f"there is no folder, and `status` says {one}"
                continue
            for name in ("keeper", "watchdog", "tool"):
                if one[f"{name}_alive"] != (name in parts):
                    return f"real are {parts}, and `status` says {one}"
            if "tool" in parts and one["tool_pid"] != parts["tool"]:
                return f"real are {parts}, and `status` says {one}"
            running = "tool" in parts or "keeper" in parts
            allowed = ("starting", "capturing", "stopping") if running else ("stopped", "failed", "converted")
            if one["state"] not in allowed:
                return f"real are {parts}, and `status` says {one}"
            if "tool" in parts and "keeper" not in parts and "keeper is gone" not in one["detail"]:
                if "keeper and its watchdog are gone" not in one["detail"]:
                    return f"the keeper is gone, and `status` does not tell: {one}"
            if "tool" in parts and "keeper" not in parts and "watchdog" not in parts and "watchdog ends" in one["detail"]:
                return f"the watchdog is gone, and `status` says {one}"
            size = os.path.getsize(self.native(one["session"])) if os.path.exists(self.native(one["session"])) else 0
            if not running and one["native_bytes"] != size:
                return f"the file holds {size} bytes, and `status` says {one}"
        return None

    def end_of_capture(self, session, seconds):
        """The tool and its keeper are gone within that time."""
        until(seconds, f"the end of session {session}", lambda: not {"tool", "keeper"} & set(self.parts(session)), 0.1)

    # ---- packets -----------------------------------------------------------------------------------------------------
    def packets(self, count, first=None):
        """Sends so many packets as fast as it can; each has a length of its own. Returns their lengths."""
        first = self.sent_ever + 1 if first is None else first
        payload = b"a" * (first + count)
        send, address = self.source.sendto, ("127.0.0.1", PORT)
        for length in range(first, first + count):
            send(payload[:length], address)
        self.sent_ever = max(self.sent_ever, first + count - 1)
        return set(range(first, first + count))

    def bulk(self, megabytes):
        payload = b"b" * 60000
        for _ in range(int(megabytes * 1000000 / 60000)):
            self.source.sendto(payload, ("127.0.0.1", PORT))
            if self.sink.getsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF):
                time.sleep(0.0002)

    def lengths(self, path):
        """The packets in a file, by tcpdump: the lengths that the sender gave them."""
        env = {**self.env, "TMPDIR": self.aside}
        done = subprocess.run(["tcpdump", "-n", "-q", "-r", path], env=env, capture_output=True, text=True, check=False)
        found = [int(match) for match in re.findall(rf"\.{PORT}: UDP, length (\d+)", done.stdout)]
        check(len(found) == len(set(found)) or max(found) > 50000, f"packets appear twice in {path}")
        return set(found)

    def sound(self, path):
        """capinfos reads it to the end and finds fault with nothing."""
        done = subprocess.run(["capinfos", path], env=self.env, capture_output=True, text=True, check=False)
        check(done.returncode == 0 and "cut short" not in done.stderr + done.stdout,
              f"capinfos on {path}: {done.stdout[-300:]} {done.stderr}")

    # ---- the tcpdump of somebody else --------------------------------------------------------------------------------
    def begin_foreign(self, interface="lo"):
        path = os.path.join(self.aside, "foreign.pcap")
        with open(os.path.join(self.aside, "foreign.log"), "wb") as log:
            self.foreign = subprocess.Popen(
                ["tcpdump", "-n", "-U", "--immediate-mode", "-B", "32768", "-Z", "root", "-i", interface, "-w", path,
                 f"udp port {PORT}"], env=self.env, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(20, "a tcpdump beside anchoko", lambda: "listening" in self._foreign_log())

    def _foreign_log(self):
        with open(os.path.join(self.aside, "foreign.log"), encoding="utf-8", errors="replace") as log:
            return log.read()

    def foreign_is_well(self):
        check(self.foreign.poll() is None, f"a tcpdump that is not anchoko's has ended: {self._foreign_log()}")
        time.sleep(0.2)
        path = os.path.join(self.aside, "foreign.pcap")
        self.sound(path)
        missing = set(range(1, self.sent_ever + 1)) - self.lengths(path)
        check(not missing, f"{len(missing)} packets are not in the file of a tcpdump that is not anchoko's")

    # ---- the end -----------------------------------------------------------------------------------------------------
    def no_debris(self):
        """Of files under a final name, each is sound; no other file is there."""
        for folder, _, names in os.walk(self.out):
            for name in names:
                check(name.endswith(".pcapng"), f"a file is left: {os.path.join(folder, name)}")
                if os.path.getsize(os.path.join(folder, name)):
                    self.sound(os.path.join(folder, name))

    def nothing_left(self):
        mine = []

        def gone():
            mine[:] = [" ".join(words) for words in self.processes().values()]
            return not mine

        # The sleep of a keeper or watchdog that was killed ends by itself.
        try:
            until(2, "", lambda: gone() or all(words.startswith("sleep ") for words in mine))
            until(LONGEST_SLEEP + 2, "", gone)
        except Failure:
            raise Failure(f"processes are left: {mine}") from None
        left = [os.path.join(folder, name) for top in (self.spool, self.journal, self.tmp)
                for folder, folders, names in os.walk(top) for name in folders + names]
        check(not left, f"left behind: {left}")
        self.no_debris()
        if self.foreign:
            self.foreign_is_well()

    def outputs(self):
        return sorted(os.path.join(self.out, name) for name in os.listdir(self.out))

    def forget_outputs(self):
        for path in self.outputs():
            os.remove(path)


# ---- scenarios -------------------------------------------------------------------------------------------------------
def skip(reason):
    print("SKIP", reason)
    sys.exit(77)


def mount(source, target, kind, flags=0, data=""):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.mount(source.encode(), target.encode(), kind.encode(), flags, data.encode()) != 0:
        raise OSError(ctypes.get_errno(), f"{target} cannot be mounted")


def unmount(target):
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.umount2(target.encode(), 2) != 0:
        raise OSError(ctypes.get_errno(), f"{target} cannot be unmounted")


def remount(target, read_only):
    mount("none", target, "none", 32 | 4096 | (1 if read_only else 0))  # MS_REMOUNT, MS_BIND, MS_RDONLY


def run_inside(scenario, world_of, anchoko, fault_library, folder):
    mount("tmpfs", "/var/tmp", "tmpfs", 0, "mode=1777,size=3g")
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    scenario(world_of(anchoko, fault_library, folder))


def tell_what_is_left():
    """For whoever looks for the reason of a failure."""
    sys.stdout.flush()
    script = "ps axo pid,ppid,args; for f in state log stop messages messages.cap; do tail -n +1 /var/tmp/anchoko.*/$f; done"
    subprocess.run(["sh", "-c", script], check=False, stderr=subprocess.DEVNULL)


def inside(scenario, world_of, anchoko, fault_library, folder):
    """As process 1 of the world: reaps whatever ends, for that is what process 1 is for."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            run_inside(scenario, world_of, anchoko, fault_library, folder)
            status = 0
        except Failure as failure:
            print(failure)
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc(file=sys.stdout)
        sys.stdout.flush()
        if status != 0:
            tell_what_is_left()
        os._exit(status)
    while True:
        pid, status = os.wait()
        if pid == child:
            sys.exit(os.waitstatus_to_exitcode(status) and 1)


def play(scenarios, arguments, at_once, one_of):
    anchoko, tools, *names = arguments
    if os.geteuid() != 0:
        skip("needs-root: network namespaces and AF_PACKET need root")
    if subprocess.run(["unshare", "--mount", "--pid", "--net", "--fork", "--kill-child", "true"], check=False,
                      capture_output=True).returncode != 0:
        skip("needs-namespaces: they cannot be made here")
    for tool in ("tcpdump", "capinfos", "editcap", "tshark", "ip"):
        if not shutil.which(tool, path=os.environ["PATH"] + ":/usr/sbin:/sbin"):
            skip(f"cli-needs-{tool}: {tool} is not installed")
    waiting = [name for name in scenarios if name in names] if names else chosen(list(scenarios), one_of)
    count = len(waiting)
    check(waiting, f"no such scenario: {names}")
    work = tempfile.mkdtemp(prefix="anchoko-sessions-")
    running, failed, begun = {}, [], time.monotonic()
    try:
        while waiting or running:
            while waiting and len(running) < at_once:
                name = waiting.pop(0)
                folder = os.path.join(work, re.sub(r"\W+", "-", name))
                os.makedirs(folder)
                log = open(os.path.join(work, name.replace("/", "-") + ".log"), "w+", encoding="utf-8")
                words = ["unshare", "--mount", "--pid", "--net", "--mount-proc", "--fork", "--kill-child",
                         sys.executable, sys.argv[0], INSIDE, anchoko, tools, name, folder]
                running[name] = (subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=log, stderr=log), log,
                                 time.monotonic())
            for name, (process, log, since) in list(running.items()):
                if process.poll() is None:
                    continue
                del running[name]
                log.seek(0)
                text = log.read().strip()
                log.close()
                taken = f"{time.monotonic() - since:.1f} s"
                if process.returncode == 0:
                    print(f"ok {name} ({taken}){': ' + text if text else ''}")
                else:
                    failed.append(name)
                    print(f"FAIL {name} ({taken}): {text}")
                sys.stdout.flush()
            time.sleep(0.02)
    finally:
        for process, _, _ in running.values():
            process.kill()  # its world ends with it
            process.wait()
        shutil.rmtree(work, ignore_errors=True)
    print(f"{count} scenarios, {len(failed)} failed, "
          f"{time.monotonic() - begun:.0f} s")
    return 1 if failed else 0


def main(scenarios, at_once=8, world_of=World, one_of=1):
    """scenarios: name → function of a World, or of what `world_of` makes in its place. Of `one_of` scenarios a short run plays one.

    Arguments: ANCHOKO FAULT_LIBRARY [NAME…]
    """
    arguments = sys.argv[1:]
    if len(arguments) < 2:
        print(f"usage: {sys.argv[0]} ANCHOKO FAULT_LIBRARY [NAME…]", file=sys.stderr)
        sys.exit(2)
    if arguments[0] == INSIDE:
        _, anchoko, fault_library, name, folder = arguments[:5]
        inside(scenarios[name], world_of, anchoko, fault_library, folder)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(play(scenarios, [os.path.abspath(arguments[0]), os.path.abspath(arguments[1]), *arguments[2:]], at_once, one_of))
