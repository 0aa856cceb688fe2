#!/usr/bin/env python3
"""Two programs that lock a port the old way: real minicom and ours keep out of each other's port."""
import fcntl
import os
import pty
import re
import select
import signal
import subprocess
import sys
import termios
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers"))
from kit import BIN, MailHost, Process, check, keep, main, peer, peer_env, read, wait_until  # noqa: E402
from phone_line import QUICK_MODEM, Answerer, Emulator, locks, modem_profile  # noqa: E402

SETTINGS = """\
pu port {port}
pu lock {locks}
pu baudrate 115200
pu minit
pu mreset
pu mhangup
pu rtscts No
"""


class Minicom:
    """minicom on a terminal of its own; `screen` is all that it has shown."""

    def __init__(self, folder, port, lock_dir):
        program = peer("usr/bin/minicom")
        os.makedirs(folder)
        with open(os.path.join(folder, ".minirc.dfl"), "w", encoding="ascii") as file:
            file.write(SETTINGS.format(port=port, locks=lock_dir))
        self.screen = b""
        self._terminal, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, b"\x18\0\x50\0\0\0\0\0")
        env = {**os.environ, **peer_env(), "HOME": folder, "TERM": "vt100", "LC_ALL": "C"}
        self.popen = subprocess.Popen([program], stdin=slave, stdout=slave, stderr=slave, env=env, start_new_session=True)
        os.close(slave)
        self._reader = threading.Thread(target=self._watch, daemon=True)
        self._reader.start()
        keep(self)

    def _watch(self):
        while True:
            try:
                ready, _, _ = select.select([self._terminal], [], [], 0.2)
                part = os.read(self._terminal, 4096) if ready else b""
            except OSError:  # EIO: nobody has the terminal any more
                return
            self.screen += part
            if not part and self.popen.poll() is not None:
                return

    def shows(self, text):
        wait_until(lambda: text in self.screen or self.popen.poll() is not None, f"minicom shows {text!r}")
        self._reader.join(0 if self.popen.poll() is None else 5)
        check(text in self.screen, f"minicom showed {self.screen[-500:]!r}")

    def kill(self):
        self.popen.send_signal(signal.SIGKILL)
        self.popen.wait()

    def stop(self):
        if self.popen.poll() is None:
            self.kill()
        self._reader.join(5)
        os.close(self._terminal)


class Office:
    """A host with one emulated modem; the caller's is the test's."""

    def __init__(self, folder):
        self.host = keep(MailHost(os.path.join(folder, "office"), "office.example", BIN))
        self.lock_dir = os.path.join(folder, "locks")
        self.emulator = keep(Emulator(BIN, os.path.join(folder, "line"), ("office", "caller"), {"555": "modem:office"},
                                      "--time-scale", 0.02))
        self.link = self.emulator.port("office")
        modem_profile(self.host, "line", self.link, self.lock_dir, **QUICK_MODEM)

    def hang_up(self):
        return self.host.run("modemctl", "hangup", "line")

    def refused_to_us(self, minicom):
        """As long as minicom runs."""
        wait_until(lambda: locks(self.lock_dir), "minicom's lock")
        before = locks(self.lock_dir)
        commands = len(self.emulator.events("office", "command", "dtr"))
        done = self.hang_up()
        said = done.stderr.decode()
        check(done.returncode == 111, f"modemctl hangup ended with {done.returncode}: {said}")
        check(f"is in use by minicom (pid {minicom.popen.pid})" in said, f"modemctl did not name the holder: {said}")
        check(said.count("\n") == 1, f"more than one line: {said}")
        check(locks(self.lock_dir) == before, f"locks were {before}, are {locks(self.lock_dir)}")
        check(len(self.emulator.events("office", "command", "dtr")) == commands, "the modem was disturbed")
        check(minicom.popen.poll() is None, "minicom has ended")


def test_device(folder):
    """minicom on the device: our programs on its link keep away, and say who has it"""
    office = Office(folder)
    minicom = Minicom(os.path.join(folder, "home"), os.path.realpath(office.link), office.lock_dir)
    minicom.shows(b"Welcome to minicom")
    office.refused_to_us(minicom)


def test_link(folder):
    """minicom on the same link: the same"""
    office = Office(folder)
    minicom = Minicom(os.path.join(folder, "home"), office.link, office.lock_dir)
    minicom.shows(b"Welcome to minicom")
    office.refused_to_us(minicom)


def test_killed(folder):
    """the lock that a killed minicom left is taken over, and gone afterwards"""
    office = Office(folder)
    minicom = Minicom(os.path.join(folder, "home"), os.path.realpath(office.link), office.lock_dir)
    minicom.shows(b"Welcome to minicom")
    wait_until(lambda: locks(office.lock_dir), "minicom's lock")
    minicom.kill()
    check(locks(office.lock_dir), "minicom left no lock")
    done = office.hang_up()
    check(done.returncode == 0, f"modemctl hangup ended with {done.returncode}: {done.stderr.decode()}")
    check(not locks(office.lock_dir), f"left behind: {locks(office.lock_dir)}")


def test_ours(folder):
    """minicom keeps away from a port while we have a call, by its device and by its link, and may have it afterwards"""
    office = Office(folder)
    answerer = keep(Answerer(office.host, "line", "cat"))
    wait_until(lambda: "waiting for calls" in answerer.log() or answerer.process.poll() is not None, "modemctl answers")
    caller = os.open(office.emulator.port("caller"), os.O_RDWR | os.O_NOCTTY)
    os.write(caller, b"ATDT555\r")
    wait_until(lambda: office.emulator.events("office", "connect") or answerer.process.poll() is not None, "a call")
    check(answerer.process.poll() is None, f"modemctl answer ended: {answerer.log()}")
    for lock in locks(office.lock_dir):
        held = read(os.path.join(office.lock_dir, lock))
        check(re.fullmatch(rb" *%d\n" % answerer.process.pid, held) and len(held) == 11, f"{lock} holds {held!r}")
    device = os.path.realpath(office.link)
    for number, port in enumerate((device, office.link)):
        minicom = Minicom(os.path.join(folder, f"home{number}"), port, office.lock_dir)
        minicom.shows(b"is locked")
        wait_until(lambda: minicom.popen.poll() is not None, "minicom gives up")
    check(answerer.process.poll() is None, f"modemctl answer ended: {answerer.log()}")
    answerer.stop()
    os.close(caller)
    check(not locks(office.lock_dir), f"left behind: {locks(office.lock_dir)}")
    Minicom(os.path.join(folder, "home"), device, office.lock_dir).shows(b"Welcome to minicom")


def test_locked(folder):
    """minicom keeps away from a port that modemctl lock holds, and modemctl unlock takes minicom's from it only when it is dead"""
    office = Office(folder)
    device = os.path.realpath(office.link)
    holder = keep(Process([os.path.join(BIN, "modemctl"), "lock", "line", "--", "sleep", "1000"],
                          os.path.join(folder, "lock.log"), env=office.host.env))
    wait_until(lambda: len(locks(office.lock_dir)) >= 2, "the lock")
    Minicom(os.path.join(folder, "home0"), device, office.lock_dir).shows(b"is locked")
    holder.stop()
    minicom = Minicom(os.path.join(folder, "home"), device, office.lock_dir)
    minicom.shows(b"Welcome to minicom")
    for arguments in (("unlock", "line"), ("unlock", "--force", "line"), ("lock", "line", "--", "true")):
        done = office.host.run("modemctl", *arguments)
        check(done.returncode == 111 and f"minicom (pid {minicom.popen.pid})".encode() in done.stderr, f"{arguments}: {done}")
        check(locks(office.lock_dir), f"{arguments} removed minicom's lock")
    minicom.kill()
    done = office.host.run("modemctl", "unlock", "line")
    check(done.returncode == 0 and not locks(office.lock_dir), f"{done} {locks(office.lock_dir)}")


main(test_device, test_link, test_killed, test_ours, test_locked)
