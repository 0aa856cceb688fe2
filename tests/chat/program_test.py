#!/usr/bin/env python3
"""What of the program chat needs no other chat to compare it with: usage, no terminal, hang-ups, the time of a send."""
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

import dev_log
from dialogue import Dialogue, run, run_all

CHAT = os.path.join(os.environ["OFFHOOK_BIN"], "chat")
FAULTS = []


def check(what, seen, wanted):
    if seen != wanted:
        FAULTS.append(f"{what}: {seen!r}, wanted {wanted!r}")


def without_terminal(*words, stdin=subprocess.DEVNULL):
    done = subprocess.run([CHAT, *words], stdin=stdin, capture_output=True, timeout=30, check=False)
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
    near, far = socket.socketpair()
    reading, writing = os.pipe()
    with near, far, os.fdopen(reading) as pipe, os.fdopen(writing):
        check("a socket is no terminal", without_terminal("-s", "-S", "", "ATZ", stdin=near), (2, b"", text))
        check("a pipe is no terminal", without_terminal("-s", "-S", "", "ATZ", stdin=pipe), (2, b"", text))
    check("no terminal without -s", without_terminal("", "ATZ"), (2, b"", b""))


def check_output():
    master, slave = os.openpty()
    os.write(master, b"OK\n")
    check("what is read is standard input, what is sent goes to standard output", without_terminal("-S", "OK", "x", stdin=slave),
          (0, b"x\r", b""))
    os.close(master)
    os.close(slave)


def check_bad_scripts():
    seen = run(CHAT, Dialogue("quote", ("-s", "-S", "-f", "SCRIPT"), script=b'"" ATZ\nOK "ATD\n'))
    check("an unclosed quote", (seen.status, seen.sent, seen.stderr), (1, b"", b"SCRIPT:2: unterminated quote\n"))
    seen = run(CHAT, Dialogue("big", ("-s", "-S", "-f", "SCRIPT"), script=b"x " * 600000))
    check("a script without a bound", (seen.status, seen.stderr.count(b"\n")), (1, 1))


def check_secrets(log):
    """What -v, -V, -e, reports and syslog show of secrets that the far end repeats, in pieces and over the end of an expect."""
    back = b"SECRET\r\nREPORT geheim hush\r\n1ge"
    words = ("-v", "-s", "-V", "-e", "-r", "a.report", "REPORT", "REPORT", "", "@f", "1", r"\qhush", "OK", r"\qx-y\c", "END", "")
    dialogue = Dialogue("secrets", words, files=(("f", b"geheim\n"),), answers=(
        (b"geheim\r", b"geheim\r\nREPORT geheim hush\r\n1ge"), (b"hush\r", b"heim ghush hus" + b"k" * 77 + b"hushOK"),
        (b"x-y", b"x-" + back), (b"", b"heim hushEND")))
    seen = run_all([(CHAT, dialogue)], 1, log)[0]
    check("secrets are sent", seen.sent, b"geheim\rhush\rx-y\r")
    shown = seen.stderr + seen.syslog + b"".join(content for _, content in seen.files)
    for secret in (b"geheim", b"ghush", b"hushOK", b"x-y"):
        if secret in shown:
            FAULTS.append(f"{secret!r} is shown: {shown!r}")
    check("hidden sends are logged as such", seen.stderr.count(b"send (??????)\n"), 3)
    check("the report hides them", seen.files, (("a.report", b"Opening \"a.report\"...\nchat:  REPORT ?????? hush\n"
                                                         b"Closing \"a.report\".\n"),))
    for flags in ((), ("-v",), ("-s",), ("-S", "-v"), ("-e",), ("-V",)):
        quiet = run_all([(CHAT, Dialogue("secrets", (*flags, "", "@f", "", r"\qhush"), files=(("f", b"geheim\n"),)))], 1, log)[0]
        if b"geheim" in quiet.stderr + quiet.syslog or b"hush" in quiet.stderr + quiet.syslog:
            FAULTS.append(f"chat {flags} shows a secret: {quiet}")


def check_checking():
    with tempfile.TemporaryDirectory(prefix="offhook-chat-") as folder:
        script = os.path.join(folder, "script")
        with open(script, "w", encoding="ascii") as file:
            file.write(f"ABORT {'a' * 50}\nTIMEOUT soon\n'' @{folder}/nofile\nOK @{script}\nword: '\\qsecret\n")
        done = subprocess.run([CHAT, "--check", script], stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
        wanted = (f"chat: error: {script}:1: a string of 50 octets for ABORT: 49 at most\n"
                  f"chat: warning: {script}:2: TIMEOUT 'soon' is 45 seconds\n"
                  f"chat: error: {script}:3: {folder}/nofile: No such file or directory\n"
                  f"chat: error: {script}:5: unterminated quote\n")
        check("--check", (done.returncode, done.stdout, done.stderr.decode()), (1, b"", wanted))
        with open(script, "w", encoding="ascii") as file:
            file.write("ABORT BUSY\nECHO maybe\n'' ATZ OK")
        done = subprocess.run([CHAT, f"--check={script}"], stdin=subprocess.DEVNULL, capture_output=True, timeout=30, check=False)
        check("--check with a warning", (done.returncode, done.stderr.count(b"\n")), (0, 1))
        done = subprocess.run([CHAT, "--check", folder + "/none"], capture_output=True, timeout=30, check=False)
        check("--check without a file", (done.returncode, done.stderr.count(b"open failed: No such file")), (1, 1))


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
    start = time.monotonic()
    run(CHAT, Dialogue("pace", ("--pace", "100", "", "x" * 9)))
    taken = time.monotonic() - start
    if taken < 1.0:
        FAULTS.append(f"10 octets were sent in {taken:.2f} s: 100 ms before each were ordered")
    check("no pace", run(CHAT, Dialogue("pace", ("--pace=0", "-t", "1", "", "x" * 3000))).status, 0)


def main():
    log = dev_log.enter()
    for part in (check_usage, check_no_terminal, check_output, check_bad_scripts, check_checking, check_signals, check_pace):
        part()
    check_secrets(log)
    print("\n".join(FAULTS) or "the program does as it says")
    return 1 if FAULTS else 0


if __name__ == "__main__":
    sys.exit(main())
