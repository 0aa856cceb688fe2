#!/usr/bin/env python3
"""BDAT (RFC 3030) against a scripted server: what is sent, and that a server which offers it and cannot do it costs no mail."""
import os
import time

from spool import BODY, ScriptedServer, Spool, check, expect, main
from kit import after

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


def note(spool):
    return os.path.exists(os.path.join(spool.path, ".offhook", "flights"))


def is_at_once(spool, server, name):
    """Three further messages: whether the second one leaves before the first one's answer."""
    for number in range(3):
        spool.put(f"{name}{number}.x", BODY + b"%d\n" % number, age=100 - number)
    server.commands.clear()
    server.replies["BDAT"] = [after(0.5, "250 taken"), "250 taken"]
    expect(spool.flush(server), 0)
    used = verbs(server)[:5]
    check(used[:4] == ["EHLO", "MAIL", "RCPT", "BDAT"], f"{name}: {used}")
    return used[4] == "RSET"


def remembered(folder):
    """a server that took a flight is believed in the next call, and not with another name, offer or port, or a note of another time"""
    spool, server = Spool(folder), ScriptedServer(CHUNKING)
    check(not is_at_once(spool, server, "first") and note(spool), "the first call")
    check(is_at_once(spool, server, "second") and note(spool), "the second call")
    for name, step, reply in (("offer", "EHLO", ScriptedServer.CHUNKING.replace("250-8BITMIME", "250-SIZE 0")),
                              ("greeting", "connect", "220 another ESMTP")):
        before = server.replies[step]
        server.replies[step] = reply
        check(not is_at_once(spool, server, name), f"another {name}")
        server.replies[step] = before
        check(not is_at_once(spool, server, name + "-back"), f"{name}: the note is of the last one")
    other = ScriptedServer(CHUNKING)
    check(not is_at_once(spool, other, "port"), "another port")
    path = os.path.join(spool.path, ".offhook", "flights")
    for seconds, believed in ((-7 * 86400 + 60, True), (-7 * 86400 - 60, False), (3600, False)):
        with open(path, encoding="ascii") as file:
            rest = file.read().split(" ", 1)[1]
        with open(path, "w", encoding="ascii") as file:
            file.write(f"{int(time.time()) + seconds} {rest}")
        check(is_at_once(spool, other, f"time{seconds}") == believed, f"a note of {seconds} seconds")


def forgotten(folder):
    """a believed server that refuses BDAT gets all mail by DATA in the same session, and is believed no longer"""
    for code in ("503 5.5.1 order", "554 5.6.0 no", "452 4.3.1 full", "450 4.3.0 broken"):
        for swallows in (True, False):
            name = code[:3] + str(swallows)
            spool, server = Spool(os.path.join(folder, name)), ScriptedServer(CHUNKING, swallows=swallows)
            check(not is_at_once(spool, server, "first") and note(spool), name)
            for number in range(4):
                spool.put(f"{number}.x", BODY + b"%d\n" % number, age=100 - number)
            server.replies["BDAT"] = [after(0.3, code), code]
            server.commands.clear()
            server.transactions.clear()
            sessions = server.sessions
            expect(spool.flush(server), 0)
            check(not spool.files() and not spool.bounces() and not note(spool), f"{name}: {spool.files()}")
            got = [data for _, _, data in server.transactions]
            check(len(got) == len(set(got)) == 4 and server.sessions == sessions + 1, f"{name}: {len(got)} messages")
            used = verbs(server)
            check(used.count("BDAT") <= 2 and used.count("DATA") == 4, f"{name}: {used}")


def broken(folder):
    """a believed server that breaks off before it took a message, or refuses an envelope that a body left with, is believed no longer"""
    for name, replies in (("closed", {"BDAT": None}), ("nobody", {"RCPT": ["550 5.1.1 nobody", "250 ok"]})):
        spool, server = Spool(os.path.join(folder, name)), ScriptedServer(CHUNKING)
        check(not is_at_once(spool, server, "first") and note(spool), name)
        spool.put("0.x", BODY)
        server.replies.update({"BDAT": "250 taken", **replies})
        said = spool.flush(server).stderr.decode()
        check(not note(spool), f"{name}: {said}")
        check(len(spool.files()) + len(spool.bounces()) == 1, f"{name}: {said}")


if __name__ == "__main__":
    main(octets, flights, refused, refused_later, recipients, remembered, forgotten, broken)
