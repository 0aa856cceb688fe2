#!/usr/bin/env python3
"""One message breaks every session, one is too long for the line: the small ones behind them leave in the first run."""
import os
import sys

from spool import PREFIX, HELO, CuttingProxy, Spool, check, expect, main

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "bench"))
from line_kit import Sink, SlowLine  # noqa: E402

RATE = 200_000  # bits a second
DELAY = 20  # milliseconds
SMALL, SMALL_OCTETS = 20, 2_000
POISON_OCTETS = 60_000  # so long that nothing behind it is on its way when the session breaks
HUGE_OCTETS = 2_000_000  # more than --big's 30 s of the line
CUT = 250_000  # octets: all that is small, and some of the huge one
POISON = b"this breaks the server"


class Breaking(CuttingProxy):
    """A server that breaks the connection when it sees the poison: a proxy before one that does not."""

    def _pass(self, source, target, way):
        seen = b""
        try:
            while octets := source.recv(65536):
                seen = seen[-len(POISON):] + octets
                if way == "up" and POISON in seen:
                    break
                target.sendall(octets)
        except OSError:
            pass  # one of the ends is gone
        self._end(source, target)


def lines(octets, first=b"Subject: x\n\n"):
    return first + (b"x" * 99 + b"\n") * (octets // 100)


def run(folder, program, arguments, offers):
    spool = Spool(folder)
    spool.put("huge", lines(HUGE_OCTETS), age=999)
    spool.put("poison", lines(POISON_OCTETS, b"Subject: " + POISON + b"\n\n"), age=998)
    for number in range(SMALL):
        spool.put(f"small{number}", lines(SMALL_OCTETS), age=900 - number)
    sink = Sink(*offers)
    line = SlowLine(Breaking(sink.port).port, RATE, DELAY, "--cut-octets", CUT, "--cut-way", "up")
    done = spool.run(program, "--port", line.port, "--rate", RATE, spool.path, PREFIX, "127.0.0.1", *arguments)
    said = expect(done, 111)
    carried, taken = line.stop(), sink.stop()
    check(spool.files() == ["new/huge", "new/poison"], f"{offers}: {spool.files()}: {said}")
    check(taken["messages"] == SMALL, f"{offers}: {taken}")
    check(carried["up"]["octets"] >= CUT, f"{offers}: the line was not cut in the huge one: {carried}")


def chunking(folder):
    """by SMTP with CHUNKING the small ones leave in the first run"""
    run(folder, "maildirsmtp", [HELO], ("chunking", "pipelining"))


def pipelining(folder):
    """by SMTP with PIPELINING alone they do"""
    run(folder, "maildirsmtp", [HELO], ("pipelining",))


def lock_step(folder):
    """by SMTP with neither, over several connections, they do"""
    run(folder, "maildirsmtp", [HELO], ())


def qmtp(folder):
    """by QMTP they do"""
    run(folder, "maildirqmtp", [], ("qmtp",))


if __name__ == "__main__":
    main(chunking, pipelining, lock_step, qmtp)
