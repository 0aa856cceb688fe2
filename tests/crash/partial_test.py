#!/usr/bin/env python3
"""mta-smtpd with a TRANSID, killed or failed at each call that changes its partial message: what 355 says is there."""
import os
import re
import shutil
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers"))
from kit import PROVIDER, check, main, provider, read  # noqa: E402
from tracing import CHANGES, OPENING, calls, faulter, killer, need_strace, recorder, was_reached  # noqa: E402

LINES = [b"Received: by somewhere", b"Subject: a large one", b"", b".", b"..", b"x" * 900, b"end"]
MESSAGE = b"".join(line + b"\r\n" for line in LINES)
HELLO = b"EHLO pc\r\nMAIL FROM:<anna@office.example> TRANSID=<1@pc>\r\n"


class Server:
    """mta-smtpd on pipes; its queue program puts every message into a file of its own."""

    def __init__(self, folder):
        self.host = provider(folder)
        self.taken = os.path.join(folder, "taken")
        self.partial = os.path.join(self.host.state, "partial")
        queue = os.path.join(folder, "queue")
        with open(queue, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nexec 3<&1\ncat >'{self.taken}'/$$\nenvelope=$(cat <&3 | tr '\\0' ' ')\n"
                       f"case $envelope in *bert*) ;; *) rm '{self.taken}'/$$ ;; esac\n")
        os.chmod(queue, 0o700)
        self.env = {**self.host.env, "QMAILQUEUE": queue, "CUSTOMER": "office",
                    "ASAN_OPTIONS": "detect_leaks=0"}  # a traced program cannot trace itself
        self.reset()

    def reset(self):
        for path in (self.taken, self.partial):
            shutil.rmtree(path, ignore_errors=True)
            os.makedirs(path)

    def say(self, octets, prefix=()):
        done = subprocess.run([*prefix, self.host.program("mta-smtpd")], input=octets, capture_output=True, timeout=60,
                              env=self.env, check=False)
        return done.stdout

    def begin(self, prefix=()):
        """A transaction that is cut inside its message."""
        data = MESSAGE.replace(b"\r\n.", b"\r\n..")
        return self.say(HELLO + f"RCPT TO:<bert@{PROVIDER}>\r\n".encode() + b"DATA\r\n" + data[:700], prefix)

    def first(self, prefix=()):
        """The same, and the session that goes on with it."""
        said = self.begin(prefix)
        return said + self.resume(prefix) if b"354" in said else said

    def offset(self):
        """What a client that asks is told; None: nothing is there."""
        found = re.search(rb"\r\n355 (\d+) ", self.say(HELLO))
        return int(found[1]) if found else None

    def resume(self, prefix=()):
        offset = self.offset()
        if offset is None:
            head, rest = HELLO + f"RCPT TO:<bert@{PROVIDER}>\r\n".encode(), MESSAGE
        else:
            check(offset <= len(MESSAGE) and (offset == 0 or MESSAGE[:offset].endswith(b"\r\n")), f"355 {offset}")
            head, rest = HELLO, MESSAGE[offset:]
        data = (b"\r\n" + rest).replace(b"\r\n.", b"\r\n..")[2:]
        return self.say(head + b"DATA\r\n" + data + b".\r\n", prefix)

    def messages(self):
        return [read(os.path.join(self.taken, name)) for name in os.listdir(self.taken)]

    def check_after(self, what, most):
        said = self.resume()
        check(b"\r\n250 2.0.0 ok" in said, f"{what}: the message was not taken: {said[-200:]!r}")
        messages = self.messages()
        check(1 <= len(messages) <= most, f"{what}: {len(messages)} messages")
        wanted = b"\n" + MESSAGE.replace(b"\r\n", b"\n")
        check(all(message.endswith(wanted) and message.count(b"Subject") == 1 for message in messages),
              f"{what}: not what was sent: {messages!r}")
        check(b"\r\n250 2.0.0 ok" in self.resume() and len(self.messages()) == len(messages), f"{what}: taken again")


def points(server, log):
    """(call, number) of every change that the two sessions make."""
    server.reset()
    server.begin(recorder(log + ".1"))
    server.resume(recorder(log + ".2"))
    recorded = {}
    for name in (log + ".1", log + ".2"):
        counts = {}
        for call in calls(name):
            counts[call.name] = counts.get(call.name, 0) + 1
        for key, count in counts.items():
            recorded[key] = max(count, recorded.get(key, 0))
    return [(name, number) for name in CHANGES for number in range(1, recorded.get(name, 0) + 1)]


def killed(folder):
    """a kill at any change of a partial message: 355 names what is there, nothing is lost, and nothing altered"""
    need_strace()
    server, log = Server(folder), os.path.join(folder, "strace")
    hit = 0
    for name, number in points(server, log):
        server.reset()
        server.first(killer(log, name, number))
        hit += was_reached(log)
        # One that dies between the queue's word and its own record of it has the message queued again.
        server.check_after(f"killed at {name} {number}", 1 + len(server.messages()))
    check(hit >= 10, f"only {hit} points were reached")
    print(f"{hit} points")


def failed(folder):
    """a full disk at any change of a partial message gets one temporary reply and loses no state"""
    need_strace()
    server, log = Server(folder), os.path.join(folder, "strace")
    hit = 0
    for name, number in points(server, log):
        if name == "write":
            continue  # its replies: the connection
        server.reset()
        said = server.first(faulter(log, name, number, "ENOSPC"))
        # Opening what has nothing to do with partial messages: libraries, configuration, their folder.
        is_other = name in OPENING and (b"CHECKPOINT" not in said.rpartition(b"220 ")[2] or b"421 4.3.5" in said)
        if is_other or not was_reached(log):
            continue
        hit += 1
        replies = [line for line in said.split(b"\r\n") if line.startswith((b"4", b"5")) and line[:3] not in (b"502", b"503")]
        check(len(replies) <= 1 and all(line.startswith(b"45") for line in replies), f"{name} {number}: {said!r}")
        check(server.partial.encode() not in said, f"{name} {number}: a path of ours is told: {said!r}")
        server.check_after(f"no room at {name} {number}", 1 + len(server.messages()))
    check(hit >= 8, f"only {hit} points were reached")
    print(f"{hit} points")


if __name__ == "__main__":
    main(killed, failed)
