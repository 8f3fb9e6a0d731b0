"""Files of pcap and pcapng: what the damage test and the fuzzers start from."""

from native_samples import ETHERNET, IN, OUT, RAW, SECOND, Packet, Sample, be16, be32, ethernet, ip_packet, le16, le32

START = 1_700_000_000


def pcap(name, magic, numbers, halves, header=16, unit=1000, minor=4):
    """`magic` and the functions for 32-bit and 16-bit numbers decide the byte order."""
    data, packets = numbers(magic) + halves(2, minor) + numbers(0, 0, 65535, ETHERNET), []
    for i in range(12):
        frame = ethernet(i, 60 + 3 * i)
        kept = b"" if i == 5 else frame[:80]
        lengths = (len(kept), len(frame))
        # Some writers of version 2.3 had them in the other order.
        if minor == 3 and i % 2:
            lengths = lengths[::-1]
        data += numbers(START + i, 5000 + i, *lengths) + bytes(header - 16) + kept
        packets.append(Packet((START + i) * SECOND + (5000 + i) * unit, kept, len(frame)))
    return Sample("pcap", name, data, packets, seed=True)


class Blocks:
    """pcapng in one byte order."""

    def __init__(self, big):
        self.numbers, self.halves = (be32, be16) if big else (le32, le16)

    def block(self, kind, body):
        body += bytes(-len(body) % 4)
        return self.numbers(kind, len(body) + 12) + body + self.numbers(len(body) + 12)

    def option(self, code, value):
        return self.halves(code, len(value)) + value + bytes(-len(value) % 4)

    def section(self):
        return self.block(0x0A0D0D0A, self.numbers(0x1A2B3C4D) + self.halves(1, 0) + self.numbers(-1, -1)
                          + self.option(4, b"sample") + self.numbers(0))

    def interface(self, link, name, digits):
        options = self.option(2, name) + self.option(9, bytes([digits])) + self.numbers(0)
        return self.block(1, self.halves(link, 0) + self.numbers(65535) + options)

    def packet(self, i, interface, units, data, original, direction):
        options = self.option(2, self.numbers(direction)) if direction else b""
        body = self.numbers(interface, units >> 32, units, len(data), original) + data + bytes(-len(data) % 4)
        return self.block(6, body + options + (self.numbers(0) if options else b""))

    def statistics(self, interface, dropped):
        value = self.numbers(0, dropped) if self.numbers is be32 else self.numbers(dropped, 0)
        return self.block(5, self.numbers(interface, 0, 0) + self.option(5, value) + self.numbers(0))


def pcapng(name, big):
    blocks = Blocks(big)
    data = blocks.section() + blocks.interface(ETHERNET, b"eth0", 9) + blocks.interface(RAW, b"tun0", 6)
    packets = []
    for i in range(12):
        interface = i % 3 // 2
        frame = ip_packet(i, 60 + 3 * i) if interface else ethernet(i, 60 + 3 * i)
        kept, direction = frame[:84], (0, IN, OUT)[i % 3]
        time_ns = (START + i) * SECOND + 1000 * i
        data += blocks.packet(i, interface, time_ns // 1000 if interface else time_ns, kept, len(frame), direction)
        packets.append(Packet(time_ns, kept, len(frame), RAW if interface else ETHERNET, direction,
                              "tun0" if interface else "eth0"))
    data += blocks.statistics(0, 3)
    return Sample("pcapng", name, data, packets, seed=True)


def samples():
    yield pcap("micro-little", 0xA1B2C3D4, le32, le16)
    yield pcap("nano-big", 0xA1B23C4D, be32, be16, unit=1)
    yield pcap("kuznetzov-little", 0xA1B2CD34, le32, le16, header=24)
    yield pcap("version-2.3-little", 0xA1B2C3D4, le32, le16, minor=3)
    yield pcapng("little", False)
    yield pcapng("big", True)
