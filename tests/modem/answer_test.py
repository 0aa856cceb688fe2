#!/usr/bin/env python3
"""modemctl answer in a getty's role: it shares its port with programs that dial out, by mgetty's rules."""
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
import tty

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "peers"), os.path.join(TESTS, "pppctl")]
from kit import BIN, MailHost, check, keep, main, peer, peer_env, read, wait_until  # noqa: E402
from line_office import MODEM, LineOffice  # noqa: E402
from phone_line import QUICK_MODEM, Answerer, kill, locks, modem_profile  # noqa: E402

OURS = "5550"  # the number of the modem that answers


class Caller:
    """A terminal on the other modem."""

    def __init__(self, port):
        self._fd = os.open(port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        tty.setraw(self._fd)
        self._got = b""
        keep(self)

    def write(self, octets):
        os.write(self._fd, octets)

    def expect(self, pattern, seconds=20):
        """Takes everything up to the end of the pattern's first match; returns that match."""
        while not (found := re.search(pattern, self._got)):
            check(select.select([self._fd], [], [], seconds)[0], f"the caller waits for {pattern!r} and has {self._got!r}")
            octets = os.read(self._fd, 4096)
            check(octets, f"the caller's line has gone; it has {self._got!r}")
            self._got += octets
        self._got = self._got[found.end():]
        return found.group(0)

    def dial(self):
        """The other end may still be on its way on-hook, or be set up anew."""
        while True:
            self.write(f"ATE0DT{OURS}\r".encode())
            if self.expect(rb"CONNECT[^\r]*\r\n|BUSY\r\n|NO [A-Z ]+\r\n").startswith(b"CONNECT"):
                return self

    def stop(self):
        """The close is a loss of DTR."""
        if self._fd >= 0:
            os.close(self._fd)
        self._fd = -1


class ScriptedModem:
    """A modem that says what a test tells it to: OK to every command, but for those in `answers`."""

    def __init__(self, link, **answers):
        self._master, self._slave = pty.openpty()  # the slave stays open: a close by modemctl is no end of the pty
        tty.setraw(self._slave)
        os.symlink(os.ttyname(self._slave), link)
        self._answers, self.commands = {name: list(texts) for name, texts in answers.items()}, []
        self._ends = False
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()
        keep(self)

    def _play(self):
        line = b""
        while not self._ends:
            if not select.select([self._master], [], [], 0.05)[0]:
                continue
            line += os.read(self._master, 4096)
            *complete, line = line.split(b"\r")
            for command in (one.decode("latin-1") for one in complete):
                self.commands.append(command)
                answers = self._answers.get(command)
                self.say(answers.pop(0) if answers else "OK")

    def say(self, text):
        os.write(self._master, b"\r\n" + text.encode("latin-1") + b"\r\n")

    def stop(self):
        self._ends = True
        self._thread.join(5)
        os.close(self._master)
        os.close(self._slave)


class Getty:
    """An office whose modem answers calls, and dials out; the provider's modem is its other end."""

    def __init__(self, folder, *options, program=("cat",), answers=False, modem=None):
        self.line = LineOffice(folder, "--number", f"{OURS}=modem:office", answers=answers, modem=modem)
        self._options, self._program = options, program

    def start(self):
        self.answerer = keep(Answerer(self.line.office, MODEM, *self._program, options=self._options))
        return self

    def waits(self):
        self.says("waiting for calls")
        wait_until(lambda: not self.locks() or self.ended(), "the port to be free")
        return self

    def says(self, text, times=1):
        wait_until(lambda: self.log().count(text) >= times or self.ended(), f"modemctl says {text!r}")
        check(self.log().count(text) >= times, f"modemctl did not say {text!r}: {self.log()}")

    def log(self):
        return self.answerer.log()

    def ended(self):
        return self.answerer.process.poll() is not None

    def locks(self):
        return locks(self.line.lock_dir)

    def caller(self):
        return Caller(self.line.emulator.port("provider"))

    def processor_seconds(self):
        with open(f"/proc/{self.answerer.process.pid}/stat", encoding="ascii") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def at_rest(self):
        """Stopped by SIGTERM: on-hook, unlocked, 0."""
        status = self.answerer.stop()
        check(status == 0, f"modemctl answer ended with {status}: {self.log()}")
        wait_until(lambda: self.line.on_hook(), "the modem to be on-hook")
        check(not self.locks(), f"left behind: {self.locks()}")


def test_shared(folder):
    """a session dials out on the modem that answers: a whole call, and a call that comes in afterwards is answered"""
    getty = Getty(folder, answers=True).start().waits()
    line = getty.line
    letters = line.submit(3)
    done = line.session()
    check((done.returncode, done.stderr) == (0, b""), f"{done}")
    getty.waits()  # the lock may be modemctl's by now, which sets the modem up anew
    check(line.on_hook() and [call["result"] for call in line.calls()] == ["ok"], f"{line.calls()}")
    line.check_mail("the session beside modemctl answer", letters, 0)
    getty.says("is in use by pppctl (pid ")
    line.answerer.stop()
    caller = getty.caller().dial()
    check(getty.locks(), "the port is not locked in a call")
    caller.write(b"hello\n")
    caller.expect(rb"hello\n")
    check(getty.log().count("call 1: ") == 1, f"{getty.log()}")
    caller.stop()
    getty.says("carrier lost")
    check(getty.processor_seconds() < 2, f"it took {getty.processor_seconds()} s of the processor")
    getty.at_rest()


def test_dialler_killed(folder):
    """a session that is killed on the shared modem leaves no call: the line falls, its lock is taken over, calls are answered"""
    getty = Getty(folder, answers=True).start().waits()
    line = getty.line
    line.submit(1)
    session = line.start_session()
    wait_until(lambda: line.emulator.events("office", "connect"), "the session's call")
    kill(session.popen)
    wait_until(line.on_hook, "the line to fall", 5)
    line.answerer.stop()
    getty.caller().dial().write(b"hello\n")
    getty.says("call 1: CONNECT")
    getty.at_rest()


def test_locked_at_start(folder):
    """a port that somebody has when it starts is waited for and not touched"""
    getty = Getty(folder)
    lock = os.path.join(getty.line.lock_dir, "LCK.." + os.path.basename(getty.line.emulator.port("office")))
    with open(lock, "w", encoding="ascii") as file:
        file.write(f"{os.getpid():10d}\n")
    getty.start().says(f"(pid {os.getpid()})")
    check(not getty.line.emulator.events("office", "opened"), "it opened the port")
    os.unlink(lock)
    getty.waits()
    getty.at_rest()


def test_noise(folder):
    """what comes without a ring is no call: the modem is set up anew and the port is free again"""
    getty = Getty(folder).start().waits()
    commands = len(getty.line.emulator.events("office", "command"))
    with open(getty.line.emulator.port("office"), "wb", buffering=0) as port:
        port.write(b"AT\r")  # a program that keeps to no lock
    wait_until(lambda: len(getty.line.emulator.events("office", "command")) > commands + 2 or getty.ended(), "it is set up anew")
    getty.waits()
    getty.caller().dial()
    getty.at_rest()


def audited(path):
    return [json.loads(line) for line in read(path).decode().splitlines()] if os.path.exists(path) else []


def test_nologin(folder):
    """while the nologin file is there nobody is answered: it is looked for at each ring, and a ring after its end is answered"""
    file = os.path.join(folder, "nologin")
    getty = Getty(folder, "--nologin", file)
    with open(file, "w", encoding="ascii"):
        pass
    getty.start().waits()
    caller = getty.caller()
    caller.write(f"ATE0DT{OURS}\r".encode())
    rings = lambda: [event for event in getty.line.emulator.events("office", "result") if event["text"] == "RING"]  # noqa: E731
    wait_until(lambda: len(rings()) > 3 or getty.ended(), "it rings")
    check(getty.line.on_hook(), "it was answered")
    os.unlink(file)
    caller.expect(rb"CONNECT")
    getty.at_rest()


def test_audit(folder):
    """a call is one line of JSON: when, where, what CONNECT said, the program, octets, time, why it ended, its status"""
    file = os.path.join(folder, "audit")
    getty = Getty(folder, "--audit", file, "--calls", "1", program=("sh", "-c", "trap '' PIPE; read line && echo got; exit 7")).start().waits()
    caller = getty.caller().dial()
    caller.write(b"hello\n")
    caller.expect(rb"got\n")
    caller.stop()
    wait_until(getty.ended, "the call to end")
    call, = audited(file)
    check(re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", call["time"]), f"{call}")
    told = {name: call[name] for name in ("profile", "call", "caller", "connect", "speed", "octets_in", "reason", "exit", "signal")}
    check(told == {"profile": MODEM, "call": 1, "caller": None, "connect": "CONNECT 33600/ARQ", "speed": 33600, "octets_in": 6,
                   "reason": "carrier lost", "exit": 7, "signal": None}, f"{call}")
    check(call["port"].startswith("/dev/pts/") and call["program"][0] == "sh" and call["passes"] >= 1, f"{call}")
    check(os.stat(file).st_mode & 0o777 == 0o640, f"{os.stat(file)}")


def scripted(folder, file, **answers):
    """An answering modemctl on a scripted modem; its rings are two."""
    modem = ScriptedModem(os.path.join(folder, "modem"), **answers)
    host = keep(MailHost(os.path.join(folder, "office"), "office.example", BIN))
    modem_profile(host, "line", os.path.join(folder, "modem"), os.path.join(folder, "locks"), **{**QUICK_MODEM, "rings": 2})
    answerer = keep(Answerer(host, "line", "sh", "-c", "echo here; cat", options=("--audit", file)))

    def says(text, times=1):
        wait_until(lambda: answerer.log().count(text) >= times or answerer.process.poll() is not None, f"modemctl says {text!r}")
        check(answerer.log().count(text) >= times, f"modemctl did not say {text!r}: {answerer.log()}")

    says("waiting for calls")
    wait_until(lambda: not locks(os.path.join(folder, "locks")), "the port to be free")
    return modem, says


def test_caller(folder):
    """who calls is told in the log and in the record, and no octet of it reaches a terminal unescaped"""
    file = os.path.join(folder, "audit")
    modem, says = scripted(folder, file, ATA=["CONNECT 9600/ARQ"])
    for text in ("RING", "NMBR = 030\x1b[2J1234", "RING"):
        modem.say(text)
    says("call 1: CONNECT 9600/ARQ, caller 030\\033[2J1234")
    check("\x1b" not in read(os.path.join(folder, "office", "answer-line.log")).decode(), "an escape sequence in the log")


def test_no_data_call(folder):
    """a fax machine or a person that calls ends the attempt, told as such, and the next call is answered"""
    file = os.path.join(folder, "audit")
    modem, says = scripted(folder, file, ATA=["FAX", "VOICE", "NO CARRIER", "CONNECT 9600/ARQ"])
    for number, text in enumerate(("a fax machine calls", "a person calls", "NO CARRIER")):
        modem.say("RING")
        modem.say("RING")
        says(text)
        wait_until(lambda: len(audited(file)) == number + 1, "the record")
        wait_until(lambda: not locks(os.path.join(folder, "locks")), "the port to be free")
    modem.say("RING")
    modem.say("RING")
    says("call 1: CONNECT 9600/ARQ")
    check([call["call"] for call in audited(file)] == [None, None, None], f"{audited(file)}")


# The login table. A stand-in is pppd: there is no PPP in most kernels that tests run on.

LCP = b"\x7e\xff\x7d\x23\xc0\x21\x7d\x21\x7d\x21\x7d\x20\x7d\x34"
PPPD = """\
import json, os, signal, sys, termios
here = os.path.dirname(os.path.abspath(__file__))
modes = termios.tcgetattr(0)
def note(text):
    with open(os.path.join(here, "signals"), "a") as file:
        file.write(text + "\\n")
def terminate(*_):
    note("TERM")
    sys.exit(5)
signal.signal(signal.SIGTERM, {on_term})
facts = {{"argv": sys.argv[1:], "fds": [os.readlink(f"/proc/self/fd/{{n}}") for n in (0, 1, 2)],
         "open": len(os.listdir("/proc/self/fd")), "echo": bool(modes[3] & termios.ECHO), "icanon": bool(modes[3] & termios.ICANON),
         "opost": bool(modes[1] & termios.OPOST), "clocal": bool(modes[2] & termios.CLOCAL), "pid": os.getpid(),
         "nonblock": not os.get_blocking(0)}}
with open(os.path.join(here, "facts.new"), "w") as file:
    json.dump(facts, file)
os.rename(os.path.join(here, "facts.new"), os.path.join(here, "facts"))
os.write(1, b"frames")
while True:
    signal.pause()
"""
LET_IN = """\
#!/bin/sh
echo "$(basename $0) got $# words: $*"
tty
IFS= read -r line && echo "said $line"
"""


def script(path, text):
    with open(path, "w", encoding="ascii") as file:
        file.write(text)
    os.chmod(path, 0o755)
    return path


class LoginGetty(Getty):
    """A getty with a login table; in its lines {0} is the folder of its programs."""

    def __init__(self, folder, *lines, on_term="terminate", mode=0o600, options=()):
        self.programs = folder
        script(os.path.join(folder, "pppd"), f"#!{sys.executable}\n" + PPPD.format(on_term=on_term))
        script(os.path.join(folder, "mail"), LET_IN)
        self.file, self.table = os.path.join(folder, "audit"), os.path.join(folder, "table")
        with open(self.table, "w", encoding="ascii") as file:
            file.writelines(line.format(folder) + "\n" for line in lines)
        os.chmod(self.table, mode)
        super().__init__(folder, "--login", self.table, "--audit", self.file, "--prompt", "office login: ", *options, program=())

    def facts(self):
        path = os.path.join(self.programs, "facts")
        wait_until(lambda: os.path.exists(path) or self.ended(), "the stand-in to be run")
        check(os.path.exists(path), f"the stand-in was not run: {self.log()}")
        return json.loads(read(path))

    def signals(self):
        path = os.path.join(self.programs, "signals")
        return read(path).decode().split() if os.path.exists(path) else []

    def record(self, number=1):
        wait_until(lambda: len(audited(self.file)) >= number or self.ended(), "the record of the call")
        return audited(self.file)[number - 1]


PPP_LINE = "/AutoPPP/ - a_ppp {0}/pppd auth require-chap"


def test_ppp(folder):
    """LCP frames start pppd on the tty itself, with the lock held by us; it ends with the carrier, and the port is taken back"""
    getty = LoginGetty(folder, PPP_LINE, "* - - {0}/mail @").start().waits()
    caller = getty.caller().dial()
    caller.expect(rb"office login: ")
    caller.write(LCP)
    caller.expect(rb"frames")
    facts = getty.facts()
    device = os.path.realpath(getty.line.emulator.port("office"))
    check(facts["argv"] == ["auth", "require-chap", "nodetach", "nolock", "logfd", "2"], f"{facts}")
    check(facts["fds"][:2] == [device, device] and facts["fds"][2] == os.path.realpath(os.path.join(getty.line.office.folder, "answer-line.log")), f"{facts}")
    told = {name: facts[name] for name in ("echo", "icanon", "opost", "clocal", "nonblock", "open")}
    check(told == {"echo": False, "icanon": False, "opost": False, "clocal": False, "nonblock": False, "open": 4}, f"{facts}")
    for lock in getty.locks():
        check(read(os.path.join(getty.line.lock_dir, lock)).strip() == str(getty.answerer.process.pid).encode(), f"{lock}")
    check(getty.locks(), "the port is not locked")
    os.close(os.open(device, os.O_RDWR | os.O_NOCTTY))  # as pppd opens it by its name
    caller.stop()
    call = getty.record()
    check((call["user"], call["entry"], call["reason"], call["exit"]) == ("/AutoPPP/", "/AutoPPP/", "carrier lost", 5), f"{call}")
    check(getty.signals() == ["TERM"], f"{getty.signals()}")
    wait_until(lambda: not getty.locks() or getty.ended(), "the port to be free")
    getty.caller().dial().expect(rb"office login: ")
    getty.at_rest()


def test_real_pppd(folder):
    """the words that pppd is given behind its own are options of the real one"""
    program = peer("usr/sbin/pppd")
    master, slave = pty.openpty()
    done = subprocess.run([program, "dryrun", "auth", "require-chap", "nodetach", "nolock", "logfd", "2"], stdin=slave, stdout=slave,
                          stderr=subprocess.PIPE, env={**os.environ, **peer_env()}, timeout=20, check=False)
    os.close(master)
    os.close(slave)
    said = done.stderr.decode(errors="replace")
    check("option" not in said, f"pppd ended with {done.returncode}: {said}")
    check(done.returncode in (0, 1, 3, 4) or "kernel" in said, f"pppd ended with {done.returncode}: {said}")
    print(f"pppd dryrun ended with {done.returncode}: {said.strip()}")


def test_names(folder):
    """a name is looked up in the table: its program gets it as one argument, on a socket or on the tty; others are not let in"""
    getty = LoginGetty(folder, "root - - !", "tty* - - tty:{0}/mail @", "m* - - {0}/mail from @").start().waits()
    for number, (said, name, seen) in enumerate((
            (b"mail\r", "mail", rb"mail got 2 words: from mail\n.*not a tty\n"),
            (b"-froot\ra b\rmxx\x08\x08\r", "m", rb"Login incorrect.*Login incorrect.*mail got 2 words: from m\n.*not a tty\n"),
            (b"tty1\r", "tty1", rb"mail got 1 words: tty1\r\n/dev/pts/\d+\r\n"))):
        caller = getty.caller().dial()
        caller.expect(rb"office login: ")
        caller.write(said)
        caller.expect(rb"(?s)" + seen)
        caller.write(b"hello\n")
        caller.expect(rb"said hello\r?\n")
        call = getty.record(number + 1)
        check((call["user"], call["exit"]) == (name, 0), f"{call}")
        caller.stop()
        wait_until(lambda: not getty.locks() or getty.ended(), "the port to be free")
    for number, (said, reason) in enumerate(((b"root\r", "lets this user not in"), (b"bob\r", "no line for this user"),
                                             (b"-x\r;\r/\r", "no user name"))):
        caller = getty.caller().dial()
        caller.expect(rb"office login: ")
        caller.write(said)
        call = getty.record(number + 4)
        check(reason in call["reason"] and not call["program"], f"{call}")
        caller.stop()
        wait_until(lambda: not getty.locks() or getty.ended(), "the port to be free")
    getty.at_rest()


def test_login_stopped(folder):
    """SIGTERM at the prompt and under pppd: the program is ended, on-hook, unlocked, in bounded time"""
    for part, on_term in (("prompt", "terminate"), ("pppd", "terminate"), ("deaf", "signal.SIG_IGN")):
        inner = os.path.join(folder, part)
        os.mkdir(inner)
        getty = LoginGetty(inner, PPP_LINE, on_term=on_term).start().waits()
        caller = getty.caller().dial()
        caller.expect(rb"office login: ")
        if part != "prompt":
            caller.write(LCP)
            caller.expect(rb"frames")
        if part == "deaf":
            getty.answerer.process.send_signal(signal.SIGINT)  # and at_rest() does once more: somebody is in a hurry
        getty.at_rest()
        check(part == "prompt" or not os.path.exists(f"/proc/{getty.facts()['pid']}"), f"{part}: the program runs on")
        check("stopped by" in getty.record()["reason"], f"{part}: {getty.record()}")


def test_login_killed(folder):
    """killed under pppd: pppd is told, the line falls by itself, and the lock that is left is taken over"""
    getty = LoginGetty(folder, PPP_LINE).start().waits()
    caller = getty.caller().dial()
    caller.expect(rb"office login: ")
    caller.write(LCP)
    caller.expect(rb"frames")
    kill(getty.answerer.process)
    wait_until(lambda: getty.signals() == ["TERM"], "pppd to be told", 5)
    wait_until(getty.line.on_hook, "the line to fall", 5)
    check(getty.locks(), "there is no stale lock to take over")
    getty.start().waits()
    getty.at_rest()


def test_table(folder):
    """a login table that others may read, or with a fault, is refused at the start, with what to do: 100"""
    for part, mode, line, word in (("open", 0o644, "* - - /bin/login @", "chmod 600"), ("fault", 0o600, "* - -", "table:1: 3 words")):
        inner = os.path.join(folder, part)
        os.mkdir(inner)
        getty = LoginGetty(inner, line, mode=mode).start()
        check(getty.answerer.process.wait(20) == 100 and word in getty.log() and getty.log().count("\n") == 1, f"{part}: {getty.log()}")
        check(not getty.line.emulator.events("office", "opened"), f"{part}: the port was opened")


main(test_ppp, test_real_pppd, test_names, test_login_stopped, test_login_killed, test_table, test_nologin, test_audit, test_caller, test_no_data_call, test_shared, test_dialler_killed, test_locked_at_start, test_noise)
