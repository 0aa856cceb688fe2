"""A guest: user-mode Linux with this machine's files under it, an agent in it that runs what it is told, and serial lines."""
import json
import os
import select
import signal
import subprocess
import time

import kit
from kit import Failed, check, skip
from serial_line import Terminal

LAB = os.path.dirname(os.path.abspath(__file__))
MEMORY_MB = 128
BOOT_SECONDS = 60  # twice 5 s on a busy machine, with room
SLOWER = 10  # seconds that an answer may take beyond what the order itself may
SYSLOG = "/var/log/syslog"
MOST_ON_LINE = 1000  # octets of an order: the guest's line has no flow control and little room; what is longer goes by a file
KERNEL_RUNS = "the kernel runs"  # what init.sh says first
UML = "usr/bin/linux.uml"


class Done:
    """How a program ended in a guest."""

    def __init__(self, answer):
        self.status, self.out, self.err = answer["status"], answer["out"], answer["err"]

    def __repr__(self):
        return f"status {self.status}, said {self.out[-3000:]!r} and {self.err[-3000:]!r}"


class Guest:
    """One host of the lab. `lines` are the Terminals that are its ttyS0, ttyS2, …; ttyS1 is the agent's.

    What the guest writes to `results` is on this machine, in the folder `results`.
    """

    def __init__(self, name, folder, lines):
        self.name, self.results = name, os.path.join(folder, name)
        os.makedirs(self.results)
        self._agent, self._read, self._orders, self._logs = Terminal(), b"", 0, {}
        self._console = os.path.join(folder, f"{name}-console.log")
        ports = [lines[0], self._agent, *lines[1:]]
        words = {"mem": f"{MEMORY_MB}M", "rootfstype": "hostfs", "rootflags": "/", "init": os.path.join(LAB, "init.sh"),
                 "umid": f"offhook-lab-{os.getpid()}-{name}", "con": "null", "con0": "null,fd:1", "pty.legacy_count": 0,
                 "LAB_NAME": name, "LAB_PEERS": kit.PEERS, "LAB_BIN": kit.BIN, "LAB_SOURCE": kit.SOURCE, "LAB_RESULTS": self.results,
                 **{f"ssl{number}": f"tty:{port.name}" for number, port in enumerate(ports)}}
        command = ["setpriv", "--pdeathsig", "KILL", uml(), *(f"{key}={value}" for key, value in words.items()), "ro", "quiet"]
        with open(self._console, "wb") as console:
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=console, stderr=console,
                                             env={"PATH": os.environ["PATH"], "HOME": folder, "TMPDIR": memory_folder(folder)},
                                             start_new_session=True)

    def wait_for_boot(self):
        try:
            self._answer(BOOT_SECONDS)
        except Failed:
            if KERNEL_RUNS not in self.console():
                skip(f"user-mode Linux does not start here: {self.console()}")
            raise

    def console(self):
        return kit.read(self._console).decode(errors="replace")[-4000:]

    # Orders

    def ask(self, do, seconds=0, **more):
        self._orders += 1
        octets = json.dumps({"do": do, "seconds": seconds, "number": self._orders, **more}).encode()
        if len(octets) > MOST_ON_LINE:
            name = f"order-{self._orders}"  # a new one each time: the guest may remember what a file was
            with open(os.path.join(self.results, name), "wb") as file:
                file.write(octets)
            octets = json.dumps({"file": name}).encode()
        octets += b"\n"
        until = time.monotonic() + seconds + SLOWER
        while octets:
            check(select.select([], [self._agent.master], [], until - time.monotonic())[1], f"{self.name} takes no orders")
            octets = octets[os.write(self._agent.master, octets):]
        return self._answer(seconds + SLOWER)

    def _answer(self, seconds):
        """The answer to the last order; what comes late to an earlier one is passed over."""
        until = time.monotonic() + seconds
        while True:
            answer = json.loads(self._line(until))
            if "file" in answer:
                path = os.path.join(self.results, answer["file"])
                answer = json.loads(kit.read(path))
                os.remove(path)
            if answer["number"] != self._orders:
                continue
            if "error" in answer:
                raise Failed(f"{self.name}: {answer['error']}")
            return answer["ok"]

    def _line(self, until):
        while b"\n" not in self._read:
            ready = select.select([self._agent.master], [], [], max(0, until - time.monotonic()))[0]
            check(ready and self._process.poll() is None, f"{self.name} does not answer: {self.console()}")
            self._read += os.read(self._agent.master, 65536)
        line, _, self._read = self._read.partition(b"\n")
        return line

    def run(self, *argv, text="", env=None, seconds=60):
        return Done(self.ask("run", seconds, argv=[str(word) for word in argv], input=text, env=env or {}))

    def must(self, *argv, **more):
        """run(), which has to end with 0; returns what was said."""
        done = self.run(*argv, **more)
        check(done.status == 0, f"{argv} on {self.name}: {done}")
        return done.out

    def write(self, path, text, mode=0o644):
        self.ask("write", path=path, text=text, mode=mode)

    def read(self, path):
        return self.ask("read", path=path) or ""

    def start(self, *argv, log, env=None, stays=False):
        """A program that goes on, to the end of the case, or of the guest if it `stays`."""
        pid = self.ask("start", argv=[str(word) for word in argv], log=log, env=env or {}, stays=stays)
        if not stays:
            self._logs[log] = None
        return Program(self, pid, log)

    def logs(self):
        """What the programs of this case have said."""
        return "".join(f"--- {log}\n{self.read(log)}" for log in self._logs)

    def sweep(self):
        """Ends whatever a case has left here, and removes its traces."""
        self.ask("sweep")
        self.run("find", "/run/lock", *self._logs, "-type", "f", "-delete")
        self.must("truncate", "-s", "0", SYSLOG)
        self._logs = {}

    def stop(self):
        """Killed, with all that is in it: there is nothing in it that would have to be kept."""
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        self._agent.close()


class Program:
    """A program that goes on in a guest; `log` is the file there with what it says."""

    def __init__(self, guest, pid, log):
        self._guest, self.pid, self._log = guest, pid, log

    def log(self):
        return self._guest.read(self._log)

    def status(self):
        return self._guest.ask("ended", pid=self.pid)

    def wait(self, seconds=60):
        kit.wait_until(lambda: self.status() is not None, f"the end of process {self.pid} of {self._guest.name}", seconds)
        return self.status()

    def signal(self, number, group=False):
        self._guest.ask("signal", pid=self.pid, signal=int(number), group=group)

    def stop(self):
        self.signal(signal.SIGTERM)
        try:
            self.wait(20)
        finally:
            self.signal(signal.SIGKILL, group=True)


def memory_folder(other):
    """Where a guest's memory is: a file, best on a tmpfs that has room for those of both."""
    try:
        there = os.statvfs("/dev/shm")
    except OSError:
        return other
    has_room = there.f_bavail * there.f_frsize > 3 * MEMORY_MB << 20
    return "/dev/shm" if has_room and os.access("/dev/shm", os.W_OK) else other


def uml():
    """The kernel, which has to be unpacked with its modules."""
    path = os.path.join(kit.PEERS, UML)
    if not os.access(path, os.X_OK):
        skip("user-mode Linux is not unpacked below build/peers")
    return path
