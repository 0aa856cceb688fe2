"""Ten messages, a telephone line, a provider that answers: what the cut and the kill tests do to a session."""
import json
import os
import shutil
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers"))
from kit import BIN, SPOOL, body, check, keep, letter, office, provider, read, spool_file, stop, wait_until  # noqa: E402,F401
from phone_line import (QUICK_LINK, QUICK_MODEM, Emulator, answer_mail, history, link_profile, locks,  # noqa: E402,F401
                        modem_profile)

NUMBER = "0555100"
MESSAGES = 10
SCALE = 0.02
BODY = b"".join(b"line %03d of a message that takes its time on a slow line\n" % number for number in range(20))
ENDED = ("ok", "failed", "stopped", "died")


class Telephone:
    """An office with mail in its spool, a provider, and the line between them at a fast time scale.

    `calls` says what becomes of the first calls: arguments of modem-emulator, for instance --cut-octets.
    """

    def __init__(self, folder, *calls, target="modem:provider", scale=SCALE, messages=MESSAGES):
        os.makedirs(folder, exist_ok=True)
        self.folder = folder
        self.office = office(folder)
        self.provider = provider(folder, "bert")
        self.provider.start_qmgr()
        self.letters = [letter(number, b"Message %d.\n" % number + BODY) for number in range(messages)]
        for number, message in enumerate(self.letters):
            spool_file(self.office, number, message)
        self.lock_dir = os.path.join(folder, "office-locks")
        self.emulator = keep(Emulator(BIN, os.path.join(folder, "line"), ("office", "provider"), {NUMBER: target},
                                      "--time-scale", scale, "--delay", 100, *calls))
        modem_profile(self.office, "line", self.emulator.port("office"), self.lock_dir, **QUICK_MODEM)
        modem_profile(self.provider, "line", self.emulator.port("provider"), os.path.join(folder, "provider-locks"), **QUICK_MODEM)
        link_profile(self.office, "provider", modem="line", phone=NUMBER, routes=[SPOOL], jobs=["flush"], **QUICK_LINK)
        self.answerer = keep(answer_mail(self.provider, self.emulator, "provider"))

    def session(self, prefix=(), *options, **more):
        return self.office.run("pppctl", "session", "provider", *options, prefix=prefix, **more)

    def left(self):
        return len(self.office.spooled(SPOOL))

    def calls(self):
        return history(self.office, "provider")

    def copies(self):
        """How often each letter has arrived, once the provider has delivered what it took."""
        wait_until(lambda: not self.provider.queued(), "the provider has delivered")
        arrived = [body(message) for message in self.provider.received("bert")]
        counts = [arrived.count(body(message)) for message in self.letters]
        check(sum(counts) == len(arrived), f"{len(arrived) - sum(counts)} messages arrived that nobody sent")
        return counts

    def check_on_hook(self, what, seconds=5):
        wait_until(lambda: self.emulator.on_hook("office"), f"{what}: the office's modem is on-hook", seconds)

    def check_free(self, what):
        check(not locks(self.lock_dir), f"{what}: left in the lock folder: {locks(self.lock_dir)}")

    def check_ledger(self, what, rows=None):
        """Every row is closed and tells what happened."""
        calls = self.calls()
        check(rows is None or len(calls) == rows, f"{what}: {len(calls)} rows in the ledger, {rows} calls were made")
        for call in calls:
            check(call["result"] in ENDED, f"{what}: a row is open: {json.dumps(call)}")
            check(call["result"] == "ok" or call["reason"], f"{what}: no reason in {json.dumps(call)}")
        return calls

    def send_the_rest(self, what, tries=4):
        """Sessions over a good line until the spool is empty."""
        for _ in range(tries):
            if not self.left():
                return
            last = self.session()
        check(not self.left(), f"{what}: {self.left()} files stay: {last.returncode} {last.stderr.decode(errors='replace')!r}")

    def close(self):
        self.answerer.stop()
        self.emulator.stop()
        self.provider.stop_qmgr()
        shutil.rmtree(self.folder, ignore_errors=True)
