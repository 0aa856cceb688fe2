#!/usr/bin/env python3
"""Two faults of serialmail that only whole programs show: a slow answer doubled the message, VERP lost its address in the spool."""
from kit import (PREFIX, SPOOL, ScriptedServer, after, check, faketime, flush, letter, main, office, read, sanitized, skip,
                 spool_file, wait_until)

HASTE = 60  # the flush's clocks run so many times faster


def slow_answer(folder):
    """an answer to the message that takes nine minutes is waited for: one copy, no doubt"""
    if sanitized():
        skip("the address sanitizer does not bear libfaketime")
    host = office(folder)
    message = letter(1)
    spool_file(host, 1, message)
    server = ScriptedServer({"end": after(9 * 60 / HASTE, "250 2.0.0 taken at last")})
    done = flush(host, server.port, env={"LD_PRELOAD": faketime(), "FAKETIME": f"+0 x{HASTE}", "FAKETIME_DONT_FAKE_MONOTONIC": "0"})
    said = done.stderr.decode()
    check(done.returncode == 0 and "succeeded" in said and "unknown" not in said, f"{done.returncode} {said!r}")
    check(server.messages() == [message] and not host.spooled(SPOOL), f"{len(server.messages())} copies")


def verp(folder):
    """a VERP sender is expanded with the recipient's own address, not with the spool's, and so it leaves"""
    host = office(folder)
    host.start_qmgr()
    to = "joe@dom.example"
    done = host.sendmail(letter(1, to=to), to, sender="list-owner-@host.example-@[]")
    check(done.returncode == 0, f"sendmail ended with {done.returncode}: {done.stderr!r}")
    wait_until(lambda: host.spooled(SPOOL), "the message is in the spool")
    wanted = f"Return-Path: <list-owner-joe=dom.example@host.example>\nDelivered-To: {PREFIX}{to}\n".encode()
    check(read(host.spooled(SPOOL)[0]).startswith(wanted), f"{read(host.spooled(SPOOL)[0])[:200]}")
    server = ScriptedServer()
    done = flush(host, server.port)
    check(done.returncode == 0, f"the flush ended with {done.returncode}: {done.stderr.decode()!r}")
    check("MAIL FROM:<list-owner-joe=dom.example@host.example>" in server.commands, f"{server.commands}")


if __name__ == "__main__":
    main(slow_answer, verp)
