#!/usr/bin/env python3
"""anchoko is killed at each of its journal steps; its keeper, its watchdog or both are killed in each phase.

  session_crashes.py ANCHOKO FAULT_LIBRARY [SCENARIO…]

After each: `status` tells the truth, the capture ends within its limits, `collect` brings what there is, `clean` leaves
nothing.
"""

import json
import os
import signal
import time

from session_world import Failure, check, main, until

SECONDS = 2
# Beyond the time asked for: the settling second, the look of whoever is left, and a machine with other work.
GRACE = 14


def aftermath(world, sent, seconds=SECONDS + GRACE, output=None):
    """What must hold behind every crash. `sent`: packets that were sent while it captured."""
    told = world.status_is_true()
    for one in told:
        world.end_of_capture(one["session"], seconds)
    told = world.status_is_true()
    check(len(told) <= 1, f"more than one session: {told}")
    outputs = world.outputs()
    if told:
        session = told[0]["session"]
        native = world.native(session)
        caught = world.lengths(native) if os.path.exists(native) else set()
        if sent:
            check(caught >= sent or outputs, f"of {len(sent)} packets {len(caught)} are in the native file")
        path = os.path.join(world.out, output or "collected.pcapng")
        held = os.path.exists(native)
        done = world.run("collect", "-o", path, "--keep-native")  # should it fail, what it was made from is told
        if held:
            done.expect(0)
            world.sound(path)
            check(world.lengths(path) == caught, f"{path} does not hold what the native file held")
        else:
            done.expect(1).one_error("nothing to collect|was collected already")
    elif sent:
        check(outputs and world.lengths(outputs[0]) >= sent, "the packets are nowhere")
    world.run("clean", "--all").expect(0)
    world.nothing_left()
    world.forget_outputs()


def steps_of(world, at_least, one_round):
    """one_round(kill) for the first step, the second …, until the command ends undisturbed."""
    number = 0
    while True:
        number += 1
        world.forget_steps()
        killed = one_round(number)
        if not killed:
            break
        check(number < 20, "the command never ends undisturbed")
    check(number > at_least, f"only {number - 1} journal steps were seen: the fault library has no effect")
    print(f"{number - 1} steps", end="")


def was_killed(running, *statuses):
    """Did the fault library end it? Otherwise it ended well."""
    done = running.wait()
    if done.status == -signal.SIGKILL:
        return True
    done.expect(*statuses)
    return False


def capture(when, interrupted=False, stream=False):
    def scenario(world):
        world.begin_foreign()

        def one_round(number):
            words = ["--for", "6s" if interrupted else f"{SECONDS}s", "-o", "-" if stream else "capture.pcapng"]
            running = world.spawn("capture", *world.words, *words, kill=f"{when}:{number}")
            until(20, "the capture, or its end", lambda: "capturing on" in running.said() or running.ended())
            sent = set() if running.ended() else world.packets(20)
            if interrupted and sent:
                time.sleep(0.2)
                running.send(signal.SIGINT)
            killed = was_killed(running, 0)
            # Killed before the capture could end: it still runs for what it was given.
            if stream and sent and world.delivered(running) >= sent:
                sent = set()
            check(killed or not (stream and sent), "packets are not in the stream")
            aftermath(world, sent, 6 + GRACE)
            return killed

        steps_of(world, 3 if stream else 5, one_round)

    return scenario


def start(when):
    def scenario(world):
        world.begin_foreign()

        def one_round(number):
            killed = was_killed(world.spawn("start", *world.words, "--for", f"{SECONDS}s", "-o", "x.pcapng",
                                            kill=f"{when}:{number}"), 0)
            told = world.status_is_true()
            sent = set()
            if told and told[0]["state"] == "capturing":
                sent = world.packets(20)
            aftermath(world, sent)
            return killed

        steps_of(world, 3, one_round)

    return scenario


def stop(when):
    def scenario(world):
        world.begin_foreign()

        def one_round(number):
            world.begin("--for", "20s", "-o", "x.pcapng")
            sent = world.packets(20)
            killed = was_killed(world.spawn("stop", kill=f"{when}:{number}"), 0)
            if killed:
                world.status_is_true()
                if number > 1 or world.session()["state"] != "capturing":
                    world.end_of_capture(world.session()["session"], GRACE)
                else:
                    world.run("stop").expect(0)
            aftermath(world, sent, 1)
            return killed

        steps_of(world, 2, one_round)

    return scenario


def ended_session(world):
    session = world.begin("--for", "20s", "-o", "result.pcapng")
    sent = world.packets(20)
    world.run("stop").expect(0)
    return session, sent


def collect(when):
    def scenario(world):
        world.begin_foreign()

        def one_round(number):
            _, sent = ended_session(world)
            killed = was_killed(world.spawn("collect", kill=f"{when}:{number}"), 0)
            # The same words again must do, wherever the first time was cut off.
            if world.sessions():
                world.status_is_true()
                done = world.run("collect").expect(0, 1)
                if done.status == 1:
                    done.one_error("was collected already: .*result.pcapng")
            result = os.path.join(world.out, "result.pcapng")
            world.sound(result)
            check(world.lengths(result) == sent, "the result does not hold the packets")
            aftermath(world, sent, 1)
            return killed

        steps_of(world, 2, one_round)

    return scenario


def clean(when, running):
    def scenario(world):
        world.begin_foreign()

        def one_round(number):
            if running:
                world.begin("--for", "20s", "-o", "x.pcapng")
            else:
                ended_session(world)
            killed = was_killed(world.spawn("clean", kill=f"{when}:{number}"), 0)
            world.status_is_true()
            world.run("clean", "--all").expect(0)
            world.nothing_left()
            return killed

        steps_of(world, 1, one_round)

    return scenario


# ---- who minds the capture ---------------------------------------------------------------------------------------------
VICTIMS = (("keeper",), ("watchdog",), ("keeper", "watchdog"))


def kill_parts(world, session, victims):
    parts = world.parts(session)
    for name in victims:
        if name in parts:
            world.kill(parts[name])
    until(5, f"{victims} gone", lambda: not set(victims) & set(world.parts(session)))


def part_killed_while_starting(victims):
    def scenario(world):
        world.begin_foreign()
        starting = world.spawn("start", *world.words, "--for", f"{SECONDS}s", "-o", "x.pcapng", slow_tool=1.5)
        session = until(10, "a session folder", lambda: [n[8:] for n in os.listdir(world.spool) if n.startswith("anchoko.")])[0]
        until(10, "keeper, watchdog and tool", lambda: len(world.parts(session)) == 3)
        kill_parts(world, session, victims)
        world.status_is_true()
        sent = set()
        if starting.wait().expect(0, 1).status == 0:
            told = world.status_is_true()[0]
            if told["state"] == "capturing":
                sent = world.packets(20)
        if len(victims) == 2 and world.sessions():
            world.run("stop").expect(0)  # nobody is left to end it in time
        aftermath(world, sent)

    return scenario


def part_killed_while_running(victims):
    def scenario(world):
        world.begin_foreign()
        begun = time.monotonic()
        session = world.begin("--for", "4s", "-o", "x.pcapng")
        kill_parts(world, session, victims)
        world.status_is_true()
        sent = world.packets(20)
        if len(victims) == 2:
            time.sleep(0.3)
            world.run("stop").expect(0)
        else:
            # The first second past its time: it was not cut short either.
            time.sleep(max(0.0, begun + 3.5 - time.monotonic()))
            sent |= world.packets(20)
        aftermath(world, sent, 4 + GRACE)

    return scenario


def part_killed_while_stopping(victims):
    def scenario(world):
        world.begin_foreign()
        session = world.begin("--for", "30s", "-o", "x.pcapng")
        sent = world.packets(20)
        stopping = world.spawn("stop")
        state = os.path.join(world.folder(session), "state")
        until(10, "phase stopping", lambda: "phase stopping" in read(state), 0.01)
        kill_parts(world, session, victims)
        world.status_is_true()
        stopping.wait(50).expect(0)
        check("tool" not in world.parts(session), "`stop` came back, and the tool runs")
        aftermath(world, sent, 8)

    return scenario


def part_killed_at_the_end(victims):
    def scenario(world):
        world.begin_foreign()
        session = world.begin("--for", "1s", "-o", "x.pcapng")
        sent = world.packets(20)
        state = os.path.join(world.folder(session), "state")
        until(15, "phase ended", lambda: "phase ended" in read(state), 0.005)
        kill_parts(world, session, victims)
        check(world.status_is_true()[0]["state"] == "stopped", "the capture has ended")
        aftermath(world, sent, 1)

    return scenario


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except OSError:
        return ""


def nobody_minds_it(world):
    """Both killed: the size of the file is bounded by the system."""
    world.begin_foreign()
    session = world.begin("--for", "60s", "--max-size", "1MiB", "-o", "x.pcapng")
    sent = world.packets(20)
    time.sleep(0.3)
    kill_parts(world, session, ("keeper", "watchdog"))
    bound = 1024 * 1024 * 5 // 4 + (1 << 20)  # as the plan says: a quarter more, and a megabyte
    for _ in range(8):
        world.bulk(1)
        if "tool" not in world.parts(session):
            break
    world.end_of_capture(session, 3)
    size = os.path.getsize(world.native(session))
    check(1024 * 1024 < size <= bound, f"the native file has {size} bytes; at most {bound} were to be")
    told = world.status_is_true()[0]
    check(told["state"] == "stopped", f"it captured, and has ended: {told}")
    world.run("collect").expect(3).says("ended from outside")
    result = os.path.join(world.out, "x.pcapng")
    world.sound(result)
    check(world.lengths(result) >= sent, "packets are missing")
    world.run("clean", "--all").expect(0)
    world.nothing_left()


def capture_minds_it_then(world):
    """Both killed under `capture`: it ends the capture itself when the time is over."""
    world.begin_foreign()
    running = world.begin_capture("--for", "2s", "-o", "x.pcapng")
    session = world.session()["session"]
    kill_parts(world, session, ("keeper", "watchdog"))
    sent = world.packets(20)
    running.wait(25).expect(0, 3)
    check(world.lengths(os.path.join(world.out, "x.pcapng")) >= sent, "packets are missing")
    world.run("clean", "--all").expect(0)
    world.nothing_left()


def watchdog_alone(world):
    """Tool and keeper are killed before their time: the watchdog does not say that the time was over."""
    session = world.begin("--for", "60s", "-o", "x.pcapng")
    parts = world.parts(session)
    world.kill(parts["keeper"])
    world.kill(parts["tool"])
    until(10, "the end of the watchdog", lambda: not world.parts(session))
    told = world.status_is_true()[0]
    check(told["detail"] != "duration", f"it did not capture for 60 s: {told}")
    world.run("collect").expect(3)


def asked_too_early(world):
    """Asked to end before its tool listens to signals: it is asked again, and soon."""
    running = world.spawn("capture", *world.words, "--for", "20s", "-o", "x.pcapng", slow_tool=1.5)
    until(10, "a tool that does not capture yet", world.tools_of_sessions)
    begun = time.monotonic()
    running.send(signal.SIGINT)
    running.wait(30).expect(130)
    check(time.monotonic() - begun < 9, f"it took {time.monotonic() - begun:.1f} s")
    world.nothing_left()


def long_sleep(world):
    """What a killed watchdog leaves ends within five seconds, as its own text says."""
    session = world.begin("--for", "1s", "-o", "x.pcapng")
    until(15, "an end by the watchdog", lambda: "phase ended" in read(os.path.join(world.folder(session), "state")), 0.005)
    kill_parts(world, session, ("keeper", "watchdog"))
    world.run("clean").expect(0)
    until(6, "the end of its sleep", lambda: not world.processes())


# ---- what somebody else does to it ------------------------------------------------------------------------------------
def folder_removed(victims):
    """Somebody removes the session's folder: the capture, of which nothing can be had any more, ends at once, and
    `clean` does not claim that all is gone while it runs."""
    def scenario(world):
        session = world.begin("--for", "60s", "-o", "x.pcapng")
        time.sleep(1)  # the watchdog has seen the tool
        for victim in victims:
            os.kill(world.parts(session)[victim], signal.SIGKILL)
        for name in os.listdir(world.folder(session)):
            os.remove(os.path.join(world.folder(session), name))
        os.rmdir(world.folder(session))
        world.run("clean").expect(0)
        check(not world.parts(session), f"{world.parts(session)} run on")
        world.nothing_left()
    return scenario


def killed_in_conversion(world):
    """Killed, or left by a second Ctrl-C, while it writes the pcapng: no nameless file stays beside the output."""
    for end in (lambda running: running.send(signal.SIGKILL),
                lambda running: (running.send(signal.SIGINT), time.sleep(0.1), running.send(signal.SIGINT))):
        world.begin("--for", "30s", "-o", "x.pcapng")
        world.run("stop").expect(0)
        running = world.spawn("collect", slow=3000)
        until(10, "a conversion", lambda: running.has_open(world.out))
        end(running)
        running.wait()
        world.run("clean").expect(0)
        world.no_debris()




def all_scenarios():
    scenarios = {}
    for when in ("after", "before"):
        scenarios[f"capture {when}"] = capture(when)
        scenarios[f"capture, ended early, {when}"] = capture(when, interrupted=True)
        scenarios[f"capture to a pipe {when}"] = capture(when, stream=True)
        scenarios[f"start {when}"] = start(when)
        scenarios[f"stop {when}"] = stop(when)
        scenarios[f"collect {when}"] = collect(when)
        scenarios[f"clean of an ended session {when}"] = clean(when, False)
        scenarios[f"clean of a running session {when}"] = clean(when, True)
    phases = {"starting": part_killed_while_starting, "running": part_killed_while_running,
              "stopping": part_killed_while_stopping, "ended": part_killed_at_the_end}
    for phase, make in phases.items():
        for victims in VICTIMS:
            scenarios[f"{' and '.join(victims)} killed while {phase}"] = make(victims)
    scenarios["the watchdog alone is left"] = watchdog_alone
    scenarios["asked to end too early"] = asked_too_early
    scenarios["the watchdog's sleep"] = long_sleep
    scenarios["the folder is removed"] = folder_removed(())
    scenarios["the folder is removed, the keeper killed"] = folder_removed(("keeper",))
    scenarios["the folder is removed, the watchdog killed"] = folder_removed(("watchdog",))
    scenarios["killed in the conversion"] = killed_in_conversion
    scenarios["nobody minds it"] = nobody_minds_it
    scenarios["capture minds it then"] = capture_minds_it_then
    return scenarios


if __name__ == "__main__":
    main(all_scenarios())
