"""An office and a provider joined by an emulated telephone line, for the tests of pppctl.

    def a_test(folder):
        line = LineOffice(folder)
        letters = line.submit(3)
        done = line.session()
        call = line.calls()[0]

Stands on the peers' kit (hosts, letters, checks) and on scripts/phone_line.py (emulator, profiles, answering). Whatever it starts
is stopped at the test's end.
"""
import os
import pty
import subprocess
import sys

SOURCE = os.environ.get("OFFHOOK_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
for part in ("scripts", os.path.join("tests", "peers")):
    sys.path.insert(0, os.path.join(SOURCE, part))
import kit  # noqa: E402
from kit import BIN, PREFIX, SPOOL, check, copies, keep, letter, main, skip, spool_file, wait_until  # noqa: E402,F401
from phone_line import (QUICK_LINK, QUICK_MODEM, SCRIPT, Emulator, answer_mail, history, kill, link_profile,  # noqa: E402,F401
                        locks, modem_profile)

LINK, MODEM, NUMBER = "provider", "line", "0555100"


class LineOffice:
    """Two hosts, two modems, one number. The provider's modem answers with mta-smtpd unless `answers` is false.

    `emulator` are further words for modem-emulator; `link` and `modem` are keys that replace those of the office's profiles.
    """

    def __init__(self, folder, *emulator, link=None, modem=None, answers=True, target="modem:provider", scale="0.02"):
        self.folder = folder
        self.office = kit.office(folder)
        self.provider = kit.provider(folder)
        self.lock_dir = os.path.join(folder, "lock")
        self.emulator = keep(Emulator(BIN, os.path.join(folder, "line"), ("office", "provider"), {NUMBER: target},
                                      "--time-scale", scale, *emulator))
        self.set_modem(**(modem or {}))
        self.set_link(**(link or {}))
        modem_profile(self.provider, MODEM, self.emulator.port("provider"), self.lock_dir, **QUICK_MODEM)
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

    def submit(self, count, **options):
        """Letters in the office's spool, without a queue manager there; returns them."""
        letters = [letter(number, **options) for number in range(count)]
        for number, message in enumerate(letters):
            spool_file(self.office, number, message)
        return letters

    def arrived(self, letters):
        """How often each of them is in the provider's maildirs, once its queue is empty."""
        wait_until(lambda: not self.provider.queued(), "the provider has delivered it all")
        return copies(letters, self.provider.received("bert"))

    def waiting(self):
        return self.office.spooled(SPOOL)

    # Calls

    def session(self, *options, link=LINK, **more):
        """One call to its end; stderr is no terminal."""
        return self.office.run("pppctl", "session", link, *options, **more)

    def start_session(self, *options, link=LINK):
        """One call that goes on; its output goes to session.log."""
        return keep(kit.Process([self.office.program("pppctl"), "session", link, *options],
                                os.path.join(self.folder, "session.log"), env=self.office.env))

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

    def calls(self, link=None):
        """The ledger, the newest call first."""
        return history(self.office, link)

    def status(self, *arguments):
        return self.office.run("pppctl", "status", *arguments)

    # The line

    def on_hook(self, modem="office"):
        return self.emulator.on_hook(modem)

    def locks(self):
        """Lock files of the office's port; the answering modem has its own for as long as it waits."""
        own = f"LCK..{os.path.basename(self.emulator.port('office'))}"
        return [name for name in locks(self.lock_dir) if name == own or self._pid(name) not in self._answering()]

    def _pid(self, name):
        try:
            with open(os.path.join(self.lock_dir, name), encoding="ascii") as file:
                return int(file.read().split()[0])
        except (OSError, ValueError, IndexError):
            return None

    def _answering(self):
        return {self.answerer.process.pid} if self.answerer else set()

    def check_at_rest(self):
        """Everything that holds after every call, however it ended."""
        wait_until(self.on_hook, "the office's modem is on-hook", 10)
        check(not self.locks(), f"locks are left: {self.locks()}")
        still_open = [call["id"] for call in self.calls() if call["ended"] is None]
        check(not still_open, f"ledger rows are open: {still_open}")
