#!/usr/bin/env python3
"""Several connections over one line, to a scripted server that takes its time as a long line would."""
import os

from spool import BODY, ScriptedServer, Spool, check, expect, main
from kit import after

EHLO = after(0.06, ScriptedServer.DEFAULTS["EHLO"])
SLOW = {"EHLO": EHLO, "end": after(0.05, "250 taken")}


def filled(folder, count):
    spool = Spool(folder)
    for number in range(count):
        spool.put(f"{number:02}.x", BODY + b"%d\n" % number, age=100 - number)
    return spool


def once_each(server, count):
    bodies = [data for _, _, data in server.transactions]
    check(len(bodies) == count and len(set(bodies)) == count, f"{len(bodies)} messages, {len(set(bodies))} of them different")


def further(folder):
    """where one connection leaves the line idle others are opened, up to their bound, and every message goes once"""
    for name, more in (("pipelined", {}), ("lock-step", {"EHLO": after(0.06, "250 scripted")})):
        spool = filled(os.path.join(folder, name), 20)
        server = ScriptedServer({**SLOW, **more})
        expect(spool.flush(server, "--connections", 3), 0)
        once_each(server, 20)
        check(2 <= server.sessions <= 3, f"{name}: {server.sessions} sessions")
        check(server.commands.count("QUIT") >= 1, f"{name}: no QUIT")


def one(folder):
    """with --connections 1, and on a line that answers at once, one connection carries everything"""
    for name, replies, options in (("bound", SLOW, ("--connections", 1)), ("quick", {}, ("--connections", 4))):
        spool = filled(os.path.join(folder, name), 10)
        server = ScriptedServer(replies)
        expect(spool.flush(server, *options), 0)
        once_each(server, 10)
        check(server.sessions == 1, f"{name}: {server.sessions} sessions")


def refused(folder):
    """a further connection that the server refuses, closes or never greets costs nothing"""
    for name, greeting in (("refused", "421 4.7.0 too many connections"), ("closed", None), ("silent", after(8, None))):
        spool = filled(os.path.join(folder, name), 10)
        server = ScriptedServer({**SLOW, "connect": ["220 ready", greeting]})  # and so ever after
        expect(spool.flush(server, "--connections", 4), 0)
        once_each(server, 10)
        # While one is silent another may be tried; after a refusal none is.
        check(server.sessions <= (4 if name == "silent" else 2), f"{name}: {server.sessions} sessions")


def broken(folder):
    """a connection that breaks leaves the others going, and its messages go later"""
    spool = filled(folder, 20)
    server = ScriptedServer({**SLOW, "RCPT": ["250 ok"] * 5 + [None, "250 ok"]})
    done = spool.flush(server, "--connections", 3)
    said = expect(done, 0)
    check("unknown" not in said, said)
    once_each(server, 20)


if __name__ == "__main__":
    main(further, one, refused, broken)
