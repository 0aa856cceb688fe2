#!/usr/bin/env python3
"""maildirsmtp against servers that are late, talk out of turn, forget what they are told, or leave in the middle of a body."""
import os
import resource
import time

from spool import BODY, ScriptedServer, Spool, after, check, expect, faketime, main, read, sanitized, skip

HASTE = 60  # our programs' clocks run so many times faster
CHUNKING = ScriptedServer.CHUNKING
MAX_RESIDENT_KB = 40_000


def hurried():
    """An environment in which a minute of the server's silence is a second."""
    if sanitized():
        skip("the address sanitizer does not bear libfaketime")
    return {"LD_PRELOAD": faketime(), "FAKETIME": f"+0 x{HASTE}", "FAKETIME_DONT_FAKE_MONOTONIC": "0"}


def late_greeting(folder):
    """a greeting that takes four minutes is waited for, one that takes longer than five is not, and the mail stays"""
    env = hurried()
    for name, seconds, code in (("late", 4 * 60 / HASTE, 0), ("too late", 7 * 60 / HASTE, 111)):
        spool = Spool(os.path.join(folder, name))
        spool.put("1.x")
        server = ScriptedServer({"connect": after(seconds, "220 at last")})
        said = expect(spool.flush(server, env=env), code)
        check(len(server.transactions) == (code == 0) and len(spool.files()) == (code == 111), f"{name}: {said}")
        check(code == 0 or "network read error: Connection timed out" in said, f"{name}: {said}")


def early(folder):
    """a server that answers everything before it is asked gets no message booked"""
    answers = ["220 scripted", "250-scripted\r\n250 PIPELINING", "250 ok", "250 ok", "354 go on", "250 2.0.0 taken", "221 bye"]
    for number in range(1, len(answers)):
        spool = Spool(os.path.join(folder, str(number)))
        spool.put("1.x", b"line\n" * 20000)
        silent = {step: b"" for step in ("EHLO", "HELO", "MAIL", "RCPT", "DATA", "end", "QUIT")}
        server = Hasty({**silent, "connect": "\r\n".join(answers[:number + 1])})
        said = expect(spool.flush(server), 111)
        check(spool.files() == ["new/1.x"] and not spool.bounces() and "info:" not in said, f"{number}: {said}")


class Hasty(ScriptedServer):
    """Says what it has to say at once, and leaves when the client falls silent."""

    def _session(self, connection):
        with connection:
            try:
                connection.sendall(self.replies["connect"].encode() + b"\r\n")
                connection.settimeout(0.5)
                while connection.recv(65536):
                    pass
            except OSError:
                pass  # the client is gone or silent


class Forgetful(ScriptedServer):
    """Offers PIPELINING, and throws away whatever came together with the command that it answers."""

    def _session(self, connection):
        with connection:
            try:
                connection.sendall(b"220 scripted\r\n")
                while octets := connection.recv(65536):
                    line = octets.split(b"\r\n")[0].decode()
                    self.commands.append(line)
                    connection.sendall(self.replies[line.split()[0]].encode() + b"\r\n")
                    if line == "DATA":
                        self._take_body(connection)
            except OSError:
                pass  # the client is gone

    def _take_body(self, connection):
        body = b""
        while not body.endswith(b"\r\n.\r\n"):
            body += connection.recv(65536)
        self.transactions.append(body)
        connection.sendall(self.replies["end"].encode() + b"\r\n")


def discarding(folder):
    """a server that offers PIPELINING and discards what is pipelined is left after five minutes: no result, no doubt, and from then on it is asked command by command"""
    env = hurried()
    spool = Spool(folder)
    spool.put("1.x")
    server = Forgetful()
    said = expect(spool.flush(server, "-t", "0", env=env), 0, "network read error: Connection timed out", "new/1.x succeeded")
    check(not spool.bounces() and said.count("timed out") == 1 and "unknown" not in said, said)
    check([line.split()[0] for line in server.commands] == ["EHLO", "MAIL", "EHLO", "MAIL", "RCPT", "DATA", "QUIT"], f"{server.commands}")
    note = os.path.join(spool.path, ".offhook", "no-flights")
    rest = read(note).decode().split(" ", 1)[1]
    with open(note, "w", encoding="ascii") as file:
        file.write(f"{int(time.time()) - 60} {rest}")  # it was made by a hurried clock
    spool.put("2.x")
    expect(spool.flush(server), 0, "new/2.x succeeded")
    check(len(server.transactions) == 2, f"{server.commands}")
    server.replies["EHLO"] = "250-scripted\r\n250-8BITMIME\r\n250 PIPELINING"  # it is another one now: it gets its chance
    spool.put("3.x")
    expect(spool.flush(server, env=env), 0, "Connection timed out", "new/3.x succeeded")


class Leaving(ScriptedServer):
    """Takes `good` messages by BDAT, then reads so many octets more, answers nothing, and leaves or falls silent for a second."""

    def __init__(self, good, octets, ehlo=CHUNKING):
        self._good, self._octets = good, octets
        super().__init__({"EHLO": ehlo})

    def _chunk(self, connection, lines, command, sender, recipients):
        if len(self.transactions) < self._good:
            return super()._chunk(connection, lines, command, sender, recipients)
        return self._leave(connection, lines)

    def _mail_data(self, lines):
        left = self._octets
        while left > 0 and (octets := lines.read(min(left, 65536))):
            left -= len(octets)

    def _leave(self, connection, lines):
        self._mail_data(lines)
        if self._octets:
            return None
        connection.settimeout(1)  # it discards what comes until nothing comes any more
        while lines.read(65536):
            pass
        return None


def leaving(folder):
    """a server that closes or discards inside of a body costs no memory, and no message gets a result that it did not have"""
    cases = [("closes in a first BDAT", Leaving(0, 5000), 40, 1), ("closes in a later BDAT", Leaving(1, 5000), 40, None),
             ("discards every BDAT", Leaving(0, 0), 1000, 1), ("discards what follows the first", Leaving(1, 0), 1000, None),
             ("closes in DATA", Leaving(0, 3_000_000, ehlo="250-scripted\r\n250 PIPELINING"), 1, 0)]
    # doubts: of a session; None where one BDAT was accepted, and time bounds what is on its way (mta/mail/flight_bound.h).
    for number, (name, server, count, doubts) in enumerate(cases):
        spool = Spool(os.path.join(folder, str(number)))
        block = (b"x" * 63 + b"\n") * 240
        for index in range(count):
            path = spool.put(f"{index:04}.x", BODY, age=5000 - index)
            with open(os.path.join(spool.path, path), "ab") as file:  # never whole in this process: its children begin as large
                for _ in range(1 if count > 1 else 4000):
                    file.write(block)
        said = expect(spool.flush(server), 111)
        unknown = said.count(": unknown outcome; it stays")
        taken = len(server.transactions)
        check(len(spool.files()) == count - taken and (doubts is None or unknown <= 3 * doubts), f"{name}: {unknown} unknown, {said[-2000:]}")
        check(not spool.bounces(), f"{name}: bounced")
    used = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    print(f"{used} kB at most")
    check(sanitized() or used < MAX_RESIDENT_KB, f"{used} kB were resident")


if __name__ == "__main__":
    main(late_greeting, early, discarding, leaving)
