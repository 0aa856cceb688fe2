#!/usr/bin/env python3
"""setlock: what holds the lock, what its letters mean, what it exits with."""
import fcntl
import os
import stat

from spool import Spool, check, expect, main


def runs(folder):
    """the program runs with its arguments and its own exit status, the file stays and is never truncated"""
    spool = Spool(folder)
    path = os.path.join(folder, "lock")
    check(spool.run("setlock", path, "sh", "-c", 'exit "$1"', "x", "7").returncode == 7, "not the program's status")
    check(stat.S_IMODE(os.stat(path).st_mode) == 0o600, "mode of the file")
    with open(path, "w", encoding="ascii") as file:
        file.write("content")
    check(spool.run("setlock", path, "true").returncode == 0 and os.path.getsize(path) == 7, "the file was truncated")


def held(folder):
    """-n gives up at once with 111, -x with 0 and silence; without them it waits"""
    spool = Spool(folder)
    path = os.path.join(folder, "lock")
    mark = os.path.join(folder, "mark")
    with open(path, "w", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        expect(spool.run("setlock", "-n", path, "touch", mark), 111, f"setlock: fatal: unable to lock {path}: Resource temporarily unavailable")
        for letters in (["-nx"], ["-n", "-x"], ["-xn", "--"], ["-NXnx"]):
            check(expect(spool.run("setlock", *letters, path, "touch", mark), 0) == "", "-x is not silent")
        expect(spool.run("setlock", "-nxX", path, "touch", mark), 111, "unable to lock")
        check(not os.path.exists(mark), "the program ran without the lock")
        waiting = spool.start("setlock", "-nN", path, "touch", mark)
        fcntl.flock(file, fcntl.LOCK_UN)
        check(waiting.wait(30) == 0 and os.path.exists(mark), "it did not wait")


def inherited(folder):
    """the lock lasts as long as a child of the program has it"""
    spool = Spool(folder)
    path = os.path.join(folder, "lock")
    fifo = os.path.join(folder, "fifo")
    os.mkfifo(fifo)
    check(spool.run("setlock", path, "sh", "-c", f"(read x < {fifo}) > /dev/null 2>&1 &").returncode == 0, "the program failed")
    expect(spool.run("setlock", "-n", path, "true"), 111, "unable to lock")
    with open(fifo, "w", encoding="ascii") as file:
        file.write("x\n")
    check(spool.run("setlock", path, "true").returncode == 0, "the lock stayed")


def failures(folder):
    """a file that cannot be opened is 111, or silent 0 under -x; a program that cannot be run is always 111"""
    spool = Spool(folder)
    path = os.path.join(folder, "nowhere", "lock")
    expect(spool.run("setlock", path, "true"), 111, f"setlock: fatal: unable to open {path}: No such file or directory")
    check(expect(spool.run("setlock", "-x", path, "true"), 0) == "", "-x is not silent")
    good = os.path.join(folder, "lock")
    expect(spool.run("setlock", "-x", good, "/nonexistent"), 111, "setlock: fatal: unable to run /nonexistent: No such file")


if __name__ == "__main__":
    main(runs, held, inherited, failures)
