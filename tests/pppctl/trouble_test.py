#!/usr/bin/env python3
"""pppctl when a call goes wrong: signals, deaths, ports in use, silence, lost lines, bad profiles, a damaged ledger."""
import json
import os
import signal

from line_office import LINK, MODEM, SPOOL, LineOffice, check, keep, kill, main, read, wait_until
from phone_line import Answerer

BODY = b"A line of seventy characters, so that a message takes some time to go.\n" * 40


def began(line, event):
    """The office's modem has come so far in this call."""
    wait_until(lambda: line.emulator.events("office", event), event)


def a_signal(folder):
    """a signal at any moment leaves the line on-hook, the port unlocked, the row closed, and is named"""
    for number, (event, name) in enumerate((("command", "SIGHUP"), ("dial", "SIGINT"), ("connect", "SIGTERM"))):
        line = LineOffice(os.path.join(folder, str(number)), scale="0.3")
        line.submit(3, text=BODY)
        session = line.start_session()
        began(line, event)
        session.popen.send_signal(getattr(signal, name))
        check(session.popen.wait(20) == 111, f"after {event}: {session.popen.returncode}")
        line.check_at_rest()
        call, = line.calls()
        check((call["result"], call["exit"]) == ("stopped", 111) and f"stopped by {name}" in call["reason"], f"{call}")
        said = read(os.path.join(line.folder, "session.log"))
        check(f"stopped by {name}".encode() in said and said.count(b"\n") == 1, f"{said!r}")
        check(json.loads(line.status("--json").stdout)[0]["state"] == "unknown", "a stop has changed the link's state")


def a_death(folder):
    """after SIGKILL the line falls, and recover frees the lock and closes the row with what is known"""
    for number, event in enumerate(("command", "dial", "connect")):
        line = LineOffice(os.path.join(folder, str(number)), scale="0.3")
        line.submit(3, text=BODY)
        session = line.start_session()
        began(line, event)
        check(line.recover().stdout == b"", "recover took a living session for a dead one")
        kill(session.popen)
        wait_until(line.on_hook, f"on-hook after a kill at {event}", 5)
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
    line = LineOffice(folder)
    letters = line.submit(2)
    session = line.start_session()
    began(line, "dial")
    kill(session.popen)
    wait_until(line.on_hook, "on-hook", 5)
    done = line.session()
    check((done.returncode, done.stderr) == (0, b""), f"{done}")
    check([call["result"] for call in line.calls()] == ["ok", "died"], f"{line.calls()}")
    check(all(count >= 1 for count in line.arrived(letters)), "mail is missing")
    line.check_at_rest()


def a_port_in_use(folder):
    """of two sessions on one port the second says who holds it"""
    line = LineOffice(folder, scale="0.3")
    letters = line.submit(2, text=BODY)
    line.set_link(name="other")
    session = line.start_session()
    began(line, "dial")
    done = line.session(link="other")
    check(done.returncode == 111, f"{done}")
    check(f"is in use by pppctl (pid {session.popen.pid})".encode() in done.stderr, f"{done.stderr!r}")
    check(session.popen.wait(60) == 0, "the first session did not go through")
    check(line.arrived(letters) == [1, 1], f"copies: {line.arrived(letters)}")
    line.check_at_rest()


def silence(folder):
    """a provider that answers and says nothing is given up"""
    line = LineOffice(folder, answers=False, link={"silence": "1s"})
    keep(Answerer(line.provider, MODEM, "sleep", "300"))
    wait_until(lambda: b"waiting for calls" in read(os.path.join(line.provider.folder, f"answer-{MODEM}.log")), "armed")
    line.submit(1)
    done = line.session()
    check(done.returncode == 111 and b"answered the call and says nothing" in done.stderr, f"{done}")
    check(line.calls()[0]["class"] == "later", f"{line.calls()}")
    line.check_at_rest()


def a_lost_line(folder):
    """a line that is cut is tried again soon, and the rest goes with the next call"""
    line = LineOffice(folder, "--cut-octets", "4000", "--cut-calls", "1")
    letters = line.submit(3, text=BODY)
    done = line.session()
    check(done.returncode == 111, f"{done}")
    line.check_at_rest()
    call, = line.calls()
    check((call["result"], call["class"]) == ("failed", "soon"), f"{call}")
    check(line.session().returncode == 0, "the second call failed")
    check(sorted(set(line.arrived(letters))) in ([1], [1, 2]), f"copies: {line.arrived(letters)}")
    line.check_at_rest()


def bad_profiles(folder):
    """what this version cannot do, and every fault of a profile, is one line and 100, before a call"""
    line = LineOffice(folder)
    line.submit(1)
    cases = [({"kind": "ppp"}, b'only "line" is'), ({"jobs": ["flush", "fetch"]}, b'"fetch" is not available'),
             ({"routes": ["provder"]}, b"did you mean provider?"), ({"modem": "none"}, b"no modem 'none'"),
             ({"script": "'' 'ATDT\n"}, b"provider:1: "), ({"silense": "1s"}, b"silence")]
    for keys, text in cases:
        line.set_link(**keys)
        done = line.session()
        check(done.returncode == 100 and text in done.stderr and done.stderr.count(b"\n") == 1, f"{keys}: {done}")
    line.set_link()
    line.set_modem(port="/nonexistent/port")
    done = line.session()
    check(done.returncode == 100 and b"/nonexistent/port" in done.stderr, f"{done}")
    check(not line.emulator.events("office", "dial"), "it dialled")
    check(line.session(link="provder").returncode == 100, "a link that is none")
    check([one["link"] for one in json.loads(line.status("--json").stdout)] == [LINK], "a link that is none has a state")
    line.set_modem()
    check(line.session().returncode == 0, "the good profile failed")
    line.check_at_rest()


def a_damaged_ledger(folder):
    """without a ledger nothing is dialled"""
    line = LineOffice(folder)
    line.submit(1)
    path = os.path.join(line.office.state, "ledger")
    with open(path, "wb") as file:
        file.write(b"This is no ledger. " * 1000)
    done = line.session()
    check(done.returncode == 111 and b"is damaged" in done.stderr and done.stderr.count(b"\n") == 1, f"{done}")
    check(line.status().returncode == 111, "status read it")
    check(not line.emulator.events("office", "dial") and len(line.office.spooled(SPOOL)) == 1, "it dialled")
    os.remove(path)
    check(line.session().returncode == 0, "a new ledger was not begun")
    line.check_at_rest()


if __name__ == "__main__":
    main(a_signal, a_death, the_next_session, a_port_in_use, silence, a_lost_line, bad_profiles, a_damaged_ledger)
