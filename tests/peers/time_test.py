#!/usr/bin/env python3
"""Time passes, stands wrong and is put right: mail that no server refused is never bounced for its age.

The clocks are libfaketime's, preloaded into our programs alone.
"""
import os
import stat

from kit import (PROVIDER, SPOOL, ScriptedServer, check, copies, faketime, flush, free_port, letter, main, office, sanitized,
                 skip, spool_file, wait_until)

LATER = "450 4.3.0 come back later"
BUSY = {"RCPT": LATER}


def at(moment, boot_clock=True):
    """The environment for a program at a moment: an offset (+3d) or a date (@1970-01-01 00:01:00)."""
    if sanitized():
        skip("the address sanitizer does not bear libfaketime")
    return {"LD_PRELOAD": faketime(), "FAKETIME": moment, "FAKETIME_DONT_FAKE_MONOTONIC": "0" if boot_clock else "1"}


def bounce_trap(folder):
    """An environment in which a bounce is a file in FOLDER/bounces instead of mail, and how many there are."""
    bounces = os.path.join(folder, "bounces")
    os.makedirs(bounces)
    script = os.path.join(folder, "queue")
    with open(script, "w", encoding="ascii") as file:
        file.write(f"#!/bin/sh\ncat > {bounces}/$$\n")
    os.chmod(script, os.stat(script).st_mode | stat.S_IXUSR)
    return {"QMAILQUEUE": script}, lambda: len(os.listdir(bounces))


def thirty_days(folder):
    """30 days without a line, then a server that first answers 450: no bounce; two weeks of 450 later there is one"""
    env, bounces = bounce_trap(folder)
    at("+0")
    host = office(folder)
    messages = [letter(number) for number in range(3)]
    for number, message in enumerate(messages):
        spool_file(host, number, message)
    nobody = free_port()
    for day in range(31):
        done = flush(host, nobody, env={**env, **at(f"+{day}d")})
        check(done.returncode == 111, f"day {day}: {done.returncode} {done.stderr.decode()!r}")
    check(bounces() == 0 and len(host.spooled(SPOOL)) == 3, f"{bounces()} bounces without a line")
    server = ScriptedServer(BUSY)
    for day in (30, 31, 40):
        done = flush(host, server.port, env={**env, **at(f"+{day}d")})
        check(done.returncode == 111 and b"failed temporarily" in done.stderr, f"day {day}: {done.stderr.decode()!r}")
        check(bounces() == 0 and len(host.spooled(SPOOL)) == 3, f"day {day}: {bounces()} bounces")
    # The trap works: an old answer counts. One message is delivered before, the others are too old by then.
    server.replies["RCPT"] = ["250 ok", LATER]
    flush(host, server.port, env={**env, **at("+41d")})
    check(sum(copies(messages, server.messages())) == 1, "the server took none on day 41")
    server.replies["RCPT"] = LATER
    done = flush(host, server.port, env={**env, **at("+45d")})
    check(bounces() == 2 and not host.spooled(SPOOL), f"day 45: {bounces()} bounces: {done.stderr.decode()!r}")


def nineteen_seventy(folder):
    """the clock stands at 1970 and is then put right: no bounce, and all mail arrives"""
    env, bounces = bounce_trap(folder)
    old = at("@1970-01-01 00:01:00", boot_clock=False)
    host = office(folder)
    to = f"bert@{PROVIDER}"
    messages = [letter(number) for number in range(3)]
    host.start_qmgr(env=old)
    for message in messages:
        done = host.sendmail(message, to, sender="anna@office.example", env=old)
        check(done.returncode == 0, f"sendmail in 1970: {done.returncode} {done.stderr.decode()!r}")
    wait_until(lambda: len(host.spooled(SPOOL)) == 3, "the mail of 1970 is in the spool")
    host.stop_qmgr()
    server = ScriptedServer(BUSY)
    for moment in (old, at("+0", boot_clock=False), at("+20d", boot_clock=False), at("+21d", boot_clock=False)):
        done = flush(host, server.port, env={**env, **moment})
        check(done.returncode == 111 and b"failed temporarily" in done.stderr, f"{moment['FAKETIME']}: {done.stderr.decode()!r}")
        check(bounces() == 0, f"{bounces()} bounces at {moment['FAKETIME']}: {done.stderr.decode()!r}")
    host.start_qmgr()
    server.replies["RCPT"] = "250 ok"
    done = flush(host, server.port, env=env)
    check(done.returncode == 0 and not host.spooled(SPOOL), f"the last flush: {done.returncode} {done.stderr.decode()!r}")
    check(copies(messages, server.messages()) == [1, 1, 1] and bounces() == 0, "not all arrived once")
    check(not host.received("anna"), "the queue manager bounced something")


if __name__ == "__main__":
    main(thirty_days, nineteen_seventy)
