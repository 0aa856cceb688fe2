"""One run of a chat program over a pseudo terminal, and everything that can be seen of it from outside."""
import dataclasses
import os
import re
import select
import shutil
import signal
import subprocess
import tempfile
import termios
import threading
import time
import tty

LIMIT_SECONDS = 30  # for one run: a program that hangs is a failure
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
    input_flags: int = 0  # of the terminal before the start
    empty_fifo: str = None  # the name of one that nobody writes to
    signal_after: bytes = None  # the signal comes once this was sent
    signal: int = signal.SIGTERM


@dataclasses.dataclass(frozen=True)
class Seen:
    sent: bytes
    stderr: bytes
    unread: bytes
    status: int
    modes_restored: bool
    files: tuple  # what the files named *.report hold afterwards


def run(program, dialogue):
    folder = tempfile.mkdtemp(prefix="offhook-chat-")
    try:
        return _Run(program, dialogue, folder).seen()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Run:
    def __init__(self, program, dialogue, folder):
        self.dialogue, self.folder = dialogue, folder
        self.master, self.slave = os.openpty()
        tty.setraw(self.slave)
        modes = termios.tcgetattr(self.slave)
        modes[0] |= dialogue.input_flags
        termios.tcsetattr(self.slave, termios.TCSANOW, modes)
        self.before = termios.tcgetattr(self.slave)
        self._make_files()
        self.sent, self.stderr = b"", b""
        environment = {"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", **dict(dialogue.environment)}
        self.process = subprocess.Popen([program, *dialogue.words], stdin=self.slave, stdout=self.slave,
                                        stderr=subprocess.PIPE, cwd=folder, env=environment)

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

    def seen(self):
        try:
            self._play()
        finally:
            if self.process.poll() is None:
                self.process.kill()
            self.process.wait()
            self.process.stderr.close()
        restored = self.master >= 0 and termios.tcgetattr(self.slave) == self.before
        unread = self._drain(self.slave)
        os.close(self.slave)
        if self.master >= 0:
            os.close(self.master)
        return Seen(self.sent, REPORT_TIME.sub(rb"\1", self.stderr), unread, self.process.returncode, restored,
                    self._reports())

    def _play(self):
        answers, waiting_from, signalled = list(self.dialogue.answers), 0, self.dialogue.signal_after is None
        end, open_ends = time.monotonic() + LIMIT_SECONDS, {self.process.stderr.fileno()}
        while open_ends:
            while answers and answers[0][0] in self.sent[waiting_from:] and self._listens():
                awaited, answer = answers.pop(0)
                waiting_from = self.sent.index(awaited, waiting_from) + len(awaited)
                self._answer(answer)
            if not signalled and self.dialogue.signal_after in self.sent:
                self.process.send_signal(self.dialogue.signal)
                signalled = True
            if time.monotonic() > end:
                raise TimeoutError(f"{self.dialogue.name}: still running after {LIMIT_SECONDS} s; sent {self.sent!r}, "
                                   f"stderr {self.stderr!r}")
            fds = [*open_ends, *([self.master] if self.master >= 0 else [])]
            for fd in select.select(fds, [], [], 0.01)[0]:
                data = os.read(fd, 4096)
                if fd == self.master:
                    self.sent += data
                elif data:
                    self.stderr += data
                else:
                    open_ends.discard(fd)
        self.process.wait()
        if self.master >= 0:
            self.sent += self._drain(self.master)

    def _listens(self):
        """The program has set the terminal's modes: what comes earlier would go by the old ones."""
        return self.master < 0 or bool(termios.tcgetattr(self.slave)[0] & termios.IGNPAR) or \
            self.process.poll() is not None

    def _answer(self, answer):
        if answer is None:
            os.close(self.master)
            self.master = -1
        elif self.master >= 0:
            os.write(self.master, answer)

    @staticmethod
    def _drain(fd):
        data = b""
        while fd >= 0 and select.select([fd], [], [], 0)[0]:
            try:
                more = os.read(fd, 4096)
            except OSError:
                break
            if not more:
                break
            data += more
        return data

    def _reports(self):
        found = []
        for name in sorted(os.listdir(self.folder)):
            if name.endswith(".report"):
                with open(os.path.join(self.folder, name), "rb") as file:
                    found.append((name, REPORT_TIME.sub(rb"\1", file.read())))
        return tuple(found)
