#!/usr/bin/env python3
"""BDAT (RFC 3030) against a scripted server: what is sent, and that a server which offers it and cannot do it costs no mail."""
import os

from spool import BODY, ScriptedServer, Spool, check, expect, main

CHUNKING = {"EHLO": ScriptedServer.CHUNKING}
WIRE = BODY.replace(b"\n", b"\r\n")


def filled(folder, count, content=BODY):
    spool = Spool(folder)
    for number in range(count):
        spool.put(f"{number}.x", content + b"%d\n" % number, age=100 - number)
    return spool


def verbs(server):
    return [line.split()[0] for line in server.commands if line]


def octets(folder):
    """a message arrives by BDAT with the octets that it has by DATA"""
    cases = [b"\n.\n..\n.a\n", b"no newline", b"", b"\n", b"a\rb\r\nc\n", b"gr\xfc\xdfe\n", b"x" * 5000, b"." * 8192,
             b"y" * 8191 + b"\n", b"z" * 16382 + b"\n", b"z" * 16383 + b"\n", b"Subject: a\n\nquit\n", b"1\n" * 5000]
    got = {}
    for way, options in (("BDAT", ()), ("DATA", ("--no-chunking",))):
        spool = Spool(os.path.join(folder, way))
        for number, content in enumerate(cases):
            spool.put(f"{number:02}.x", content, age=100 - number)
        server = ScriptedServer(CHUNKING)
        expect(spool.flush(server, *options), 0)
        got[way] = sorted(data for _, _, data in server.transactions)
        used = verbs(server)
        # Too long for it, or with a line like a command.
        wanted = (len(cases) - 2, 2) if way == "BDAT" else (0, len(cases))
        check((used.count("BDAT"), used.count("DATA")) == wanted, f"{way}: {used}")
    check(got["BDAT"] == got["DATA"], "BDAT and DATA differ")
    check(len(got["BDAT"]) == len(cases), f"{len(got['BDAT'])} arrived")


def flights(folder):
    """the first message waits for its envelope, the others leave whole, each behind a RSET or an answer"""
    spool = filled(folder, 6)
    server = ScriptedServer(CHUNKING)
    expect(spool.flush(server), 0)
    check(server.sessions == 1 and len(server.transactions) == 6, f"{server.sessions} sessions, {len(server.transactions)} messages")
    used = verbs(server)
    check(used.count("BDAT") == 6 and "DATA" not in used, f"{used}")
    check(used[:6] == ["EHLO", "MAIL", "RCPT", "BDAT", "MAIL", "RCPT"], f"{used}")


def refused(folder):
    """a server that offers CHUNKING and refuses BDAT, and takes the octets or leaves them, gets all mail by DATA in the same session"""
    for code in ("500 5.5.1 what?", "502 5.5.1 no", "503 5.5.1 order", "554 5.5.1 not here", "421 4.3.0 broken", "450 4.3.0 broken"):
        for swallows in (True, False):
            spool = filled(os.path.join(folder, code[:3] + str(swallows)), 3)
            server = ScriptedServer({**CHUNKING, "BDAT": code}, swallows=swallows)
            done = spool.flush(server)
            if code.startswith("421"):
                expect(done, 111, "serialsmtp: fatal: ")
                check(len(spool.files()) + len(server.transactions) == 3 and not spool.bounces(), f"{code}: {spool.files()}")
                continue
            expect(done, 0)
            check(not spool.files() and not spool.bounces(), f"{code} {swallows}: {spool.files()}")
            check(len(server.transactions) == 3 and server.sessions == 1,
                  f"{code} {swallows}: {len(server.transactions)} messages in {server.sessions} sessions")
            check(verbs(server).count("BDAT") == 1, f"{code} {swallows}: {verbs(server)}")


def refused_later(folder):
    """a server that takes a BDAT and then refuses, and takes the octets or leaves them: each result is of its own message, nothing is lost"""
    for code in ("503 5.5.1 order", "554 5.6.0 no", "452 4.3.1 full"):
        for swallows in (True, False):
            spool = filled(os.path.join(folder, code[:3] + str(swallows)), 5)
            server = ScriptedServer({**CHUNKING, "BDAT": ["250 taken", code, "250 taken"]}, swallows=swallows)
            said = spool.flush(server).stderr.decode()
            bounced = said.count(" bounced: ")
            check(bounced == len(spool.bounces()) and bounced <= (code[0] == "5" and code[:3] != "503"), f"{code} {swallows}: {said}")
            for number in range(5):
                arrived = sum(data.endswith(b"%d\r\n" % number) for _, _, data in server.transactions)
                kept = f"new/{number}.x" in spool.files()
                is_bounced = f"new/{number}.x bounced" in said
                check(arrived + kept + is_bounced >= 1, f"{code} {swallows}: {number} is lost: {said}")
                doubt = f"new/{number}.x: unknown outcome" in said
                check(arrived <= 1 and (not (arrived and kept) or doubt), f"{code} {swallows}: {number} may double: {said}")


def recipients(folder):
    """a recipient refused in a flight is that file's result alone"""
    spool = filled(folder, 6)
    server = ScriptedServer({**CHUNKING, "RCPT": ["250 ok", "250 ok", "550 5.1.1 nobody", "250 ok", "450 4.2.1 later", "250 ok"]})
    said = expect(spool.flush(server), 111, "new/2.x bounced: 127.0.0.1 said: 550 5.1.1 nobody", "new/4.x failed temporarily: 127.0.0.1 said: 450")
    check(said.count(" succeeded: ") == 4 and spool.files() == ["new/4.x"], said)
    check(server.sessions == 1 and len(server.transactions) == 4, f"{server.sessions} sessions")
    check("unknown" not in said, said)


if __name__ == "__main__":
    main(octets, flights, refused, refused_later, recipients)
