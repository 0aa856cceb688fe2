"""An office and a provider joined by an emulated telephone line, for the tests of pppctl.

    def a_test(folder):
        line = LineOffice(folder)
        letters = line.submit(3)
        done = line.session()
        call = line.calls()[0]

Stands on the peers' kit (hosts, letters, checks) and on scripts/phone_line.py (emulator, profiles, answering). Whatever it starts
is stopped at the test's end.
"""
import json
import os
import pty
import shutil
import sqlite3
import subprocess
import sys

SOURCE = os.environ.get("OFFHOOK_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
for part in ("scripts", os.path.join("tests", "peers")):
    sys.path.insert(0, os.path.join(SOURCE, part))
import kit  # noqa: E402
from canary import Canary  # noqa: E402,F401
from kit import BIN, PREFIX, SPOOL, check, copies, keep, letter, main, read, skip, spool_file, wait_until  # noqa: E402,F401
from phone_line import (QUICK_LINK, QUICK_MODEM, SCRIPT, Emulator, answer_mail, history, kill, link_profile,  # noqa: E402,F401
                        locks, modem_profile, write)

LINK, MODEM, NUMBER = "provider", "line", "0555100"
DEVICE = "/dev/ttyEMU0"  # what an emulated modem passes for with the shim


def shim():
    """The library that makes a pty pass for a serial device with modem lines."""
    path = os.path.join(kit.BUILD, "tests", "libmodem_shim.so")
    if not os.path.exists(path):
        skip(f"the shim is not built: {path}")
    if b"libasan.so" in read(os.path.join(BIN, "modemctl")):
        skip("the address sanitizer does not bear a preloaded library in front of it")
    return path


class LineOffice:
    """Two hosts, two modems, one number. The provider's modem answers with mta-smtpd unless `answers` is false.

    `emulator` are further words for modem-emulator; `link` and `modem` are keys that replace those of the office's profiles.
    """

    def __init__(self, folder, *emulator, link=None, modem=None, answers=True, target="modem:provider", scale="0.02"):
        self.folder = folder
        self.office = kit.office(folder)
        self.provider = kit.provider(folder)
        # Each host has its own, as two machines have: ptys change their numbers, and one end's may become the other's.
        self.lock_dir = os.path.join(self.office.folder, "lock")
        self.emulator = keep(Emulator(BIN, os.path.join(folder, "line"), ("office", "provider"), {NUMBER: target},
                                      "--time-scale", scale, *emulator))
        self.set_modem(**(modem or {}))
        self.set_link(**(link or {}))
        modem_profile(self.provider, MODEM, self.emulator.port("provider"),
                      os.path.join(self.provider.folder, "lock"), **QUICK_MODEM)
        self.provider.start_qmgr()
        self.answerer = None
        if answers:
            self.answer()

    # Profiles

    def set_modem(self, **keys):
        modem_profile(self.office, MODEM, keys.pop("port", self.emulator.port("office")), self.lock_dir,
                      **{**QUICK_MODEM, **keys})

    def set_link(self, name=LINK, script=SCRIPT, chat_timeout=20, **keys):
        link_profile(self.office, name, chat_timeout, script,
                     **{"routes": [SPOOL], "modem": MODEM, "phone": NUMBER, "jobs": ["flush"], **QUICK_LINK, **keys})

    def answer(self):
        self.answerer = keep(answer_mail(self.provider, self.emulator, "provider", MODEM))

    # Mail

    def submit(self, count, more=b"", **options):
        """Letters in the office's spool, without a queue manager there; returns them. `more` makes each longer."""
        letters = [letter(number, **options) + more for number in range(count)]
        for number, message in enumerate(letters):
            spool_file(self.office, number, message)
        return letters

    def arrived(self, letters):
        """How often each of them is in the provider's maildirs, once its queue is empty."""
        wait_until(lambda: not self.provider.queued(), "the provider has delivered it all")
        return copies(letters, self.provider.received("bert"))

    def waiting(self):
        return self.office.spooled(SPOOL)

    # Money

    def set_tariff(self, text, account=None):
        """The tariff "sheet"; `account` are the lines of the account "mine"."""
        for name, lines in (("tariffs/sheet.toml", text), ("accounts/mine.toml", account)):
            if lines is not None:
                write(os.path.join(self.office.config, name), lines)

    def bill(self, *words):
        done = self.office.run("pppctl", "bill", "--json", *words)
        check(done.returncode == 0, f"bill ended with {done.returncode}: {done.stderr!r}")
        return json.loads(done.stdout)

    def ledger(self):
        return sqlite3.connect(os.path.join(self.office.state, "ledger"))

    # Calls

    def session(self, *options, link=LINK, **more):
        """One call to its end; stderr is no terminal."""
        return self.office.run("pppctl", "session", link, *options, **more)

    def send_the_rest(self, what, tries=4):
        """Calls until the spool is empty."""
        for _ in range(tries):
            if not self.waiting():
                return
            last = self.session()
        check(not self.waiting(), f"{what}: {len(self.waiting())} files stay: {last.returncode} {last.stderr!r}")

    def device_session(self, lines, *options):
        """As session(), on DEVICE: the emulator and we have the modem lines in the file `lines`."""
        return self.session(*options, env={"LD_PRELOAD": shim(), "OFFHOOK_SHIM_LINES": lines,
                                           "OFFHOOK_SHIM_PORT": f"{DEVICE}={self.emulator.port('office')}"})

    def start_session(self, *options, link=LINK, **more):
        """One call that goes on; its output goes to session.log."""
        return keep(kit.Process([self.office.program("pppctl"), "session", link, *options],
                                os.path.join(self.folder, "session.log"), env=self.office.env, **more))

    def session_on_terminal(self, *options, link=LINK):
        """One call with a terminal for its standard error: exit status and what was written there."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen([self.office.program("pppctl"), "session", link, *options], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=theirs, env=self.office.env)
        os.close(theirs)
        written = b""
        with open(ours, "rb", buffering=0) as terminal:
            try:
                while block := terminal.read(4096):
                    written += block
            except OSError:
                pass  # the last program that had it has closed it
        return process.wait(), written.decode(errors="replace")

    def recover(self, *arguments):
        return self.office.run("pppctl", "recover", *arguments)

    def clear(self, link=LINK):
        return self.office.run("pppctl", "clear", link)

    def calls(self, link=None):
        """The ledger, the newest call first."""
        return history(self.office, link)

    def status(self, *arguments):
        return self.office.run("pppctl", "status", *arguments)

    # The line

    def on_hook(self, modem="office"):
        return self.emulator.on_hook(modem)

    def is_closed(self, modem="office"):
        """The emulator, which is the driver here, has seen the last close: what was exclusive is free again."""
        seen = self.emulator.events(modem, "opened", "closed")
        return not seen or seen[-1]["event"] == "closed"

    def locks(self):
        """Lock files of the office's port."""
        return locks(self.lock_dir)

    def check_at_rest(self, what="after the call", rows=None):
        """Everything that holds after every call, however it ended; `rows` is how many calls the ledger has to tell of."""
        wait_until(self.on_hook, f"{what}: the office's modem is on-hook", 5)
        check(not self.locks(), f"{what}: locks are left: {self.locks()}")
        calls = self.calls()
        check(rows is None or len(calls) == rows, f"{what}: {len(calls)} rows in the ledger, {rows} calls were made")
        for call in calls:
            check(call["ended"] is not None and call["phases"], f"{what}: a row is open: {json.dumps(call)}")
            check(call["result"] == "ok" or call["reason"], f"{what}: no reason in {json.dumps(call)}")

    def check_mail(self, what, letters, doubled=1):
        """None is lost, and no more than `doubled` are there twice. Returns how many are."""
        counts = self.arrived(letters)
        check(all(counts), f"{what}: lost {counts.count(0)} of {len(letters)}")
        check(sum(counts) - len(letters) <= doubled, f"{what}: {sum(counts) - len(letters)} doubled")
        return sum(counts) - len(letters)

    def close(self):
        """Before the test's end, where a test has many of these."""
        if self.answerer:
            self.answerer.stop()
        self.emulator.stop()
        self.provider.stop_qmgr()
        shutil.rmtree(self.folder, ignore_errors=True)
