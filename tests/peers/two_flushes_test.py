#!/usr/bin/env python3
"""Two flushes of one spool at once send each message once; the second names the first and does not connect."""
import subprocess
import threading

from kit import (OFFICE, PREFIX, SPOOL, ScriptedServer, check, copies, flush, letter, main, office, spool_file, wait_until)

MESSAGES = 20


def filled_office(folder):
    host = office(folder)
    letters = [letter(number) for number in range(MESSAGES)]
    for number, message in enumerate(letters):
        spool_file(host, number, message)
    return host, letters


def start_flush(host, port):
    return subprocess.Popen([host.program("maildirsmtp"), "--port", str(port), host.spool(SPOOL), PREFIX, "127.0.0.1", OFFICE],
                            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=host.env)


def held(folder):
    """a flush that finds another at work names it and ends with 111 before it connects"""
    host, letters = filled_office(folder)
    release = threading.Event()

    def greet():
        release.wait(60)
        return "220 at last"

    server = ScriptedServer({"connect": greet})
    first = start_flush(host, server.port)
    wait_until(lambda: server.sessions == 1, "the first flush has connected")
    second = flush(host, server.port)
    release.set()
    _, said = first.communicate(timeout=60)
    text = second.stderr.decode()
    check(second.returncode == 111, f"the second flush ended with {second.returncode}: {text!r}")
    check(str(first.pid) in text, f"the second flush does not name process {first.pid}: {text!r}")
    check(server.sessions == 1, f"{server.sessions} connections were made")
    check(first.returncode == 0, f"the first flush ended with {first.returncode}: {said!r}")
    check(copies(letters, server.messages()) == [1] * MESSAGES, f"copies: {copies(letters, server.messages())}")


def racing(folder):
    """two flushes started together send each message once"""
    host, letters = filled_office(folder)
    server = ScriptedServer()
    both = [start_flush(host, server.port) for _ in range(2)]
    said = [one.communicate(timeout=60)[1] for one in both]
    check({one.returncode for one in both} <= {0, 111}, f"they ended with {[one.returncode for one in both]}: {said}")
    check(any(one.returncode == 0 for one in both), f"neither ended with 0: {said}")
    check(copies(letters, server.messages()) == [1] * MESSAGES, f"copies: {copies(letters, server.messages())}")
    check(not host.spooled(SPOOL), "the spool is not empty")


if __name__ == "__main__":
    main(held, racing)
