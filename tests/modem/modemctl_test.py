#!/usr/bin/env python3
"""modemctl over the emulator: answer, hangup, list, and what each says when something is wrong."""
import json
import os
import re
import select
import signal
import subprocess
import sys
import termios
import tty

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers"))
from kit import BIN, Process, check, keep, main, namespaces, read, stop, wait_until  # noqa: E402

PROFILE = """port = "{port}"
flow = "none"
init = ["ATZ", "ATE0V1Q0X4S0=0"]
settle = "20ms"
command_timeout = "500ms"
command_pause = "5ms"
reset_pause = "20ms"
dtr_low = "100ms"
carrier_off = "{carrier_off}"
guard_time = "60ms"
connect_timeout = "5s"
lock_dir = "{locks}"
"""
SCALE = "0.05"


class Office:
    """An emulated telephone line with two modems; modemctl has the one called provider, the test the other."""

    def __init__(self, folder, *faults, carrier_off="1s"):
        self.folder, self.locks = folder, os.path.join(folder, "locks")
        self.events = os.path.join(folder, "emulator.json")
        for part in ("etc/modems", "locks"):
            os.makedirs(os.path.join(folder, part))
        self.profile("provider", self.link("provider"), carrier_off)
        command = [os.path.join(BIN, "modem-emulator"), "--time-scale", SCALE, "--number", "555=modem:provider", "--log", self.events]
        for name in ("provider", "caller"):
            command += ["--modem", f"{name}={self.link(name)}"]
        for fault in faults:
            command += ["--fault", fault]
        self.emulator = Process(command, os.path.join(folder, "emulator.log"))
        wait_until(lambda: all(os.path.exists(self.link(name)) for name in ("provider", "caller")), "the modems' links")
        self.env = {**os.environ, "LC_ALL": "C", "OFFHOOK_CONFIG": os.path.join(folder, "etc")}

    def link(self, name):
        return os.path.join(self.folder, name)

    def profile(self, name, port, carrier_off="1s"):
        with open(os.path.join(self.folder, "etc", "modems", f"{name}.toml"), "w", encoding="ascii") as file:
            file.write(PROFILE.format(port=port, locks=self.locks, carrier_off=carrier_off))

    def run(self, *arguments, before=()):
        return subprocess.run([*before, os.path.join(BIN, "modemctl"), *arguments], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60, env=self.env, check=False)

    def answer(self, *arguments):
        return Answerer(self, arguments)

    def locked(self):
        return [name for name in os.listdir(self.locks) if name.startswith("LCK..")]

    def logged(self, event, modem="provider"):
        lines = read(self.events).decode().splitlines() if os.path.exists(self.events) else []
        found = [json.loads(line) for line in lines if line.endswith("}")]
        return [one for one in found if one["event"] == event and one.get("modem") == modem]

    def on_hook(self, modem="provider"):
        return len(self.logged("on_hook", modem)) >= len(self.logged("off_hook", modem))


class Answerer:
    """A modemctl answer that runs; its standard error is a log."""

    def __init__(self, office, arguments):
        self.log = os.path.join(office.folder, "answer.log")
        with open(self.log, "wb") as file:
            self.popen = subprocess.Popen([os.path.join(BIN, "modemctl"), "answer", *arguments], stdin=subprocess.DEVNULL,
                                          stdout=file, stderr=file, env=office.env)
        keep(self)

    def stop(self):
        return stop(self.popen)

    def text(self):
        return read(self.log).decode()

    def waits(self):
        wait_until(lambda: "waiting for calls" in self.text() or self.popen.poll() is not None, "modemctl to wait for calls")
        check(self.popen.poll() is None, f"it ended: {self.text()}")
        return self

    def ended(self, status):
        found = self.popen.wait(60)
        check(found == status, f"ended with {found} instead of {status}: {self.text()}")
        return self.text()


class Caller:
    """A terminal on the other modem."""

    def __init__(self, office):
        self.fd = os.open(office.link("caller"), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self.fd)
        self.pending = b""
        keep(self)

    def stop(self):
        self.hang_up()

    def hang_up(self):
        """The close is a loss of DTR."""
        if self.fd is not None:
            os.close(self.fd)
            self.fd = None

    def write(self, octets):
        os.write(self.fd, octets)

    def expect(self, pattern, seconds=20):
        """Reads until the pattern is found, takes it and what stood before it."""
        while True:
            found = re.search(pattern, self.pending)
            if found:
                self.pending = self.pending[found.end():]
                return found.group(0)
            if not select.select([self.fd], [], [], seconds)[0]:
                check(False, f"the caller waits for {pattern!r} and has {self.pending!r}")
            octets = os.read(self.fd, 4096)
            check(octets, f"the caller's line has gone; it has {self.pending!r}")
            self.pending += octets

    def dial(self, number="555"):
        """The other end may still be on its way on-hook."""
        while True:
            self.write(b"ATE0DT" + number.encode() + b"\r")
            if self.expect(rb"CONNECT[^\r]*\r\n|BUSY\r\n|NO [A-Z ]+\r\n").startswith(b"CONNECT"):
                return self


def greeter(office):
    """Says which run it is, takes one line, says it back and ends."""
    runs = os.path.join(office.folder, "runs")
    return ["sh", "-c", f"echo x >> {runs}; echo run $(wc -l < {runs}); IFS= read -r line || exit 9; echo got $line"]


def passes(folder):
    """the program is run again while the carrier holds, and each pass begins anew; the call is one line of the log"""
    office = Office(folder)
    answerer = office.answer("provider", "--calls", "1", "--", *greeter(office)).waits()
    check(not office.locked(), "the port is locked while nobody calls")
    caller = Caller(office).dial()
    check(office.locked(), "the port is not locked in a call")
    for number in (b"1", b"2", b"3"):
        caller.expect(rb"run " + number + rb"\n")
        caller.write(b"line " + number + b"\n")
        caller.expect(rb"got line " + number + rb"\n")
    caller.expect(rb"run 4\n")
    caller.hang_up()
    text = answerer.ended(0)
    check(re.search(r"call 1: 4 passes, 21 octets in, 57 out, \d+ s, ", text), text)
    check("program exit 9" in text, f"the program did not see the end of its input: {text}")
    check(not office.locked(), "the lock stayed")
    check(office.on_hook(), "it is off-hook")


def early(folder):
    """what the caller sent ahead is for the next pass"""
    office = Office(folder)
    office.answer("provider", "--calls", "1", "--", *greeter(office)).waits()
    caller = Caller(office).dial()
    caller.write(b"one\ntwo\nthree\n")
    for number, word in ((b"1", b"one"), (b"2", b"two"), (b"3", b"three")):
        caller.expect(rb"run " + number + rb"\ngot " + word + rb"\n")


def next_call(folder):
    """the end of a call ends the program before the port is armed again, and the next call is answered"""
    office = Office(folder)
    mark = os.path.join(folder, "ended")
    program = ["sh", "-c", f"echo here; trap '' TERM; cat > /dev/null; echo x >> {mark}; exec sleep 600"]
    answerer = office.answer("provider", "--", *program).waits()
    for number in (1, 2):
        caller = Caller(office).dial()
        caller.expect(rb"here\n")
        caller.hang_up()
        wait_until(lambda n=number: f"call {n}: 1 pass," in answerer.text(), "the call to end", 30)
        check(len(read(mark).split()) == number, "the program did not see the end of the call")
    answerer.popen.send_signal(signal.SIGTERM)
    text = answerer.ended(0)
    check(text.count("signal ") == 2, f"the program was not ended: {text}")
    check(not office.locked() and office.on_hook(), "locked or off-hook")


def at_once(folder):
    """a program that ends at once does not spin: the call is left after some tries"""
    office = Office(folder)
    answerer = office.answer("provider", "--calls", "1", "--", "false").waits()
    Caller(office).dial()
    text = answerer.ended(0)
    check("5 passes" in text and "ended at once 5 times" in text and "program exit 1" in text, text)
    check(office.on_hook(), "it is off-hook")


def missing(folder):
    """a program that cannot be run ends the call and is said"""
    office = Office(folder)
    answerer = office.answer("provider", "--", "/nonexistent/program").waits()
    Caller(office).dial()
    text = answerer.ended(111)
    check("run /nonexistent/program: No such file" in text, text)
    check(not office.locked() and office.on_hook(), "locked or off-hook")


def stopped(folder):
    """SIGTERM, waiting or in a call: on-hook, unlocked, 0"""
    for part, number in (("waiting", signal.SIGTERM), ("call", signal.SIGTERM), ("interrupt", signal.SIGINT)):
        inner = os.path.join(folder, part)
        os.mkdir(inner)
        office = Office(inner)
        answerer = office.answer("provider", "--", "sh", "-c", "echo here; cat").waits()
        if part != "waiting":
            Caller(office).dial().expect(rb"here\n")
        answerer.popen.send_signal(number)
        text = answerer.ended(0)
        check(part == "waiting" or "stopped by SIG" in text, text)
        check(not office.locked(), f"{part}: the lock stayed")
        wait_until(office.on_hook, "the modem to be on-hook")


def killed(folder):
    """killed in a call: on-hook by itself; hangup takes the stale lock over and frees the port"""
    office = Office(folder)
    answerer = office.answer("provider", "--", "sh", "-c", "echo here; cat").waits()
    caller = Caller(office).dial()
    caller.expect(rb"here\n")
    held = office.run("hangup", "provider")
    check(held.returncode == 111 and f"modemctl (pid {answerer.popen.pid})" in held.stderr.decode(), f"held: {held}")
    check(not office.on_hook(), "a call was ended by somebody who has not the port")
    answerer.popen.kill()
    answerer.popen.wait()
    wait_until(office.on_hook, "the line to fall with the process", 5)
    check(office.locked(), "there is no stale lock to take over")
    done = office.run("hangup", "provider")
    check(done.returncode == 0 and not done.stderr, f"hangup: {done}")
    check(not office.locked(), "the lock stayed")


def faults(folder):
    """a modem that is mute, echoes or answers garbage is told with every rung that was tried, 100"""
    for fault, word in (("mute", "answers nothing"), ("echo", "only the echo"), ("garbage", "garbage")):
        inner = os.path.join(folder, fault)
        os.mkdir(inner)
        office = Office(inner, f"provider={fault}")
        done = office.run("answer", "provider", "--", "true")
        text = done.stderr.decode()
        last = text.splitlines()[-1]
        check(done.returncode == 100 and "fatal: " in last and word in last and text.count("fatal: ") == 1, f"{fault}: {done}")
        for rung in ("DTR", "+++ with ATH0", "ATZ", "a reopened port"):
            check(f": trying {rung}\n" in text and rung in last, f"{fault}: {rung}: {text}")
        check(not office.locked(), f"{fault}: the lock stayed")
        check(office.run("hangup", "provider").returncode == 100, f"{fault}: hangup knows nothing of the modem's state")


def stuck(folder):
    """a modem that does not hang up is said, with what to do, and the program does not wait for ever"""
    office = Office(folder, "provider=stuck", carrier_off="200ms")
    answerer = office.answer("provider", "--", "sh", "-c", "echo here; cat").waits()
    Caller(office).dial().expect(rb"here\n")
    answerer.popen.send_signal(signal.SIGTERM)
    text = answerer.ended(100)
    check("does not hang up" in text and "switch the modem off" in text, text)
    check(not office.locked(), "the lock stayed")


def wrong(folder):
    """a port that is not there, is no tty, a profile that is not there, wrong words: one line, 100"""
    office = Office(folder)
    office.profile("away", "/dev/nothing-of-that-name")
    office.profile("null", "/dev/null")
    for arguments, word in ((["hangup", "away"], "/dev/nothing-of-that-name"), (["hangup", "null"], "/dev/null"),
                            (["hangup", "provide"], "provider"), (["hangup", "../x"], "../x"), (["hangup"], "usage"),
                            ([], "usage"), (["dial"], "dial"), (["answer", "provider"], "login table"),
                            (["answer", "provider", "--calls", "0", "--", "true"], "--calls"),
                            (["hangup", "--json", "provider"], "--json"), (["hangup", "--audit", "x", "provider"], "--audit"),
                            (["hangup", "provider", "x"], "x")):
        done = office.run(*arguments)
        text = done.stderr.decode()
        check(done.returncode == 100 and word in text and text.count("\n") == 1 and not done.stdout, f"{arguments}: {done}")
    check(not office.locked(), "a lock stayed")


def listed(folder):
    """list names the ports of the profiles with their holders; the host's own ports are hidden from it here"""
    # libserialport opens ports to see whether they are there: not those of whoever runs the tests.
    hidden = namespaces("--mount")
    shell = ["sh", "-c", 'mount -t tmpfs none /sys/class/tty && test -z "$(ls -A /sys/class/tty)" && exec "$@"', "sh"]
    office = Office(folder)
    office.profile("away", "/dev/nothing-of-that-name")
    with open(os.path.join(folder, "etc/modems/base.toml"), "w", encoding="ascii") as file:
        file.write("speed = 9600\n")  # others inherit from it: it has no port
    probe = subprocess.run([*hidden, *shell, "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        namespaces("--mount", "--no-such-namespace")
    answerer = office.answer("provider", "--", "cat").waits()
    Caller(office).dial()
    done = office.run("list", "--json", before=[*hidden, *shell])
    check(done.returncode == 0 and not done.stderr, f"list: {done}")
    ports = {tuple(port["profiles"]): port for port in json.loads(done.stdout)}
    check(set(ports) == {("away",), ("provider",)}, f"{done.stdout}")
    holder = ports[("provider",)]["holder"]
    check(holder and holder["pid"] == answerer.popen.pid and holder["program"] == "modemctl" and holder["alive"], f"{holder}")
    check(ports[("away",)]["holder"] is None, f"{ports}")
    text = office.run("list", before=[*hidden, *shell]).stdout.decode()
    check("profile provider" in text and f"held by modemctl (pid {answerer.popen.pid})" in text and "not there" in text, text)


if __name__ == "__main__":
    check(termios, "no terminals here")
    main(passes, early, next_call, at_once, missing, stopped, killed, faults, stuck, wrong, listed)
