#!/usr/bin/env python3
"""What of the program chat needs no other chat to compare it with: usage, no terminal, hang-ups, the time of a send."""
import os
import signal
import subprocess
import sys
import time

from dialogue import Dialogue, run

CHAT = os.path.join(os.environ["OFFHOOK_BIN"], "chat")
FAULTS = []


def check(what, seen, wanted):
    if seen != wanted:
        FAULTS.append(f"{what}: {seen!r}, wanted {wanted!r}")


def without_terminal(*words):
    done = subprocess.run([CHAT, *words], stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
    return done.returncode, done.stdout, done.stderr


def check_usage():
    for words in (("-x",), ("-f",), ("-t",), ("-f", "SCRIPT", "OK")):
        seen = run(CHAT, Dialogue("usage", words, script=b"OK x"))
        check(f"chat {words}", (seen.status, seen.sent, seen.stderr.count(b"\n"), b"usage: chat" in seen.stderr),
              (1, b"", 1, True))
    status, shown, _ = without_terminal("--version")
    check("--version", (status, shown.startswith(b"chat (Offhook) ")), (0, True))


def check_no_terminal():
    text = b"Can't get terminal parameters: Inappropriate ioctl for device\n"
    check("no terminal", without_terminal("-s", "-S", "", "ATZ"), (2, b"", text))
    check("no terminal without -s", without_terminal("", "ATZ"), (2, b"", b""))


def check_bad_scripts():
    seen = run(CHAT, Dialogue("quote", ("-s", "-S", "-f", "SCRIPT"), script=b'"" ATZ\nOK "ATD\n'))
    check("an unclosed quote", (seen.status, seen.sent, seen.stderr), (1, b"", b"SCRIPT:2: unterminated quote\n"))
    seen = run(CHAT, Dialogue("big", ("-s", "-S", "-f", "SCRIPT"), script=b"x " * 600000))
    check("a script without a bound", (seen.status, seen.stderr.count(b"\n")), (1, 1))


def check_secrets():
    seen = run(CHAT, Dialogue("secrets", ("-v", "-s", "-S", "", "@f", "", r"\qhush"), files=(("f", b"geheim\n"),)))
    check("secrets are sent", seen.sent, b"geheim\rhush\r")
    check("secrets are not logged", seen.stderr, b"send (??????)\n" * 2)


def check_signals():
    for number, name in ((signal.SIGTERM, b"SIGTERM"), (signal.SIGINT, b"SIGINT"), (signal.SIGHUP, b"SIGHUP")):
        seen = run(CHAT, Dialogue("signal", ("-s", "-S", "", "A", "OK", ""), signal_after=b"A\r", signal=number))
        check(f"{name}", (seen.status, seen.stderr, seen.modes_restored), (2, name + b"\n", True))
    seen = run(CHAT, Dialogue("hangup", ("-s", "-S", "-t", "1", "HANGUP", "OFF", "", "A", "OK", ""),
                              signal_after=b"A\r", signal=signal.SIGHUP))
    check("HANGUP OFF", (seen.status, seen.stderr), (3, b"Failed\n"))
    seen = run(CHAT, Dialogue("hangup", ("-s", "-S", "HANGUP", "OFF", "HANGUP", "ON", "", "A", "OK", ""),
                              signal_after=b"A\r", signal=signal.SIGHUP))
    check("HANGUP ON", (seen.status, seen.stderr), (2, b"SIGHUP\n"))
    # A FIFO that nobody writes to is waited for, and a signal ends that too.
    fifo = Dialogue("fifo", ("-s", "-S", "", "A", "", "@f"), empty_fifo="f", signal_after=b"A\r")
    seen = run(CHAT, fifo)
    check("a signal while a FIFO is waited for", (seen.status, seen.stderr), (2, b"SIGTERM\n"))
    seen = run(CHAT, Dialogue("fifo", ("-s", "-S", "-t", "1", "", "@f"), empty_fifo="f"))
    check("a FIFO without a writer", (seen.status, seen.stderr), (1, b"Failed\n"))


def check_pace():
    start = time.monotonic()
    run(CHAT, Dialogue("pace", ("", "x" * 99)))
    taken = time.monotonic() - start
    if taken < 1.0:
        FAULTS.append(f"100 octets were sent in {taken:.2f} s: 10 ms before each are wanted")


def main():
    for part in (check_usage, check_no_terminal, check_bad_scripts, check_secrets, check_signals, check_pace):
        part()
    print("\n".join(FAULTS) or "the program does as it says")
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
