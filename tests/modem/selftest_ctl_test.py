#!/usr/bin/env python3
"""modemctl selftest: what of a modem, its cable and its settings works, each step with what to do where it does not."""
import os
import select
import signal
import threading
import tty

from ctl_kit import Host, check, keep, locks, main, wait_until


def steps(host, *arguments, status=0):
    return {step["step"]: (step["result"], step["text"]) for step in host.json("selftest", *arguments, status=status)}


def works(folder):
    """a good modem brings all octets back through either loop and heeds DTR, and is as before afterwards"""
    host = Host(folder)
    emulator = host.emulator()
    for arguments, command in (((), "AT&T1"), (("--loop", "local"), "AT&T1"), (("--loop", "digital"), "AT&T3")):
        found = steps(host, *arguments, "line")
        check(found["answer"][0] == found["octets"][0] == found["dtr"][0] == "ok", f"{found}")
        check(command in found["octets"][1], f"{found}")
        check(found["lines"][0] == found["flow"][0] == "not possible", f"{found}")
        check(emulator.on_hook("line"), "off-hook")
    texts = [event["text"] for event in emulator.events("line", "command")]
    check("AT&T0" in texts and texts.index("AT&T1") < texts.index("AT&T0"), f"{texts}")
    text = host.run("selftest", "line")
    check("octets      ok" in text and "dtr         ok" in text, text)


def deaf_to_dtr(folder):
    """a modem that does not notice DTR fails in that step alone, with what to do; a profile by escape does not ask for it"""
    host = Host(folder)
    emulator = host.emulator("--fault", "line=dtr")
    found = steps(host, "line", status=100)
    check(found["dtr"][0] == "failed" and "AT&D2" in found["dtr"][1] and found["octets"][0] == "ok", f"{found}")
    check(emulator.on_hook("line"), "off-hook")
    host.profile("line", emulator.port("line"), hangup="escape")
    check(steps(host, "line")["dtr"][0] == "not possible", "by escape")
    check(emulator.on_hook("line"), "off-hook by escape")


class Dce:
    """A modem on a pty with a loop that does to octets what a bad line does."""

    def __init__(self, folder, spoil=lambda octets: octets, loops=True):
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.link = os.path.join(folder, "line")
        os.symlink(os.ttyname(slave), self.link)
        self._slave, self._over, self._looping, self._line = slave, False, False, b""
        self._spoil, self._loops, self.commands = spoil, loops, []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        keep(self)

    def _run(self):
        while not self._over:
            if not select.select([self.master], [], [], 0.1)[0]:
                continue
            octets = os.read(self.master, 4096)
            if self._looping and b"AT\r" not in octets and b"ATH0\r" not in octets:
                os.write(self.master, self._spoil(octets))
                continue
            self._looping = False
            self._line += octets
            while b"\r" in self._line:
                line, _, self._line = self._line.partition(b"\r")
                self.commands.append(line)
                self._looping = self._loops and line in (b"AT&T1", b"AT&T3")
                refuses = line.startswith(b"AT&T") and line != b"AT&T0" and not self._loops
                os.write(self.master, b"\r\nCONNECT\r\n" if self._looping else b"\r\nERROR\r\n" if refuses else b"\r\nOK\r\n")

    def stop(self):
        self._over = True
        self._thread.join()
        os.close(self.master)
        os.close(self._slave)


def flow(folder):
    """where the queue is filled everything comes back, or it is told that flow control does not hold"""
    host = Host(folder)
    emulator = host.emulator()
    host.profile("line", emulator.port("line"), flow="rts/cts")
    found = steps(host, "line")
    check(found["flow"][0] == "ok" and "16384 octets" in found["flow"][1], f"{found}")


def spoilt(folder):
    """a lost eighth bit and lost octets are told apart"""
    for name, spoil, word in (("parity", lambda octets: bytes(octet & 0x7f for octet in octets), "eighth bit"),
                              ("loss", lambda octets: octets.replace(b"xyz", b""), "octet 120 was 120")):
        home = os.path.join(folder, name)
        os.makedirs(home)
        host = Host(home)
        host.profile("line", Dce(home, spoil).link)
        found = steps(host, "line", status=100)
        check(found["octets"][0] == "failed" and word in found["octets"][1], f"{name}: {found}")


def without_loop(folder):
    """a modem without such a test is no failure: it is said that nothing could be seen"""
    host = Host(folder)
    dce = Dce(folder, loops=False)
    host.profile("line", dce.link)
    found = steps(host, "line")
    check([found[step][0] for step in ("octets", "flow", "dtr")] == ["not possible"] * 3, f"{found}")
    check(b"AT&T0" in dce.commands, f"{dce.commands}")


def stopped(folder):
    """a signal in the loop ends it: on-hook, unlocked, 111"""
    host = Host(folder)
    dce = Dce(folder, spoil=lambda octets: b"")
    host.profile("line", dce.link)
    process = host.start("selftest", "line")
    wait_until(lambda: b"AT&T1" in dce.commands, "the loop")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=30)
    check(process.returncode == 111 and b"SIGTERM" in errors, f"{process.returncode} {errors}")
    check(not locks(host.locks) and dce.commands[-1] == b"AT&T0", f"{locks(host.locks)} {dce.commands}")


def silent(folder):
    """a modem that answers nothing fails in its first step, and the rest is not tried"""
    host = Host(folder)
    host.emulator("--fault", "line=mute")
    found = steps(host, "line", status=100)
    check(found["answer"][0] == "failed" and "octets" not in found, f"{found}")


main(works, deaf_to_dtr, flow, spoilt, without_loop, stopped, silent)
