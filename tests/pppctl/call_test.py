#!/usr/bin/env python3
"""pppctl over an emulated line: a good call, and what is said and kept of calls that fail."""
import json

from line_office import LINK, NUMBER, PREFIX, SPOOL, LineOffice, check, kit, main, spool_file, wait_until

PHASES = ["idle", "locked", "port_open", "modem_ready", "dialling", "connected", "jobs", "draining", "hanging_up", "idle"]


def good_call(folder):
    """a call sends all that waits and leaves the line on-hook, the port unlocked and the row closed"""
    line = LineOffice(folder)
    letters = line.submit(3)
    done = line.session()
    check(done.returncode == 0, f"the session ended with {done.returncode}: {done.stderr!r}")
    check(done.stderr == b"" and done.stdout == b"", f"it said something: {done.stderr!r} {done.stdout!r}")
    check(line.arrived(letters) == [1, 1, 1], f"copies: {line.arrived(letters)}")
    check(not line.waiting(), f"still in the spool: {line.waiting()}")
    line.check_at_rest()
    call, = line.calls()
    check((call["link"], call["number"], call["result"], call["exit"]) == (LINK, NUMBER, "ok", 0), f"the row: {call}")
    check([phase["name"] for phase in call["phases"]] == PHASES, f"phases: {call['phases']}")
    check(all(phase["result"] == "ok" and phase["seconds"] is not None for phase in call["phases"]), f"{call['phases']}")
    check(call["connect"].startswith("CONNECT") and call["speed"] == 33600, f"connection: {call['connect']}")
    job, = call["jobs"]
    check((job["sent"], job["left"], job["exit"]) == (3, 0, 0), f"job: {job}")
    check(call["octets_sent"] > sum(map(len, letters)) and call["octets_received"] > 0, f"octets: {call}")


def nothing_waits(folder):
    """without mail nothing is dialled, and --always dials"""
    line = LineOffice(folder)
    done = line.session()
    check((done.returncode, done.stderr) == (0, b""), f"{done.returncode} {done.stderr!r}")
    check(not line.emulator.events("office", "dial") and not line.calls(), "it dialled")
    done = line.session("--always")
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    check(len(line.emulator.events("office", "dial")) == 1, "it did not dial")
    line.check_at_rest()


def terminal(folder):
    """on a terminal the timeline is told"""
    line = LineOffice(folder)
    line.submit(2)
    status, text = line.session_on_terminal()
    check(status == 0, text)
    for what in ("locked", "dialling", NUMBER, "CONNECT 33600", " of ", "2 sent, 0 refused", "hanging_up", "call 1 of the ledger"):
        check(what in text, f"'{what}' is not in: {text}")
    status, text = line.session_on_terminal()
    check(status == 0 and "no mail waits" in text, text)


def redial(folder):
    """between a hang-up and the next dial on the same port the line has its rest"""
    line = LineOffice(folder, link={"redial": "1s"})
    for _ in range(2):
        check(line.session("--always").returncode == 0, "the session failed")
    down = line.emulator.events("office", "on_hook")[0]["time"]
    again = line.emulator.events("office", "dial")[1]["time"]
    check(again - down >= 0.9, f"dialled again after {again - down:.2f} s")


def failures(folder):
    """a failure is told once, its return is silent, another one and the recovery are told"""
    line = LineOffice(folder, target="busy,busy,no-carrier,modem:provider")
    line.submit(1)
    said = []
    for _ in range(4):
        done = line.session()
        said.append((done.returncode, done.stderr.decode()))
        line.check_at_rest()
    check([status for status, _ in said] == [111, 111, 111, 0], f"{said}")
    check(said[0][1].startswith(f"pppctl: {LINK}: ") and said[0][1].count("\n") == 1, f"{said[0]}")
    check(said[1][1] == "", f"told again: {said[1]}")
    check(said[2][1].count("\n") == 1 and said[2][1] != said[0][1], f"{said[2]}")
    check("works again after 3 failures" in said[3][1], f"{said[3]}")
    busy = line.calls()[-1]
    check((busy["result"], busy["class"]) == ("failed", "soon"), f"{busy}")
    failed = [phase for phase in busy["phases"] if phase["result"] == "failed"]
    check([phase["name"] for phase in failed] == ["dialling"], f"{busy['phases']}")
    state = json.loads(line.status("--json").stdout)
    check((state[0]["state"], state[0]["last"]["result"]) == ("ok", "ok"), f"{state}")


def plain_connect(folder):
    """a CONNECT without error correction is refused and the key that allows it is named"""
    line = LineOffice(folder, "--plain")
    letters = line.submit(1)
    done = line.session()
    check(done.returncode == 100, f"{done.returncode} {done.stderr!r}")
    check(b"reliable = true in" in done.stderr and b"provider.toml" in done.stderr, f"{done.stderr!r}")
    line.check_at_rest()
    check(len(line.waiting()) == 1, "the mail is not there any more")
    line.set_link(reliable=True)
    line.clear()
    done = line.session()
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    check(line.arrived(letters) == [1], f"copies: {line.arrived(letters)}")
    line.check_at_rest()


def two_routes(folder):
    """every route of a link is flushed on the same call, each session with a greeting of its own"""
    line = LineOffice(folder)
    line.office.routes(f"provider.example {SPOOL} {PREFIX}", f"* second {PREFIX}")
    line.provider.stop_qmgr()
    line.provider.control("rcpthosts", "provider.example", "second.example")
    line.provider.control("locals", "provider.example", "second.example")
    line.provider.start_qmgr()
    line.set_link(routes=[SPOOL, "second"])
    line.office.start_qmgr()
    for to in ("bert@provider.example", "bert@second.example"):
        check(line.office.sendmail(kit.letter(1, to=to), to, sender="anna@office.example").returncode == 0, to)
    wait_until(lambda: len(line.office.spooled("second")) == 1 and len(line.waiting()) == 1, "both spools have their mail")
    done = line.session()
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    check([job["sent"] for job in line.calls()[0]["jobs"]] == [1, 1], f"{line.calls()[0]['jobs']}")
    check(len(line.emulator.events("office", "dial")) == 1, "it dialled again")
    wait_until(lambda: len(line.provider.received("bert")) == 2, "both have arrived")
    line.check_at_rest()


def mail_during_the_call(folder):
    """mail that comes while the line is up goes on the same call"""
    line = LineOffice(folder, scale="0.3")
    letters = line.submit(2, b"line of text\n" * 100)
    session = line.start_session()
    wait_until(lambda: line.emulator.events("office", "connect"), "the line is up")
    late = kit.letter(9)
    spool_file(line.office, 9, late)
    check(session.popen.wait(60) == 0, f"the session ended with {session.popen.returncode}")
    check(line.arrived([*letters, late]) == [1, 1, 1], f"copies: {line.arrived([*letters, late])}")
    check(len(line.emulator.events("office", "dial")) == 1, "it dialled again")
    line.check_at_rest()


if __name__ == "__main__":
    main(two_routes, mail_during_the_call, good_call, nothing_waits, terminal, redial, failures, plain_connect)
