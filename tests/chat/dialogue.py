"""Runs of chat programs over pseudo terminals, many at once, and everything that can be seen of each from outside."""
import dataclasses
import fcntl
import os
import re
import selectors
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
import tty

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers"))
from kit import faketime  # noqa: E402

LIMIT_SECONDS = 60  # for one run: a program that hangs is a failure
LOOK_SECONDS = 0.003  # between two looks at a terminal whose modes, or whose reader, are waited for
READ_SECONDS = 0.5
REST_SECONDS = 0.03  # several paces between two octets that are sent
REPORT_TIME = re.compile(rb"(chat:  )\w{3} [ \d]\d \d\d:\d\d:\d\d ")


@dataclasses.dataclass(frozen=True)
class Dialogue:
    """What a chat program is given, and what the other side of its line does."""
    name: str
    words: tuple = ()  # of the command line, options included
    # (what chat has to send first, what is answered then): b"" is awaited at once, an answer None hangs the line up.
    answers: tuple = ()
    script: bytes = None  # the file SCRIPT, for -f SCRIPT
    files: tuple = ()  # (name, content) beside it
    fifos: tuple = ()  # (name, content): a FIFO, written once somebody reads it
    environment: tuple = ()
    before: bytes = b""  # came on the line before the start
    trickle: float = None  # seconds between octets of noise, for ever
    input_flags: int = 0  # of the terminal before the start
    controlling: bool = False  # the terminal is the program's controlling one
    empty_fifo: str = None  # the name of one that nobody writes to
    signal_after: bytes = None  # the signal comes once this was sent
    signal_later: float = 0  # seconds after it was sent
    signal: int = signal.SIGTERM
    frozen: str = None  # the time that the program's clock shows, by libfaketime


@dataclasses.dataclass(frozen=True)
class Seen:
    sent: bytes
    stderr: bytes
    unread: bytes
    status: int
    modes: tuple  # of the terminal when an answer was awaited that is not given at once
    modes_restored: bool
    files: tuple  # what the files named *.report hold afterwards
    seconds: float
    syslog: bytes  # a line "PRIORITY text" a record; none where nobody listens


def run(program, dialogue):
    """One dialogue. TimeoutError: it did not end."""
    seen = run_all([(program, dialogue)], 1)[0]
    if isinstance(seen, Exception):
        raise seen
    return seen


def run_all(jobs, at_once, log=None):
    """Each (program, dialogue) with what was seen of it, or a TimeoutError; `log` is where syslog goes (dev_log.py)."""
    waiting, running, results = list(enumerate(jobs))[::-1], {}, [None] * len(jobs)
    with selectors.DefaultSelector() as selector:
        if log:
            selector.register(log.socket, selectors.EVENT_READ, None)
        while waiting or running:
            while waiting and len(running) < at_once:
                number, (program, dialogue) = waiting.pop()
                running[number] = _Run(program, dialogue, selector)
            looks = any(one.looks_for_modes() for one in running.values())
            for key, _ in selector.select(LOOK_SECONDS if looks else 0.2):
                if key.data is None:
                    log.take()
                else:
                    key.data.read(key.fd)
            for number in [number for number, one in running.items() if one.step()]:
                one = running.pop(number)
                results[number] = one.failure or one.seen(log)
    return results


class _Run:
    def __init__(self, program, dialogue, selector):
        self.dialogue, self.selector = dialogue, selector
        self.folder = tempfile.mkdtemp(prefix="offhook-chat-")
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        modes = termios.tcgetattr(self.slave)
        modes[0] |= dialogue.input_flags
        termios.tcsetattr(self.slave, termios.TCSANOW, modes)
        self.before = termios.tcgetattr(self.slave)
        os.write(self.master, dialogue.before)
        self._make_files()
        self.sent, self.stderr, self.modes, self.failure = b"", b"", (), None
        self.answers, self.answered = list(dialogue.answers), 0
        self.waits_until = None
        self.rest, self.rests_since = None, 0
        self.signalled, self.ended = dialogue.signal_after is None, False
        self.began = self.noise_at = time.monotonic()
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", **dict(dialogue.environment)}
        if dialogue.frozen:
            environment |= {"LD_PRELOAD": faketime(), "FAKETIME": dialogue.frozen,
                            "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
        take_terminal = (lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0)) if dialogue.controlling else None
        self.process = subprocess.Popen([program, *dialogue.words], stdin=self.slave, stdout=self.slave,
                                        stderr=subprocess.PIPE, cwd=self.folder, env=environment,
                                        start_new_session=dialogue.controlling, preexec_fn=take_terminal)
        selector.register(self.master, selectors.EVENT_READ, self)
        selector.register(self.process.stderr, selectors.EVENT_READ, self)

    def _make_files(self):
        files = list(self.dialogue.files)
        if self.dialogue.script is not None:
            files.append(("SCRIPT", self.dialogue.script))
        for name, content in files:
            with open(os.path.join(self.folder, name), "wb") as file:
                file.write(content)
        if self.dialogue.empty_fifo:
            os.mkfifo(os.path.join(self.folder, self.dialogue.empty_fifo))
        for name, content in self.dialogue.fifos:
            path = os.path.join(self.folder, name)
            os.mkfifo(path)
            threading.Thread(target=self._feed, args=(path, content), daemon=True).start()

    @staticmethod
    def _feed(path, content):
        with open(path, "wb") as fifo:
            fifo.write(content)

    def read(self, fd):
        data = os.read(fd, 4096)
        if fd == self.master:
            self.sent += data
        elif data:
            self.stderr += data
        else:
            self.selector.unregister(self.process.stderr)
            self.ended = True

    def looks_for_modes(self):
        return self.waits_until is not None or (bool(self.answers) and not self.answers[0][0] and self.answered == 0)

    def step(self):
        """Does what is due; true once the program has ended."""
        self._give_answers()
        if not self.signalled and self.dialogue.signal_after in self.sent and self._has_read():
            self.process.send_signal(self.dialogue.signal)
            self.signalled = True
        if self.dialogue.trickle and time.monotonic() > self.noise_at + self.dialogue.trickle:
            self.noise_at = time.monotonic()
            self._answer(b"x")
        if time.monotonic() > self.began + LIMIT_SECONDS:
            self.failure = TimeoutError(f"{self.dialogue.name}: still running after {LIMIT_SECONDS} s; sent "
                                        f"{self.sent!r}, stderr {self.stderr!r}")
            self.seen(None)
        return self.ended or self.failure is not None

    def _give_answers(self):
        while self.answers and self.answers[0][0] in self.sent[self.answered:] and self._listens():
            awaited, answer = self.answers[0]
            if answer is None and not self._rests():
                return
            self.answers.pop(0)
            self.answered = self.sent.index(awaited, self.answered) + len(awaited)
            if awaited and not self.modes and self.master >= 0:
                self.modes = _comparable(termios.tcgetattr(self.slave))
            self._answer(answer)

    def _has_read(self):
        """What it was answered; a program that does not read is waited for only shortly."""
        self.waits_until = self.waits_until or time.monotonic() + READ_SECONDS
        waiting = struct.unpack("i", fcntl.ioctl(self.slave, termios.FIONREAD, b"\0" * 4))[0]
        if self.dialogue.signal_later:
            return time.monotonic() > self.waits_until - READ_SECONDS + self.dialogue.signal_later
        return not waiting or time.monotonic() > self.waits_until

    def _rests(self):
        """It has read all, and has slept for a while: what it meets next is not a matter of moments. For a limited time."""
        if self.ended or self.process.poll() is not None:
            return True
        with open(f"/proc/{self.process.pid}/status", encoding="ascii", errors="replace") as file:
            rest = re.findall(r"^(?:State|voluntary_ctxt_switches):\s*(\w+)", file.read(), re.MULTILINE)
        if rest != self.rest:
            self.rest, self.rests_since = rest, time.monotonic()
        asleep = rest[0] == "S" and time.monotonic() > self.rests_since + REST_SECONDS
        return self._has_read() and (asleep or time.monotonic() > self.waits_until)

    def _listens(self):
        """The program has set the terminal's modes: what comes earlier would go by the old ones."""
        return self.master < 0 or self.answered > 0 or bool(termios.tcgetattr(self.slave)[0] & termios.IGNPAR) or \
            self.process.poll() is not None

    def _answer(self, answer):
        if answer is None:
            self._hang_up()
        elif self.master >= 0:
            os.write(self.master, answer)

    def _hang_up(self):
        """The kernel wakes the line's reader before it takes the line from it, and in between that could still set its modes:
        on one processor, and never before us, it does not get there."""
        free = os.sched_getaffinity(0)
        ours = {min(free)}
        os.sched_setaffinity(0, ours)
        if self.process.poll() is None:
            os.sched_setaffinity(self.process.pid, ours)
            os.sched_setscheduler(self.process.pid, os.SCHED_BATCH, os.sched_param(0))
        self._close_master()
        os.sched_setaffinity(0, free)

    def _close_master(self):
        if self.master >= 0:
            self.selector.unregister(self.master)
            os.close(self.master)
        self.master = -1

    def seen(self, log):
        if self.process.poll() is None and not self.ended:
            self.process.kill()
        if not self.ended:
            self.selector.unregister(self.process.stderr)
        self.process.wait()
        self.process.stderr.close()
        self.sent += _drain(self.master)
        restored = self.master >= 0 and termios.tcgetattr(self.slave) == self.before
        self._give_answers()  # to the last octets: whether they came before or after the end is a matter of moments
        unread = bytes(octet & 0x7f for octet in _drain(self.slave))  # and so is whether they were stripped of bit 8
        os.close(self.slave)
        self._close_master()
        files = self._reports()
        shutil.rmtree(self.folder, ignore_errors=True)
        return Seen(self.sent, self._without_time(self.stderr), unread, self.process.returncode, self.modes,
                    restored, files, time.monotonic() - self.began, log.of(self.process.pid) if log else b"")

    def _without_time(self, text):
        return text if self.dialogue.frozen else REPORT_TIME.sub(rb"\1", text)

    def _reports(self):
        found = []
        for name in sorted(os.listdir(self.folder)):
            if name.endswith(".report"):
                with open(os.path.join(self.folder, name), "rb") as file:
                    found.append((name, self._without_time(file.read())))
        return tuple(found)


def _comparable(modes):
    return (*modes[:6], tuple(modes[6]))


def _drain(fd):
    data = b""
    while fd >= 0:
        with selectors.PollSelector() as ready:
            ready.register(fd, selectors.EVENT_READ)
            if not ready.select(0):
                return data
        try:
            more = os.read(fd, 4096)
        except OSError:
            break
        if not more:
            break
        data += more
    return data
