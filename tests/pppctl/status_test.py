#!/usr/bin/env python3
"""pppctl status and history as people and programs get them: on a terminal, in a pipe, as JSON."""
import json
import os
import pty
import select
import signal
import subprocess

from line_office import LINK, SPOOL, LineOffice, check, main

LIMIT = 20.0  # for what is to appear


def on_terminal(line, *words, until=None, env=None):
    """What a terminal shows, to the program's end or until a text stands there; then SIGINT. With the exit status."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([line.office.program("pppctl"), *words], stdin=theirs, stdout=theirs, stderr=theirs,
                               env={**line.office.env, **(env or {})})
    os.close(theirs)
    shown = b""
    try:
        while not until or until.encode() not in shown:
            check(select.select([ours], [], [], LIMIT)[0], f"it shows only {shown!r}")
            shown += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        while os.read(ours, 4096):
            pass
    except OSError:
        pass  # the terminal's last user has gone
    os.close(ours)
    return process.wait(), shown.decode()


def waiting(folder):
    """what waits of each route is told with octets and age, before any call and after it"""
    line = LineOffice(folder, answers=False)
    line.submit(2)
    said = line.status().stdout.decode()
    check(f"{LINK}: no call has ended yet" in said and f"waiting: {SPOOL}: 2 messages" in said, said)
    told = json.loads(line.status("--json").stdout)[0]["waiting"][0]
    check((told["route"], told["messages"]) == (SPOOL, 2) and told["octets"] > 0 and told["oldest"].endswith("Z"), f"{told}")


def next_call(folder):
    """when the next call may come that nobody asks for is told with the reason, and a stopped link has none"""
    line = LineOffice(folder, "--plain", link={"reliable": True, "when": {"older": "1h", "pause": "0s"}})
    line.submit(1)
    check(line.session().returncode == 0, "the first call")
    check("\n  next: no mail waits\n" in line.status().stdout.decode(), f"{line.status()}")
    line.submit(1)
    said = line.status().stdout.decode()
    check("\n  next: not before 20" in said and ": 1 message waits, " in said and "not yet enough for a call" in said, said)
    told = json.loads(line.status("--json").stdout)[0]["next"]
    check(told["decision"] == "wait" and told["not_before"].endswith("Z") and "of 60 min" in told["reason"], f"{told}")
    line.set_link(when={"pause": "0s"})
    check("\n  next: now: 1 message waits, " in line.status().stdout.decode(), f"{line.status()}")
    line.set_link(reliable=False)
    check(line.session().returncode == 100, "a plain CONNECT is refused")
    told = json.loads(line.status("--json").stdout)[0]["next"]
    check(told["decision"] == "stopped" and f"pppctl clear {LINK}" in told["reason"], f"{told}")


def remedy(folder):
    """a failure is told in words with its remedy, and calls on a terminal as bars, which a pipe does not get"""
    line = LineOffice(folder, "--plain")
    line.submit(1)
    check(line.session().returncode == 100, "a plain CONNECT is refused")
    said = line.status().stdout.decode()
    check("failing since" in said and "\n  remedy: set reliable = true" in said, said)
    told = json.loads(line.status("--json").stdout)[0]
    check(told["remedy"] and told["class"] == "stop", f"{told}")
    line.set_link(reliable=True)
    line.clear()
    check(line.session().returncode == 0, "the second call")
    for locale, bar, other in (("C", "#", "█"), ("C.UTF-8", "█", "#")):
        status, shown = on_terminal(line, "history", env={"LC_ALL": locale})
        check(status == 0 and bar * 8 in shown and other not in shown, f"{locale}: {shown}")
    piped = line.office.run("pppctl", "history", env={"LC_ALL": "C.UTF-8"}).stdout.decode()
    check("█" not in piped and "##" not in piped, piped)


def watch(folder):
    """--watch shows the state again and again until a signal, which is no failure; without a terminal it is refused"""
    line = LineOffice(folder, answers=False)
    status, shown = on_terminal(line, "status", "--watch", until="\x1b[J" + LINK)
    check(status == 0, f"it ended with {status}: {shown}")
    done = line.status("--watch")
    check(done.returncode == 100 and b"terminal" in done.stderr, f"{done.returncode} {done.stderr}")


if __name__ == "__main__":
    main(waiting, next_call, remedy, watch)
