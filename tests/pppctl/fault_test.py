#!/usr/bin/env python3
"""Each fault of a modem at each moment of a call: the session ends in bounded time, says what it found, and loses nothing."""
import os
import time

from line_office import LineOffice, check, main

BOUND = 20.0  # seconds of a session: three tries of the dialogue, the chat script, and every rung of the hang-up
LINK = {"chat_timeout": 2, "silence": "2s"}
MODEM = {"command_timeout": "300ms", "connect_timeout": "2s", "carrier_off": "200ms"}
MOMENTS = ("start", "commands:2", "dial", "octets:300")
OFF_HOOK = "switch the modem off and on"


def session(folder, fault, moment):
    """One call with the fault; its status and what it said, once all that holds after any call was seen to hold."""
    name, _, seconds = fault.partition("/")
    line = LineOffice(os.path.join(folder, f"{name}-{moment.replace(':', '-')}"), "--fault",
                      f"office={name}@{moment}" + (f"/{seconds}" if seconds else ""), link=LINK, modem=MODEM)
    what = f"{fault} at {moment}"
    letters = line.submit(2, b"line of text\n" * 100)
    begun = time.monotonic()
    done = line.session()
    took = time.monotonic() - begun
    said = done.stderr.decode()
    check(took < BOUND, f"{what}: it took {took:.1f} s")
    check(done.returncode in (0, 100, 111), f"{what}: {done.returncode} {said}")
    check((done.returncode == 0) == (said == ""), f"{what}: {done.returncode}, and it said {said!r}")
    check(done.returncode != 0 or not line.waiting(), f"{what}: success, and mail is left")
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


def harmless(folder):
    """late answers, a carrier that is stuck, and a complaint of the hardware keep no mail from going"""
    for fault in ("late/3", "carrier", "hardware"):
        for moment in MOMENTS:
            status, said = session(folder, fault, moment)
            check(status == 0, f"{fault} at {moment}: {status} {said}")


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


def never_on_hook(folder):
    """a modem that obeys neither DTR nor an escape is told of as one that has to be switched off"""
    for fault in ("dtr", "stuck"):
        for moment in MOMENTS:
            status, said = session(folder, fault, moment)
            check(status == 100 and OFF_HOOK in said, f"{fault} at {moment}: {status} {said}")


if __name__ == "__main__":
    main(silent, harmless, forgetful, vanished, never_on_hook)
