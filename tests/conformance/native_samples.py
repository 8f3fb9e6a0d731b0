#!/usr/bin/env python3
"""Small capture files of every variant that native tools write, and what must come out of each of them.

    native_samples.py FOLDER            writes FOLDER/FORMAT/NAME for every sample
    native_samples.py --seeds FOLDER    only the small ones that fuzzing and the damage test start from
    native_samples.py --check-seeds FOLDER    exit status 1 if FOLDER does not hold exactly those

Written from descriptions of the formats and from files seen, not from the readers: it judges them. Nothing in the
files is real traffic: addresses are those for documentation.
"""

import dataclasses
import pathlib
import sys

SECOND = 1_000_000_000

# Numbers of the LINKTYPE_ registry (https://www.tcpdump.org/linktypes.html).
NULL, ETHERNET, TOKEN_RING, FDDI, RAW, IEEE802_11, IP_OVER_FC, SUNATM, IPNET, SCTP = (
    0, 1, 6, 10, 101, 105, 122, 123, 226, 248)
OPAQUE = None  # the registry has no number for it: any may stand there but that of Ethernet

UNKNOWN, IN, OUT = 0, 1, 2

LARGEST = 262144  # bytes of a packet: what libpcap and Wireshark accept, and we


@dataclasses.dataclass
class Packet:
    """What a converted file must say of one record."""
    time_ns: int
    data: bytes
    original: int
    link: int | None = ETHERNET
    direction: int = UNKNOWN
    interface: str | None = None  # None: the format has no name for it


@dataclasses.dataclass
class Sample:
    format: str
    name: str
    data: bytes
    packets: list[Packet]
    damaged: bool = False  # exit status 3; the packets are those that remain
    drops: int | None = None  # counted by the tool while the file was written
    seed: bool = False  # small, and several records: a start for fuzzing and for seeded damage
    # Where tshark is wrong: what it does, and why that is so (with the place in reference/). It "refuses" the file,
    # "differs" in what it shows, or only "complains" about what is no fault.
    tshark: tuple[str, str] | None = None


def u8(*values):
    return bytes(values)


def be16(*values):
    return b"".join(value.to_bytes(2, "big") for value in values)


def be32(*values):
    return b"".join((value & 0xFFFFFFFF).to_bytes(4, "big") for value in values)


def le16(*values):
    return b"".join(value.to_bytes(2, "little") for value in values)


def le32(*values):
    return b"".join((value & 0xFFFFFFFF).to_bytes(4, "little") for value in values)


def padded_text(text, size):
    return text.encode("ascii").ljust(size, b"\0")


def noise(number, size):
    """`size` bytes that look like nothing, and differ for each number."""
    state = (number * 2654435761 + 12345) & 0xFFFFFFFF
    out = bytearray()
    while len(out) < size:
        state = (state * 1103515245 + 12345) & 0x7FFFFFFF
        out.append(state >> 16 & 0xFF)
    return bytes(out)


def ip_packet(number, size=60, protocol=17):
    """An IPv4 packet between documentation addresses, at least 28 bytes."""
    header = bytearray(u8(0x45, 0) + be16(size & 0xFFFF, number, 0) + u8(64, protocol) + be16(0)
                       + u8(192, 0, 2, 1 + number % 200, 198, 51, 100, 7))
    total = sum(int.from_bytes(header[i:i + 2], "big") for i in range(0, 20, 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    header[10:12] = be16(total ^ 0xFFFF)
    return bytes(header) + be16(1024 + number, 53, size - 20 & 0xFFFF, 0) + noise(number, size - 28)


def ipv6_packet(number, size=72):
    source = bytes.fromhex("20010db8000000000000000000000001")
    target = bytes.fromhex("20010db8000000000000000000000035")
    return (u8(0x60, 0, 0, 0) + be16(size - 40) + u8(17, 64) + source + target
            + be16(1024 + number, 53, size - 40, 0) + noise(number, size - 48))


STATION = bytes.fromhex("00005e005301")
ROUTER = bytes.fromhex("00005e0053fe")
SNAP_IP = bytes.fromhex("aaaa030000000800")


def ethernet(number, size=74):
    return ROUTER + STATION + be16(0x800) + ip_packet(number, size - 14)


def token_ring(number, size=82):
    return u8(0x10, 0x40) + ROUTER + STATION + SNAP_IP + ip_packet(number, size - 22)


def fddi(number, size=81):
    return u8(0x50) + ROUTER + STATION + SNAP_IP + ip_packet(number, size - 21)


def wifi(number, size=92):
    """A data frame, from a station, and its check sequence (not a true one)."""
    return (u8(8, 1) + be16(0) + ROUTER + STATION + ROUTER + le16(number << 4)
            + SNAP_IP + ip_packet(number, size - 36) + noise(number, 4))


def one_too_large(samples_of):
    """From a function that makes a sample of frames: one with the largest frame there may be, and one whose second
    frame is larger, with those behind it found again."""
    yield samples_of("largest", [ethernet(1, 60), ethernet(2, LARGEST)] + [ethernet(i) for i in range(3, 9)])
    refused = ("refuses", "such a packet ends its reading; ours goes on behind it")
    beyond = samples_of("too-large", [ethernet(1, 60), ethernet(2, LARGEST + 1)] + [ethernet(i) for i in range(3, 9)])
    del beyond.packets[1]
    beyond.damaged, beyond.tshark = True, refused
    yield beyond


def all_samples():
    # Here, because they import this module.
    import etl_samples
    import iptrace_samples
    import nettl_samples
    import pcap_samples
    import snoop_samples
    modules = (pcap_samples, snoop_samples, iptrace_samples, nettl_samples, etl_samples)
    samples = [sample for module in modules for sample in module.samples()]
    names = [(sample.format, sample.name) for sample in samples]
    assert len(set(names)) == len(names), "two samples of one name"
    return samples


def write(samples, folder):
    for sample in samples:
        path = pathlib.Path(folder) / sample.format / sample.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sample.data)


def check_seeds(samples, folder):
    """Wrong, missing and foreign files in a folder of seeds."""
    expected = {pathlib.Path(folder) / sample.format / sample.name: sample.data for sample in samples}
    there = {path for path in pathlib.Path(folder).rglob("*") if path.is_file()}
    wrong = [f"{path}: not one of the seeds" for path in there - expected.keys()]
    wrong += [f"{path}: missing" for path in expected.keys() - there]
    wrong += [f"{path}: other bytes" for path in there & expected.keys() if path.read_bytes() != expected[path]]
    return sorted(wrong)


def main(words):
    sys.dont_write_bytecode = True
    samples = all_samples()
    if words and words[0] in ("--seeds", "--check-seeds"):
        samples = [sample for sample in samples if sample.seed]
        assert all(len(sample.data) <= 4096 for sample in samples), "a seed is large"
    if len(words) == 2 and words[0] == "--check-seeds":
        wrong = check_seeds(samples, words[1])
        print("\n".join(wrong) or f"{len(samples)} seeds as generated")
        return 1 if wrong else 0
    if words and words[0] == "--seeds":
        words = words[1:]
    if len(words) != 1 or words[0].startswith("-"):
        print(__doc__, file=sys.stderr)
        return 2
    write(samples, words[0])
    print(f"{len(samples)} samples, {sum(len(sample.packets) for sample in samples)} packets")
    return 0


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.modules["native_samples"] = sys.modules["__main__"]
    sys.exit(main(sys.argv[1:]))
