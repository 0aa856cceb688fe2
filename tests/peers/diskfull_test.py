#!/usr/bin/env python3
"""A disk that is full or read-only: refused with 75 and a line that says why, nothing acknowledged lost, then all goes on.

The disk is a small tmpfs in a private mount namespace.
"""
import os
import subprocess
import sys

from kit import (OFFICE, PROVIDER, SPOOL, ScriptedServer, check, copies, flush, letter, main, namespaces, office, skip, spool_file,
                 wait_until)

REASONS = ("No space left on device", "Read-only file system")
TO = f"bert@{PROVIDER}"


def outside():
    if os.getuid() != 0:
        skip("a small disk of the test's own needs root, if only in a namespace")
    command = namespaces("--mount", "--propagation", "private")
    return subprocess.run([*command, sys.executable, "-B", __file__, "--inside"], check=False).returncode


class SmallDisk:
    def __init__(self, path, size):
        self._path = path
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size},mode=755,huge=never", "none", path], check=True)

    def fill(self, leave=0):
        """Takes all space but `leave` octets."""
        with open(os.path.join(self._path, "filler"), "wb", buffering=0) as file:
            try:
                while True:
                    file.write(b"x" * 4096)
            except OSError:
                pass
            if leave:
                file.truncate(max(file.tell() - leave, 0))

    def free(self):
        os.unlink(os.path.join(self._path, "filler"))

    def remount(self, how):
        subprocess.run(["mount", "-o", f"remount,{how}", self._path], check=True)


def send(host, message):
    return host.sendmail(message, TO, sender=f"anna@{OFFICE}")


def refused(done, what):
    check(done.returncode == 75, f"{what}: sendmail ended with {done.returncode}: {done.stderr.decode()!r}")
    said = done.stderr.decode().splitlines()
    check(len(said) == 1 and said[0].startswith("sendmail: fatal: queue: "), f"{what}: {said!r}")
    check(any(reason in said[0] for reason in REASONS), f"{what}: {said!r} says nothing of the disk")


def queue_full(folder):
    """sendmail into a full queue disk: 75; what was acknowledged before is spooled once there is room"""
    host = office(folder)
    disk = SmallDisk(host.state, "2m")
    host.start_qmgr()
    taken = []
    for number in range(200):
        message = letter(number, b"line of text\n" * 8000)
        done = send(host, message)
        if done.returncode:
            refused(done, f"message {number}")
            break
        taken.append(message)
    check(len(taken) < 200, "the disk never filled up")
    disk.fill()
    refused(send(host, letter(1000)), "full to the brim")
    host.stop_qmgr()
    refused(send(host, letter(1001)), "full, without a queue manager")
    disk.free()
    disk.remount("size=64m")
    host.start_qmgr()
    last = letter(1002)
    check(send(host, last).returncode == 0, "sendmail fails with room again")
    wait_until(lambda: len(host.spooled(SPOOL)) == len(taken) + 1 and not host.queued(), "all acknowledged mail is spooled", 60)
    server = ScriptedServer()
    done = flush(host, server.port)
    check(done.returncode == 0, f"the flush ended with {done.returncode}: {done.stderr.decode()!r}")
    check(copies(taken + [last], server.messages()) == [1] * (len(taken) + 1), "not every message arrived once")
    check(len(server.messages()) == len(taken) + 1, "something half-written arrived")


def read_only(folder):
    """a queue that cannot be written: 75, with and without a queue manager; then it can"""
    host = office(folder)
    disk = SmallDisk(host.state, "8m")
    host.start_qmgr()
    check(send(host, letter(0)).returncode == 0, "sendmail failed on a good disk")
    wait_until(lambda: len(host.spooled(SPOOL)) == 1 and not host.queued(), "the first message is spooled")
    host.stop_qmgr()
    disk.remount("ro")
    refused(send(host, letter(1)), "read-only, without a queue manager")
    disk.remount("rw")
    host.start_qmgr()
    check(send(host, letter(2)).returncode == 0, "sendmail failed with the disk good again")
    wait_until(lambda: len(host.spooled(SPOOL)) == 2, "the other message is spooled")


def spool_full(folder):
    """a flush with a full spool disk says so, loses nothing and doubles nothing; with room the rest goes"""
    host = office(folder)
    disk = SmallDisk(host.state, "2m")
    messages = [letter(number) for number in range(5)]
    for number, message in enumerate(messages):
        spool_file(host, number, message)
    disk.fill()
    server = ScriptedServer()
    done = flush(host, server.port)
    check(done.returncode in (0, 111), f"the flush ended with {done.returncode}: {done.stderr.decode()!r}")
    check(done.stderr.count(b"No space left on device") >= 1, f"no word of the disk: {done.stderr.decode()!r}")
    arrived = copies(messages, server.messages())
    check(len(host.spooled(SPOOL)) == arrived.count(0), f"arrived {arrived}, {len(host.spooled(SPOOL))} in the spool")
    disk.free()
    done = flush(host, server.port)
    check(done.returncode == 0 and not host.spooled(SPOOL), f"with room: {done.returncode} {done.stderr.decode()!r}")
    check(copies(messages, server.messages()) == [1] * 5, f"copies: {copies(messages, server.messages())}")


if __name__ == "__main__":
    if "--inside" not in sys.argv:
        sys.exit(outside())
    main(queue_full, read_only, spool_full)
