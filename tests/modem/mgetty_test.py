#!/usr/bin/env python3
"""Real mgetty and ours on one port, each as the other's neighbour: by UUCP lock files, in namespaces of their own.

mgetty's places are compiled in: its configuration, its log and the locks are laid over those of this host.
"""
import os
import subprocess
import sys

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "peers"), os.path.join(TESTS, "pppctl")]
import private_host  # noqa: E402
from kit import PEERS, check, keep, read, stop, wait_until  # noqa: E402
from line_office import LineOffice  # noqa: E402
from phone_line import kill, locks  # noqa: E402

MGETTY = "sbin/mgetty"
LOCKS = "/var/lock"
WAITS_MGETTY = 60  # seconds: it looks at a lock every ten, and five after that
SETTINGS = """\
debug 9
data-only yes
toggle-dtr no
ignore-carrier yes
need-dsr no
speed 38400
rings 1
init-chat "" ATZ OK ATE0V1Q0X4S0=0 OK
port-owner root
port-group root
issue-file /dev/null
"""


def fresh_places():
    """Empty folders where mgetty looks, in this namespace alone."""
    for place in ("/run/lock", "/var/log", "/etc/mgetty"):
        subprocess.run(["mount", "-t", "tmpfs", "none", place], check=True)
    os.makedirs("/var/log/mgetty")
    with open("/etc/mgetty/mgetty.config", "w", encoding="ascii") as file:
        file.write(SETTINGS)


class Mgetty:
    """mgetty on a port by one of its names below /dev."""

    def __init__(self, port):
        check(port.startswith("/dev/"), f"mgetty knows nothing outside of /dev: {port}")
        self._name = port[len("/dev/"):]
        self._log = f"/var/log/mgetty/mg_{self._name.replace('/', '-')}.log"
        self._start = os.path.getsize(self._log) if os.path.exists(self._log) else 0
        self.popen = subprocess.Popen([os.path.join(PEERS, MGETTY), self._name], stdin=subprocess.DEVNULL,
                                      start_new_session=True)
        keep(self)

    def log(self):
        return read(self._log)[self._start:].decode(errors="replace") if os.path.exists(self._log) else ""

    def logs(self, text):
        wait_until(lambda: text in self.log() or self.popen.poll() is not None, f"mgetty logs {text!r}", WAITS_MGETTY)
        check(text in self.log(), f"mgetty ended without {text!r}: {self.log()[-1500:]}")

    def waits(self):
        self.logs("waiting...")
        check(not locks(LOCKS), f"mgetty holds a lock while it waits: {locks(LOCKS)}")
        return self

    def stop(self):
        return stop(self.popen)


class Line(LineOffice):
    """An office with a modem that mgetty and ours share; the provider is the other end."""

    def __init__(self, folder, *emulator, **options):
        fresh_places()
        super().__init__(folder, *emulator, **options)
        self.lock_dir = LOCKS
        self.set_modem()
        self.link = self.emulator.port("office")
        self.device = os.path.realpath(self.link)

    def mgetty(self):
        return Mgetty(self.device)

    def called(self, mgetty):
        """The provider's modem has called, and mgetty asks for a name."""
        caller = os.open(self.emulator.port("provider"), os.O_RDWR | os.O_NOCTTY)
        os.write(caller, b"ATE0DT5550\r")
        mgetty.logs("getlogname")
        return caller

    def refused(self, mgetty):
        """Neither a session nor modemctl gets the port, and both say who has it."""
        commands = len(self.emulator.events("office", "command", "dtr"))
        who = f"is in use by mgetty (pid {mgetty.popen.pid})"
        done = self.session()
        check(done.returncode == 111 and who in self.calls()[0]["reason"], f"{done}: {self.calls()[0]}")
        done = self.office.run("modemctl", "hangup", "line")
        check(done.returncode == 111 and who in done.stderr.decode(), f"{done}")
        check(len(self.emulator.events("office", "command", "dtr")) == commands, "the modem was disturbed")


def call_to_office(folder):
    return Line(folder, "--number", "5550=modem:office", answers=False)


def test_dial_out(folder):
    """mgetty waits without a lock: a session dials out on its port, and mgetty keeps off until it has ended"""
    line = Line(folder)
    mgetty = line.mgetty().waits()
    letters = line.submit(3)
    done = line.session()
    check((done.returncode, done.stderr) == (0, b""), f"{done}")
    line.check_at_rest("the session beside mgetty", 1)
    line.check_mail("the session beside mgetty", letters, 0)
    check(mgetty.popen.wait(WAITS_MGETTY) == 0, f"mgetty ended with {mgetty.popen.returncode}: {mgetty.log()[-1500:]}")
    check("lockfile" in mgetty.log() and "send: ATA" not in mgetty.log(), mgetty.log()[-1500:])
    line.mgetty().waits()  # as init would start it again


def test_call(folder):
    """while mgetty has a call our programs keep away from its port, by the device and by its link, and say who has it"""
    line = call_to_office(folder)
    mgetty = line.mgetty().waits()
    caller = line.called(mgetty)
    line.submit(1)
    line.refused(mgetty)
    line.set_modem(port=line.device)
    line.refused(mgetty)
    os.close(caller)


def test_same_link(folder):
    """mgetty on a link: our programs on that link keep away as well"""
    line = call_to_office(folder)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/dev/shm"], check=True)
    os.symlink(line.device, "/dev/shm/modem")
    mgetty = Mgetty("/dev/shm/modem").waits()
    caller = line.called(mgetty)
    line.set_modem(port="/dev/shm/modem")
    line.submit(1)
    line.refused(mgetty)
    os.close(caller)


def test_stale_of_mgetty(folder):
    """the lock that a killed mgetty left is taken over, and gone afterwards"""
    line = call_to_office(folder)
    mgetty = line.mgetty().waits()
    os.close(line.called(mgetty))
    kill(mgetty.popen)
    check(locks(LOCKS), "mgetty left no lock")
    done = line.office.run("modemctl", "hangup", "line")
    check(done.returncode == 0, f"modemctl hangup ended with {done.returncode}: {done.stderr.decode()}")
    check(not locks(LOCKS), f"left behind: {locks(LOCKS)}")


def test_stale_of_ours(folder):
    """the lock that a killed session left is taken over by mgetty, which then waits for calls"""
    line = Line(folder)
    line.submit(1)
    session = line.start_session()
    wait_until(lambda: line.emulator.events("office", "connect"), "the session's call")
    kill(session.popen)
    left = locks(LOCKS)
    check(f"LCK..{line.device[5:].replace('/', '_')}" in left, f"the session left no lock: {left}")
    mgetty = line.mgetty()
    mgetty.logs("waiting...")
    check("no active process has lock, will remove" in mgetty.log(), mgetty.log()[-1500:])
    recovered = line.recover()
    check(recovered.returncode == 0 and not locks(LOCKS), f"{recovered} left {locks(LOCKS)}")


if __name__ == "__main__":
    private_host.run(__file__, MGETTY, "mgetty",
                     (test_dial_out, test_call, test_same_link, test_stale_of_mgetty, test_stale_of_ours), {}, folders=("etc",))
