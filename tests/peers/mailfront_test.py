#!/usr/bin/env python3
"""maildirqmtp into mailfront's QMTP server under tcpserver, and serialqmtp under tcpclient: other people's at both ends."""
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "serialmail"))
from kit import (BIN, PEERS, Process, accepts, check, copies, faketime, find_tcpserver, free_port, letter, main, peer, peer_env,
                 read, sanitized, skip, wait_until)
from mail_server import RECIPIENT, SENDER, hard_letters
from spool import PREFIX, Spool, expect

# What mailfront hands its messages to: it keeps each with its envelope. A recipient named after an exit status gets that.
KEEP = """
import os, sys
message, envelope = sys.stdin.buffer.read(), os.fdopen(1, "rb").read()
for status in (31, 53):
    if b"T%d@" % status in envelope:
        sys.exit(status)
name = os.path.join({0!r}, str(os.getpid()))
open(name + ".part", "wb").write(message)
open(name + ".to", "wb").write(envelope)
os.rename(name + ".part", name)
"""


class Mailfront:
    """It takes mail for anybody, gives its queue program one message a package, and answers each recipient."""

    def __init__(self, folder, **limits):
        program, listener = peer("usr/sbin/mailfront"), find_tcpserver(PEERS)
        if not listener:
            skip("tcpserver is not here: neither on PATH nor below build/peers")
        self._taken, self.port = os.path.join(folder, "taken"), free_port()
        os.makedirs(self._taken)
        queue = os.path.join(folder, "keep-message")
        with open(queue, "w", encoding="ascii") as file:
            file.write(f"#!{sys.executable}\n{KEEP.format(self._taken)}")
        os.chmod(queue, 0o755)
        env = {**peer_env(), "MODULE_PATH": os.path.join(os.path.dirname(os.path.dirname(program)), "lib", "mailfront"),
               "QMAILHOME": folder, "QMAILQUEUE": queue, **{name: str(value) for name, value in limits.items()}}
        process = Process([listener, "-RHl0", "127.0.0.1", str(self.port), program, "qmtp", "qmail", "accept", "counters",
                           "add-received"], os.path.join(folder, "mailfront.log"), env=env)
        wait_until(lambda: accepts(self.port) or process.popen.poll() is not None, "tcpserver listens")
        check(process.popen.poll() is None, f"tcpserver ended with {process.popen.returncode}")

    def messages(self):
        return [read(os.path.join(self._taken, name)) for name in os.listdir(self._taken) if name.isdigit()]


def send(spool, server, **more):
    return spool.run("maildirqmtp", "--port", server.port, spool.path, PREFIX, "127.0.0.1", **more)


def filled(folder, contents, recipients=(RECIPIENT,)):
    spool = Spool(os.path.join(folder, "office"))
    for number, content in enumerate(contents):
        spool.put(f"{number:03}.x", content, sender=SENDER, recipient=recipients[number % len(recipients)], age=500 - number)
    return spool


def octets(folder):
    """hard letters arrive by QMTP in mailfront once, octet for octet"""
    server = Mailfront(folder)
    pairs = hard_letters()
    spool = filled(folder, [stored for stored, _ in pairs])
    expect(send(spool, server), 0)
    wanted = [arriving for _, arriving in pairs]
    check(not spool.files() and not spool.bounces(), f"left: {spool.files()}")
    check(copies(wanted, server.messages()) == [1] * len(wanted), f"copies: {copies(wanted, server.messages())}")
    check(len(server.messages()) == len(wanted), f"{len(server.messages())} messages arrived")


def answered_once(folder):
    """mailfront answers a package once: the doubt is told and noted, and from then on each recipient has his own package"""
    if sanitized():
        skip("the address sanitizer does not bear libfaketime")
    server = Mailfront(folder)
    others = [letter(number) for number in range(2, 5)]
    spool = filled(folder, [letter(1)] * 5 + others, [f"r{number}@provider.example" for number in range(8)])
    hurried = {"LD_PRELOAD": faketime(), "FAKETIME": "+0 x60", "FAKETIME_DONT_FAKE_MONOTONIC": "0"}
    later = {**hurried, "FAKETIME": "+1h"}
    said = expect(send(spool, server, env=hurried), 111, "remote protocol violation: 1 responses for 5 recipients")
    check(said.count("unknown outcome") == 4 and len(spool.files()) == 4, said)
    said = expect(send(spool, server, env=later), 0)
    check(not spool.files() and said.count(" succeeded: ") == 4, said)
    check(copies(others, server.messages()) == [1, 1, 1], f"{copies(others, server.messages())}")
    check(copies([letter(1)], server.messages()) == [5], f"{copies([letter(1)], server.messages())} packages")
    for number in range(5):
        spool.put(f"9{number}.x", letter(9), sender=SENDER, recipient=f"r{number}@provider.example")
    expect(send(spool, server, env=later), 0)
    check(copies([letter(9)], server.messages()) == [5], "a package for several again")


def refusals(folder):
    """what mailfront's queue program refuses for good bounces, for now stays, and the mail around it goes"""
    server = Mailfront(folder)
    letters = [letter(number) for number in range(5)]
    spool = filled(folder, letters, [RECIPIENT, "31@provider.example", RECIPIENT, "53@provider.example", RECIPIENT])
    expect(send(spool, server), 111, "new/001.x bounced: ", "new/003.x failed temporarily: ", "new/000.x succeeded",
           "new/002.x succeeded", "new/004.x succeeded")
    check(spool.files() == ["new/003.x"] and len(spool.bounces()) == 1, f"{spool.files()}")
    check(copies(letters, server.messages()) == [1, 0, 1, 0, 1], f"{copies(letters, server.messages())}")


def size(folder):
    """a message beyond mailfront's DATABYTES bounces, those around it go"""
    server = Mailfront(folder, DATABYTES=50000)
    letters = [letter(0), letter(1, b"line\n" * 20000), letter(2)]
    spool = filled(folder, letters)
    expect(send(spool, server), 0, "new/001.x bounced: ", "new/000.x succeeded", "new/002.x succeeded")
    check(copies(letters, server.messages()) == [1, 0, 1], f"{copies(letters, server.messages())}")


def under_tcpclient(folder):
    """maildirserial with tcpclient and serialqmtp in serialmail's own order of arguments empties the spool into mailfront"""
    tcpclient = peer("usr/bin/tcpclient")
    server = Mailfront(folder)
    pairs = hard_letters()
    spool = filled(folder, [stored for stored, _ in pairs])
    command = [os.path.join(BIN, "maildirserial"), "-b", "-t", "1209600", "--", spool.path, PREFIX, tcpclient, "-RHl0", "--",
               "127.0.0.1", str(server.port), os.path.join(BIN, "serialqmtp"), PREFIX]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env={**spool.env, **peer_env()},
                          check=False)
    expect(done, 0, "new/000.x succeeded: 127.0.0.1 said: ")
    wanted = [arriving for _, arriving in pairs]
    check(not spool.files(), f"left: {spool.files()}")
    check(copies(wanted, server.messages()) == [1] * len(wanted), f"copies: {copies(wanted, server.messages())}")


if __name__ == "__main__":
    main(octets, answered_once, refusals, size, under_tcpclient)
