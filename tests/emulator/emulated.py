"""A running modem-emulator and the terminals on its ptys, for tests that drive modems."""
import errno
import json
import os
import re
import select
import subprocess
import sys
import termios
import time
import tty

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers"))
from kit import BIN, Failed, check, keep, main, stop, wait_until  # noqa: E402,F401

LIMIT = 20.0  # seconds for anything that a test waits for


class Emulator:
    """Modems in a folder: `office` is FOLDER/office. Times are scaled unless a test says otherwise."""

    def __init__(self, folder, *options, modems=("office", "provider"), scale="0.02"):
        self.folder = folder
        self.log_file = os.path.join(folder, "emulator.events")
        command = [os.path.join(BIN, "modem-emulator"), "--time-scale", scale, "--log", self.log_file]
        for name in modems:
            command += ["--modem", f"{name}={self.link(name)}"]
        self.popen = subprocess.Popen([*command, *options], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        keep(self)
        check(self.popen.stdout.readline() == b"ready\n", "the emulator does not get ready")

    def link(self, name):
        return os.path.join(self.folder, name)

    def open(self, name):
        return keep(Terminal(self.link(name)))

    def stop(self):
        status = stop(self.popen)
        self.popen.stdout.close()
        return status

    def events(self, modem=None, event=None):
        with open(self.log_file, encoding="ascii") as file:
            found = [json.loads(line) for line in file if line.endswith("\n")]
        return [one for one in found if modem in (None, one["modem"]) and event in (None, one["event"])]

    def wait_event(self, modem, event, count=1):
        wait_until(lambda: len(self.events(modem, event)) >= count, f"{count} times {event} at {modem}", LIMIT)
        return self.events(modem, event)[count - 1]

    def processor_seconds(self):
        with open(f"/proc/{self.popen.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Terminal:
    """A slave, raw. `gone` tells how it ended: "EOF", "EIO" or nothing."""

    def __init__(self, link):
        self.fd = os.open(link, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.fd)
        self.got, self.gone = b"", None

    def stop(self):
        if self.fd >= 0:
            os.close(self.fd)
        self.fd = -1

    def local(self, on):
        modes = termios.tcgetattr(self.fd)
        modes[2] = modes[2] | termios.CLOCAL if on else modes[2] & ~termios.CLOCAL
        termios.tcsetattr(self.fd, termios.TCSANOW, modes)

    def speed(self, speed):
        modes = termios.tcgetattr(self.fd)
        modes[4] = modes[5] = speed
        termios.tcsetattr(self.fd, termios.TCSANOW, modes)

    def _read(self):
        try:
            octets = os.read(self.fd, 65536)
        except BlockingIOError:
            return
        except OSError as error:
            self.gone = errno.errorcode[error.errno]
            return
        if octets:
            self.got += octets
        else:
            self.gone = "EOF"

    def pump(self, octets, done, what):
        """Writes and reads until it is done; returns what is left to write."""
        end = time.monotonic() + LIMIT
        while not done() and not self.gone:
            left = end - time.monotonic()
            if left <= 0:
                raise Failed(f"no {what}; got {self.got[-200:]!r}")
            readable, writable, _ = select.select([self.fd], [self.fd] if octets else [], [], left)
            if writable:
                try:
                    octets = octets[os.write(self.fd, octets):]
                except BlockingIOError:
                    pass
            if readable:
                self._read()
        return octets

    def write(self, octets):
        left = octets
        while left:
            check(select.select([], [self.fd], [], LIMIT)[1], "the modem takes no more")
            left = left[os.write(self.fd, left):]

    def expect(self, pattern):
        """Everything up to the end of the pattern's first match."""
        compiled = re.compile(pattern, re.DOTALL)
        self.pump(b"", lambda: compiled.search(self.got), f"{pattern!r}")
        found = compiled.search(self.got)
        check(found, f"no {pattern!r} before {self.gone}; got {self.got[-200:]!r}")
        text, self.got = self.got[:found.end()], self.got[found.end():]
        return text

    def command(self, line, answer=rb"\r\nOK\r\n"):
        self.write(line.encode() + b"\r")
        return self.expect(answer)

    def until_gone(self):
        self.pump(b"", lambda: False, "end of the line")
        return self.got


CONNECT = rb"\r\nCONNECT 33600/ARQ\r\n"


def call(emulator, number="5550100"):
    """A call from office to provider; both terminals in the online data state."""
    office, provider = emulator.open("office"), emulator.open("provider")
    provider.command("ATE0S0=1")
    office.command("ATE0")
    office.command(f"ATDT{number}", CONNECT)
    provider.expect(CONNECT)
    return office, provider
