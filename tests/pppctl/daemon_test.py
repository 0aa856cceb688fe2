#!/usr/bin/env python3
"""pppctl daemon: mail goes by itself, sessions are processes of their own, people give orders over the control socket."""
import contextlib
import os
import signal
import socket

from line_office import LINK, LineOffice, check, keep, kill, kit, letter, main, read, spool_file, wait_until
from network_office import silent_server
from ppp_office import PppOffice, is_running

WAIT = 60


class Daemon:
    """The office's daemon, once it has said that it is ready."""

    def __init__(self, line, **env):
        self.line = line
        path = os.path.join(line.folder, "notify.sock")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(path)
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.bind(path)
        self.notify.settimeout(WAIT)
        self.log_file = os.path.join(line.folder, "daemon.log")
        self.process = keep(kit.Process([line.office.program("pppctl"), "daemon"], self.log_file,
                                        env={**line.office.env, "NOTIFY_SOCKET": path, **env}))
        self.wait_for("READY=1")

    def wait_for(self, word):
        while word.encode() not in self.notify.recv(4096):
            pass

    def log(self):
        return read(self.log_file).decode(errors="replace")

    def ask(self, *words, **more):
        return self.line.office.run("pppctl", *words, **more)

    def end(self):
        self.process.popen.send_signal(signal.SIGTERM)
        status = self.process.popen.wait(WAIT)
        self.notify.close()
        return status


def dials(line):
    return len(line.emulator.events("office", "dial"))


def mail_goes(folder):
    """mail that comes is sent without a word, a link is called by order, and SIGTERM ends it all in order"""
    line = LineOffice(folder)
    line.submit(1)
    daemon = Daemon(line)
    wait_until(lambda: not line.waiting(), "the mail that was there has gone", WAIT)
    spool_file(line.office, 5, letter(5))
    wait_until(lambda: not line.waiting(), "the mail that came has gone", WAIT)
    wait_until(lambda: daemon.ask("next").stdout.startswith(b"waiting for mail"), "it is at rest", WAIT)
    before = dials(line)
    said = daemon.ask("up", LINK)
    check((said.returncode, said.stdout) == (0, b"provider: called\n"), f"{said}")
    wait_until(lambda: dials(line) == before + 1, "the call that was asked for", WAIT)
    wait_until(lambda: b"no session" in daemon.ask("down", LINK).stdout, "it is over", WAIT)
    check(daemon.ask("up", "nobody").returncode == 100, "a link that is none")
    check(daemon.end() == 0, daemon.log())
    check(daemon.ask("next").returncode == 111, "somebody listens still")
    line.check_at_rest()


def sessions_die(folder):
    """a session that is killed takes nothing along: the next one recovers and sends the mail"""
    line = LineOffice(folder, scale="0.2")
    line.set_link(when={"soon": {"first": "0s"}})
    letters = line.submit(2)
    daemon = Daemon(line)
    wait_until(lambda: line.emulator.events("office", "off_hook"), "the first call", WAIT)
    os.kill(line.calls()[0]["pid"], signal.SIGKILL)
    wait_until(lambda: not line.waiting(), "the mail has gone all the same", WAIT)
    check("was killed by signal 9" in daemon.log(), daemon.log())
    check(daemon.end() == 0, daemon.log())
    line.check_mail("after the kill", letters)


def killed(daemon, with_session=False):
    """The daemon, and if told so its session, which then hears nothing of it."""
    if with_session:
        daemon.process.popen.send_signal(signal.SIGSTOP)
        os.kill(daemon.line.calls()[0]["pid"], signal.SIGKILL)
    kill(daemon.process.popen)
    daemon.notify.close()


def daemon_dies(folder):
    """a daemon that is killed takes its session with it in order, wherever that is, and the next one dials no more than its ceiling"""
    office = PppOffice(folder, scale="0.2")
    ceiling = {"dials_per_hour": 3, "soon": {"first": "0s"}, "later": {"first": "0s"}}
    office.set_link(when=ceiling)
    silent = silent_server(office)
    letters = office.submit(1)
    # While it dials, while the network comes up, and in the job, then together with its session.
    moments = ((lambda: dials(office) == 1, ("wait never",)), (office.running, ("wait never",)), (lambda: silent.asked, ("up", "hold")))
    for number, (moment, steps) in enumerate(moments, 1):
        office.scenario(*steps)
        daemon = Daemon(office)
        wait_until(moment, f"the moment of call {number}", WAIT)
        is_last = number == len(moments)
        killed(daemon, with_session=is_last)
        wait_until(lambda: not is_running(office.calls()[0]["pid"]), f"session {number} has ended", WAIT)
        if not is_last:
            office.check_at_rest(f"after the death of daemon {number}", rows=number)
            check(office.calls()[0]["result"] == "stopped", f"{office.calls()[0]}")
    office.route_to(office.listener.port)
    daemon = Daemon(office)
    wait_until(lambda: b"3 dials in the last hour" in daemon.ask("next").stdout, "the ceiling", WAIT)
    office.check_at_rest("after recover", rows=3)
    check((office.calls()[0]["result"], dials(office)) == ("died", 3), f"{dials(office)} dials: {office.calls()[0]}")
    office.set_link(when={**ceiling, "dials_per_hour": 4})
    check(daemon.ask("reload").returncode == 0, "reload")
    wait_until(lambda: not office.waiting(), "the mail has gone", WAIT)
    check(daemon.end() == 0, daemon.log())
    check((office.arrived(letters), dials(office)) == ([1], 4), f"{office.arrived(letters)}, {dials(office)} dials")
    office.check_at_rest("after the last call", rows=4)


def reloads(folder):
    """a bad configuration is told and the one before stays, a good one is taken; and there is one daemon only"""
    line = LineOffice(folder)
    daemon = Daemon(line)
    second = daemon.ask("daemon")
    check(second.returncode == 111 and f"(pid {daemon.process.popen.pid})".encode() in second.stderr, f"{second}")
    path = os.path.join(line.office.config, "links", "second.toml")
    with open(path, "w", encoding="ascii") as file:
        file.write("kind = 7\n")
    check(daemon.ask("reload").returncode == 0, "reload")
    wait_until(lambda: "stays in force" in daemon.log() and "second.toml" in daemon.log(), "the fault is told", WAIT)
    os.unlink(path)
    line.set_link("second")
    daemon.process.popen.send_signal(signal.SIGHUP)
    wait_until(lambda: "configuration read again" in daemon.log(), "it is read", WAIT)
    check(daemon.ask("up", "second").returncode == 0, "the new link is not known")
    check(daemon.end() == 0, daemon.log())
    line.check_at_rest()


def strangers(folder):
    """who is neither root nor the daemon's user may ask, and order nothing"""
    if os.getuid() != 0 or not os.path.exists("/usr/bin/setpriv"):
        kit.skip("to become another user needs root and setpriv")
    line = LineOffice(folder)
    daemon = Daemon(line)
    os.chmod(folder, 0o755)
    for path, folders, _ in os.walk(os.path.join(folder, "office")):
        for name in [".", *folders]:
            os.chmod(os.path.join(path, name), 0o755)
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    if daemon.ask("--version", prefix=nobody).returncode != 0:
        kit.skip("another user cannot run the programs")
    check(daemon.ask("next", prefix=nobody).returncode == 0, "a stranger cannot ask")
    said = daemon.ask("up", LINK, prefix=nobody)
    check(said.returncode == 100 and b"only root" in said.stderr and dials(line) == 0, f"{said}")
    check(daemon.end() == 0, daemon.log())


def dead_line(folder):
    """on a dead line the daemon dials as often as its ceiling allows, and says it once"""
    line = LineOffice(folder, target="busy")
    line.set_link(when={"dials_per_hour": 3, "soon": {"first": "1s", "limit": "1s"}})
    line.submit(1)
    daemon = Daemon(line)
    wait_until(lambda: b"3 dials in the last hour" in daemon.ask("next").stdout, "the ceiling", WAIT)
    check(dials(line) == 3, f"{dials(line)} dials")
    check(daemon.end() == 0, daemon.log())
    lines = [text for text in daemon.log().splitlines() if LINK in text]
    check(len(lines) == 1, f"{lines}")


if __name__ == "__main__":
    main(mail_goes, sessions_die, daemon_dies, reloads, strangers, dead_line)
