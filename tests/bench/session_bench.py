#!/usr/bin/env python3
"""What pppctl adds to a call's time, against a modem and a server that answer at once.

usage: tests/bench/session_bench.py [--runs N] [--ours]      after a build; programs from build/bin or $OFFHOOK_BIN

Three waits, each beside its goal: from the start of `pppctl session` to the first octet on the modem, from the word of the pppd that
stands in (tests/pppctl/standin_pppd.py) that the interface is up to MAIL at the server, and from the server's last reply to DTR low.
Beside them other people's programs where there are any that run without PPP in the kernel: chat(8) of ppp, and `sendmail -q` of
Postfix, as an ip-up script runs it, in namespaces of its own.
"""
import argparse
import os
import pty
import select
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty

from line_kit import inside  # sets the path to the tests' kit too
from flush_peers import deferred_in_postfix, postfix_accounts
from kit import Skipped, ScriptedServer, check, free_port, letter, office, peer, spool_file, stop, wait_until
from phone_line import QUICK_LINK, QUICK_MODEM, link_profile, modem_profile
from ppp_office import write_standin

GOAL = 0.1
LINK, NUMBER, SPOOL = "provider", "0555100", "provider"
B0_LOOK = 0.0005  # seconds between two looks at the speed that says DTR low


class Times(dict):
    """When something was seen, by its name; of what is seen often the last time, or the first."""

    def last(self, name):
        self[name] = time.monotonic()

    def first(self, name):
        self.setdefault(name, time.monotonic())


class Server(ScriptedServer):
    """It notes the first MAIL and its last reply to a mail transaction."""

    def __init__(self, times, port=0):
        def said(note, name, reply):
            return lambda: note(name) or reply
        noted = {"MAIL": said(times.first, "mail", "250 2.1.0 ok"), "end": said(times.last, "accepted", "250 2.0.0 taken"),
                 "BDAT": said(times.last, "accepted", "250 2.0.0 taken"), "QUIT": said(times.last, "goodbye", "221 bye")}
        super().__init__(noted, port)


class Modem(threading.Thread):
    """It answers every command at once; a call reaches the server. Notes its first octet and when DTR goes low."""

    def __init__(self, times, server=None):
        super().__init__(daemon=True)
        self._times, self._server = times, server
        self.master, self._slave = pty.openpty()
        tty.setraw(self._slave)
        self.port = os.ttyname(self._slave)
        self._call = None
        self._typed = b""
        self._ends = False
        self.start()

    def run(self):
        while not self._ends:
            sources = [self.master] + ([self._call] if self._call else [])
            for source in select.select(sources, [], [], B0_LOOK)[0]:
                if source is self._call:
                    self._from_call()
                elif not self._from_port():
                    return
            if "first" in self._times and termios.tcgetattr(self.master)[5] == termios.B0:
                self._times.first("dtr_low")
                self._call = None

    def _from_call(self):
        data = self._call.recv(65536)
        if data:
            os.write(self.master, data)
        else:
            self._call = None

    def _from_port(self):
        try:
            data = os.read(self.master, 65536)
        except OSError:  # nobody has the port open any more, and DTR is low
            self._times.first("dtr_low")
            return False
        self._times.first("first")
        if self._slave is not None:
            os.close(self._slave)
            self._slave = None
        if self._call:
            self._call.sendall(data)
            return True
        *commands, self._typed = (self._typed + data).split(b"\r")
        for command in commands:
            self._obey(command)
        return True

    def _obey(self, command):
        if command.startswith(b"ATD"):
            os.write(self.master, b"\r\nCONNECT 33600/ARQ/V34/LAPM/V42BIS\r\n")
            if self._server:
                self._call = socket.create_connection(("127.0.0.1", self._server.port))
        elif command.startswith(b"AT"):
            os.write(self.master, b"\r\nOK\r\n")

    def end(self):
        self._ends = True
        self.join()
        for descriptor in (self.master, self._slave):
            if descriptor is not None:
                os.close(descriptor)


class Office:
    """A host with one link of a kind; each call goes by a new modem."""

    def __init__(self, folder, kind):
        self._folder, self._kind = folder, kind
        self._standin = os.path.join(folder, "standin")
        os.makedirs(self._standin)
        self.host = office(folder)
        self.pppd = write_standin(self._standin)
        with open(os.path.join(self._standin, "scenario"), "w", encoding="ascii") as file:
            file.write("note up-at\nup\nhold\n")

    def call(self):
        """When everything was, of one call that sends two messages."""
        times = Times()
        server = Server(times)
        modem = Modem(times, server if self._kind == "line" else None)
        try:
            modem_profile(self.host, "line", modem.port, os.path.join(self.host.folder, "lock"), **QUICK_MODEM)
            self.host.routes(f"* {SPOOL} alias-ppp- 127.0.0.1:{server.port}")
            link_profile(self.host, LINK, **{**QUICK_LINK, "kind": self._kind, "modem": "line", "phone": NUMBER, "routes": [SPOOL],
                                             "jobs": ["flush"]}, **({"ppp": {"pppd": self.pppd}} if self._kind == "ppp" else {}))
            for number in range(2):
                spool_file(self.host, number, letter(number))
            times.last("start")
            done = self.host.run("pppctl", "session", LINK)
            check(done.returncode == 0, f"pppctl session ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
        finally:
            modem.end()
            server.stop()
        if self._kind == "ppp":
            with open(os.path.join(self._standin, "up-at"), encoding="ascii") as file:
                times["up"] = float(file.read())
        return times


def show(what, seconds, goal=None):
    median = statistics.median(seconds)
    verdict = "" if goal is None else f"goal {goal * 1000:.0f} ms {'met' if median <= goal else 'MISSED'}"
    print(f"  {what:58} {median * 1000:7.1f} ms median {max(seconds) * 1000:7.1f} worst  {verdict}", flush=True)


def chat_peer(runs):
    """chat(8) of ppp, from its start to its first octet."""
    program = peer("usr/sbin/chat")

    def one():
        times = Times()
        modem = Modem(times)
        port = os.open(modem.port, os.O_RDWR | os.O_NOCTTY)
        times.last("start")
        process = subprocess.Popen([program, "", "AT", "OK", "\\c"], stdin=port, stdout=port, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: "first" in times, "chat writes")
        finally:
            stop(process)
            os.close(port)
            modem.end()
        return times["first"] - times["start"]
    show("chat(8) of ppp", [one() for _ in range(runs)])


def postfix_peer(folder, runs):
    """Postfix whose queue waits for a line: from `sendmail -q` to MAIL."""
    def one(number):
        port, times = free_port(), Times()
        with deferred_in_postfix(os.path.join(folder, str(number)), port) as sendmail_q:
            server = Server(times, port)
            times.last("start")
            sendmail_q()
            wait_until(lambda: "mail" in times, "Postfix sends")
            server.stop()
        return times["mail"] - times["start"]
    show("sendmail -q of Postfix, as from ip-up", [one(number) for number in range(runs)])


def peer_of(what, measure):
    try:
        measure()
    except Skipped as reason:
        print(f"  {what:58} not run: {reason.reason}", flush=True)


def bench(top, options):
    calls = {}
    for kind in ("line", "ppp"):
        host = Office(os.path.join(top, kind), kind)
        calls[kind] = [host.call() for _ in range(options.runs)]
    print(f"{options.runs} calls of each kind; the load of this machine is {os.getloadavg()[0]:.1f}, and it should be 0")
    for kind in calls:
        show(f"{kind}: start to the first octet on the modem", [call["first"] - call["start"] for call in calls[kind]], GOAL)
    if not options.ours:
        peer_of("chat(8) of ppp", lambda: chat_peer(options.runs))
    show("ppp: interface up to MAIL", [call["mail"] - call["up"] for call in calls["ppp"]], GOAL)
    if not options.ours:
        peer_of("sendmail -q of Postfix", lambda: postfix_peer(os.path.join(top, "postfix"), min(options.runs, 5)))
    for kind in calls:
        show(f"{kind}: last mail accepted to DTR low", [call["dtr_low"] - call["accepted"] for call in calls[kind]], GOAL)
        show(f"{kind}: last reply (to QUIT) to DTR low", [call["dtr_low"] - call["goodbye"] for call in calls[kind]], GOAL)
    print("  no peer: what hangs up when a queue is empty needs PPP in the kernel (pppd's idle waits for seconds at least)")


def main():
    parser = argparse.ArgumentParser(description="What pppctl adds to a call's time.")
    parser.add_argument("--runs", type=int, default=20)
    parser.add_argument("--ours", action="store_true", help="no other people's programs")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        return inside(__file__, sys.argv[1:])
    top = tempfile.mkdtemp(prefix="offhook-bench-")
    os.chmod(top, 0o755)  # Postfix goes in as another user
    try:
        if not options.ours:
            postfix_accounts(top)
        bench(top, options)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
