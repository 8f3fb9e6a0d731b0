#!/usr/bin/env python3
"""Real traces of netsh and pktmon, written again by the lab's writer from what they mean, are equal byte for byte.

    etl_events.py ETL_REWRITE [FILE…]     without FILE: all of $ANCHOKO_CORPUS/etl, or of ../shared/captures/etl

Each file is walked by etl_walk.py, which shares no code with anchoko. What its events mean, times as FILETIME, frames
and fields, goes as JSON to ETL_REWRITE; the file that comes back is walked again.
1. Every event of the original stands at its place in its buffer with all its bytes, and its padding; so does the header
   event, and what buffer headers say but for kernel pointers and the time of writing.
2. Written again the other way, compressed for uncompressed, and in small buffers, the events of each processor are the
   same.
netsh appends a second session to its file; only the first one, which holds the packets, is compared.
"""

import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
import etl_walk as walk  # noqa: E402

HERE = pathlib.Path(__file__).resolve().parent
CORPUS = pathlib.Path(os.environ.get("ANCHOKO_CORPUS") or HERE.parents[2] / "shared" / "captures")

NDIS = bytes.fromhex("6e00d62e29470946b4233ee7bcd678ef")
PKTMON = bytes.fromhex("d9804f4dbdc8734dbb5b19c90402c5ac")
NDIS_ALWAYS = 0x80000600_00000000
NDIS_LINKS = {0x1: 1, 0x200: 101, 0x10000: 105}
NDIS_DIRECTIONS = {0: 0, 0x2_0000_0000: 1, 0x1_0000_0000: 2}
NDIS_START, NDIS_END = 0x4000_0000, 0x8000_0000
RELOGGED, COMPRESSED_MODE, CIRCULAR = 0x10000, 0x4000000, 0x2
PARTITION_HOOK = 0x50
APPENDED_SESSION = 0xFFFF
SMALL_BUFFERS = 64 * 1024


class Fields:
    """The data of an event from its front."""

    def __init__(self, data):
        self.data = data

    def take(self, layout):
        values = struct.unpack_from("<" + layout, self.data)
        self.data = self.data[struct.calcsize("<" + layout):]
        return values[0] if len(values) == 1 else list(values)

    def bytes(self, size):
        if size > len(self.data):
            raise ValueError("data is missing")
        value, self.data = self.data[:size], self.data[size:]
        return value.hex()

    def text(self):
        end = next(i for i in range(0, len(self.data), 2) if self.data[i:i + 2] == b"\0\0")
        value, self.data = self.data[:end].decode("utf-16-le"), self.data[end + 2:]
        return value

    def rest(self):
        return self.bytes(len(self.data))


def ndis_fragment(fields, keyword):
    entry = dict(zip(("miniport", "layer", "size"), fields.take("III")))
    entry["bytes"] = fields.bytes(entry.pop("size"))
    if fields.data:
        entry["gft"] = fields.take("QQ")
    keyword ^= NDIS_ALWAYS
    entry["first"], entry["last"] = bool(keyword & NDIS_START), bool(keyword & NDIS_END)
    keyword &= ~(NDIS_START | NDIS_END)
    direction = keyword & 0x3_0000_0000
    entry["link"], entry["direction"] = NDIS_LINKS[keyword ^ direction], NDIS_DIRECTIONS[direction]
    return entry


def pktmon_packet(fields):
    names = ("group", "number", "appearance", "direction", "type", "pktmon_component", "edge", "filter", "drop_reason",
             "drop_location", "original_size", "size")
    entry = dict(zip(names, fields.take("QHHHHHHHIIHH")))
    entry["bytes"] = fields.bytes(entry.pop("size"))
    return entry


def counts(fields):
    return {"first": fields.take("HQQ"), "second": fields.take("HQQ")}


def pktmon_rundown(event_id, fields):
    if event_id == 20:
        return {"component": fields.take("H"), "type": fields.take("H"), "name": fields.text(),
                "description": fields.text()}
    if event_id == 100 or event_id == 110:
        entry = {"filter": fields.take("H"), "name": fields.text(), "mac1": fields.bytes(6), "mac2": fields.bytes(6)}
        entry["ethertype"], entry["vlan"] = fields.take("HH")
        size = 4 if event_id == 100 else 16
        entry["address1"], entry["address2"] = fields.bytes(size), fields.bytes(size)
        entry["protocol"], entry["port1"], entry["port2"], entry["tcp_flags"] = fields.take("BHHB")
        return entry
    entry = {"component": fields.take("H")}
    if event_id == 80:
        return entry | counts(fields)
    if event_id == 90:
        return entry | {"name": fields.text(), "edge": fields.take("H")} | counts(fields)
    entry["property"] = fields.take("H")
    if event_id in (30, 50):
        entry["value"] = fields.take("I")
    elif event_id in (60, 75):
        entry["value"] = fields.take("H")
    elif event_id in (40, 65, 66):
        entry["bytes"] = fields.rest()
    elif event_id == 70:
        entry["bytes"] = fields.bytes(fields.take("I"))
    elif event_id == 73:
        text = bytes.fromhex(fields.rest()).decode("utf-16-le")
        entry["value"], entry["terminated"] = text.rstrip("\0"), text.endswith("\0")
    else:
        raise ValueError(f"pktmon event {event_id} has no description here")
    return entry


def meaning(event):
    """What an event says, as JSON. Packets and what pktmon tells at its end are taken to pieces."""
    if event.fields is None:
        return {"raw": event.bytes.hex()}
    (_, kind, _, flags, prop, thread, process, _, provider, event_id, version, channel, level, opcode, task, keyword,
     cpu_times, activity) = event.fields
    entry = {"id": event_id, "process": process, "thread": thread, "cpu_times": cpu_times,
             "activity": activity.hex()}
    if flags == 0 and provider == NDIS and event_id == 1001:
        data = Fields(event.bytes[80:])
        return entry | {"ndis": ndis_fragment(data, keyword)}
    if flags == 0 and provider == PKTMON:
        data = Fields(event.bytes[80:])
        content = pktmon_packet(data) if event_id in (160, 170) else pktmon_rundown(event_id, data)
        if data.data:
            raise ValueError(f"pktmon event {event_id} is longer than what is known of it")
        return entry | {"pktmon": content}
    items = 80
    while flags & 1:
        size, _, more = struct.unpack_from("<HHH", event.bytes, items)
        items += size
        flags = flags & ~1 | more & 1
    return entry | {"provider": provider.hex(), "property": prop, "version": version, "channel": channel,
                    "level": level, "opcode": opcode, "task": task, "keyword": keyword, "from_32_bit_process": kind == 0x12, "extended": event.bytes[80:items].hex(),
                    "payload": event.bytes[items:].hex()}


def is_partition(event):
    return event.kind in (1, 2) and struct.unpack_from("<H", event.bytes, 6)[0] == PARTITION_HOOK


def early(event):
    return "partition" if is_partition(event) else event.bytes.hex()


def read(path):
    """The header buffer, and the others as far as the first session goes."""
    found = list(walk.buffers(path.read_bytes()))
    if found[0].kind != walk.HEADER_BUFFER:
        raise ValueError("no header buffer")
    return found[0], [one for one in found[1:] if one.logger != APPENDED_SESSION]


def describe(header, data):
    """The recipe of a file: its session, and its events in the order of time."""
    first, *others = header.events()
    info = walk.logfile(first)
    session = {name: info[name] for name in info if name not in ("version", "mode", "end_time", "buffers_written",
                                                                 "start_buffers", "buffers_lost", "events_lost")}
    session |= {"os_major": info["version"] & 0xFF, "os_minor": info["version"] >> 8 & 0xFF,
                "relogged": bool(info["mode"] & RELOGGED), "compressed": bool(info["mode"] & COMPRESSED_MODE),
                "circular": bool(info["mode"] & CIRCULAR), "relog_time": data[0].time,
                "header_events": [early(event) for event in others], "first_events": []}
    listed = []
    for number, one in enumerate(data):
        for event in one.events():
            if number == 0 and is_partition(event):
                session["first_events"].append("partition")
                continue
            listed.append((event.stamp, {"cpu": event.cpu, "time": walk.filetime(info, event.stamp)} | meaning(event)))
    listed.sort(key=lambda pair: pair[0])
    return {"session": session, "end_time": info["end_time"], "events_lost": info["events_lost"],
            "buffers_lost": info["buffers_lost"], "events": [entry for _, entry in listed]}


class Judge:
    def __init__(self, program, folder):
        self.program = program
        self.folder = folder
        self.failures = 0

    def complain(self, words):
        self.failures += 1
        print(f"FAIL {words}")

    def rewrite(self, recipe):
        text, written = self.folder / "recipe.json", self.folder / "written.etl"
        text.write_text(json.dumps(recipe))
        written.unlink(missing_ok=True)
        subprocess.run([self.program, str(text), str(written)], check=True)
        return read(written)

    def same_events(self, name, wanted, got):
        """Two lists of events: processor, bytes and padding."""
        if len(wanted) != len(got):
            self.complain(f"{name}: {len(got)} events for {len(wanted)}")
        for number, (one, other) in enumerate(zip(wanted, got)):
            if (one.cpu, one.bytes, one.padding) != (other.cpu, other.bytes, other.padding):
                at = next((i for i, (a, b) in enumerate(zip(one.bytes, other.bytes)) if a != b), None)
                self.complain(f"{name}: event {number} (kind {one.kind:#x}, id {one.id}) of {len(one.bytes)} bytes on "
                              f"processor {one.cpu}: got {len(other.bytes)} bytes on {other.cpu}, differing at {at}")
                return

    def same_session(self, name, wanted, got, is_whole):
        """Header events; where only a part of a file was written, but for the count of its buffers."""
        one, other = (list(header.events()) for header in (wanted, got))
        if not is_whole:
            for events in (one, other):
                events[0].bytes = events[0].bytes[:32 + 0x24] + bytes(4) + events[0].bytes[32 + 0x28:]
        self.same_events(f"{name}: header", one, other)

    def same_headers(self, name, wanted, got):
        def said(one):
            return (one.saved, one.current, one.sequence, one.cpu, one.logger, one.state, one.used, one.flags, one.kind,
                    set(one.filling))
        for number, (one, other) in enumerate(zip(wanted, got)):
            # The bits of CurrentOffset beyond the buffer are of no use; header buffers have no offset there.
            if said(one) != said(other):
                self.complain(f"{name}: buffer {number} says {said(other)} for {said(one)}")

    def judge(self, path):
        header, data = read(path)
        recipe = describe(header, data)
        session = recipe["session"]
        is_whole = sum(1 for _ in walk.buffers(path.read_bytes())) == 1 + len(data)
        wanted = [event for one in data for event in one.events()]

        again_header, again = self.rewrite(recipe)
        self.same_session(path.name, header, again_header, is_whole)
        self.same_headers(path.name, [header, *data], [again_header, *again])
        self.same_events(path.name, wanted, [event for one in again for event in one.events()])

        session |= {"compressed": not session["compressed"], "buffer_size": SMALL_BUFFERS}
        _, other = self.rewrite(recipe)
        if len(other) < len(data) or any(one.used > SMALL_BUFFERS for one in other):
            self.complain(f"{path.name}: small buffers are not small")
        for cpu in sorted({event.cpu for event in wanted}):
            self.same_events(f"{path.name}: the other way: processor {cpu}", [one for one in wanted if one.cpu == cpu],
                             [event for one in other if one.cpu == cpu for event in one.events()])

        packets = sum((event.provider, event.id) in {(NDIS, 1001), (PKTMON, 160), (PKTMON, 170)} for event in wanted)
        rundown = sum(event.provider == PKTMON for event in wanted)
        if packets == 0:
            self.complain(f"{path.name}: there is no packet to compare")
        print(f"{path.name}: {packets} packets and {max(rundown - packets, 0)} rundown events of {len(wanted)} events, "
              f"{len(data)} buffers, the other way {len(other)}")


def main():
    files = [pathlib.Path(name) for name in sys.argv[2:]] or sorted((CORPUS / "etl").glob("*.etl"))
    if not files:
        print(f"SKIP corpus-absent: no real traces in {CORPUS}")
        return 77
    with tempfile.TemporaryDirectory() as folder:
        judge = Judge(sys.argv[1], pathlib.Path(folder))
        for path in files:
            judge.judge(path)
    return 1 if judge.failures else 0


if __name__ == "__main__":
    sys.exit(main())
