#!/usr/bin/env python3
"""Each fault of a modem at each moment of a call: the session ends within its bound, says what it found, and loses nothing."""
import os
import time

from line_office import DEVICE, LineOffice, check, main, wait_until

LINK = {"chat_timeout": 2, "silence": "2s"}
MODEM = {"command_timeout": "300ms", "connect_timeout": "2s", "carrier_off": "200ms"}
MOMENTS = ("start", "commands:2", "dial", "octets:300")
OFF_HOOK = "switch the modem off and on"
# Seconds that a session may take. Three tries of AT and two after each rung of the ladder, at 0.3 s each, and the rungs' own
# times are 6 s; the chat script and the silence of a job are 2 s each; a busy machine takes twice that.
LADDER, SCRIPT, QUICK = 12, 4, 8
BOUNDS = {"mute": LADDER + SCRIPT, "echo": LADDER + SCRIPT, "garbage": LADDER + SCRIPT, "late/3": QUICK, "late/50": LADDER + SCRIPT,
          "carrier": QUICK, "hardware": QUICK, "forget": QUICK + SCRIPT, "vanish/1000": QUICK + SCRIPT, "vanish/5": QUICK + SCRIPT,
          "dtr": LADDER + SCRIPT, "stuck": LADDER + SCRIPT}


def session(folder, fault, moment, on_device=False, **modem):
    """One call with the fault; its status and what it said, once all that holds after any call was seen to hold."""
    name, _, seconds = fault.partition("/")
    folder = os.path.join(folder, f"{name}-{moment.replace(':', '-')}")
    words = ["--fault", f"office={name}@{moment}" + (f"/{seconds}" if seconds else "")]
    lines = os.path.join(folder, "lines")
    if on_device:
        words += ["--lines", f"office={lines}"]
        modem = {"port": DEVICE, "dtr_low": "200ms", **modem}
        os.mkdir(folder)
    line = LineOffice(folder, *words, link=LINK, modem={**MODEM, **modem})
    what = f"{fault} at {moment}"
    letters = line.submit(2, b"line of text\n" * 100)
    begun = time.monotonic()
    done = line.device_session(lines) if on_device else line.session()
    took = time.monotonic() - begun
    said = done.stderr.decode()
    check(took < BOUNDS[fault], f"{what}: it took {took:.1f} s, and may take {BOUNDS[fault]} s")
    check(done.returncode in (0, 100, 111), f"{what}: {done.returncode} {said}")
    check((done.returncode == 0) == (said == ""), f"{what}: {done.returncode}, and it said {said!r}")
    check(done.returncode != 0 or not line.waiting(), f"{what}: success, and mail is left")
    check(said.count(OFF_HOOK) <= 1, f"{what}: it says more than once what to do: {said}")
    if OFF_HOOK in said:  # nothing that a program can do gets it on-hook
        check(not line.locks(), f"{what}: locks are left: {line.locks()}")
    else:
        line.check_at_rest(what)
    there = sum(min(copies, 1) for copies in line.arrived(letters))
    check(there + len(line.waiting()) >= len(letters), f"{what}: mail is lost")
    line.close()
    return done.returncode, said


def silent(folder):
    """a modem that falls silent is found out in the dialogue, in the dial or at the hang-up, each with its own words"""
    for fault in ("mute", "echo", "garbage"):
        said = [session(folder, fault, moment) for moment in MOMENTS]
        check([status for status, _ in said] == [100, 100, 100, 100], f"{fault}: {said}")
        for (_, text), word in zip(said, ("AT", "no answer to ATZ", "no CONNECT", OFF_HOOK)):
            check(word in text, f"{fault}: {text}")
            check("DTR, +++ with ATH0, ATZ and a reopened port did not help" in text, f"{fault}: {text}")


def harmless(folder):
    """late answers, a carrier that is stuck, and a complaint of the hardware keep no mail from going"""
    for fault in ("late/3", "carrier", "hardware"):
        for moment in MOMENTS:
            status, said = session(folder, fault, moment)
            check(status == 0, f"{fault} at {moment}: {status} {said}")


def too_late(folder):
    """a modem that answers later than its profile allows is told of as one that does not answer"""
    statuses = [session(folder, "late/50", moment)[0] for moment in MOMENTS]
    check(statuses[:2] == [100, 100] and all(statuses[2:]), f"{statuses}")


def forgetful(folder):
    """a modem that resets itself in the dialogue is set again, in a dial or a call that call is lost"""
    statuses = [session(folder, "forget", moment)[0] for moment in MOMENTS]
    check(statuses == [0, 0, 111, 111], f"{statuses}")


def vanished(folder):
    """a device that goes is told of as gone, whenever it goes"""
    for moment in MOMENTS:
        status, said = session(folder, "vanish/1000", moment)
        check(status in (100, 111), f"{moment}: {status}")
        check("no such device" in said or "the port has gone" in said, f"{moment}: {said}")


def returned(folder):
    """a device that goes and comes back before the dial is opened again and the mail goes, later it costs that call alone"""
    status, said = session(folder, "vanish/5", "commands:2", carrier_off="2s")
    check(status == 0, f"in the dialogue: {status} {said}")
    for moment in ("dial", "octets:300"):
        status, said = session(folder, "vanish/5", moment, carrier_off="2s")
        check(status == 111 and ("the port has gone" in said or "lost" in said), f"{moment}: {status} {said}")


def stuck_carrier(folder):
    """with modem lines to be seen, a carrier that stays on after the call keeps neither its mail nor the next call's"""
    for moment in MOMENTS:
        status, said = session(folder, "carrier", moment, on_device=True)
        check(status == 0, f"carrier at {moment}: {status} {said}")


def never_on_hook(folder):
    """a modem that obeys neither DTR nor an escape is told of as one that has to be switched off"""
    for fault in ("dtr", "stuck"):
        for moment in MOMENTS:
            status, said = session(folder, fault, moment)
            check(status == 100 and OFF_HOOK in said, f"{fault} at {moment}: {status} {said}")


def power_cycled(folder):
    """a modem that does not hang up in a call is switched off by the power hook, and then the line is on-hook"""
    line = LineOffice(folder, "--fault", "office=stuck@octets:300/100", link=LINK)
    hook = os.path.join(folder, "hook")
    with open(hook, "w", encoding="ascii") as file:
        file.write(f"#!/bin/sh\nkill -TERM {line.emulator.process.pid}\n")
    os.chmod(hook, 0o700)
    line.set_modem(**MODEM, power_hook=[hook], restart_time="1s")
    line.submit(2, b"line of text\n" * 100)
    done = line.session("--verbose")
    said = done.stderr.decode()
    check(f"trying the power hook {hook}" in said, f"{done.returncode} {said}")
    wait_until(lambda: line.emulator.process.poll() is not None, "the modem has no power")
    check(not line.locks(), f"locks are left: {line.locks()}")


if __name__ == "__main__":
    main(silent, harmless, too_late, forgetful, vanished, returned, stuck_carrier, never_on_hook, power_cycled)
