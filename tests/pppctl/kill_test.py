#!/usr/bin/env python3
"""A session is killed at each of many system calls, from its first to its last.

The line falls by itself within five seconds, without any restart; `pppctl recover` frees the lock and closes the ledger's row
with what is known; the next session sends what is left; nothing is lost.
"""
import collections
import os
import re
import signal
import subprocess
import sys
import time

from telephone import MESSAGES, Telephone, check, read, stop, wait_until
from kit import FULL, Failed, main

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "crash"))
from tracing import killer, need_strace, was_reached  # noqa: E402

KILLS = 100 if FULL else 20


def recorded_calls(folder):
    """The system calls of a whole session, in order, as (name, how often it was made before this time and this time)."""
    line = Telephone(os.path.join(folder, "whole"))
    log = os.path.join(folder, "calls")
    done = line.session(["strace", "-I2", "-q", "-o", log, "-e", "signal=none"])
    check(done.returncode == 0, f"a traced session ended with {done.returncode}: {done.stderr.decode()!r}")
    line.close()
    counts, calls = collections.Counter(), []
    for text in read(log).decode(errors="replace").splitlines():
        name = re.match(r"(\w+)\(", text)
        if name and name.group(1) not in ("execve", "exit_group"):
            counts[name.group(1)] += 1
            calls.append((name.group(1), counts[name.group(1)]))
    return calls


def kill_at(folder, name, number):
    """True if the session was killed there; a call that was not reached this time is none."""
    what = f"killed at {name} {number}"
    line = Telephone(folder)
    log = os.path.join(folder, "strace")
    began = time.monotonic()
    done = line.session(killer(log, name, number))
    if not was_reached(log):
        line.close()
        return None
    check(done.returncode in (-9, 137), f"{what}: it ended with {done.returncode}")
    line.check_on_hook(what)
    took = time.monotonic() - began
    recovered = line.office.run("pppctl", "recover")
    check(recovered.returncode == 0, f"{what}: recover ended with {recovered.returncode}: {recovered.stderr.decode()!r}")
    line.check_free(what)
    line.check_ledger(what)
    line.send_the_rest(what)
    counts = line.copies()
    check(all(counts), f"{what}: lost {counts.count(0)} of {MESSAGES}")
    check(sum(counts) <= MESSAGES + 1, f"{what}: {sum(counts) - MESSAGES} doubled")
    line.check_on_hook(what)
    line.check_free(what)
    line.close()
    return took


def everywhere(folder):
    """SIGKILL all over a session: on-hook within 5 s, recovered, nothing lost"""
    need_strace()
    calls = recorded_calls(folder)
    check(len(calls) > 500, f"only {len(calls)} system calls were recorded")
    reached, faults = 0, []
    for index in range(KILLS):
        name, number = calls[index * len(calls) // KILLS]
        try:
            reached += kill_at(os.path.join(folder, str(index)), name, number) is not None
        except (Failed, TimeoutError, subprocess.TimeoutExpired) as fault:
            faults.append(str(fault))
    check(not faults, "; ".join(faults))
    # How often poll returns differs from run to run: a few of the last places may not come.
    check(reached >= KILLS * 3 // 4, f"only {reached} of {KILLS} places were reached")
    print(f"{reached} kills over {len(calls)} system calls: on-hook each time, none lost")


def by_signal(folder):
    """SIGTERM and SIGINT while dialling, while mail flows and while hanging up: on-hook, unlocked, 111, the signal named"""
    for number, (name, moment) in enumerate([("TERM", "off_hook"), ("INT", "off_hook"), ("TERM", "connect"), ("INT", "connect"),
                                             ("TERM", "disconnect"), ("INT", "disconnect")]):
        what = f"SIG{name} at {moment}"
        line = Telephone(os.path.join(folder, str(number)), scale=0.1)
        session = subprocess.Popen([line.office.program("pppctl"), "session", "provider"], stdin=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, env=line.office.env)
        try:
            wait_until(lambda: line.emulator.events("office", moment), f"{what}: the moment comes", 60)
            session.send_signal(getattr(signal, f"SIG{name}"))
            said = session.communicate(timeout=30)[1].decode()
        finally:
            stop(session)
        if moment != "disconnect":
            check(session.returncode == 111, f"{what}: it ended with {session.returncode}: {said!r}")
            check(f"SIG{name}" in said and said.count("\n") == 1, f"{what}: it said {said!r}")
        line.check_on_hook(what, 1)
        line.check_free(what)
        line.check_ledger(what, 1)
        line.send_the_rest(what)
        counts = line.copies()
        check(all(counts) and sum(counts) <= MESSAGES + 1, f"{what}: {counts}")
        line.close()


if __name__ == "__main__":
    main(everywhere, by_signal)
