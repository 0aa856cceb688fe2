#!/usr/bin/env python3
"""PPP where things are not as usual: sessions that are killed, pppd that dials itself, lines that others brought up, firewalls."""
import os
import re
import signal
import stat
import subprocess

from line_office import LINK, NUMBER, SOURCE, check, keep, kill, kit, main, read, wait_until
from network_office import program, silent_server
from ppp_office import PppOffice, is_running


def killed_session(folder):
    """after a session that was killed, recover ends its pppd, frees line and lock, and closes the row"""
    office = PppOffice(folder, link={"grace": "300ms"})
    silent = silent_server(office)
    letters = office.submit(1)
    office.scenario("up", "deaf")
    session = office.start_session()
    wait_until(lambda: silent.asked, "the flush is connected")
    kill(session.popen)
    pppd = office.runs()[0]["pid"]
    check(is_running(pppd), "the deaf pppd has ended by itself: nothing is tried")
    done = office.recover()
    check(done.returncode == 0 and f"pppd (pid {pppd}) was killed".encode() in done.stdout, f"{done}")
    office.check_at_rest(rows=1)
    check(office.calls()[0]["result"] == "died", f"{office.calls()[0]}")
    office.scenario("up", "hold")
    office.route_to(office.listener.port)
    check(office.session().returncode == 0, "the next session failed")
    check(office.arrived(letters) == [1], "the mail did not arrive")
    check(not [name for name in os.listdir(office.office.env["OFFHOOK_RUN"]) if name.endswith(".pppd")], "a note is left")


def not_ours(folder):
    """recover ends no process whose number a dead pppd had"""
    office = PppOffice(folder, link={"grace": "300ms"})
    silent = silent_server(office)
    office.submit(1)
    session = office.start_session()
    wait_until(lambda: silent.asked, "the flush is connected")
    kill(session.popen)
    wait_until(lambda: not is_running(office.runs()[0]["pid"]), "pppd has ended with its session")
    other = keep(kit.Process(["sleep", "60"], os.path.join(folder, "sleep.log")))
    note = os.path.join(office.office.env["OFFHOOK_RUN"], f"offhook-{LINK}.pppd")
    words = read(note).decode().split()
    with open(note, "w", encoding="utf-8") as file:
        file.write(" ".join([str(other.popen.pid), *words[1:]]) + "\n")
    check(office.recover().returncode == 0, "recover failed")
    check(other.popen.poll() is None, "somebody else's process was ended")
    office.check_at_rest(rows=1)


def pppd_dials(folder):
    """a pppd that dials itself gets our modem's care as its connect script, and its reason reaches the ledger"""
    office = PppOffice(folder, ppp={"way": "connect"}, target="busy,program:peer")
    letters = office.submit(1)
    office.scenario("connect", "up", "hold")
    done = office.session()
    check(done.returncode == 111 and b"engaged" in done.stderr, f"{done.returncode} {done.stderr!r}")
    check(office.calls()[0]["class"] == "soon", f"{office.calls()[0]}")
    done = office.session("--verbose")
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    check(office.arrived(letters) == [1], "the mail did not arrive")
    call = office.calls()[0]
    names = [phase["name"] for phase in call["phases"]]
    check(names == ["idle", "locked", "dialling", "connected", "ppp_up", "jobs", "draining", "hanging_up", "idle"], f"{names}")
    check(call["connect"].startswith("CONNECT") and call["speed"] == 33600, f"{call['connect']}")
    words = office.options()
    check([office.emulator.port("office")] in words and ["lock"] in words and ["nolock"] not in words, f"{words}")
    office.check_at_rest()


def pppd_dials_others(folder):
    """a pppd that dials itself leaves each dial in the ledger, and out of the call the number that failed as often as it may"""
    second = "0555200"
    office = PppOffice(folder, "--number", f"{second}=program:peer", ppp={"way": "connect"}, target="busy",
                       link={"phone": [NUMBER, second], "when": {"retries": 1}})
    office.submit(1)
    office.scenario("connect", "up", "hold")
    for wanted in ([NUMBER, second], [second]):
        done = office.session("--always")
        check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
        call = office.calls()[0]
        check([phase["number"] for phase in call["phases"] if phase["name"] == "dialling"] == wanted, f"{call}")
        check(call["number"] == second, f"{call['number']} is not the number that was dialled last")
    dialled = [event["number"] for event in office.emulator.events("office", "dial")]
    check(dialled == [NUMBER, second, second], f"{dialled}")
    office.check_at_rest()


def peers_file(folder):
    """setup --peers writes what an ordinary user's pppd is to be given, for root and its group alone"""
    office = PppOffice(folder, ppp={"user": "office"})
    peers = os.path.join(folder, "peers")
    os.mkdir(peers)
    done = office.office.run("pppctl", "setup", LINK, "--peers", "--peers-dir", peers)
    path = os.path.join(peers, f"offhook-{LINK}")
    check((done.returncode, done.stdout.decode().strip()) == (0, path), f"{done}")
    check(stat.S_IMODE(os.stat(path).st_mode) == 0o640, oct(os.stat(path).st_mode))
    check(os.listdir(peers) == [f"offhook-{LINK}"], f"{os.listdir(peers)}")
    office.submit(1)
    check(office.session().returncode == 0, "the session failed")
    given = read(os.path.join(office.office.env["OFFHOOK_RUN"], f"offhook-{LINK}.options"))
    check(read(path) == given, "root's pppd is given something else")


def notify(office, event, **environment):
    return office.office.run("pppctl", "notify", event, LINK, env={"IFNAME": "lo", "IPLOCAL": "10.0.0.2",
                                                                   "IPREMOTE": "10.0.0.1", **environment})


def standing_line(folder):
    """a line that others brought up is used, without a dial, until they take it down"""
    office = PppOffice(folder)
    letters = office.submit(1)
    check(notify(office, "up").returncode == 0, "notify up failed")
    done = office.session()
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    check(office.arrived(letters) == [1], "the mail did not arrive")
    check(not office.emulator.events("office", "dial") and not office.runs(), "it dialled")
    call, = office.calls()
    check(call["result"] == "ok" and "dialling" not in [phase["name"] for phase in call["phases"]], f"{call}")
    check(notify(office, "down").returncode == 0, "notify down failed")
    office.submit(1)
    check(office.session().returncode == 0 and len(office.runs()) == 1, "it did not dial when the line was down")
    # What is said of an interface that is not there any more counts for nothing.
    check(notify(office, "up", IFNAME="gone77").returncode == 0, "notify up failed")
    office.submit(1)
    check(office.session().returncode == 0 and len(office.runs()) == 2, "it trusted an interface that is not there")
    check(office.office.run("pppctl", "notify", "up", "nobodys").returncode == 0, "another's link is a failure")
    check(office.office.run("pppctl", "notify", "sideways", LINK).returncode == 100, "no event")


def firewall(folder):
    """a link that requires a firewall is not dialled without nft, comes up with the rules alone, and leaves none behind"""
    log = os.path.join(folder, "rules")
    nft = os.path.join(folder, "nft")
    office = PppOffice(folder, ppp={"firewall": "required", "nft": nft, "services": ["udp/123"]})
    office.submit(1)
    done = office.session()
    check(done.returncode == 100 and b"requires a firewall" in done.stderr, f"{done.returncode} {done.stderr!r}")
    check(not office.emulator.events("office", "dial"), "it dialled")
    program(folder, "nft", f"test ! -e {folder}/broken && cat >> {log}\n")
    office.clear()
    done = office.session()
    check(done.returncode == 100 and b"there is none on its interface" in done.stderr, f"{done.returncode} {done.stderr!r}")
    check(len(office.waiting()) == 1, "mail went without a firewall")
    before_up = f"run {office.office.program('pppctl')} notify pre-up {LINK}"
    after_down = f"at-end {office.office.program('pppctl')} notify down {LINK}"
    office.scenario(before_up, after_down, "up", "hold")
    office.clear()
    check(office.session().returncode == 0, "the session failed")
    rules, _, removal = read(log).decode().rpartition("table inet offhook_provider {}")
    for part in ("table inet offhook_provider", 'oifname != "ppp77" accept', f"tcp dport {{ 53, {office.listener.port} }}",
                 "udp dport { 53, 123 }", "counter drop"):
        check(part in rules, f"no {part} in {rules}")
    check(removal == "\ndelete table inet offhook_provider\n", f"rules are left: {removal}")
    # A pppd that had to be killed has not run its scripts.
    office.submit(1)
    office.scenario(before_up, "up", "deaf")
    office.set_link(grace="300ms")
    check(office.session().returncode == 0, "the session failed")
    check(read(log).decode().endswith("\ndelete table inet offhook_provider\n"), "rules are left behind a pppd that was killed")
    # A pppd that cannot have its firewall is ended before its interface is up.
    open(os.path.join(folder, "broken"), "w", encoding="utf-8").close()
    office.submit(1)
    office.scenario(before_up, "up", "hold")
    done = office.session()
    check(done.returncode != 0 and len(office.waiting()) == 1, f"mail went without a firewall: {done.returncode} {done.stderr!r}")
    office.check_at_rest()


def others_pppd(folder):
    """a pppd of others whose firewall is required and cannot be had or noted is ended, and no rules are left"""
    log = os.path.join(folder, "rules")
    nft = program(folder, "nft", f"cat >> {log}\n")
    office = PppOffice(folder, ppp={"firewall": "required", "nft": nft})
    note = os.path.join(office.office.env["OFFHOOK_RUN"], f"offhook-{LINK}.firewall")
    os.makedirs(note)

    def pre_up(words):
        pppd = keep(kit.Process(["sleep", "600"], os.path.join(folder, "pppd.log")))
        done = notify(office, "pre-up", PPPD_PID=str(pppd.popen.pid))
        check(done.returncode != 0 and words in done.stderr, f"{done}")
        return pppd.popen

    check(pre_up(f"{LINK}: no firewall: ".encode()).wait(60) == -signal.SIGTERM, "it stays up without the note")
    check(read(log).decode().endswith("\ndelete table inet offhook_provider\n"), "rules are left behind")
    os.rmdir(note)
    complaint = "/dev/stdin:2:1-5: Error: \\033[7m"
    program(folder, "nft", f"printf '%s\\n' '{complaint}' ' add rule' ' ^^^^' >&2; exit 1\n".replace("\\033", "\033"))
    check(pre_up(f"{nft} refuses the rules: {complaint}".encode()).wait(60) == -signal.SIGTERM, "it stays up with a refused rule")
    os.unlink(nft)
    check(pre_up(nft.encode()).wait(60) == -signal.SIGTERM, "it stays up without rules")
    office.set_link(ppp={"firewall": "wanted", "nft": nft})
    pppd = keep(kit.Process(["sleep", "600"], os.path.join(folder, "pppd.log"))).popen
    done = notify(office, "pre-up", PPPD_PID=str(pppd.pid))
    check((done.returncode, pppd.poll()) == (0, None) and b"no firewall" in done.stderr, f"{done}")


def nft_takes_the_rules(folder):
    """nft takes the rules as they are written"""
    nft = kit.peer("usr/sbin/nft")
    log = os.path.join(folder, "rules")
    office = PppOffice(folder, ppp={"firewall": "wanted", "nft": program(folder, "nft", f"exec cat > {log}\n")})
    check(notify(office, "pre-up").returncode == 0, "notify failed")
    done = subprocess.run([*kit.namespaces("--net"), nft, "-c", "-f", log], capture_output=True, env=kit.peer_env(), check=False)
    if b"cache init" in done.stderr or b"not supported" in done.stderr or b"not permitted" in done.stderr:
        kit.skip(f"nft cannot ask this kernel: {done.stderr.decode().strip().splitlines()[0]}")
    check(done.returncode == 0, f"{done.stderr.decode()}")


def null_modem(folder):
    """over a null modem pppd gets the line without a dial, and leaves lines alone that the cable has not"""
    ours, theirs = os.openpty()
    office = PppOffice(folder, link={"phone": "0", "chat": ""},
                       modem={"kind": "null", "port": os.ttyname(theirs), "carrier_detect": False, "flow": "none"})
    letters = office.submit(1)
    done = office.session()
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    check(office.arrived(letters) == [1], "the mail did not arrive")
    words = office.options()
    check(["local"] in words and ["nocrtscts"] in words and ["modem"] not in words, f"{words}")
    office.check_at_rest(rows=1)
    os.close(ours)
    os.close(theirs)


def scripts(_):
    """the scripts for pppd are found by run-parts and are no shell errors"""
    folder = os.path.join(SOURCE, "conf", "examples", "ppp")
    paths = [os.path.join(folder, "ip-up.d", "00offhook"), os.path.join(folder, "ip-down.d", "00offhook"),
             os.path.join(folder, "ip-pre-up")]
    for path in paths:
        check(os.access(path, os.X_OK), f"{path} cannot be run")
        check(re.fullmatch(r"[A-Za-z0-9_-]+", os.path.basename(path)), f"run-parts leaves {path} out")
        check(subprocess.run(["sh", "-n", path], check=False).returncode == 0, f"{path} is no script")


if __name__ == "__main__":
    main(killed_session, not_ours, pppd_dials, pppd_dials_others, peers_file, standing_line, firewall, others_pppd, nft_takes_the_rules,
         null_modem, scripts)
