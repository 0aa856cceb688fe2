#!/usr/bin/env python3
"""modemctl term: a person on the line; his terminal is as it was before, whatever ends it."""
import os
import pty
import re
import select
import signal
import subprocess
import termios
import time

from ctl_kit import BIN, Host, check, keep, locks, main, wait_until


class Person:
    """modemctl term on a terminal of its own."""

    def __init__(self, host, *arguments):
        self.host = host
        self.master, self.slave = pty.openpty()
        self.modes = termios.tcgetattr(self.slave)
        self.popen = subprocess.Popen([os.path.join(BIN, "modemctl"), "term", *arguments], stdin=self.slave, stdout=self.slave,
                                      stderr=self.slave, env=host.env, start_new_session=True)
        self.screen = b""
        keep(self)

    def stop(self):
        if self.popen.poll() is None:
            self.popen.kill()
            self.popen.wait()
        for fd in (self.master, self.slave):
            if fd is not None:
                os.close(fd)

    def types(self, octets):
        os.write(self.master, octets)

    def read(self, seconds):
        if select.select([self.master], [], [], seconds)[0]:
            self.screen += os.read(self.master, 4096)
            return True
        return False

    def sees(self, pattern):
        """Everything up to the end of the pattern's first match is taken."""
        end = time.monotonic() + 20
        while not re.search(pattern, self.screen):
            check(time.monotonic() < end, f"the person waits for {pattern!r} and sees {self.screen!r}")
            self.read(0.2)
        self.screen = self.screen[re.search(pattern, self.screen).end():]
        return self

    def on_line(self):
        self.sees(rb"~\. leaves")
        wait_until(lambda: termios.tcgetattr(self.slave) != self.modes, "raw modes")
        return self

    def ended(self, status):
        end = time.monotonic() + 20
        while self.popen.poll() is None and time.monotonic() < end:
            self.read(0.05)
        while self.read(0):
            pass
        check(self.popen.poll() == status, f"it ended with {self.popen.poll()} and not {status}: {self.screen!r}")
        check(termios.tcgetattr(self.slave) == self.modes, "the terminal has other modes")
        return self


def talks(folder):
    """what is typed goes to the modem and what it says comes back; ~. leaves, on-hook and unlocked"""
    host = Host(folder)
    emulator = host.emulator()
    for target in ("line", emulator.port("line")):
        person = Person(host, target).on_line()
        person.types(b"ATE1S7?\r")
        person.sees(rb"050\r\n\r\nOK\r\n")
        person.types(b"~?")
        person.sees(rb"send a tilde")
        person.types(b"~b")
        person.types(b"~~\r")
        person.sees(rb"~\r")
        person.types(b"x~.\r~.")
        person.ended(0)
        check(not locks(host.locks), f"left {locks(host.locks)}")


def hangs_up(folder):
    """a call that was made by hand is hung up when the person leaves"""
    host = Host(folder)
    emulator = host.emulator("--number", "555=modem:far", modems=("line", "far"))
    with open(emulator.port("far"), "r+b", buffering=0) as far:
        far.write(b"ATS0=1\r")
        person = Person(host, "line").on_line()
        person.types(b"ATDT555\r")
        person.sees(rb"CONNECT")
        person.types(b"\r~.")
        person.ended(0)
        wait_until(lambda: emulator.on_hook("line"), "on-hook")


def signals(folder):
    """a signal restores the terminal: an order to stop ends with 111, on-hook, and one that kills does so behind it"""
    host = Host(folder)
    emulator = host.emulator()

    def is_closed():
        """The emulator, which is the driver here, has seen the last close: what was exclusive is free again."""
        return emulator.events("line", "opened", "closed")[-1]["event"] == "closed"

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        person = Person(host, "line").on_line()
        person.popen.send_signal(number)
        person.ended(111)
        check(not locks(host.locks), f"left {locks(host.locks)}")
        wait_until(is_closed, "the last close")
    for number in (signal.SIGQUIT, signal.SIGABRT, signal.SIGSEGV, signal.SIGUSR1, signal.SIGALRM):
        person = Person(host, "line").on_line()
        person.popen.send_signal(number)
        person.ended(-number)
        wait_until(is_closed, "the last close")


def line_gone(folder):
    """a line that goes ends it with 111 and its reason"""
    host = Host(folder)
    emulator = host.emulator()
    person = Person(host, emulator.port("line")).on_line()
    emulator.stop()
    person.ended(111)
    check(b"carrier lost" in person.screen or b"gone" in person.screen, f"{person.screen}")
    check(not locks(host.locks), f"left {locks(host.locks)}")


def terminal_gone(folder):
    """a person whose terminal goes leaves the line on-hook and unlocked"""
    host = Host(folder)
    emulator = host.emulator()
    person = Person(host, "line").on_line()
    os.close(person.slave)
    os.close(person.master)
    person.slave = person.master = None
    check(person.popen.wait(20) == 111, f"it ended with {person.popen.returncode}")
    check(not locks(host.locks) and emulator.on_hook("line"), f"left {locks(host.locks)}")


def refused(folder):
    """without a terminal it is refused, 100, and nothing is sent; a port that somebody has is left alone"""
    host = Host(folder)
    emulator = host.emulator()
    check("no terminal" in host.run("term", "line", status=100), "without a terminal")
    check(not emulator.events("line", "command"), "something was sent")
    first = Person(host, "line").on_line()
    second = Person(host, "line")
    second.ended(111)
    check(f"pid {first.popen.pid}".encode() in second.screen, f"{second.screen}")
    first.types(b"~.")
    first.ended(0)


main(talks, hangs_up, signals, line_gone, terminal_gone, refused)
