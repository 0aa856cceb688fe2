#!/usr/bin/env python3
"""Stands in for pppd where there is no kernel PPP: it says its lines, holds the terminal, ends with its statuses.

    standin_pppd.py FOLDER pppd's arguments

FOLDER/scenario is a list of steps, played one after the other; without one: up, hold. FOLDER/runs gets a line of JSON for each run:
what it was given and where it found it. Steps are words with an argument:

    say TEXT     a line of the log          up          all lines of a link that comes up
    note FILE    writes the steady clock into FOLDER/FILE
    exit N       ends with this status      die N       kills itself with this signal
    wait FILE    until FOLDER/FILE is there
    run COMMAND  as pppd runs its scripts; "at-end COMMAND": when the link has gone
    connect      runs the connect script on the device of the options; a failure ends it with 8
    set-uid      forgets that its session's death is to be told, as a set-uid program does
    hold         until a signal, which ends it as pppd ends, the terminal's hang-up or maxconnect
    deaf         as hold, but SIGTERM does nothing
"""
import contextlib
import ctypes
import json
import os
import select
import shlex
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts"))
from mailhost import wait_until  # noqa: E402

PR_SET_PDEATHSIG = 1
LOCAL, REMOTE = "10.0.0.2", "10.0.0.1"
UP = ["Using interface ppp77", "Connect: ppp77 <--> {tty}", "CHAP authentication succeeded: welcome",
      f"local  IP address {LOCAL}", f"remote IP address {REMOTE}", "primary   DNS address 10.0.0.3"]
TOTALS = ["Connect time 0.5 minutes.", "Sent 4321 bytes, received 1234 bytes."]


def options_of(words):
    """The command line with what the files that it names say."""
    found = []
    while words:
        word = words.pop(0)
        if word in ("file", "call"):
            name = words.pop(0)
            path = name if word == "file" else os.path.join("/etc/ppp/peers", name)
            with open(path, encoding="utf-8") as file:
                found += [shlex.split(line, comments=True) for line in file if shlex.split(line, comments=True)]
        elif word in ("logfd", "passwordfd"):
            found.append([word, words.pop(0)])
        else:
            found.append([word])
    return found


class Pppd:
    def __init__(self, folder, words):
        self.folder = folder
        self.options = options_of(list(words))
        self.log = int(self.value("logfd") or 1)
        password = self.value("passwordfd")
        self.password = os.read(int(password), 4096).decode() if password else None
        self.tty = os.ttyname(0) if os.isatty(0) else None
        self.line = None
        self.at_end = None
        with open(os.path.join(folder, "runs"), "a", encoding="utf-8") as file:
            file.write(json.dumps({"argv": list(words), "options": self.options, "password": self.password,
                                   "tty": self.tty, "environment": dict(os.environ), "pid": os.getpid(),
                                   "command_line": open("/proc/self/cmdline", "rb").read().decode()}) + "\n")

    def value(self, name):
        return next((words[1] for words in self.options if words[0] == name and len(words) > 1), None)

    def say(self, *lines):
        with contextlib.suppress(BrokenPipeError):  # a session that has died reads it no more
            os.write(self.log, "".join(line.format(tty=self.tty) + "\n" for line in lines).encode())

    def end(self, status, *lines):
        if self.at_end:
            self.run_script(self.at_end)
        self.say(*lines, *TOTALS, "Connection terminated.", "Exit.")
        sys.exit(status)

    def hold(self, hears=True):
        def told(number, _):
            if hears:
                self.end(5, f"Terminating on signal {number}")
        signal.signal(signal.SIGTERM, told)
        if hears and self.value("maxconnect"):
            signal.signal(signal.SIGALRM, lambda *_: self.end(13, "Connect time expired"))
            signal.alarm(int(self.value("maxconnect")))
        line = self.line
        if self.tty:
            # As pppd does, the line is opened again by its name; its hang-up is read there.
            line = os.open(self.tty, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        while line is not None:
            select.select([line], [], [])
            try:
                if not os.read(line, 4096):
                    break
            except BlockingIOError:
                continue
            except OSError:
                break
        if hears and line is not None:
            self.end(16, "Modem hangup")
        while True:
            signal.pause()

    @staticmethod
    def run_script(command):
        subprocess.run(["/bin/sh", "-c", command], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=False,
                       env={**os.environ, "IFNAME": "ppp77", "IPLOCAL": LOCAL, "IPREMOTE": REMOTE, "PPPD_PID": str(os.getpid())})

    def connect(self):
        device = next(words[0] for words in self.options if words[0].startswith("/"))
        self.line = os.open(device, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        script = subprocess.Popen(["/bin/sh", "-c", self.value("connect")], stdin=self.line, stdout=self.line, stderr=self.log)

        def told(number, _):
            signal.signal(number, signal.SIG_IGN)  # pppd tells all of its process group
            os.kill(0, number)
        signal.signal(signal.SIGTERM, told)
        status = script.wait()
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        if status != 0:
            self.say("Connect script failed")
            sys.exit(8)

    def play(self, step):
        word, _, rest = step.partition(" ")
        if word == "say":
            self.say(rest)
        elif word == "up":
            self.say(*UP)
        elif word == "note":
            with open(os.path.join(self.folder, rest), "w", encoding="ascii") as file:
                file.write(str(time.monotonic()))
        elif word == "exit":
            sys.exit(int(rest))
        elif word == "die":
            os.kill(os.getpid(), int(rest))
        elif word == "set-uid":
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, 0)
        elif word == "connect":
            self.connect()
        elif word == "run":
            self.run_script(rest)
        elif word == "at-end":
            self.at_end = rest
        elif word == "wait":
            wait_until(lambda: os.path.exists(os.path.join(self.folder, rest)), f"{rest} is there", 60)
        else:
            self.hold(hears=word == "hold")


def main():
    folder = sys.argv[1]
    pppd = Pppd(folder, sys.argv[2:])
    scenario = os.path.join(folder, "scenario")
    steps = ["up", "hold"]
    if os.path.exists(scenario):
        with open(scenario, encoding="utf-8") as file:
            steps = file.read().splitlines()
    for step in steps:
        pppd.play(step)


main()
