#!/usr/bin/env python3
"""What pppctl daemon takes of a machine: memory and wake-ups while nothing happens, and what grows over many sessions.

usage: tests/bench/daemon_bench.py [--quiet SECONDS] [--sessions N]      after a build; programs from build/bin or $OFFHOOK_BIN

The sessions are of the cheapest kind, a link that is always up and an empty spool, one after the other by `pppctl up`. Only the
ledger may grow, and only by its rows.
"""
import argparse
import os
import re
import select
import shutil
import socket
import statistics
import sys
import tempfile
import time

import line_kit  # noqa: F401  sets the path to the tests' kit
from kit import Process, office, read
from phone_line import link_profile, modem_profile

WAITING = b"STATUS=waiting for mail and time"
LOOKS_AN_HOUR = 4  # the daemon's longest rest is 15 minutes
SETTLE = 0.5  # seconds, for what it does after its word
MARKS = (100, 1_000, 10_000)
ALWAYS = "lan"


class Daemon:
    """An office with links of all kinds; of each session's end the daemon tells the service manager, which is us."""

    def __init__(self, folder):
        self.host = host = office(folder)
        modem_profile(host, "line", os.path.join(folder, "no-port"), os.path.join(folder, "lock"))
        for name in ("provider", "second"):
            link_profile(host, name, modem="line", phone="0555100", routes=["provider"], jobs=["flush"])
        link_profile(host, "network", kind="ppp", modem="line", phone="0555200", routes=["provider"], jobs=["flush"])
        link_profile(host, "cellular", kind="command", routes=["provider"], jobs=["flush"],
                     command={"up": ["/bin/true"], "down": ["/bin/true"]})
        link_profile(host, ALWAYS, kind="always", routes=["provider"], jobs=["flush"])
        self.links = 5
        for part in ("new", "tmp", "cur"):
            os.makedirs(os.path.join(host.spool("provider"), part))
        host.routes("* provider alias-ppp- 127.0.0.1:1")
        path = os.path.join(folder, "notify")
        self._told = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._told.bind(path)
        self._told.settimeout(60)
        self._log = os.path.join(folder, "daemon.log")
        self._process = Process([host.program("pppctl"), "daemon"], self._log, env={**host.env, "NOTIFY_SOCKET": path})
        self.pid = self._process.popen.pid
        self.looked()

    def hear(self, *wanted):
        while True:
            try:
                said = self._told.recv(4096)
            except TimeoutError:
                raise RuntimeError(f"the daemon says nothing: {read(self._log).decode(errors='replace')}") from None
            if said in wanted:
                return said

    def rests(self, seconds):
        """It has nothing to say for so long."""
        if select.select([self._told], [], [], seconds)[0]:
            raise RuntimeError(f"it was not at rest: {self._told.recv(4096)!r}")

    def looked(self):
        """Its first look, or its next one, is over."""
        self.hear(b"STATUS=looking at all links")
        self.hear(WAITING)

    def look(self):
        """One of its looks at all links, from its beginning to its end."""
        self.ask("reload")
        self.looked()

    def ask(self, request):
        with socket.socket(socket.AF_UNIX) as control:
            control.connect(os.path.join(self.host.run_folder, "pppctl.sock"))
            control.sendall(request.encode() + b"\n")
            control.shutdown(socket.SHUT_WR)
            return control.makefile("rb").read()

    def session(self):
        """One, to its end, in seconds."""
        began = time.monotonic()
        said = self.ask(f"up {ALWAYS}")
        if b"called" not in said:
            raise RuntimeError(f"{said!r}: {read(self._log)!r}")
        self.hear(f"STATUS={ALWAYS}".encode(), f"STATUS=looking at all links, {ALWAYS}".encode())
        self.hear(WAITING, b"STATUS=looking at all links")
        return time.monotonic() - began

    def switches(self):
        return self._number("status", "voluntary_ctxt_switches")

    def _number(self, file, name):
        return int(re.search(rf"^{name}:\s*(\d+)", read(f"/proc/{self.pid}/{file}").decode(), re.M)[1])

    def memory(self):
        """Resident and proportional, in kB."""
        return self._number("smaps_rollup", "Rss"), self._number("smaps_rollup", "Pss")

    def holds(self):
        """Descriptors, threads and children."""
        children = read(f"/proc/{self.pid}/task/{self.pid}/children").split()
        return len(os.listdir(f"/proc/{self.pid}/fd")), len(os.listdir(f"/proc/{self.pid}/task")), len(children)

    def ledger(self):
        return sum(os.path.getsize(os.path.join(self.host.state, name)) for name in os.listdir(self.host.state)
                   if name.startswith("ledger"))

    def log_size(self):
        return os.path.getsize(self._log)

    def stop(self):
        self._process.stop()
        self._told.close()


def quiet(daemon, seconds):
    rss, pss = daemon.memory()
    print(f"At rest, {daemon.links} links: {rss:,} kB resident, {pss:,} kB of its own share", flush=True)
    before = daemon.switches()
    daemon.look()
    daemon.rests(SETTLE)
    look = daemon.switches() - before
    before = daemon.switches()
    daemon.rests(seconds)
    woken = daemon.switches() - before
    print(f"  woken {woken} times in {seconds:g} s of quiet, {look} times by a look at all links; that makes "
          f"{woken * 3600 / seconds + LOOKS_AN_HOUR * look:.0f} an hour (extrapolated)", flush=True)


def sessions(daemon, most):
    print("Sessions, one after the other:")
    took, ledger_before = [], daemon.ledger()
    for done in range(1, most + 1):
        took.append(daemon.session())
        if done not in MARKS and done != most:
            continue
        daemon.look()  # nothing of the sessions is left then
        daemon.rests(SETTLE)
        (rss, pss), (descriptors, threads, children) = daemon.memory(), daemon.holds()
        print(f"  {done:6,}: {rss:,} kB resident, {pss:,} kB of its own, {descriptors} descriptors, {threads} thread(s), "
              f"{children} child(ren); ledger {(daemon.ledger() - ledger_before) / done:.0f} octets a call; log {daemon.log_size():,} octets; "
              f"{statistics.median(took[-100:]) * 1000:.1f} ms a session (median of the last 100)", flush=True)


def main():
    parser = argparse.ArgumentParser(description="What pppctl daemon takes of a machine.")
    parser.add_argument("--quiet", type=float, default=60, help="seconds of quiet to be measured")
    parser.add_argument("--sessions", type=int, default=10_000)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="offhook-bench-")
    try:
        daemon = Daemon(folder)
        quiet(daemon, options.quiet)
        sessions(daemon, options.sessions)
        daemon.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
