#!/usr/bin/env python3
"""modemctl probe: the speed of a modem is found, and what is on a port without one is told."""
import os
import select
import signal
import subprocess
import threading
import time
import tty

from ctl_kit import Host, check, keep, locks, main, toml, wait_until, write


def found(folder):
    """a modem of one speed is found at it and identified, and the profile that is proposed works"""
    host = Host(folder)
    emulator = host.emulator("--dte-speed", "line=57600")
    port = emulator.port("line")
    for name, texts in (("emulated", ["emulated MODEM"]), ("other", ["Sportster"])):
        write(os.path.join(folder, "etc", "modems", f"{name}.toml"), toml({"matches": texts, "init": ["ATE0S7=61"]}))
    known = host.json("probe", port)
    check(known["inherits"] == "emulated" and 'inherits = "emulated"\n' in known["profile"], f"{known}")
    check((known["found"], known["speed"], known["device"]) == ("answer", 57600, os.path.realpath(port)), f"{known}")
    check(known["identity"]["GMI"] == ["Offhook"], f"{known}")
    with open(os.path.join(folder, "etc", "modems", "found.toml"), "w", encoding="utf-8") as file:
        file.write(known["profile"] + f'flow = "none"\nlock_dir = "{host.locks}"\n')
    check("ATE0S7=61" in host.run("init", "found"), "the proposed profile")
    text = host.run("probe", "--speed", "57600", port)
    check("speed" in text and "57600" in text and f'port = "{port}"' in text, text)


def proposed(folder):
    """of the bases on this host the one is proposed whose text the modem says of itself, the longest before others"""
    host = Host(folder)
    emulator = host.emulator()
    for name, keys in (("any", 'matches = ["offhook"]'), ("right", 'matches = ["Nobody", "Emulated modem"]'),
                       ("wrong", 'matches = ["Somebody"]'),
                       ("mine", 'port = "/dev/nothing"\nmatches = ["Offhook Emulated modem"]')):
        with open(os.path.join(folder, "etc", "modems", f"{name}.toml"), "w", encoding="ascii") as file:
            file.write(keys + "\n")
    known = host.json("probe", "--speed", "115200", emulator.port("line"))
    check(known["inherits"] == "right" and 'inherits = "right"\n' in known["profile"], f"{known}")


def autobaud(folder):
    """one that learns the speed from AT is found at the first that is tried"""
    host = Host(folder)
    emulator = host.emulator("--dte-speed", "line=auto")
    check(host.json("probe", emulator.port("line"))["speed"] == 115200, "the speed")


class Line:
    """A pty with something on it that is no modem of the emulator's."""

    def __init__(self, folder, answer):
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.link = os.path.join(folder, "line")
        os.symlink(os.ttyname(slave), self.link)
        self._slave, self._answer, self._over = slave, answer, False
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        keep(self)

    def _run(self):
        while not self._over:
            if select.select([self.master], [], [], 0.1)[0]:
                answer = self._answer(os.read(self.master, 4096))
                os.write(self.master, answer)

    def stop(self):
        self._over = True
        self._thread.join()
        os.close(self.master)
        os.close(self._slave)


class Quiet:
    """ATQ1 was given to it: it echoes, and answers only once ATQ0 has come."""

    def __init__(self):
        self.speaks, self.line = False, b""

    def __call__(self, octets):
        out = octets
        self.line += octets
        while b"\r" in self.line:
            line, _, self.line = self.line.partition(b"\r")
            self.speaks = self.speaks or line.startswith(b"ATQ0")
            out += b"\r\nOK\r\n" if self.speaks else b""
        return out


def told(folder):
    """an echo, garbage and silence are told apart, each in one line, 100, in bounded time"""
    runs = []
    for name, answer, word in (("echo", lambda octets: octets, "loop-back plug"), ("silence", lambda octets: b"", "nothing answers"),
                               ("garbage", lambda octets: b"\xf3\xfe" * len(octets), "parity")):
        home = os.path.join(folder, name)
        os.makedirs(home)
        host = Host(home)
        line = Line(home, answer)
        host.profile("line", line.link)
        runs.append((name, word, host, host.start("probe", "--json", "--speed", "9600", line.link)))
    for name, word, host, process in runs:
        out, errors = process.communicate(timeout=40)
        check(process.returncode == 100 and word.encode() in errors and errors.count(b"\n") == 1, f"{name}: {out} {errors}")
        check(f'"found": "{name}"'.encode() in out, f"{name}: {out}")
        check(not locks(host.locks), f"{name} left {locks(host.locks)}")


def results_off(folder):
    """a modem whose results are off is found by its echo, and they are on afterwards"""
    host = Host(folder)
    quiet = Quiet()
    line = Line(folder, quiet)
    host.profile("line", line.link)
    check(host.json("probe", line.link)["found"] == "answer" and quiet.speaks, "it was not found")


def cancelled(folder):
    """a signal ends a probe at once; the port is free and has its modes of before"""
    host = Host(folder)
    line = Line(folder, lambda octets: b"")
    host.profile("line", line.link)
    # Our last close drops DTR on purpose, so HUPCL stays.
    modes = ["stty", "-F", line.link]
    subprocess.run([*modes, "hupcl", "4800"], check=True)
    before = subprocess.run([*modes, "-g"], capture_output=True, check=True).stdout
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        process = host.start("probe", line.link)
        wait_until(lambda: locks(host.locks), "the lock")
        process.send_signal(number)
        began = time.monotonic()
        _, errors = process.communicate(timeout=20)
        check(process.returncode == 111 and b"stopped by SIG" in errors, f"{process.returncode} {errors}")
        check(time.monotonic() - began < 2, "it took too long")
        check(not locks(host.locks), f"left {locks(host.locks)}")
        after = subprocess.run([*modes, "-g"], capture_output=True, check=True).stdout
        check(before == after, f"modes were {before}, are {after}")


def wrong(folder):
    """a profile's name is no port, and a port that is not there is told"""
    host = Host(folder)
    emulator = host.emulator()
    check("no port" in host.run("probe", "line", status=100), "a profile")
    check("no-such" in host.run("probe", "/dev/no-such", status=100), "no device")
    process = host.start("lock", "line", "--", "sleep", "1000")
    wait_until(lambda: len(locks(host.locks)) >= 2, "the lock")
    busy = host.start("probe", emulator.port("line"))
    _, errors = busy.communicate(timeout=20)
    check(busy.returncode == 111 and f"modemctl (pid {process.pid})".encode() in errors, f"{errors}")
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=20)


main(found, proposed, autobaud, told, results_off, cancelled, wrong)
