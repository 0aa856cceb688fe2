#!/usr/bin/env python3
"""The emulated line of the bench has the rate, the delay, the handshake and the cuts that it says."""
import functools
import socket
import threading
import time

from line_kit import Sink, SlowLine
from kit import Listening, check, main, wait_until

RATE = 1_000_000
OCTETS = 62_500  # half a second
PIECE = 0.005  # of the line's time: what is taken at once


class Taker(Listening):
    """Takes what comes, noting the time of each part; greets first if told, and answers when told what to wait for."""

    def __init__(self, greeting=b"", answer_at=None):
        self.taken, self.moments, self.opened, self.broken = 0, [], [], []
        self._greeting, self._answer_at = greeting, answer_at
        super().__init__()

    def accepted(self, connection):
        self.opened.append(time.monotonic())
        threading.Thread(target=self._take, args=(connection,), daemon=True).start()

    def _take(self, connection):
        with connection:
            try:
                connection.sendall(self._greeting)
                while octets := connection.recv(65536):
                    self.taken += len(octets)
                    self.moments.append((time.monotonic(), len(octets)))
                    if self.taken == self._answer_at:
                        connection.sendall(b"taken")
            except ConnectionError as failure:
                self.broken.append(failure)


class Late(AssertionError):
    """Slower than the line that it says it is: by itself, or because this host had no time for it just then."""


def near(measured, expected, what, late=0.10):
    text = f"{what}: {measured:.3f} s instead of {expected:.3f} s"
    check(measured >= expected * 0.97, text)
    if measured > expected * (1 + late) + 0.02:
        raise Late(text)


def in_one_of(tries):
    """A line that is too slow is so each time; a host that is busy is not."""
    def made(part):
        @functools.wraps(part)
        def tried(folder):
            for _ in range(tries - 1):
                try:
                    return part(folder)
                except Late:
                    pass
            return part(folder)
        return tried
    return made


def dial(line):
    connection = socket.create_connection(("127.0.0.1", line.port), timeout=20)
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


@in_one_of(5)
def rate(_):
    """a stream takes the time of the line's rate, and its sender sees that it does"""
    server = Taker(answer_at=OCTETS)
    line = SlowLine(server.port, RATE, 0)
    with dial(line) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        began = time.monotonic()
        connection.sendall(b"x" * OCTETS)
        written = time.monotonic() - began
        check(connection.recv(100) == b"taken", "no answer")
        near(time.monotonic() - began, OCTETS * 8 / RATE, "half a second of octets and the answer")
        check(written > 0.35, f"the sender got rid of all within {written:.3f} s")
    counts = line.stop()
    near(counts["up"]["seconds"], 0.5, "busy", late=0.01)
    check(counts["up"]["octets"] == OCTETS and counts["down"]["octets"] == 5, f"counted: {counts}")


@in_one_of(5)
def delay(_):
    """the handshake takes a round trip, and each octet the delay"""
    server = Taker(greeting=b"hello", answer_at=1)
    line = SlowLine(server.port, RATE, 100)
    began = time.monotonic()
    with dial(line) as connection:
        check(connection.recv(100) == b"hello", "no greeting")
        near(time.monotonic() - began, 0.4, "SYN, SYN-ACK, ACK, greeting")
        asked = time.monotonic()
        connection.sendall(b"?")
        check(connection.recv(100) == b"taken", "no answer")
        near(time.monotonic() - asked, 0.2, "a question and its answer")
    check(line.stop()["connections"] == 1, "one connection")


@in_one_of(5)
def first_octets(_):
    """who speaks first waits for the SYN-ACK"""
    server = Taker()
    line = SlowLine(server.port, RATE, 100)
    began = time.monotonic()
    with dial(line) as connection:
        connection.sendall(b"x")
        wait_until(lambda: server.moments, "an octet has come")
        near(server.moments[0][0] - began, 0.3, "SYN, SYN-ACK, octet")


@in_one_of(5)
def shared(_):
    """two connections share the line and get half of it each"""
    server = Taker()
    line = SlowLine(server.port, RATE, 0)
    began = time.monotonic()
    connections = [dial(line), dial(line)]
    senders = [threading.Thread(target=connection.sendall, args=(b"x" * (OCTETS // 2),)) for connection in connections]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    wait_until(lambda: server.taken == OCTETS, "all has come")
    near(server.moments[-1][0] - began, OCTETS * 8 / RATE, "half a second of octets on two connections")
    for connection in connections:
        connection.close()
    counts = line.stop()
    near(counts["open_seconds"], counts["up"]["seconds"], "open, and carrying", late=0.15)


def cut_by_octets(_):
    """a cut after n octets lets exactly n through and resets both ends"""
    server = Taker()
    line = SlowLine(server.port, RATE, 20, "--cut-octets", 10_000, "--cut-way", "up")
    with dial(line) as connection:
        try:
            connection.sendall(b"x" * OCTETS)
            connection.recv(1)
            check(False, "the connection was not reset")
        except ConnectionError:
            pass
    wait_until(lambda: server.broken, "the server's end is reset as well")
    check(server.taken == 10_000, f"{server.taken} octets came through")
    check(line.stop()["cut"], "it does not say that it was cut")


def cut_by_time(_):
    """a silent cut after a time leaves the connections open and carries nothing more"""
    server = Taker()
    line = SlowLine(server.port, RATE, 0, "--cut-after", 200, "--silent")
    began = time.monotonic()
    with dial(line) as connection:
        connection.settimeout(0.5)
        try:
            connection.sendall(b"x" * OCTETS)
            connection.recv(1)
            check(False, "something came")
        except TimeoutError:
            pass
        # The time of the line begins when it accepts; its octets begin when the sender comes to run.
        carried, sending = server.taken * 8 / RATE, began + 0.2 - server.moments[0][0]
        check(sending <= carried <= 0.2 + PIECE, f"octets of {carried:.3f} s until the cut, of at least {sending:.3f} s")
        check(not server.broken, "the server's end was closed")


def turnarounds(_):
    """each wait for a reply is a turnaround, and a stream has none"""
    sink = Sink()
    line = SlowLine(sink.port, RATE, 30)
    with dial(line) as connection:
        check(connection.recv(100).startswith(b"220"), "no greeting")
        for _ in range(4):
            connection.sendall(b"NOOP\r\n")
            check(connection.recv(100).startswith(b"250"), "no reply")
        connection.sendall(b"NOOP\r\n" * 2000)
        got = 0
        while got < 2000 * len(b"250 2.0.0 ok\r\n"):
            got += len(connection.recv(65536))
    counts = line.stop()
    check(counts["turnarounds"] == 4, f"counted: {counts}")


if __name__ == "__main__":
    main(rate, delay, first_octets, shared, cut_by_octets, cut_by_time, turnarounds)
