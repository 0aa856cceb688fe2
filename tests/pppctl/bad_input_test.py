#!/usr/bin/env python3
"""Faulty configuration, ports, modems and providers: one clear line, the right exit status, on-hook, unlocked, nothing lost."""
import fcntl
import json
import os
import pty
import socket
import subprocess
import termios

from line_office import BIN, LINK, NUMBER, LineOffice, check, keep, kit, main, skip, wait_until


class Silent:
    """A server that accepts and says nothing."""

    def __init__(self):
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        keep(self)

    def stop(self):
        self._socket.close()


def refused(line, status, *words, what="", **more):
    """A session that fails: its status, one line with these words, and everything as it was."""
    line.clear()
    done = line.session(**more)
    said = done.stderr.decode(errors="replace")
    check(done.returncode == status, f"{what}: it ended with {done.returncode} and not {status}: {said!r}")
    check(said.startswith(f"pppctl: {LINK}: ") and said.count("\n") == 1, f"{what}: {said!r}")
    for word in words:
        check(word in said, f"{what}: '{word}' is not in {said!r}")
    line.check_at_rest(what)
    check(len(line.waiting()) == 1, f"{what}: the mail is gone")
    return said


def configuration(folder):
    """faults of the configuration are named with file and line, before anything is locked or opened"""
    line = LineOffice(folder, answers=False)
    line.submit(1)
    links = os.path.join(line.office.config, "links", f"{LINK}.toml")
    modems = os.path.join(line.office.config, "modems", "line.toml")

    def with_text(path, change, status, *words):
        before = kit.read(path)
        with open(path, "wb") as file:
            file.write(change(before))
        refused(line, status, *words, what=words[0])
        with open(path, "wb") as file:
            file.write(before)

    with_text(links, lambda text: text.replace(b'modem = "line"\n', b""), 100, "modem is missing", f"{LINK}.toml:")
    with_text(links, lambda text: text + b"fone = 1\n", 100, "fone", "did you mean phone?", f"{LINK}.toml:")
    with_text(links, lambda text: text.replace(b'"line"\n', b'"lime"\n'), 100, "lime")
    with_text(links, lambda text: text + b"grace = 10\n", 100, "grace", f"{LINK}.toml:")
    with_text(links, lambda text: text.replace(b'kind = "line"', b'kind = "ppp"'), 100, "the route needs a relay")
    with_text(links, lambda text: text.replace(b'["flush"]', b'["flush", "fetch"]'), 100, '"fetch" is not available')
    with_text(modems, lambda text: text + b"prot = 1\n", 100, "prot", "did you mean port?", "line.toml:")
    with_text(modems, lambda text: text.replace(b"port =", b"#port ="), 100, "port is missing", "line.toml:")
    script = os.path.join(line.office.config, "chat", LINK)
    with_text(script, lambda text: text + b"OK 'AT\n", 100, "quote", f"chat/{LINK}", "9")
    line.set_link(name="other", routes=["nowhere"])
    done = line.session(link="other")
    check(done.returncode == 100 and b"nowhere" in done.stderr, f"{done.returncode} {done.stderr!r}")
    done = line.session(link="provide")
    check(done.returncode == 100 and b"did you mean provider?" in done.stderr, f"{done.returncode} {done.stderr!r}")
    states = json.loads(line.status("--json").stdout)
    check(sorted(state["link"] for state in states) == ["other", LINK], f"a link that is none has a state: {states}")
    check(not line.emulator.events("office", "opened"), "the port was opened")


def ports(folder):
    """a device that is not there, is no tty, is somebody else's, may not be opened, or hangs on nothing"""
    line = LineOffice(folder, answers=False)
    line.submit(1)
    line.set_modem(port="/dev/ttyNone7")
    refused(line, 100, "/dev/ttyNone7", what="no such device")
    line.set_modem(port="/dev/null")
    refused(line, 100, "/dev/null", "no serial port", what="no tty")
    plain = os.path.join(folder, "file")
    with open(plain, "wb") as file:
        file.write(b"x")
    line.set_modem(port=plain)
    refused(line, 100, plain, what="a plain file")
    master, slave = pty.openpty()
    line.set_modem(port=os.ttyname(slave))
    holder = subprocess.Popen(["cat"], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL)
    lock = os.path.join(line.lock_dir, "LCK.." + os.path.basename(os.ttyname(slave)))
    with open(lock, "w", encoding="ascii") as file:
        file.write(f"{holder.pid:10}\n")
    line.clear()
    done = line.session()
    check(done.returncode == 111, f"{done.returncode} {done.stderr!r}")
    for word in (b"cat", str(holder.pid).encode(), lock.encode()):
        check(word in done.stderr, f"{word} is not in {done.stderr!r}")
    check(os.path.exists(lock), "another program's lock was removed")
    holder.stdin.close()
    holder.wait()
    # The holder is dead: its lock is stale and taken over, and nothing is behind the port.
    refused(line, 100, "answers nothing", what="a stale lock, a dead port")
    check(not os.path.exists(lock), "the stale lock stays")
    os.close(master)
    os.close(slave)


def exclusive(folder):
    """a port in another program's exclusive use, and one without permission"""
    if os.getuid() != 0:
        skip("to become another user needs root")
    if not os.path.exists("/usr/bin/setpriv"):
        skip("setpriv is not here")
    line = LineOffice(folder, answers=False)
    line.submit(1)
    for path, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            os.chown(os.path.join(path, name), 65534, 65534, follow_symlinks=False)
    os.chown(folder, 65534, 65534)
    os.chmod(folder, 0o755)
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    if line.office.run("pppctl", "--version", prefix=nobody).returncode != 0:
        skip(f"another user cannot run the programs in {BIN}")
    device = os.path.realpath(line.emulator.port("office"))
    os.chmod(device, 0o600)
    refused(line, 100, "permission denied", what="no permission", prefix=nobody)
    os.chown(device, 65534, 65534)
    port = os.open(device, os.O_RDWR | os.O_NOCTTY)
    fcntl.ioctl(port, termios.TIOCEXCL)
    refused(line, 111, device, what="exclusive use", prefix=nobody)
    fcntl.ioctl(port, termios.TIOCNXCL)
    os.close(port)


def modems(folder):
    """a modem that never answers, answers garbage, echoes only: which of them, and what to look at"""
    quick = {"command_timeout": "200ms", "carrier_off": "200ms"}
    for fault, words in (("mute", ["answers nothing", "cable"]), ("garbage", ["garbage", "speed"]),
                         ("echo", ["only the echo", "loop-back plug"])):
        line = LineOffice(os.path.join(folder, fault), "--fault", f"office={fault}", answers=False, modem=quick)
        line.submit(1)
        refused(line, 100, *words, what=fault)
        line.close()


def numbers(folder):
    """a number that is engaged, is not answered, has no dial tone, or reaches no modem: each with its class"""
    for target, word, status in (("busy", "engaged", "soon"), ("no-answer", "answer", "later"), ("no-dialtone", "dial tone", "later"),
                                 ("no-carrier", "NO CARRIER", "soon")):
        line = LineOffice(os.path.join(folder, target), target=target, answers=False)
        line.submit(1)
        refused(line, 111, NUMBER, word, what=target)
        check(line.calls()[0]["class"] == status, f"{target}: {line.calls()[0]}")
        line.close()


def silent_provider(folder):
    """a provider that answers and says nothing"""
    line = LineOffice(os.path.join(folder, "tcp"), target=f"tcp:127.0.0.1:{Silent().port}", answers=False, link={"silence": "1s"})
    line.submit(1)
    refused(line, 111, "says nothing", what="silence")
    check(line.calls()[0]["connect"].startswith("CONNECT") and line.calls()[0]["class"] == "later", f"{line.calls()[0]}")


def a_modem_that_does_not_let_go(folder):
    """a modem that ignores DTR, escape and ATH: said to a person, and the port is free all the same"""
    line = LineOffice(folder, "--fault", "office=stuck", modem={"command_timeout": "200ms", "carrier_off": "200ms"})
    letters = line.submit(1)
    done = line.session()
    said = done.stderr.decode(errors="replace")
    check(done.returncode == 100, f"it ended with {done.returncode}: {said!r}")
    check("does not hang up" in said and "switch the modem off" in said and said.count("\n") == 1, f"{said!r}")
    check(not line.locks(), f"locks are left: {line.locks()}")
    check(line.arrived(letters) == [1] and not line.waiting(), "the mail that had gone is not there once")


def two_sessions(folder):
    """two sessions on one port at once: one runs, the other says who holds it, 111"""
    line = LineOffice(folder, scale="0.2")
    letters = line.submit(3)
    first = line.start_session()
    wait_until(lambda: line.emulator.events("office", "off_hook"), "the first one dials")
    line.set_link("second")
    second = line.session("--verbose", link="second")
    said = second.stderr.decode(errors="replace")
    check(second.returncode == 111, f"the second ended with {second.returncode}: {said!r}")
    check(f"pppctl (pid {first.popen.pid})" in said, f"it does not say who holds the port: {said!r}")
    check(first.popen.wait(60) == 0, f"the first ended with {first.popen.returncode}")
    line.check_at_rest(rows=2)
    check(line.arrived(letters) == [1, 1, 1], f"copies: {line.arrived(letters)}")


def no_ledger(folder):
    """a ledger that cannot be written: nothing is dialled"""
    line = LineOffice(folder, answers=False)
    line.submit(1)
    ledger = os.path.join(line.office.state, "ledger")
    with open(ledger, "wb") as file:
        file.write(b"this is no database, and long enough to be looked at as one: " * 100)
    done = line.session()
    check(done.returncode in (100, 111), f"it ended with {done.returncode}")
    check(ledger.encode() in done.stderr and done.stderr.count(b"\n") == 1, f"{done.stderr!r}")
    check(not line.emulator.events("office", "dial") and not line.locks(), "it dialled")
    check(kit.read(ledger).startswith(b"this is no database"), "the file was overwritten")
    check(len(line.waiting()) == 1, "the mail is gone")


if __name__ == "__main__":
    main(configuration, ports, exclusive, modems, numbers, silent_provider, a_modem_that_does_not_let_go, two_sessions, no_ledger)
