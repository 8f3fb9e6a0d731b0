"""What the keeper's tests share: the shells, one capture by a fake tool, and what may be left of it."""

import atexit
import concurrent.futures
import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SHELLS = ["dash", "bash", "mksh", "ksh93", "busybox", "yash", "posh"]


class Tools:
    """Programs under test and beside it, and a folder that goes when the test ends."""

    def __init__(self, keeper_script, fake_tool):
        self.keeper_script = os.path.abspath(keeper_script)
        self.fake_tool = os.path.abspath(fake_tool)
        self.root = Path(tempfile.mkdtemp(prefix="keeper-test."))
        self.sessions = []
        self.numbers = itertools.count(1)  # its next() is one step, also for threads
        atexit.register(self.clean_up)
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            signal.signal(number, lambda *_: sys.exit(1))

    def clean_up(self):
        for session in self.sessions:
            for pid in processes_of(session):
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
        shutil.rmtree(self.root, ignore_errors=True)

    def shells(self):
        """name → path. Under the name `sh` bash and yash follow POSIX, and BusyBox is a shell. The last one stands in for
        ksh88: a shell whose functions have traps of their own."""
        found = {}
        for name in SHELLS:
            path = shutil.which(name)
            if path is None:
                skip(f"keeper-shell-absent: {name} is not installed")
                continue
            if name in ("bash", "yash", "busybox"):
                folder = self.root / name
                folder.mkdir(exist_ok=True)
                if not (folder / "sh").exists():
                    (folder / "sh").symlink_to(path)
                path = str(folder / "sh")
            found[name] = path
        if "ksh93" in found:
            found["like-ksh88"] = found["ksh93"]
        return found

    def capture(self, shell_name, shell, tool_words=(), **settings):
        return Capture(self, f"t{os.getpid()}-{next(self.numbers)}", shell_name, shell, tool_words, settings)


def skip(text):
    print("SKIP " + text, flush=True)


def processes_of(session):
    """Of that session id; zombies are gone already, only nobody has asked for their status."""
    found = []
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            stat = Path("/proc", name, "stat").read_text(errors="replace")
        except OSError:
            continue
        fields = stat.rsplit(")", 1)[1].split()
        if int(fields[3]) == session and fields[0] not in "ZX":
            found.append(int(name))
    return found


def functions_as_in_ksh88(script):
    """`name() {` → `function name {`: in ksh88 both have what ksh93 gives to the second only."""
    lines = []
    for line in script.split(b"\n"):
        name = line[:-4]
        if line.endswith(b"() {") and name.replace(b"_", b"a").isalnum():
            line = b"function " + name + b" {"
        lines.append(line)
    return b"\n".join(lines)


class Report:
    def __init__(self, text):
        self.text = text
        head, _, self.messages = text.partition("messages\n")
        self.files = {}
        self.words = {}
        for line in head.splitlines():
            word, _, rest = line.partition(" ")
            if word == "file":
                size, _, name = rest.partition(" ")
                self.files[name] = int(size)
            else:
                self.words[word] = rest

    def __getattr__(self, name):
        return self.words.get(name)

    def alive(self, name):
        return self.words.get(name, "").startswith("alive ")

    def pid(self, name):
        return int(self.words[name].split()[1])

    def anything_alive(self):
        return any(self.alive(name) for name in ("keeper", "watchdog", "tool"))


class Capture:
    """One capture, its keeper run by one shell. A real plan's script may be given instead of settings."""

    def __init__(self, tools, identity, shell_name, shell, tool_words, settings):
        self.tools = tools
        self.shell_name = shell_name
        self.shell = shell
        self.folder = str(settings.pop("spool", tools.root)) + "/anchoko." + identity
        self.native = self.folder + "/capture.pcap"
        self.environment = {**os.environ, **settings.pop("environment", {})}
        self.where = settings.pop("where", "/")
        self.prefix = list(settings.pop("prefix", ()))
        words = settings.pop("words", None)
        if words is None:
            words = [tools.fake_tool, "-w", self.native, *tool_words]
        described = {
            "id": identity,
            "folder": self.folder,
            "native": self.native,
            "messages": self.folder + "/messages.cap",
            "shell": shell,
            "fractional": 1,
            "duration_ms": 60000,
            "settle": 0,
            "ready_text": "ready",
            "report_signal": "USR1",
            **settings,
        }
        items = [f"{name}={value}" for name, value in described.items()] + ["--", *words]
        self.description = b"".join(os.fsencode(item) + b"\0" for item in items)
        self.session = None
        self.began = None

    def script(self, request):
        text = subprocess.run(
            [self.tools.keeper_script, request], input=self.description, stdout=subprocess.PIPE, check=True
        ).stdout
        if request == "start" and self.shell_name == "like-ksh88":
            text = functions_as_in_ksh88(text)
        return text

    def run(self, script, limit=60):
        """As the runner does: SHELL -s, in a session of its own, everything else on its standard input."""
        # posh knows the -s of its manual page no more; without words it reads its standard input all the same.
        words = [self.shell] if self.shell_name == "posh" else [self.shell, "-s"]
        process = subprocess.Popen(
            [*self.prefix, *words],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
            cwd=self.where,
            start_new_session=True,
        )
        self.tools.sessions.append(process.pid)
        try:
            out, err = process.communicate(script, timeout=limit)
        except subprocess.TimeoutExpired:
            return process.pid, -1, "", f"no end within {limit} s"
        return process.pid, process.returncode, os.fsdecode(out), os.fsdecode(err)

    def start(self, script=None):
        """What went wrong, or nothing."""
        self.began = time.monotonic()
        self.session, status, out, err = self.run(script if script is not None else self.script("start"))
        if status != 0 or out != f"started {self.folder}\n" or err:
            return [f"start: status {status}, said {out!r} and {err!r}"]
        return []

    def ask(self, request, limit=60):
        _, status, out, err = self.run(self.script(request), limit)
        return status, out, err

    def report(self, live=False):
        status, out, err = self.ask("live" if live else "status")
        if status != 0 or err:
            raise AssertionError(f"status ended with {status}, said {err!r}")
        return Report(out)

    def until(self, wanted, limit, what):
        """The first report for which `wanted` holds."""
        end = time.monotonic() + limit
        while True:
            report = self.report()
            if wanted(report):
                return report
            if time.monotonic() > end:
                raise AssertionError(f"not within {limit} s: {what}; {self.shell_name} says {report.text!r}")
            time.sleep(0.12)

    def ready(self):
        def all_there(report):
            alive = [report.alive(name) for name in ("keeper", "watchdog", "tool")]
            return "ready" in report.messages and report.phase == "running" and all(alive)

        return self.until(all_there, 15, "ready and running, with keeper and watchdog")

    def ended(self, limit=30):
        return self.until(lambda r: r.phase == "ended" and not r.anything_alive(), limit, "ended, and no process alive")

    def left_over(self, patience=1.0):
        """Processes of the session that the start made, after that many seconds."""
        end = time.monotonic() + patience
        while True:
            left = processes_of(self.session)
            if not left or time.monotonic() > end:
                return [f"left behind: process {pid} {command_of(pid)}" for pid in left]
            time.sleep(0.02)

    def clean_and_check(self, patience=1.0):
        """Cleans, and says what is wrong afterwards."""
        status, out, err = self.ask("clean")
        wrong = []
        if status != 0 or out or err:
            wrong.append(f"clean: status {status}, said {out!r} and {err!r}")
        if os.path.lexists(self.folder):
            wrong.append(f"left behind: {self.folder} with {os.listdir(self.folder)}")
        return wrong + self.left_over(patience)


def command_of(pid):
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return "(gone)"


def expect(wrong, good, text):
    if not good:
        wrong.append(text)


def timed(name, job):
    begun = time.monotonic()
    try:
        return job()
    finally:
        if os.environ.get("KEEPER_TEST_TIMES"):
            print(f"{time.monotonic() - begun:6.1f} s {name}", flush=True)


def run_all(jobs, workers=8):
    """jobs: (name, callable that returns what went wrong). Runs them side by side, prints, and exits."""
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(workers) as pool:
        running = {pool.submit(timed, name, job): name for name, job in jobs}
        for future in concurrent.futures.as_completed(running):
            name = running[future]
            try:
                wrong = future.result()
            except Exception as problem:  # of a test's own code, too
                wrong = [f"{type(problem).__name__}: {problem}"]
            if wrong:
                failed += 1
                for text in wrong:
                    print(f"FAIL {name}: {text}".encode(errors="backslashreplace").decode(), flush=True)
    print(f"{len(jobs) - failed} passed, {failed} failed", flush=True)
    sys.exit(1 if failed or not jobs else 0)
