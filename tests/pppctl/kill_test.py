#!/usr/bin/env python3
"""A session of each kind is killed at each of many system calls, from its first to its last.

A line falls by itself within five seconds, without any restart, one that pppd has by maxconnect; `pppctl recover` ends the pppd,
frees the lock, and closes and prices the ledger's row; the next session sends what is left; nothing is lost.
"""
import collections
import json
import os
import re
import signal
import subprocess
import sys

from kill_kinds import FALLS, KINDS, check_ledger
from line_office import LINK, SOURCE, LineOffice, check, kill, kit, main, wait_until

sys.path.insert(0, os.path.join(SOURCE, "tests", "crash"))
from tracing import killer, need_strace, was_reached  # noqa: E402

MESSAGES = 10
MORE = b"".join(b"line %03d of a message that takes its time on a slow line\n" % number for number in range(20))


def left_behind(line):
    """The files of a host that is at rest, beside its ledger and its mail."""
    return {name for folder in (line.office.run_folder, line.lock_dir) for name in os.listdir(folder)}


def recorded_calls(kind, folder):
    """The system calls of a whole session, in order, as (name, how often it was made before this time and this time), and what it
    leaves behind."""
    line = kind.priced_office(os.path.join(folder, "whole"))
    line.submit(MESSAGES, MORE)
    log = os.path.join(folder, "calls")
    done = line.session(prefix=["strace", "-I2", "-q", "-o", log, "-e", "signal=none"])
    check(done.returncode == 0, f"a traced session ended with {done.returncode}: {done.stderr.decode()!r}")
    check_ledger(kind, line, "a whole session")
    left = left_behind(line)
    line.close()
    counts, calls = collections.Counter(), []
    for text in kit.read(log).decode(errors="replace").splitlines():
        name = re.match(r"(\w+)\(", text)
        if name and name.group(1) not in ("execve", "exit_group"):
            counts[name.group(1)] += 1
            calls.append((name.group(1), counts[name.group(1)]))
    return calls, left


def kill_at(kind, folder, place, is_alone, may_stay):
    """True if the session was killed there; False if this time it did not get there. `is_alone`: its line has to fall before anybody
    sees to it. `may_stay` are the files that a good session leaves behind as well."""
    name, number = place
    what = f"{kind.name} killed at {name} {number}" + (" and left alone" if is_alone else "")
    line = kind.priced_office(folder)
    letters = line.submit(MESSAGES, MORE)
    log = os.path.join(folder, "strace")
    done = line.session(prefix=killer(log, name, number))
    reached = was_reached(log)
    if reached:
        check(done.returncode in (-9, 137), f"{what}: it ended with {done.returncode}")
        if is_alone:
            kind.falls(line, what)
        recovered = line.recover()
        check(recovered.returncode == 0, f"{what}: recover ended with {recovered.returncode}: {recovered.stdout.decode()!r}")
        kind.check_fallen(line, what)
        left = left_behind(line) - may_stay
        check(not left, f"{what}: left behind: {left}")
    line.check_at_rest(what)
    check_ledger(kind, line, what)
    line.send_the_rest(what)
    line.check_at_rest(what)
    line.check_mail(what, letters, kind.in_flight)
    check_ledger(kind, line, what)
    line.close()
    return reached


def all_over(kind, folder):
    """How many kills were reached, and what was wrong."""
    calls, may_stay = recorded_calls(kind, folder)
    check(len(calls) > 500, f"only {len(calls)} system calls of a session were recorded: {kind.name}")
    reached, faults = 0, []
    for index in range(kind.kills):
        is_alone = not kind.has_pppd or index % 2 == 0
        try:
            reached += kill_at(kind, os.path.join(folder, str(index)), calls[index * len(calls) // kind.kills], is_alone, may_stay)
        except (kit.Failed, TimeoutError, subprocess.TimeoutExpired) as fault:
            faults.append(str(fault))
    print(f"{reached} kills over {len(calls)} system calls: {kind.name}", flush=True)
    return reached, faults


def everywhere(folder):
    """SIGKILL all over sessions of every kind: on-hook by itself, recovered, priced, nothing lost"""
    need_strace()
    reached, faults = 0, []
    for kind in KINDS:
        kills, wrong = all_over(kind, os.path.join(folder, kind.name))
        reached, faults = reached + kills, faults + wrong
    check(not faults, "; ".join(faults))
    # How often poll returns differs from run to run: a few of the last places may not come.
    wanted = sum(kind.kills for kind in KINDS)
    check(reached >= wanted * 3 // 4, f"only {reached} of {wanted} places were reached")


def signalled(folder, name, moment):
    """A session that gets a signal when its modem does something."""
    what = f"SIG{name} at {moment}"
    line = LineOffice(folder, scale="0.1")
    letters = line.submit(MESSAGES, MORE)
    session = subprocess.Popen([line.office.program("pppctl"), "session", LINK], stdin=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, env=line.office.env)
    try:
        wait_until(lambda: line.emulator.events("office", moment), f"{what}: the moment comes", 60)
        session.send_signal(getattr(signal, f"SIG{name}"))
        said = session.communicate(timeout=30)[1].decode()
    finally:
        kit.stop(session)
    check(moment != "command" or json.loads(line.status("--json").stdout)[0]["state"] == "unknown", f"{what}: it changed the link's state")
    # While it hangs up all has gone: the signal may come too late to change anything.
    if moment != "disconnect":
        check(session.returncode == 111, f"{what}: it ended with {session.returncode}: {said!r}")
        check(f"SIG{name}" in said and said.count("\n") == 1, f"{what}: it said {said!r}")
    check(line.on_hook(), f"{what}: it ended and left the modem off-hook")
    line.check_at_rest(what, 1)
    line.send_the_rest(what)
    line.check_mail(what, letters)
    line.close()


def by_signal(folder):
    """a signal while the modem is made ready, dials, carries mail or hangs up: on-hook, unlocked, 111, the signal named"""
    for moment in ("command", "off_hook", "connect", "disconnect"):
        for name in ("TERM", "INT", "HUP"):
            signalled(os.path.join(folder, moment + name), name, moment)


def a_death(folder):
    """after SIGKILL the line falls, and recover frees the lock and closes the row with what is known"""
    for number, event in enumerate(("command", "dial", "connect")):
        line = LineOffice(os.path.join(folder, str(number)), scale="0.3")
        line.submit(3, MORE)
        session = line.start_session()
        wait_until(lambda: line.emulator.events("office", event), event)
        check(line.recover().stdout == b"", "recover took a living session for a dead one")
        kill(session.popen)
        wait_until(lambda: line.on_hook() and line.is_closed(), f"on-hook after a kill at {event}", FALLS)
        check(line.calls()[0]["ended"] is None, "the row was closed by somebody")
        done = line.recover()
        check(done.returncode == 0 and done.stdout.count(b"\n") == 1 and b"died in phase" in done.stdout, f"{done}")
        line.check_at_rest()
        call, = line.calls()
        check((call["result"], call["exit"]) == ("died", None), f"{call}")
        check(call["phases"][-1]["seconds"] is None, f"the last phase has an end: {call['phases']}")
        check(line.recover().stdout == b"", "it was recovered twice")


def the_next_session(folder):
    """a session recovers its own link's dead call before it dials"""
    line = LineOffice(folder, answers=False)  # or it is perhaps still answering the dead call: BUSY
    letters = line.submit(2)
    session = line.start_session()
    wait_until(lambda: line.emulator.events("office", "dial"), "it dials")
    kill(session.popen)
    wait_until(lambda: line.on_hook() and line.is_closed(), "on-hook", FALLS)
    line.answer()
    done = line.session()
    check(done.returncode == 0 and b"works again after 1 failure, the last: the session died" in done.stderr, f"{done}")
    check([call["result"] for call in line.calls()] == ["ok", "died"], f"{line.calls()}")
    check(all(count >= 1 for count in line.arrived(letters)), "mail is missing")
    line.check_at_rest()


if __name__ == "__main__":
    main(everywhere, a_death, the_next_session, by_signal)
