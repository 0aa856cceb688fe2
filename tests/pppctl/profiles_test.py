#!/usr/bin/env python3
"""A whole call with each of the example profiles, on the emulated modem that it is for; the office's own file inherits it."""
import os
import pty
import select
import shutil
import threading
import tty

from line_office import MODEM, NUMBER, QUICK_MODEM, SOURCE, LineOffice, check, keep, main, modem_profile
from phone_line import Answerer

EXAMPLES = os.path.join(SOURCE, "conf", "examples", "modems")
REPORT = {"usr": "ATI6", "rockwell": "AT#UD", "3gpp": "AT+CEER", "iridium": "AT+CEER"}


def use(host, name):
    """The example among the host's profiles."""
    folder = os.path.join(host.config, "modems")
    os.makedirs(folder, exist_ok=True)
    shutil.copy(os.path.join(EXAMPLES, f"{name}.toml"), folder)


def call(folder, name, *emulator, phone=NUMBER):
    """A call by the profile's own dial command brings the mail; returns the office's commands."""
    book = [] if phone == NUMBER else ["--number", f"{phone}=modem:provider"]
    line = LineOffice(os.path.join(folder, name), *book, *emulator, link={"chat": "", "phone": phone})
    use(line.office, name)
    line.set_modem(inherits=name)
    letters = line.submit(2)
    done = line.session("--verbose")
    said = done.stderr.decode()
    check(done.returncode == 0, f"{name}: {done.returncode} {said}")
    line.check_mail(name, letters, doubled=0)
    line.check_at_rest(name, rows=1)
    commands = [event["text"] for event in line.emulator.events("office", "command")]
    refused = [event for event in line.emulator.events("office", "result") if event["text"] == "ERROR"]
    check(not refused, f"{name}: a command was refused: {commands}")
    report = REPORT.get(name)
    check(not report or (report in commands and f"{report}: " in said), f"{name}: no report of the call: {said}")
    check(bool(report) == bool(line.calls()[0]["modem_report"]), f"{name}: the ledger has another report: {line.calls()[0]}")
    line.close()
    return commands


def telephone(folder):
    """a call with each profile of a telephone modem: every init line is obeyed, the mail arrives, how the call ended is logged"""
    for name in ("generic-hayes", "usr", "rockwell", "multitech"):
        for personality in ("hayes", "ties"):
            commands = call(os.path.join(folder, personality), name, "--personality", f"office={personality}")
            check(f"ATDT{NUMBER}" in commands and "ATS2=255" in commands, f"{name}: {commands}")


def cellular(folder):
    """a call with the cellular profile goes to *99#, one with the satellite's to a number by its bearer"""
    commands = call(folder, "3gpp", "--personality", "office=3gpp", "--cellular", "office=after=0", phone="*99#")
    check("ATD*99#" in commands and "AT+CMEE=1" in commands, f"{commands}")
    commands = call(folder, "iridium", "--personality", "office=iridium", "--cellular", "office=after=0",
                    phone="008816000025")
    check("ATDT008816000025" in commands and "AT+CBST=71,0,1" in commands, f"{commands}")


class Cable:
    """Two ptys whose octets cross."""

    def __init__(self):
        self._masters, self._slaves = zip(*(pty.openpty() for _ in range(2)))
        for slave in self._slaves:  # kept open, so that a close at one end is none of the cable
            tty.setraw(slave)
        self.ends = [os.ttyname(slave) for slave in self._slaves]
        self._stop_reader, self._stop_writer = os.pipe()
        self._thread = threading.Thread(target=self._carry)
        self._thread.start()

    def _carry(self):
        other = dict(zip(self._masters, reversed(self._masters)))
        while True:
            ready, _, _ = select.select([self._stop_reader, *self._masters], [], [])
            if self._stop_reader in ready:
                return
            for end in ready:
                os.write(other[end], os.read(end, 4096))

    def stop(self):
        os.write(self._stop_writer, b"x")
        self._thread.join()
        for fd in (*self._masters, *self._slaves, self._stop_reader, self._stop_writer):
            os.close(fd)


def null_modem(folder):
    """over a null modem cable the mail goes without a single command, where the link is said to be reliable"""
    line = LineOffice(folder, answers=False, link={"chat": "", "phone": "0", "reliable": True})
    cable = keep(Cable())
    for host in (line.office, line.provider):
        use(host, "null-modem")
    line.set_modem(inherits="null-modem", port=cable.ends[0])
    modem_profile(line.provider, MODEM, cable.ends[1], os.path.join(line.provider.folder, "lock"),
                  inherits="null-modem", **QUICK_MODEM)
    keep(Answerer(line.provider, MODEM, line.provider.program("mta-smtpd")))
    letters = line.submit(3)
    done = line.session()
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    line.check_mail("over the cable", letters, doubled=0)
    check(not line.locks(), f"{line.locks()}")
    line.set_link(chat="", phone="0", reliable=False)
    line.submit(1)
    done = line.session()
    check(done.returncode == 100 and b"reliable = true" in done.stderr, f"{done.returncode} {done.stderr!r}")


if __name__ == "__main__":
    main(telephone, cellular, null_modem)
