#!/usr/bin/env python3
"""pppctl over PPP, with a pppd that stands in: what it is given, what its end means, how it is ended."""
import os
import resource
import signal
import subprocess

from line_office import LINK, NUMBER, Canary, check, kit, main, wait_until
from network_office import silent_server
from ppp_office import PppOffice

PHASES = ["idle", "locked", "port_open", "modem_ready", "dialling", "connected", "ppp_up", "jobs", "draining",
          "hanging_up", "idle"]
SECRET = "canary-4711"
AUTH = {"user": "office", "remotename": "peer"}


def reason_of(office):
    return office.calls()[0]["reason"]


def good_call(folder):
    """a call over PPP sends all that waits, ends pppd, and leaves the line on-hook"""
    office = PppOffice(folder)
    letters = office.submit(3)
    done = office.session()
    check((done.returncode, done.stderr) == (0, b""), f"{done.returncode} {done.stderr!r}")
    check(office.arrived(letters) == [1, 1, 1], f"copies: {office.arrived(letters)}")
    office.check_at_rest(rows=1)
    call, = office.calls()
    check([phase["name"] for phase in call["phases"]] == PHASES, f"phases: {call['phases']}")
    check((call["kind"], call["number"]) == ("ppp", NUMBER), f"{call}")
    check((call["octets_sent"], call["octets_received"]) == (4321, 1234), f"octets are pppd's own: {call}")
    run, = office.runs()
    check(run["tty"] == os.path.realpath(office.emulator.port("office")), f"the terminal: {run['tty']}")
    check(run["argv"][:3] == ["logfd", "2", "file"] and run["argv"][4:] == ["nodetach"], f"{run['argv']}")
    words = office.options()
    for option in (["maxconnect", "3600"], ["lcp-echo-interval", "10"], ["lcp-echo-failure", "3"], ["noauth"], ["nolock"],
                   ["linkname", f"offhook-{LINK}"], ["ipparam", LINK], ["nodetach"]):
        check(option in words, f"no {option} in {words}")


def write_secret(folder):
    path = os.path.join(folder, "secret")
    with open(path, "w", encoding="utf-8") as file:
        file.write(SECRET + "\n")
    os.chmod(path, 0o600)
    return path


def secret(folder):
    """the password comes on a descriptor and is nowhere else"""
    canary = Canary(folder, SECRET)
    path = write_secret(folder)
    office = PppOffice(folder, ppp={**AUTH, "secret": path})
    office.submit(1)
    done = office.session("--verbose")
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    said = done.stdout, done.stderr
    run, = office.runs()
    check(run["password"] == SECRET, "pppd did not get it")
    check(["plugin", "passwordfd.so"] in run["options"] and ["user", "office"] in run["options"], f"{run['options']}")
    os.chmod(path, 0o644)
    office.submit(1)
    done = office.session()
    check(done.returncode == 100 and b"secret" in done.stderr, f"{done.stderr!r}")
    check(len(office.runs()) == 1, "pppd was started with a password that everybody can read")
    office.check_at_rest()
    for where in ("argv", "options", "environment", "command_line"):
        check(SECRET not in str(run[where]), f"the password is in pppd's {where}")
    canary.check(*said, done.stderr, but=[path, office.standin])


def dumps_core(process):
    """Whether it leaves its memory in a file when it is told to."""
    process.send_signal(signal.SIGABRT)
    _, status = os.waitpid(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    check(process.returncode == -signal.SIGABRT, f"it ended with {process.returncode}")
    return os.WCOREDUMP(status)


def no_core(folder):
    """a session that knows a password, from its file or from its chat script, leaves no core"""
    hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
    resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))
    if not dumps_core(subprocess.Popen(["sleep", "60"], cwd=folder)):
        kit.skip("this machine keeps no core of any program")
    path = write_secret(folder)
    for number, (ppp, script) in enumerate((({**AUTH, "secret": path}, {}), ({}, {"script": f"'' ATDT\\T\nCONNECT @{path}\n"}))):
        office = PppOffice(os.path.join(folder, str(number)), ppp=ppp, link=script)
        silent = silent_server(office)
        office.submit(1)
        session = office.start_session(cwd=folder)
        wait_until(lambda: silent.asked, "the flush is connected")
        check(not dumps_core(session.popen), "it left a core")


def in_the_script(folder):
    """a password that the chat script sends from a file is nowhere else, though the line repeats it"""
    canary = Canary(folder, SECRET)
    path = write_secret(folder)
    office = PppOffice(folder, link={"script": f"'' ATDT\\T\nCONNECT @{path}\n{SECRET[0]} \\c\n"})
    office.submit(1)
    done = office.session("--verbose")
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    office.check_at_rest(rows=1)
    canary.check(done.stdout, done.stderr, but=[path])


def statuses(folder):
    """an end of pppd before the interface is up has its class, its words and its remedy"""
    cases = [(("say CHAP authentication failed: go away", "exit 19"), 100, "stop", ("go away", "user and secret")),
             (("say No secret found for PAP login", "exit 19"), 100, "stop", ("No secret found",)),
             (("exit 2",), 100, "stop", ("options",)),
             (("exit 4",), 100, "stop", ("/dev/ppp",)),
             (("say LCP: timeout sending Config-Requests", "exit 10"), 111, "soon", ("Config-Requests",)),
             (("say Modem hangup", "exit 16"), 111, "soon", ("hung up",)),
             (("say Serial line is looped back.", "exit 17"), 111, "soon", ("our own octets",)),
             (("exit 1",), 111, "later", ("fatal",)),
             (("exit 99",), 111, "later", ("unknown status 99",)),
             (("die 9",), 111, "later", ("SIGKILL",))]
    office = PppOffice(folder)
    office.submit(1)
    for steps, status, retry, words in cases:
        office.scenario(*steps)
        office.clear()
        done = office.session()
        check(done.returncode == status, f"{steps}: {done.returncode} {done.stderr!r}")
        office.check_at_rest(str(steps))
        call = office.calls()[0]
        check(call["class"] == retry, f"{steps}: {call['class']}")
        check(all(word in call["reason"] for word in words), f"{steps}: {call['reason']}")
        failed = [phase["name"] for phase in call["phases"] if phase["result"] == "failed"]
        check(failed == ["connected"], f"{steps}: {call['phases']}")
    check(len(office.waiting()) == 1, "the mail is not there any more")


def silent_peer(folder):
    """a pppd that never comes up is ended after up_limit"""
    office = PppOffice(folder, ppp={"up_limit": "1s"})
    office.submit(1)
    office.scenario("say Using interface ppp77", "hold")
    done = office.session()
    check(done.returncode == 111 and b"no PPP link within" in done.stderr, f"{done.returncode} {done.stderr!r}")
    office.check_at_rest()


def deaf_pppd(folder):
    """a pppd that does not end on SIGTERM is killed, and the line comes down all the same"""
    office = PppOffice(folder, link={"grace": "500ms"})
    letters = office.submit(1)
    office.scenario("up", "deaf")
    done = office.session("--verbose")
    check(done.returncode == 0 and b"was killed" in done.stderr, f"{done.returncode} {done.stderr!r}")
    check(office.arrived(letters) == [1], "the mail did not arrive")
    office.check_at_rest()


def dies_in_the_flush(folder):
    """a pppd that ends in the middle of a job ends the job at once, and the next call sends the rest"""
    office = PppOffice(folder, link={"grace": "20s"})
    silent = silent_server(office)
    letters = office.submit(2)
    office.scenario("up", "wait connected", "say No response to 3 echo-requests", "exit 15")
    session = office.start_session()
    wait_until(lambda: silent.asked, "the flush is connected")
    office.go_on("connected")
    check(session.popen.wait(30) == 111, f"the session ended with {session.popen.returncode}")
    check("the line was lost in flush" in reason_of(office) and "echo" in reason_of(office), reason_of(office))
    check(office.calls()[0]["class"] == "soon", f"{office.calls()[0]}")
    office.check_at_rest()
    office.route_to(office.listener.port)
    office.scenario("up", "hold")
    check(office.session().returncode == 0, "the next call failed")
    check(office.arrived(letters) == [1, 1], f"copies: {office.arrived(letters)}")


def port_gone(folder):
    """a port that is pulled out under pppd ends pppd, the job and the call"""
    office = PppOffice(folder)
    silent = silent_server(office)
    office.submit(1)
    session = office.start_session()
    wait_until(lambda: silent.asked, "the flush is connected")
    office.emulator.stop()
    check(session.popen.wait(30) == 100, f"the session ended with {session.popen.returncode}")
    check("the modem hung up" in reason_of(office) and "the port has gone" in reason_of(office), reason_of(office))
    office.check_pppd_gone()
    check(not office.locks(), f"locks: {office.locks()}")


def stopped(folder):
    """a signal ends the job, pppd and the call"""
    office = PppOffice(folder)
    silent = silent_server(office)
    office.submit(1)
    session = office.start_session()
    wait_until(lambda: silent.asked, "the flush is connected")
    session.popen.send_signal(signal.SIGTERM)
    check(session.popen.wait(30) == 111, f"the session ended with {session.popen.returncode}")
    call = office.calls()[0]
    check(call["result"] == "stopped" and "SIGTERM" in call["reason"], f"{call}")
    office.check_at_rest()


def no_relay(folder):
    """a route without a relay is a mistake on a link that leads to a network"""
    office = PppOffice(folder)
    office.office.routes("* provider alias-ppp-")
    office.submit(1)
    done = office.session()
    check(done.returncode == 100 and b"needs a relay" in done.stderr, f"{done.returncode} {done.stderr!r}")
    check(not office.emulator.events("office", "dial"), "it dialled")


if __name__ == "__main__":
    main(good_call, secret, in_the_script, no_core, statuses, silent_peer, deaf_pppd, dies_in_the_flush, port_gone, stopped, no_relay)
