#!/usr/bin/env python3
"""modemctl lock and unlock: a port is somebody's for as long as a process lives, and nobody's lock is broken."""
import os
import signal
import subprocess
import time

from ctl_kit import BIN, Host, check, keep, kill, locks, main, read, wait_until


class Port(Host):
    """A port that is a plain file: a lock asks for no more."""

    def __init__(self, folder):
        super().__init__(folder)
        self.port = os.path.join(folder, "ttyX7")
        self.lock = os.path.join(self.locks, "LCK..ttyX7")
        with open(self.port, "wb"):
            pass
        self.profile("line", self.port)

    def ended(self, *arguments):
        """Exit status, what it said, and which locks there are afterwards."""
        done = subprocess.run([os.path.join(BIN, "modemctl"), *arguments], stdin=subprocess.DEVNULL, capture_output=True,
                              timeout=60, env=self.env, check=False)
        return done.returncode, (done.stdout + done.stderr).decode(), locks(self.locks)

    def refused(self, status, *words, arguments):
        code, text, left = self.ended(*arguments)
        check(code == status and text.count("\n") == 1, f"{arguments} ended with {code}: {text}")
        for word in words:
            check(word in text, f"{arguments} does not say {word!r}: {text}")
        check(left == ["LCK..ttyX7"], f"{arguments}: locks are {left}")

    def write_lock(self, octets, age=60):
        with open(self.lock, "wb") as file:
            file.write(octets)
        os.utime(self.lock, (time.time() - age, time.time() - age))


class Sleeper:
    def __init__(self):
        self.popen = subprocess.Popen(["sleep", "1000"])
        keep(self)

    def stop(self):
        if self.popen.poll() is None:
            kill(self.popen)


def program(folder):
    """a program has the port for its life, its exit status is ours, and its words are its own"""
    host = Port(folder)
    shell = f'cat {host.lock} >{folder}/seen; test "$1" = --pid && exit 7'
    code, text, left = host.ended("lock", host.port, "--", "sh", "-c", shell, "sh", "--pid")
    check(code == 7 and not text and not left, f"{code} {text} {left}")
    check(len(read(f"{folder}/seen")) == 11, "the lock had another form")
    check(host.ended("lock", "line", "--", "true") == (0, "", []), "a profile's name is no port")


def signals(folder):
    """a signal goes on to the program, and the port is free whatever it does with it"""
    host = Port(folder)
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        process = host.start("lock", host.port, "--", "sleep", "1000")
        wait_until(lambda: locks(host.locks), "the lock")
        wait_until(lambda: subprocess.run(["pgrep", "-P", str(process.pid), "-x", "sleep"], capture_output=True).returncode == 0,
                   "the program")
        process.send_signal(number)
        _, errors = process.communicate(timeout=30)
        check(process.returncode == 111 and f"signal {int(number)}".encode() in errors, f"{process.returncode} {errors}")
        check(not locks(host.locks), f"left behind: {locks(host.locks)}")


def killed(folder):
    """the lock of a killed one is stale: unlock removes it, and the program has ended too"""
    host = Port(folder)
    process = host.start("lock", host.port, "--", "sh", "-c", "echo $$; exec sleep 1000")
    child = int(process.stdout.readline())
    kill(process)
    process.communicate()
    wait_until(lambda: not os.path.exists(f"/proc/{child}") or "Z" in read(f"/proc/{child}/stat").decode().split()[2],
               "the program to end")
    check(locks(host.locks), "no lock was left")
    code, text, left = host.ended("unlock", host.port)
    check(code == 0 and f"removed {host.lock}" in text and not left, f"{code} {text} {left}")
    check(not os.listdir(host.locks), f"left behind: {os.listdir(host.locks)}")
    check("is not locked" in host.run("unlock", host.port), "a free port is not told")


def given(folder):
    """a lock for another process outlives us, keeps everybody away, and goes by that pid alone"""
    host = Port(folder)
    holder, other = Sleeper(), Sleeper()
    pid = str(holder.popen.pid)
    code, text, left = host.ended("lock", host.port, "--pid", pid)
    check((code, text, left) == (0, "", ["LCK..ttyX7"]), f"{code} {text} {left}")
    check(read(host.lock) == f"{pid:>10}\n".encode(), f"the lock holds {read(host.lock)!r}")
    host.refused(111, f"sleep (pid {pid})", arguments=("lock", host.port, "--", "true"))
    host.refused(111, f"sleep (pid {pid})", arguments=("unlock", host.port))
    host.refused(111, f"sleep (pid {pid})", arguments=("unlock", "--force", host.port))
    host.refused(111, f"sleep (pid {pid})", arguments=("unlock", host.port, "--pid", str(other.popen.pid)))
    code, text, left = host.ended("unlock", host.port, "--pid", pid)
    check(code == 0 and not left, f"{code} {text} {left}")
    host.ended("lock", host.port, "--pid", pid)
    holder.stop()
    check(host.ended("lock", host.port, "--", "true") == (0, "", []), "a dead process's lock is not taken over")


def others(folder):
    """no living process's lock is broken, not even by its own pid where another program made it"""
    host = Port(folder)
    pid = str(Sleeper().popen.pid)
    host.write_lock(f"{pid:>10}\n".encode())
    for arguments in (("unlock", host.port), ("unlock", host.port, "--force"), ("unlock", host.port, "--pid", pid)):
        host.refused(111, f"sleep (pid {pid})", host.lock, arguments=arguments)


def rubbish(folder):
    """a lock without a pid needs --force, and not even that helps while it may be one that is being written"""
    host = Port(folder)
    host.write_lock(b"rubbish\n", age=0)
    host.refused(111, "being locked", arguments=("unlock", "--force", host.port))
    host.write_lock(b"rubbish\n")
    host.refused(100, "--force", arguments=("unlock", host.port))
    code, _, left = host.ended("unlock", "--force", host.port)
    check(code == 0 and not left, f"{code} {left}")


def usage(folder):
    """what is missing or too much is said in one line"""
    host = Port(folder)
    for arguments, word in ((("lock",), "PORT"), (("lock", host.port), "PROGRAM"), (("lock", host.port, "--pid", "x"), "--pid"),
                            (("lock", host.port, "--pid", "1", "--", "true"), "--pid"), (("unlock", host.port, "x"), "too much"),
                            (("unlock", "--json", host.port), "--json"), (("lock", "nobody", "--", "true"), "nobody"),
                            (("lock", host.port, "--pid", "2147483647"), "no process"),
                            (("lock", host.port, "--", "./no-such-program"), "no-such-program")):
        check(word in host.run(*arguments, status=100), f"{arguments} does not say {word}")


main(program, signals, killed, given, others, rubbish, usage)
