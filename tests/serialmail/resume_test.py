#!/usr/bin/env python3
"""maildirsmtp into mta-smtpd over a line that is cut: what a server has is not sent again, and nothing comes twice."""
import os
import random
import shutil
import socket

from spool import (FULL, PREFIX, CuttingProxy, Listener, ScriptedServer, Spool, check, keep, main, provider, read,
                   wait_until)
from kit import after

LARGE = 1_000_000
CALL = 60_000  # octets, both ways
CUTS = 300 if FULL else 20


def text(octets, seed):
    """Lines of many lengths, some with dots, of so many octets on the line."""
    numbers = random.Random(seed)
    out, size = [f"Subject: {seed}", ""], len(f"Subject: {seed}") + 4
    while size < octets:
        line = numbers.choice(("", ".", "..", ". ")) + "x" * numbers.randrange(min(200, octets - size))
        out.append(line)
        size += len(line) + 2
    return "\n".join(out).encode() + b"\n"


class Provider:
    """mta-smtpd with a queue program that keeps every message in a file of its own."""

    def __init__(self, folder):
        self.host = provider(folder)
        self.taken = os.path.join(folder, "taken")
        os.makedirs(self.taken)
        queue = os.path.join(folder, "keep-message")
        with open(queue, "w", encoding="ascii") as file:
            file.write(f"#!/bin/sh\nexec 3<&1\ncat >'{self.taken}'/$$.part\ncat <&3 >'{self.taken}'/$$.to\n"
                       f"[ -s '{self.taken}'/$$.to ] || exit 54\nmv '{self.taken}'/$$.part '{self.taken}'/$$\n")
        os.chmod(queue, 0o700)
        self.server = keep(Listener(self.host, os.path.join(folder, "smtpd.log"),
                                    env={"QMAILQUEUE": queue, "CUSTOMER": "office"}))
        self.partial = os.path.join(self.host.state, "partial")

    def messages(self):
        """What was taken, without our trace line."""
        return [read(os.path.join(self.taken, name)).split(b"\n", 2)[2] for name in os.listdir(self.taken)
                if name.isdigit()]

    def recipients(self):
        return [line.decode() for name in os.listdir(self.taken) if name.endswith(".to")
                for line in read(os.path.join(self.taken, name)).split(b"\0")[1:]]

    def idle(self):
        wait_until(self.server.idle, "mta-smtpd has seen the end of its session")


def call(spool, isp, limit, direction="both", **options):
    """One flush over a line that is cut after so many octets; the line."""
    proxy = CuttingProxy(isp.server.port, limit, direction)
    spool.flush(proxy, **options)
    isp.idle()
    proxy.stop()
    return proxy


def large(folder):
    """a message of 1 MB over a line that is cut every 60 KB arrives unchanged for 1.05 times its size"""
    spool, isp = Spool(folder), Provider(folder)
    content = text(LARGE, 1)
    spool.put("1.x", content)
    octets = calls = 0
    while spool.files():
        octets += call(spool, isp, CALL).passed
        calls += 1
        check(calls <= 2 * LARGE // CALL, f"not through after {calls} calls, {octets} octets")
    check(isp.messages() == [content], f"{len(isp.messages())} messages arrived, or not what was sent")
    size = len(content) + content.count(b"\n")
    print(f"{calls} calls, {octets} octets for {size}: {octets / size:.4f}")
    check(octets <= 1.05 * size, f"{octets} octets for {size}")
    check(not os.listdir(os.path.join(spool.path, "new")), "it stays in the spool")


def cut_once(folder, contents, limit, direction, by_bdat=False):
    os.makedirs(folder)
    spool, isp = Spool(folder), Provider(folder)
    for number, content in enumerate(contents):
        spool.put(f"{number}.x", content, age=100 - number)
    small = []  # one that is the first of each call makes the others go by BDAT; it may come twice

    def one_call(limit):
        if by_bdat:
            small.append(text(200, 100 + len(small)))
            spool.put(f"small{len(small)}.x", small[-1], age=200)
        return call(spool, isp, limit, direction)

    proxy = one_call(limit)
    for _ in range(3):
        if spool.files():
            one_call(None)
    check(not spool.files(), f"cut after {limit} octets {direction}: {spool.files()} stay")
    check(all(content in isp.messages() for content in small), f"cut after {limit} octets {direction}: a small one is lost")
    arrived = [content for content in isp.messages() if content not in small]
    for content in contents:
        check(arrived.count(content) == 1, f"cut after {limit} octets {direction}: {arrived.count(content)} copies")
    check(len(arrived) == len(contents), f"cut after {limit} octets {direction}: {len(arrived)} messages")
    shutil.rmtree(folder)
    return proxy.passed


def cuts(folder):
    """a line cut anywhere, in either direction, doubles no message that was sent with a TRANSID, and loses none"""
    spread(folder, by_bdat=False)


def cuts_of_chunks(folder):
    """the same where messages with a TRANSID go by BDAT, because the server has taken one so"""
    spread(folder, by_bdat=True)


def spread(folder, by_bdat):
    contents = [text(33_000 + number, number) for number in range(2)]
    tried = 0
    for direction, share in (("up", CUTS // 2), ("down", CUTS - CUTS // 2)):
        whole = cut_once(os.path.join(folder, direction), contents, None, direction, by_bdat)
        for index in range(share):
            # Replies are few: where one is lost, its command was obeyed.
            limit = 1 + index * (whole - 1) // share
            cut_once(os.path.join(folder, f"{direction}{index}"), contents, limit, direction, by_bdat)
            tried += 1
    print(f"{tried} cuts: none lost, none doubled")


def chunked(folder):
    """a message with a TRANSID goes by BDAT to a server that took one so before it, and by DATA to another one"""
    for name, keyword, verb in (("bdat", "CHUNKING", "BDAT"), ("data", "XXXXXXXX", "DATA")):
        spool, content = Spool(os.path.join(folder, name)), text(50_000, 8)
        spool.put("1.x", text(200, 9), age=100)
        spool.put("2.x", content, age=90)
        server = ScriptedServer({"EHLO": f"250-scripted\r\n250-PIPELINING\r\n250-{keyword}\r\n250 CHECKPOINT"})
        check(spool.flush(server).returncode == 0, name)
        used = [line.split()[0] for line in server.commands]
        check(used.count(verb) == 2 and any("TRANSID=" in line for line in server.commands), f"{name}: {used}")
        check(server.transactions[1][2] == content.replace(b"\n", b"\r\n"), f"{name}: not what was sent")


def doubts(folder):
    """the answer to a message is lost: the next flush asks, and the message does not cross the line again"""
    spool, isp = Spool(folder), Provider(folder)
    content = text(50_000, 3)
    spool.put("1.x", content)
    before = 0  # octets of the replies up to 354
    with socket.create_connection(("127.0.0.1", isp.server.port), timeout=30) as line, line.makefile("rb") as replies:
        for command in ("", "EHLO office.example", "MAIL FROM:<>", "RCPT TO:<bert@provider.example>", "DATA"):
            line.sendall(f"{command}\r\n".encode() if command else b"")
            reply = b"250-"
            while reply[3:4] == b"-":
                reply = replies.readline()
                before += len(reply)
    isp.idle()
    call(spool, isp, before + 3, "down")
    check(spool.files() == ["new/1.x"] and len(isp.messages()) == 1, f"{spool.files()}, {len(isp.messages())} taken")
    asked = call(spool, isp, None, "up")
    check(not spool.files() and isp.messages() == [content], f"{spool.files()}, {len(isp.messages())} taken")
    check(asked.passed < 500, f"{asked.passed} octets to ask")


def broken(folder, name, change):
    """A message of which the half is there, then something that forbids to go on with it."""
    part = os.path.join(folder, name)
    os.makedirs(part)
    spool, isp = Spool(part), Provider(part)
    spool.put("1.x", text(50_000, 4))
    call(spool, isp, 30_000)
    check(len(os.listdir(isp.partial)) == 1, f"{name}: nothing is kept")
    wanted = change(spool, isp)
    check(not spool.files(), f"{name}: {spool.files()} stay")
    check(isp.messages() == [wanted], f"{name}: {len(isp.messages())} messages, or not what the spool had")


def changes(folder):
    """another HELO name, a changed file, a server that forgot or knows no CHECKPOINT: everything is sent, nothing is mixed"""
    def other_name(spool, isp):
        spool.run("maildirsmtp", "--port", isp.server.port, spool.path, PREFIX, "127.0.0.1", "laptop.example")
        return text(50_000, 4)

    def other_file(spool, isp):
        spool.put("1.x", text(50_010, 5))
        spool.flush(isp.server)
        return text(50_010, 5)

    def forgotten(spool, isp):
        shutil.rmtree(isp.partial)
        spool.flush(isp.server)
        return text(50_000, 4)

    def no_journal(spool, isp):
        os.unlink(os.path.join(spool.path, ".offhook", "journal"))
        spool.flush(isp.server)
        return text(50_000, 4)

    def not_offered(spool, isp):
        isp.host.control("checkpointbytes", "0")
        spool.flush(isp.server)
        return text(50_000, 4)

    def no_room(spool, isp):
        isp.host.control("checkpointbytes", "1000")
        spool.flush(isp.server)
        if spool.files():  # the rest found no room; nothing is lost by that
            isp.host.control("checkpointbytes", "1000000")
            spool.flush(isp.server)
        return text(50_000, 4)

    for change in (other_name, other_file, forgotten, no_journal, not_offered, no_room):
        broken(folder, change.__name__, change)


def groups(folder):
    """copies of a message are resumed as the group that the server has: one that comes later, or left, is not mixed with it"""
    content = text(50_000, 7)
    for name, change, wanted in (("same", None, 2), ("later", "put", 3), ("gone", "remove", 1)):
        part = os.path.join(folder, name)
        os.makedirs(part)
        spool, isp = Spool(part), Provider(part)
        for number in range(2):
            spool.put(f"{number}.x", content, recipient=f"bert{number}@provider.example", age=100)
        first = call(spool, isp, 40_000)
        check(first.passed == 40_000 and len(os.listdir(isp.partial)) == 1, f"{name}: {first.passed} octets")
        if change == "put":
            spool.put("2.x", content, recipient="bert2@provider.example", age=90)
        elif change == "remove":
            os.unlink(os.path.join(spool.path, "new", "1.x"))
        octets = call(spool, isp, None, "up").passed
        check(not spool.files(), f"{name}: {spool.files()} stay")
        to = sorted(line for line in isp.recipients() if line)
        check(to == [f"Tbert{number}@provider.example" for number in range(wanted)], f"{name}: {to}")
        check(all(message == content for message in isp.messages()), f"{name}: not what was sent")
        check(change is not None or octets < 20_000, f"{name}: {octets} octets for the rest")


class Liar(ScriptedServer):
    """Knows CHECKPOINT, and in its first session claims to have some octets of whatever it is asked for."""

    def __init__(self, offset):
        self.offset = offset
        super().__init__({"EHLO": "250-scripted\r\n250-PIPELINING\r\n250 CHECKPOINT"})

    def _dialogue(self, connection, lines):
        if self.sessions > 1:
            super()._dialogue(connection, lines)
            return
        for line in lines:
            if line.startswith(b"RSET"):
                connection.sendall(b"250 ok\r\n")
                super()._dialogue(connection, lines)
                return
            reply = {b"EHLO": self.replies["EHLO"], b"MAIL": f"355 {self.offset} octets", b"DATA": "354 go on"}.get(line[:4])
            if reply:
                connection.sendall(reply.encode() + b"\r\n")


def slow(folder):
    """on a line that takes long for a message a shorter one gets a TRANSID, too"""
    for name, end, wanted in (("quick", "250 taken", False), ("slow", after(0.5, "250 taken"), True)):
        spool = Spool(os.path.join(folder, name))
        spool.put("1.x", text(200, 9), age=100)
        spool.put("2.x", text(200, 10), age=90)  # given to the session before the first one is answered
        spool.put("3.x", text(8000, 11), age=80)
        server = ScriptedServer({"EHLO": "250-scripted\r\n250-PIPELINING\r\n250 CHECKPOINT", "end": end})
        check(spool.flush(server).returncode == 0 and len(server.transactions) == 3, name)
        check(any("TRANSID=" in line for line in server.commands) == wanted, f"{name}: {server.commands}")


def foreign(folder):
    """a server that gives an offset inside a line, or beyond the message, is not believed: the message goes as a new one"""
    for offset in (20, 99_999_999):
        part = os.path.join(folder, str(offset))
        os.makedirs(part)
        spool = Spool(part)
        content = b"Subject: hello\n\n" + b"y" * 70 + b"\n" + text(40_000, 6)
        spool.put("1.x", content)
        spool.flush(ScriptedServer({"EHLO": "250-scripted\r\n250-PIPELINING\r\n250 CHECKPOINT", "end": None}))
        check(spool.files() == ["new/1.x"], "it is not in doubt")
        liar = Liar(offset)
        for _ in range(2):
            if spool.files():
                spool.flush(liar)
        check(not spool.files() and not spool.bounces(), f"{offset}: {spool.files()} stay")
        check([data for _, _, data in liar.transactions] == [content.replace(b"\n", b"\r\n")],
              f"{offset}: {len(liar.transactions)} messages")


if __name__ == "__main__":
    main(large, cuts, cuts_of_chunks, chunked, doubts, changes, groups, slow, foreign)
