#!/usr/bin/env python3
"""No word of a person is ever interpreted: whatever stands in a command, a path or a file's content reaches the tool byte
by byte, through every shell.

    words.py KEEPER_SCRIPT FAKE_TOOL [WORD…]     with words: only shells so named
"""

import os
import random
import sys
from pathlib import Path

from stage import Tools, expect, run_all

SEED = 20240229
WORDS_A_SHELL = 420
WORDS_A_RUN = 42

EVERY_BYTE = bytes(range(1, 256))
FIXED = [
    b"",
    b" ",
    b"\n",
    b"\r",
    b"\r\n",
    b"\t",
    b"\\",
    b"'",
    b'"',
    b"''",
    b"'\\''",
    b"`touch planted`",
    b"$(touch planted)",
    b"${HOME}",
    b"$HOME",
    b"$$",
    b"$((1+1))",
    b"~",
    b"~root",
    b"*",
    b"?",
    b"[a-z]*",
    b"{a,b}",
    b"-",
    b"--",
    b"-n",
    b"-c",
    b"-i",
    b"#comment",
    b"a#b",
    b"!",
    b"!!",
    b"=ls",
    b"A=b",
    b"PATH=/tmp",
    b";",
    b"; touch planted",
    b"&",
    b"&& touch planted",
    b"|",
    b"|| touch planted",
    b"> planted",
    b"2>&1",
    b"<",
    b"<<EOF",
    b"(",
    b")",
    b"{",
    b"}",
    b"if",
    b"then",
    b"done",
    b"esac",
    b"function",
    b"%1",
    b"%s%n",
    b"\\n",
    b"\\0",
    b"\\\n",
    b"a\\",
    b"'\n'",
    b"\n\n\n",
    b"trailing newline\n",
    "line\n\u00e9t\u00e9\ne\u00e9".encode(),  # dash loses a byte where a line starts as the here-document's mark does
    b"\x7f",
    b"\x1b[2J",
    b"\x80",
    b"\xff\xfe",
    b"\xc3",
    b"\xe3\x81",
    b"\x81",  # first byte of two in Shift JIS; a quote follows
    b"\x95\x5c",  # Shift JIS whose second byte is a backslash
    "日本語".encode(),
    "\u00a0\u2028\u3000".encode(),
    b"exit\nexit 0\n",
    EVERY_BYTE,
    EVERY_BYTE[::-1],
    b"long " * 20000,
    b"'" * 9000,
    b"\n" * 5000,
    b"port 53 and (host 192.0.2.1 or host 192.0.2.2)",
]
PIECES = [b"'", b'"', b"\\", b"$", b"`", b"$(", b")", b"\n", b"\r", b" ", b"\t", b"~", b"*", b"-", b"!", b"\x80", b"\xff"]


def random_bytes(chance, mark):
    kind = chance.randrange(6)
    if kind == 0:
        return bytes(chance.randint(1, 255) for _ in range(chance.randint(0, 40)))
    if kind == 1:
        return b"".join(chance.choice(PIECES) for _ in range(chance.randint(1, 30)))
    if kind == 2:
        return chance.choice(FIXED[:-8]) + chance.choice(FIXED[:-8])
    if kind == 3:  # looks like the end of the here-document, and what might come behind
        behind = chance.choice([b"", b"\n", b"-\n", b"\xe9\n", b"\ntouch planted\n"])
        return chance.choice([b"", b"\n", b"x\n"]) + mark[: chance.choice([1, 2, 99])] + behind
    if kind == 4:
        return chance.choice([b"-", b"--", b"~", b"=", b"#"]) + bytes(chance.randint(32, 126) for _ in range(chance.randint(0, 20)))
    return bytes(chance.randint(1, 255) for _ in range(chance.randint(500, 3000)))


def ascii_of(word):
    return bytes(byte & 127 or 1 for byte in word)


def random_ascii(chance, mark):
    return ascii_of(random_bytes(chance, mark))


def path_name(chance, random_word):
    """What a file may be called, without a line break, which is refused."""
    while True:
        name = random_word(chance, b"end-of-x").decode(errors="surrogateescape")
        name = name.replace("/", "").replace("\n", "")[:100].encode(errors="surrogateescape")
        if name not in (b"", b".", b".."):
            return name


def through(tools, name, shell, seed):
    wrong = []
    chance = random.Random(f"{SEED} {name} {seed}")
    random_word = random_ascii if name == "yash" else random_bytes
    spool = Path(os.fsdecode(os.fsencode(tools.root) + b"/%d " % (seed + 100 * list(tools.shells()).index(name)) + path_name(chance, random_word)))
    spool.mkdir()
    planted = tools.root / "planted"
    settings = {"LC_ALL": chance.choice(["C", "C.UTF-8", "POSIX", ""])}
    content = b"".join(random_word(chance, b"end-of-x") for _ in range(5))
    file_name = b"/" + path_name(chance, random_word)
    capture = tools.capture(name, shell, spool=str(spool), environment=settings, where=str(tools.root))
    mark = b"end-of-" + os.path.basename(capture.folder)[len("anchoko."):].encode()
    # Each fixed word once a shell, then random ones.
    first = FIXED[seed * 20 : seed * 20 + 20]
    if name == "yash":
        first = [ascii_of(word) for word in first]
    words = first + [random_word(chance, mark) for _ in range(WORDS_A_RUN - len(first))]
    dump = os.fsencode(tools.root) + f"/argv-{name}-{seed}".encode()
    items = capture.description[: capture.description.index(b"\0--\0") + 1]
    file_path = os.fsencode(capture.folder) + file_name
    items += b"file=" + file_path + b"\n" + content + mark + b"\0"
    tool = [os.fsencode(tools.fake_tool), b"--dump", dump, *words]
    capture.description = items + b"".join(word + b"\0" for word in [b"--", *tool])
    wrong += capture.start()
    report = capture.ended()
    expect(wrong, (report.reason, report.exit) == ("tool", "0"), f"ended {report.reason} {report.exit} {report.messages!r}")
    got = Path(os.fsdecode(dump)).read_bytes().split(b"\0")[:-1]
    expect(wrong, len(got) == len(words), f"{len(got)} words came, not {len(words)}")
    for sent, came in zip(words, got):
        at = len(os.path.commonprefix([sent, came]))
        near = slice(max(0, at - 20), at + 60)
        expect(wrong, sent == came, f"{settings}: from byte {at} on {sent[near]!r} came as {came[near]!r}")
    expect(wrong, not planted.exists(), "a word was run")
    made = Path(os.fsdecode(file_path)).read_bytes()
    expected = content + mark + b"\n"  # the last line is ended
    expect(wrong, made == expected, f"a file's content {expected[:200]!r} came as {made[:200]!r}")
    return wrong + capture.clean_and_check()


def beyond_ascii_in_yash(tools):
    """yash reads characters of the locale, and the keeper runs in the C locale: it says so before anything is started."""
    wrong = []
    for word in (b"\xc3\xa9", b"\xff", EVERY_BYTE):
        for locale in ("C", "C.UTF-8"):
            capture = tools.capture("yash", tools.shells()["yash"], environment={"LC_ALL": locale})
            capture.description += word + b"\0"
            capture.session, status, out, err = capture.run(capture.script("start"))
            expect(wrong, status != 0 and out == "" and err, f"{word!r}: status {status}, said {out!r} and {err!r}")
            wrong += capture.left_over() + capture.clean_and_check()
    return wrong


def refused(tools):
    """What cannot be said, or would stand in a comment."""
    wrong = []
    shell = tools.shells()["dash"]
    good = tools.capture("dash", shell)
    for change in (
        (b"folder=" + os.fsencode(good.folder), b"folder=relative/anchoko.x"),
        (b"folder=" + os.fsencode(good.folder), b"folder=/tmp/a\ntouch planted\n#"),
        (b"shell=" + shell.encode(), b"shell=/bin/sh\ntouch planted"),
        (b"shell=" + shell.encode(), b"shell=/bin/sh -x"),
        (b"shell=" + shell.encode(), b"shell="),
        (b"id=t", b"id=x'\ntouch planted\n'"),
        (b"id=t", b"id=/../"),
    ):
        capture = tools.capture("dash", shell)
        before = capture.description
        capture.description = good.description.replace(*change)
        expect(wrong, capture.description != before, "the test changes nothing")
        try:
            wrong.append(f"{change[1]!r} was taken: {capture.script('start')[:200]!r}")
        except OSError:
            raise
        except Exception:  # keeper_script's exit status
            pass
    return wrong


def main():
    tools = Tools(sys.argv[1], sys.argv[2])
    jobs = [("refused", lambda: refused(tools)), ("beyond ASCII in yash", lambda: beyond_ascii_in_yash(tools))]
    for seed in range(WORDS_A_SHELL // WORDS_A_RUN):
        for name, path in tools.shells().items():
            if not sys.argv[3:] or name in sys.argv[3:]:
                jobs.append((f"{name}, {seed}", lambda n=name, p=path, s=seed: through(tools, n, p, s)))
    run_all(jobs)


main()
