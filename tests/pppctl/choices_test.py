#!/usr/bin/env python3
"""Links with several numbers and modems, links that programs bring up, links that are always there, and hooks."""
import json
import os
import signal

from line_office import LINK, MODEM, NUMBER, QUICK_MODEM, LineOffice, check, main, modem_profile, read, wait_until
from network_office import NetworkOffice, program
from ppp_office import PppOffice

SECOND = "0555200"


def next_number(folder):
    """after BUSY or NO ANSWER the next number is dialled, on the same call, and the ledger has both"""
    line = LineOffice(folder, "--number", f"{SECOND}=no-answer", "--number", "0555300=modem:provider", target="busy",
                      link={"phone": [NUMBER, SECOND, "0555300"]})
    letters = line.submit(1)
    done = line.session()
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    check([event["number"] for event in line.emulator.events("office", "dial")] == [NUMBER, SECOND, "0555300"],
          f"{line.emulator.events('office', 'dial')}")
    call, = line.calls()
    dialled = [(phase["result"], phase["reason"]) for phase in call["phases"] if phase["name"] == "dialling"]
    check([phase["number"] for phase in call["phases"] if phase["name"] == "dialling"] == [NUMBER, SECOND, "0555300"], f"{call}")
    check(call["number"] == "0555300", f"{call['number']} is not the number that was dialled last")
    check([result for result, _ in dialled] == ["failed", "failed", "ok"], f"{dialled}")
    check(NUMBER in dialled[0][1] and SECOND in dialled[1][1], f"{dialled}")
    check(line.arrived(letters) == [1], "the mail did not arrive")
    line.check_at_rest()


def other_trouble(folder):
    """other trouble than an engaged number ends the call with the first number"""
    line = LineOffice(folder, "--number", f"{SECOND}=modem:provider", target="no-carrier", link={"phone": [NUMBER, SECOND]})
    line.submit(1)
    check(line.session().returncode == 111, "the session did not fail")
    check(len(line.emulator.events("office", "dial")) == 1, "another number was dialled")
    line.check_at_rest()


def used_up_number(folder):
    """a number that failed as often as it may is left out of the call, until it is cleared or all are used up"""
    line = LineOffice(folder, "--number", f"{SECOND}=modem:provider", target="no-carrier")
    line.set_link(phone=[NUMBER, SECOND], when={"retries": 2})
    dialled = lambda: [event["number"] for event in line.emulator.events("office", "dial")]
    line.submit(1)
    check([line.session().returncode for _ in range(3)] == [111, 111, 0], "the sessions")
    check(dialled() == [NUMBER, NUMBER, SECOND], f"{dialled()}")
    line.submit(1)
    done = line.session("--verbose")
    check(done.returncode == 0 and f"without {NUMBER}, which failed 2 times".encode() in done.stderr, f"{done}")
    check(dialled()[3:] == [SECOND], f"{dialled()}: a call that went well by one number makes the other no better")
    check([call["number"] for call in line.calls()] == [SECOND, SECOND, NUMBER, NUMBER], f"{line.calls()}")
    check(b"may be dialled again" in line.clear().stdout and b"nothing to clear" in line.clear().stdout, "the clearance")
    line.submit(1)
    check(line.session().returncode == 111 and dialled()[4:] == [NUMBER], f"{dialled()}")
    line.set_link(when={"retries": 2})
    check([line.session().returncode for _ in range(2)] == [111, 100] and len(dialled()) == 6, f"{dialled()}")
    line.check_at_rest()


def first_free_modem(folder):
    """of several modems the first that nobody has is used; when all are in use, who has the first is told"""
    line = LineOffice(folder)
    line.set_modem()
    busy = os.path.join(line.office.folder, "busy")
    os.symlink("/dev/null", busy)
    modem_profile(line.office, "busy", busy, line.lock_dir, **QUICK_MODEM)
    with open(os.path.join(line.lock_dir, "LCK..null"), "w", encoding="utf-8") as file:
        file.write(f"{os.getpid():>10}\n")
    line.set_link(modem=["busy", MODEM])
    letters = line.submit(1)
    done = line.session()
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    check(line.calls()[0]["modem"] == MODEM, f"{line.calls()[0]}")
    check(line.arrived(letters) == [1], "the mail did not arrive")
    line.set_link(modem=["busy"])
    done = line.session("--always")
    check(done.returncode == 111 and str(os.getpid()).encode() in done.stderr, f"{done.returncode} {done.stderr!r}")


def always(folder):
    """a link that is always there carries mail without a call"""
    office = NetworkOffice(folder, "always")
    letters = office.submit(2)
    done = office.session()
    check((done.returncode, done.stderr) == (0, b""), f"{done.returncode} {done.stderr!r}")
    check(office.arrived(letters) == [1, 1], "the mail did not arrive")
    call, = office.calls()
    check([phase["name"] for phase in call["phases"]] == ["idle", "jobs", "draining", "hanging_up", "idle"], f"{call['phases']}")
    check(call["kind"] == "always" and call["result"] == "ok", f"{call}")


def command(folder):
    """a link's programs bring it up, say when it is there, and bring it down, whatever becomes of the jobs"""
    log = os.path.join(folder, "log")
    up = program(folder, "up", f'echo "up $* $OFFHOOK_LINK" >> {log}; test ! -e {folder}/broken')
    down = program(folder, "down", f"echo down >> {log}")
    probe = program(folder, "probe", f"echo probe >> {log}; test -e {folder}/probed || {{ touch {folder}/probed; exit 1; }}")
    office = NetworkOffice(folder, "command", keys={"command": {"up": [up, "one two"], "down": [down], "probe": [probe]}})
    letters = office.submit(1)
    done = office.session()
    check((done.returncode, done.stderr) == (0, b""), f"{done.returncode} {done.stderr!r}")
    check(read(log) == f"up one two {LINK}\nprobe\nprobe\ndown\n".encode(), f"{read(log)!r}")
    check(office.arrived(letters) == [1], "the mail did not arrive")
    names = [phase["name"] for phase in office.calls()[0]["phases"]]
    check(names == ["idle", "locked", "dialling", "connected", "jobs", "draining", "hanging_up", "idle"], f"{names}")
    open(os.path.join(folder, "broken"), "w", encoding="utf-8").close()
    office.submit(1)
    done = office.session()
    check(done.returncode == 111 and b"up program ended with status 1" in done.stderr, f"{done.returncode} {done.stderr!r}")
    check(read(log).endswith(b"down\n"), "what may be half up was not brought down")


def command_in_use(folder):
    """two sessions do not bring the same link up at once, and a signal brings it down"""
    log = os.path.join(folder, "log")
    up = program(folder, "up", f"echo up >> {log}; exec sleep 60")
    down = program(folder, "down", f"echo down >> {log}")
    office = NetworkOffice(folder, "command", keys={"command": {"up": [up], "down": [down]}})
    office.submit(1)
    first = office.start_session()
    wait_until(lambda: os.path.exists(log), "the link is being brought up")
    second = office.session()
    check(second.returncode == 111 and b"is at work on this link" in second.stderr, f"{second.stderr!r}")
    locks = [name for name in os.listdir(office.office.env["OFFHOOK_RUN"]) if name.endswith(".lock")]
    check(locks == [f"session-{LINK}.lock"], f"{locks}")
    first.popen.send_signal(signal.SIGTERM)
    check(first.popen.wait(30) == 111, f"{first.popen.returncode}")
    check(read(log) == b"up\ndown\n", f"{read(log)!r}")


def command_hangs(folder):
    """a program that takes longer than it may is ended"""
    up = program(folder, "up", "exec sleep 60")
    down = program(folder, "down", "exit 3")
    office = NetworkOffice(folder, "command", keys={"command": {"up": [up], "down": [down], "up_limit": "300ms"}})
    office.submit(1)
    done = office.session()
    check(done.returncode == 100, f"{done.returncode} {done.stderr!r}")
    check(b"longer than 300 ms" in done.stderr and b"down program ended with status 3" in done.stderr, f"{done.stderr!r}")


def hook(folder):
    """a hook gets its arguments and the call's facts, and its failure stops no mail"""
    seen = os.path.join(folder, "seen")
    hook_program = program(folder, "hook", f'{{ echo "$@"; env; }} > {seen}; echo it broke >&2; exit 9')
    office = PppOffice(folder, link={"jobs": ["hook", "flush"], "hook": {"program": [hook_program, "a b", "$(id)"]}})
    letters = office.submit(1)
    done = office.session()
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    check(office.arrived(letters) == [1], "the mail did not arrive")
    text = read(seen).decode()
    for line in ("a b $(id)", f"OFFHOOK_LINK={LINK}", "OFFHOOK_KIND=ppp", f"OFFHOOK_NUMBER={NUMBER}", "OFFHOOK_CALL=1",
                 "OFFHOOK_INTERFACE=ppp77", "OFFHOOK_LOCAL_IP=10.0.0.2", "OFFHOOK_REMOTE_IP=10.0.0.1",
                 "OFFHOOK_NAME_SERVERS=10.0.0.3"):
        check(line in text.splitlines(), f"no {line} in {text}")
    job = office.calls()[0]["jobs"][0]
    check((job["job"], job["exit"]) == ("hook", 9) and "it broke" in json.dumps(job), f"{job}")
    os.unlink(hook_program)
    office.submit(1)
    check(office.session().returncode == 0, "a hook that is not there stopped the mail")
    office.check_at_rest()


if __name__ == "__main__":
    main(next_number, other_trouble, used_up_number, first_free_modem, always, command, command_in_use, command_hangs, hook)
