#!/usr/bin/env python3
"""How long a flush takes over a slow line and on loopback, beside other people's programs and the goals.

usage: tests/bench/line [--cases b,c,d,20,loopback] [--only WORD] [--ours]       after a build; programs from build/bin or $OFFHOOK_BIN

The line is emulated (tests/bench/line_emulator.h): plain TCP, no header costs. A ratio is the seconds by the time that the line
needs for the mail's own octets: header and body with CR LF, 8 bits an octet, nothing else.
"""
import argparse
import concurrent.futures
import os
import select
import shutil
import subprocess
import sys
import tempfile
import time

from line_kit import Sink, SlowLine, inside  # sets the path to the tests' kit too
from flush_peers import HELO, PREFIX, Job, Ours, fetch, msmtp, nullmailer, postfix, postfix_accounts
from kit import BIN, Skipped

PROVIDER = "provider.example"
ALL_OFFERS, PIPELINING, NOTHING, QMTP = ("chunking", "pipelining"), ("pipelining",), (), ("qmtp",)


def letter(number, octets):
    """A message of so many octets with CR LF."""
    head = (f"From: anna@office.example\nTo: bert@{PROVIDER}\nSubject: Message {number}\n"
            f"Date: Mon, 23 Nov 2026 09:00:00 +0100\nMessage-ID: <{number}.bench@office.example>\n\n")
    line = "The quick brown fox jumps over the lazy dog and goes on\n"
    text = head + line * 200
    lengths, kept = 0, []
    for part in text.splitlines():
        if lengths + len(part) + 4 > octets:
            break
        kept.append(part)
        lengths += len(part) + 2
    kept.append("x" * (octets - lengths - 2))
    text = "\n".join(kept) + "\n"
    assert len(text.replace("\n", "\r\n")) == octets
    return text.encode()


def letters(count, octets, recipients=1):
    names = [f"bert{index}" if index else "bert" for index in range(recipients)]
    return [([f"{name}@{PROVIDER}" for name in names], letter(number, octets)) for number in range(count)]


class Case:
    def __init__(self, title, mail, rate, delay, goals):
        self.title, self.mail, self.rate, self.delay, self.goals = title, mail, rate, delay, goals
        self.needs = sum(len(text) + text.count(b"\n") for _, text in mail) * 8 / rate


CASES = {
    "b": Case("b: 50 messages of 2 KB at 33,600 bit/s, 100 ms one way", letters(50, 2200), 33_600, 100,
              {ALL_OFFERS: 1.08, PIPELINING: 1.12, NOTHING: 1.16, QMTP: 1.03}),
    "c": Case("c: 10 messages of 500 B at 2,400 bit/s, 700 ms one way", letters(10, 675), 2_400, 700,
              {ALL_OFFERS: 1.42, PIPELINING: 1.55, NOTHING: 1.70, QMTP: 1.20}),
    "d": Case("d: 50 messages of 2 KB at 128,000 bit/s, 300 ms one way", letters(50, 2200), 128_000, 300, {}),
    "20": Case("20 recipients of one body of 2 KB at 33,600 bit/s, 100 ms one way", letters(1, 2200, 20), 33_600, 100, {}),
}
MAX_OCTETS_UP = 3_600
QUICK = 10_000_000  # bit/s


def programs():
    """(name, what it is run with, what the server offers, whether it is ours)"""
    return [("maildirqmtp", lambda: Ours("maildirqmtp"), QMTP, True),
            ("maildirsmtp, CHUNKING and PIPELINING", lambda: Ours("maildirsmtp"), ALL_OFFERS, True),
            ("maildirsmtp, the same in a later call", lambda: Ours("maildirsmtp", is_later=True), ALL_OFFERS, True),
            ("maildirsmtp, PIPELINING", lambda: Ours("maildirsmtp"), PIPELINING, True),
            ("maildirsmtp, neither", lambda: Ours("maildirsmtp"), NOTHING, True),
            ("Postfix, 20 connections", lambda: postfix(20), ALL_OFFERS, False),
            ("Postfix, one connection", lambda: postfix(1), ALL_OFFERS, False),
            ("nullmailer", lambda: nullmailer, ALL_OFFERS, False),
            ("msmtp, run once a message", lambda: msmtp, ALL_OFFERS, False)]


def used(sink, offers):
    """What the sessions made of the server's offers."""
    if offers == QMTP:
        return f"QMTP, {sink['sessions']} session(s)"
    parts = []
    if sink["bdat"]:
        parts.append(f"BDAT {sink['bdat']}")
    if sink["data"]:
        parts.append(f"DATA {sink['data']}")
    if sink["groups"]:
        parts.append(f"MAIL in a group {sink['groups']}")
    if sink["overlaps"]:
        parts.append(f"next command behind the body {sink['overlaps']}")
    return f"{', '.join(parts)}; {sink['sessions']} session(s), {sink['at_once']} at once"


def learn(folder, sink_port, run):
    """A first call, over a quick line and not measured: what it learns of the server at this port the next one knows."""
    line = SlowLine(sink_port, QUICK, 0)
    try:
        run(Job(os.path.join(os.path.dirname(folder), "before"), line.port, letters(3, 675)))
    finally:
        line.stop()
    return line.port


def measure(folder, case, run, offers):
    sink = Sink(*offers)
    port = learn(folder, sink.port, run) if getattr(run, "is_later", False) else 0
    line = SlowLine(sink.port, case.rate, case.delay, "--listen", port)
    try:
        took = run(Job(folder, line.port, case.mail))
    finally:
        carried, taken = line.stop(), sink.stop()
    wanted = sum(len(recipients) for recipients, _ in case.mail)
    if taken["recipients"] < wanted:
        raise RuntimeError(f"{taken['recipients']} of {wanted} arrived")
    if getattr(run, "usage", None) is None:  # a daemon notices its empty queue late: until the last reply has arrived
        took = taken["last_message"] + case.delay / 1000 - carried["first_connection"]
    return took, carried, taken


def row(name, is_ours, case, offers, measured):
    took, carried, taken = measured
    goal = case.goals.get(offers) if is_ours else None
    ratio = took / case.needs
    verdict = "" if goal is None else f"goal {goal:.2f} {'met' if ratio <= goal + 0.005 else 'MISSED'}"
    return (f"  {name:38} {took:7.1f} s {ratio:6.2f}  {verdict:16} idle {carried['up']['idle_share']:4.0%}, turned "
            f"{carried['turnarounds']:3}, up {carried['up']['octets']:7,}, down {carried['down']['octets']:6,}; {used(taken, offers)}")


def octets_row(name, is_ours, measured):
    took, carried, taken = measured
    up = carried["up"]["octets"]
    verdict = f"goal {MAX_OCTETS_UP:,} {'met' if up <= MAX_OCTETS_UP else 'MISSED'}" if is_ours else ""
    return f"  {name:38} {up:7,} octets up  {verdict:18} {took:6.1f} s; {taken['messages']} bodies for {taken['recipients']} recipients"


def run_case(top, key, options):
    case = CASES[key]
    print(f"\n{case.title}; the line needs {case.needs:.1f} s for the mail alone", flush=True)

    def one(program):
        name, make, offers, is_ours = program
        folder = tempfile.mkdtemp(prefix="run-", dir=top)
        os.chmod(folder, 0o755)  # Postfix goes in as another user
        try:
            measured = measure(os.path.join(folder, "host"), case, make(), offers)
            if key == "20":
                return octets_row(name, is_ours, measured)
            return row(name, is_ours, case, offers, measured)
        except Skipped as reason:
            return f"  {name:38} not run: {reason.reason}"
        except (RuntimeError, OSError, TimeoutError, subprocess.SubprocessError) as failure:
            return f"  {name:38} FAILED: {failure}"
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    chosen = [p for p in programs() if (p[3] or not options.ours) and options.only in p[0]]
    # They wait for their lines nearly all of the time, and each has a line of its own.
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        for text in pool.map(one, chosen):
            print(text, flush=True)


# Loopback


def figure(what, value, unit, goal=None, digits=2):
    verdict = "" if goal is None else f"goal {goal:,.{digits}f} {'met' if value <= goal else 'MISSED'}"
    print(f"  {what:58} {value:9,.{digits}f} {unit:3} {verdict}", flush=True)


class Memory:
    """The most memory that a process or one of its children had while it ran, in MB. What wait4(2) says is never less than what
    this script itself needs."""

    def __init__(self):
        self.most = 0.0

    def __call__(self, process):
        ended = os.pidfd_open(process.pid)
        while not select.select([ended], [], [], 0.02)[0]:
            self.look(process.pid)
        os.close(ended)

    def look(self, pid):
        try:
            with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
                peak = next((line for line in status if line.startswith("VmHWM:")), "VmHWM: 0 kB")
            self.most = max(self.most, int(peak.split()[1]) / 1024)
            with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
                for child in children.read().split():
                    self.look(int(child))
        except OSError:
            pass  # it has just ended


def loopback_run(top, count, octets, offers=ALL_OFFERS, status=0, watched=None):
    """The flush's run and the sink's counts."""
    folder = tempfile.mkdtemp(prefix="run-", dir=top)
    sink = Sink(*offers)
    try:
        mail = [([f"bert@{PROVIDER}"], letter(0, octets))] * count
        spool = Job(os.path.join(folder, "host"), sink.port, mail).spool()
        run = Ours("maildirsmtp")
        command = [os.path.join(BIN, "maildirsmtp"), "--port", str(sink.port), spool.path, PREFIX, "127.0.0.1", HELO]
        os.sync()  # the making of the files is not the flush's to wait for
        took = run.run(command, spool, status, watched)
        return run, took, sink.stop()
    finally:
        sink.stop()
        shutil.rmtree(folder, ignore_errors=True)


def sync_cost(top):
    path = os.path.join(top, "sync")
    with open(path, "wb") as file:
        began = time.monotonic()
        for _ in range(20):
            file.write(b"x" * 100)
            file.flush()
            os.fsync(file.fileno())
    return (time.monotonic() - began) / 20


def loopback(top):
    print(f"\nloopback, spool below {top}: a synced write there takes {sync_cost(top) * 1000:.2f} ms", flush=True)
    run, took, _ = loopback_run(top, 1000, 2200)
    figure("1,000 messages of 2 KB, CPU of the flush and its client", run.usage.ru_utime + run.usage.ru_stime, "s", 0.15)
    figure("  wall", took, "s", 0.30)
    memory = Memory()
    run, took, sink = loopback_run(top, 20_000, 675, watched=memory)
    figure("20,000 files, from the start to the first octet", sink["first_octet"] - run.began, "s", 0.15)
    figure("  to the first message accepted", sink["first_message"] - run.began, "s")
    figure("  all", took, "s", 5)
    figure("  CPU", run.usage.ru_utime + run.usage.ru_stime, "s")
    figure("  the most memory of one process", memory.most, "MB", 8 + 20_000 * 200 / 1024 / 1024)
    costs = {}
    for count in (5_000, 20_000):
        run, took, sink = loopback_run(top, count, 675, (*ALL_OFFERS, "defer"), 111)
        costs[count] = run.usage.ru_utime + run.usage.ru_stime
        figure(f"{count:,} deferred, CPU", costs[count], "s")
        figure("  wall", took, "s")
    figure("  CPU of 20,000 by that of 5,000, a file", costs[20_000] / costs[5_000] / 4, "", 1.5)


def main():
    parser = argparse.ArgumentParser(description="How long a flush takes over a slow line and on loopback.")
    parser.add_argument("--cases", default="b,c,d,20,loopback", help="which tables, of b, c, d, 20 and loopback")
    parser.add_argument("--only", default="", help="only programs whose name holds this")
    parser.add_argument("--ours", action="store_true", help="no other people's programs")
    parser.add_argument("--jobs", type=int, default=4, help="programs at one time, each on a line of its own")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if not options.inside:
        if not options.ours:
            fetch()
        return inside(__file__, sys.argv[1:])
    top = tempfile.mkdtemp(prefix="offhook-bench-")
    os.chmod(top, 0o755)
    try:
        if not options.ours:
            postfix_accounts(top)
        for key in options.cases.split(","):
            if key == "loopback":
                loopback(top)
            else:
                run_case(top, key, options)
    finally:
        shutil.rmtree(top, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
