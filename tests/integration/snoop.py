#!/usr/bin/env python3
"""Captures by snoop on emulated hosts of Solaris 11, Solaris 10 and illumos, from start to converted pcapng.

  snoop.py ANCHOKO FAULT_LIBRARY [SCENARIO…]

anchoko-lab lies beside ANCHOKO. See emulated_lifecycle.py and session_world.py; faults are those at the top of
backends/snoop/emulator.cpp.
"""

import os
import subprocess
import time

from emulated_lifecycle import EmulatedWorld, crashes, host_that_is_away, on_packets_of_a_file, rebooted
from session_world import check, main, until

ADDRESS = "02:00:00:00:00:11 192.0.2.11"
MIB = 1 << 20


class SnoopWorld(EmulatedWorld):
    tool = "snoop"
    tools = ("snoop", "dladm", "ifconfig", "netstat", "ppriv")
    native_name = "capture.snoop"
    output_option = "-o"
    host = "sol1"
    interface = "net0"
    exact_times = ("fact snoop-times as-taken",)
    hosts = {
        "sol1": ("solaris", ["release 5.11", "variant solaris11", f"interface net0 lo {ADDRESS}"],
                 {"-s": "SunOS", "-r": "5.11", "-v": "11.4.31.88.5", "-n": "sol1"}),
        "sol2": ("solaris", ["release 5.10", f"interface bge0 lo {ADDRESS}"],
                 {"-s": "SunOS", "-r": "5.10", "-v": "Generic_147148-26", "-n": "sol2"}),
        "illumos1": ("solaris", ["release 5.11", "variant illumos", f"interface net0 lo {ADDRESS}"],
                     {"-s": "SunOS", "-r": "5.11", "-v": "omnios-r151046", "-n": "illumos1", "-o": "illumos"}),
    }

    def foreign_words(self, path):
        # Without -P it sees each packet of lo twice, for Linux shows it sent and received.
        return ["snoop", "-o", path, "-q", "-P", "-d", self.interface]

    def foreign_has_begun(self):
        return "Using device" in self._foreign_log()

    def choose(self, host):
        self.host, self.interface = host, "bge0" if host == "sol2" else "net0"

    def profile(self, *lines):
        path = os.path.join(self.aside, "asked.toml")
        with open(path, "w", encoding="ascii") as file:
            file.write("\n".join(lines) + "\n")
        return path

    def output(self):
        return os.path.join(self.out, "x.pcapng")


def everything_goes(world):
    """What no scenario may leave, whatever it was about."""
    world.run("clean", "--all").expect(0)
    world.nothing_left()
    world.forget_outputs()


# ---- faults ----------------------------------------------------------------------------------------------------------
def never_begins(*lines, status, says, words=(), user=()):
    """A capture that does not come about: one message, and nothing is left anywhere."""
    def scenario(world):
        world.begin_foreign()
        for host in world.hosts:
            world.choose(host)
            world.configure(*lines, *user)
            done = world.run("capture", *world.words, *words, "--for", "20s", "-o", "x.pcapng").expect(status)
            done.one_error(*says)
            check(not world.sessions() and not world.outputs(), f"{host}: something is left")
        world.choose("sol1")
        world.nothing_left()
    return scenario


def ends_otherwise(*lines, status, says=(), ended="duration", hosts=("sol1", "sol2", "illumos1"), words=(), least=0):
    """A capture that begins, and ends as that; packets that reached its file are in the result."""
    def scenario(world):
        world.begin_foreign()
        for host in hosts:
            world.choose(host)
            world.configure(*lines)
            running = world.begin_capture("--for", "3s", "-o", "x.pcapng", "--json", *words)
            sent = world.packets(20)
            done = running.wait(40).expect(status).says(*says)
            outcome = world.document(done)["outcome"]
            check(outcome["ended_by"] == ended, f"{host}: it ended by {outcome['ended_by']}: {done}")
            got = world.lengths(world.output())
            check(got <= sent and len(got) >= least, f"{host}: {len(got)} packets of {len(sent)}")
            world.sound(world.output())
            if status == 0:
                check(got == sent, f"{host}: {len(got)} packets of {len(sent)}")
            everything_goes(world)
        world.choose("sol1")
    return scenario


def dropped(world):
    """Its file counts drops, which are told and change the exit status."""
    world.configure("fault snoop-drops 4")
    running = world.begin_capture("--for", "4s", "-o", "x.pcapng", "--json")
    world.packets(20)
    time.sleep(1.5)  # a burst later the counter has grown
    world.packets(20)
    done = running.wait().expect(3).says("packets dropped by the kernel")
    outcome = world.document(done)["outcome"]
    check(outcome["stats"]["dropped_by_kernel"] >= 4 and outcome["partial"], f"not counted: {outcome['stats']}")
    everything_goes(world)


def no_tool(world):
    for host in world.hosts:
        world.choose(host)
        os.remove(os.path.join(world.host_folder(), "bin", "snoop"))
        world.run("capture", *world.words, "--for", "2s", "-o", "x.pcapng").expect(4).one_error("snoop is not")
        world.run("doctor", "--on", host).expect(4)
        os.symlink(world.lab, os.path.join(world.host_folder(), "bin", "snoop"))
        world.run("doctor", "--on", host).expect(0)
    world.nothing_left()


def nothing_arrives(world):
    """A file of 12 or of 16 bytes: no packets, and that is said."""
    for host in world.hosts:
        world.choose(host)
        done = world.run("capture", *world.words, "--for", "1s", "-o", "x.pcapng", "--json").expect(0)
        outcome = world.document(done)["outcome"]
        check(outcome["suspicious"] and outcome["reasons"], f"{host}: not told: {outcome}")
        check(world.lengths(world.output()) == set(), "packets from nowhere")
        world.sound(world.output())
        everything_goes(world)
        world.run("capture", *world.words, "--for", "1s", "-o", "x.pcapng", "--expect-packets").expect(3)
        everything_goes(world)


# ---- rights ----------------------------------------------------------------------------------------------------------
def rights(world):
    """net_rawaccess is enough; net_observability lets watch IP interfaces."""
    world.configure("user joe", "privileges net_rawaccess")
    running = world.begin_capture("--for", "2s", "-o", "x.pcapng")
    sent = world.packets(20)
    running.wait().expect(0)
    check(world.lengths(world.output()) == sent, "packets are missing")
    everything_goes(world)
    world.configure("user joe", "privileges net_observability")
    world.run("capture", *world.words, "--for", "2s", "-o", "x.pcapng").expect(4).one_error("layer = \"ip\"")
    ip_layer(world, "-i", "net0")


def ip_layer(world, *words):
    asked = world.profile("[backend.snoop]", 'layer = "ip"')
    running = world.spawn("capture", asked, *world.words[:2], *words, "-f", world.words[-1], "--for", "3s", "-o", "x.pcapng")
    until(20, "the capture", lambda: "capturing on" in running.said() or running.ended())
    sent = world.packets(20)
    running.wait().expect(0)
    check(world.lengths(world.output()) == sent, f"{len(world.lengths(world.output()))} packets of {len(sent)}")
    everything_goes(world)


def loopback(world):
    """lo0 by -d, where packets have ipnet's header and nothing of the filter is pushed; none on Solaris 10."""
    for host in ("sol1", "illumos1"):
        world.choose(host)
        world.configure("interface lo0 lo 00:00:00:00:00:00 127.0.0.1")
        world.interface = "lo0"
        running = world.begin_capture("--for", "2s", "-o", "x.pcapng")
        sent = world.packets(20)
        running.wait().expect(0)
        check(world.lengths(world.output()) == sent, f"{host}: {world.lengths(world.output())}")
        everything_goes(world)
    world.choose("sol2")
    world.configure("interface lo0 lo 00:00:00:00:00:00 127.0.0.1")
    world.interface = "lo0"
    world.run("capture", *world.words, "--for", "2s").expect(2).one_error("loopback")
    world.nothing_left()


# ---- limits ----------------------------------------------------------------------------------------------------------
def duration(world):
    for host in world.hosts:
        world.choose(host)
        begun = time.monotonic()
        running = world.begin_capture("--for", "3s", "-o", "x.pcapng", "--json")
        sent = set()
        while time.monotonic() < begun + 2.5:
            sent |= world.packets(2)
            time.sleep(0.1)
        done = running.wait().expect(0)
        taken = time.monotonic() - begun
        check(3 <= taken < 20, f"{host}: 3 s took {taken:.1f}")
        check(world.document(done)["outcome"]["ended_by"] == "duration", f"{host}: {done}")
        check(world.lengths(world.output()) >= sent, f"{host}: packets are missing")
        everything_goes(world)


def size(world):
    for host in world.hosts:
        world.choose(host)
        session = world.begin("--for", "60s", "--max-size", "1MB", "-o", "x.pcapng")
        world.bulk(1.5)
        world.end_of_capture(session, 40)
        check(world.session()["detail"] == "max_size", f"{host}: {world.session()}")
        check(os.path.getsize(world.native(session)) >= 1000000, f"{host}: it ended too early")
        world.run("collect").expect(0)
        everything_goes(world)


def free_space(world):
    subprocess.run(["mount", "-o", "remount,size=60m", "/var/tmp"], check=True)
    limits = ["[limits]", 'min_free = "20MiB"', 'max_size = "10MiB"', 'duration = "60s"']
    asked = world.profile(*limits)
    session = world.run("start", asked, *world.words, "-o", "x.pcapng").expect(0).out.strip()
    sent = world.packets(20)
    time.sleep(1.2)
    filler = "/var/tmp/somebody-else"
    with open(filler, "wb") as file:
        file.write(bytes(45 * MIB))
    world.end_of_capture(session, 40)
    check(world.session()["detail"] == "min_free", f"{world.session()}")
    world.run("start", asked, *world.words, "-o", "y.pcapng").expect(5).one_error("must stay free")
    os.remove(filler)
    world.run("collect").expect(0)
    check(world.lengths(world.output()) == sent, "packets are missing")
    everything_goes(world)


def count(world):
    """By snoop where it sees what is wanted and nothing else, otherwise by conversion."""
    for host in world.hosts:
        world.choose(host)
        everything = world.words[:-2]
        running = world.spawn("capture", *everything, "-c", "5", "--include-control", "--for", "20s", "-o", "x.pcapng", "--json")
        until(20, "the capture", lambda: "capturing on" in running.said() or running.ended())
        world.packets(20)
        done = running.wait().expect(0)
        outcome = world.document(done)["outcome"]
        check(outcome["ended_by"] == "packets" and outcome["stats"]["captured"] == 5, f"{host}: {outcome}")
        check(len(world.lengths(world.output())) == 5, f"{host}: not 5 packets")
        everything_goes(world)
        running = world.begin_capture("-c", "5", "--for", "2s", "-o", "x.pcapng", "--json")
        world.packets(20)
        done = running.wait().expect(0)
        check(world.document(done)["outcome"]["ended_by"] == "duration", f"{host}: {done}")
        check(len(world.lengths(world.output())) == 5, f"{host}: not 5 packets")
        everything_goes(world)


def refused(world):
    everything = [*world.words, "-o", "x.pcapng"]
    asked = world.profile("[limits]", "files = 3")
    world.run("start", asked, *everything).expect(5).one_error("a ring of 3")
    world.run("start", *everything, "--direction", "in").expect(2).one_error("one direction")
    world.run("start", "--on", world.host, "-i", "any", "-o", "x.pcapng").expect(2).one_error("one link")
    world.run("start", "--on", world.host, "-i", "net7", "-o", "x.pcapng").expect(2).one_error("no link 'net7'")
    world.run("start", "--on", world.host, "-i", "net0", "-f", "inbound", "-o", "x.pcapng").expect(2).one_error("inbound")
    check(not world.sessions(), "a session began")
    world.nothing_left()


def short_packets(world):
    for words in (["--snaplen", "70"], ["--snaplen", "150"]):
        running = world.spawn("capture", *world.words[:-2], *words, "--for", "2s", "-o", "x.pcapng")
        until(20, "the capture", lambda: "capturing on" in running.said() or running.ended())
        world.packets(3, first=300)
        running.wait().expect(0)
        kept = [line.split("\t")[1:3] for line in world.listed(world.output())]
        check(kept == [[str(length + 42), words[1]] for length in (300, 301, 302)], f"{words}: {kept}")
        everything_goes(world)


def all_scenarios():
    scenarios = {f"packets of a file, {host}": on_packets_of_a_file(host) for host in SnoopWorld.hosts}
    scenarios.update({
        "not root": never_begins("fault snoop-not-root", status=4, says=["Permission denied", "net_rawaccess"]),
        "a user": never_begins("user joe", status=4, says=["net_rawaccess", "--become"]),
        "a link that is busy": never_begins("fault snoop-busy", status=1, says=["busy", "holds that link"]),
        "no promiscuous mode": never_begins("fault snoop-no-promiscuity", status=1, words=["--promiscuous"],
                                            says=["promiscuous", "promiscuous = false"]),
        "no promiscuous mode asked for": ends_otherwise("fault snoop-no-promiscuity", status=0),
        "a disk that is full at once": never_begins("fault snoop-disk-full 8", status=1, says=["No space left", "disk is full"]),
        "a disk that fills": ends_otherwise("fault snoop-disk-full 1000", status=3, ended="tool", least=3,
                                            says=["status 1", "No space left on device"]),
        "it dies at once": never_begins("fault snoop-dies 0", status=1, says=["did not start capturing", "137"]),
        "it dies": ends_otherwise("fault snoop-dies 5", status=3, ended="tool", least=5, says=["ended with status 137"]),
        "a slow end": ends_otherwise("fault snoop-slow-stop 2", status=0),
        "a very slow end": ends_otherwise("fault snoop-slow-stop 7", status=3, says=["ended with status 1"], least=20,
                                          hosts=("sol1",)),
        "an unclean end": ends_otherwise("fault snoop-unclean-end", status=3, says=["137", "damaged"], least=19),
        "drops": dropped,
        "no snoop": no_tool,
        "nothing arrives": nothing_arrives,
        "rights": rights,
        "loopback": loopback,
        "limit: duration": duration,
        "limit: size": size,
        "limit: free space": free_space,
        "limit: packets": count,
        "limits and wishes that are refused": refused,
        "short packets": short_packets,
        "a host that is away": host_that_is_away,
        "a host that was started again": rebooted,
    })
    scenarios.update(crashes())
    return scenarios


if __name__ == "__main__":
    main(all_scenarios(), at_once=4, world_of=SnoopWorld, one_of=3)
