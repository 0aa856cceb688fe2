"""The office and its provider for `pppctl session` over real PPP: configuration, mail, and what holds after each call."""
import json

import ppp
from lab import LINES, MODEMS, NUMBER, PLAIN, check, wait_until
from mail import OFFICE, PREFIX, PROVIDER, SPOOL, MailHost, copies, letter
from phone_line import QUICK_MODEM, SCRIPT, toml
from ppp import PROVIDER_IP

LINK = "provider"
SECRET = "/etc/lab-password"
DAEMON_LOG = "/tmp/daemon.log"
# n_gsm forgets DCD when a port is opened a second time, and pppd waits for it then for ever: there pppd opens the port alone.
WAY = {PLAIN: {}, LINES: {"way": "connect"}}
# No compression and no IPv6: a cut by octets then finds the same phase each time.
PPP = {"user": "office", "secret": SECRET, "up_limit": "40s", "echo_interval": "2s", "echo_failure": 2,
       "options": ["lcp-restart 1", "ipcp-restart 1", "noipv6", "noccp"]}


class Site:
    """`port` is the office's; the provider answers at its PLAIN one. `link`, `modem` and `ppp_keys` replace keys of the profiles."""

    def __init__(self, lab, port, password=None, auth="require-chap", link=None, modem=None, ppp_keys=None, staff=("bert",)):
        self.lab, self.port, self.modem = lab, port, "office" + MODEMS[port]
        self.office = MailHost(lab.office, OFFICE, ["anna"], OFFICE, [f"* {SPOOL} {PREFIX} {PROVIDER_IP}"])
        self.provider = MailHost(lab.provider, f"mx.{PROVIDER}", staff, PROVIDER)
        self.provider.start_queue()
        self.provider.serve_smtp()
        ppp.secret_files(lab.provider, "office", lab.password)
        ppp.serve_by(lab.provider, PLAIN, auth)
        self._ppp = {**PPP, **WAY[port], **(ppp_keys or {})}
        lab.office.write(SECRET, f"{password or lab.password}\n", 0o600)
        self._write("modems/line.toml", toml({"port": port, **QUICK_MODEM, "guard_time": ppp.GUARD, **ppp.MODEM_AT[port],
                                             **(modem or {})}))
        self._write("chat/provider", SCRIPT.format(timeout=20))
        self.set_link(**(link or {}))

    def _write(self, path, text):
        self.lab.office.write(f"{self.office.config}/{path}", text, 0o600)

    def set_link(self, **keys):
        """The link's profile, with these keys beside the usual ones."""
        self._write(f"links/{LINK}.toml", toml({"kind": "ppp", "routes": [SPOOL], "modem": "line", "phone": NUMBER,
                                                "chat": "provider", "redial": "0s", **keys, "ppp": self._ppp}))

    def set_tariff(self, text):
        self._write("tariffs/sheet.toml", text)

    def bill(self):
        """The calls of this month, as the provider would list them."""
        done = self.office.run("pppctl", "bill", "--json")
        check(done.status == 0, f"bill: {done}")
        return json.loads(done.out)["calls"]

    # Mail

    def spool(self, count, more=""):
        """Letters in the office's spool; returns them."""
        letters = [letter(number, more) for number in range(count)]
        self.office.spool(letters)
        return letters

    def check_mail(self, letters, doubled=0):
        """All of them are in the mailbox there, none is left here."""
        wait_until(lambda: not self.provider.queued(), "the provider has delivered it all")
        counts = copies(letters, self.provider.received("bert"))
        check(all(counts), f"lost {counts.count(0)} of {len(letters)}")
        check(sum(counts) - len(letters) <= doubled, f"{sum(counts) - len(letters)} doubled")
        check(not self.office.spooled(), f"left in the spool: {self.office.spooled()}")

    # Calls

    def session(self, *options, status=0, seconds=120):
        """One call to its end, which has to be that exit status."""
        done = self.office.run("pppctl", "session", LINK, "--verbose", *options, seconds=seconds)
        check(done.status == status, f"the session's {done}")
        return done

    def start_session(self):
        return self.office.start("pppctl", "session", LINK, "--verbose", log="/tmp/session.log")

    def start_daemon(self):
        """A daemon that is at work."""
        self.lab.office.run("rm", "-f", DAEMON_LOG)
        daemon = self.office.start("pppctl", "daemon", log=DAEMON_LOG)
        wait_until(lambda: "at work" in daemon.log() or daemon.status() is not None, "the daemon is at work")
        check(daemon.status() is None, f"the daemon ended: {daemon.log()}")
        return daemon

    def recover(self):
        """As cron does it: again, while a pppd that was told to end has not."""
        wait_until(lambda: self.office.run("pppctl", "recover").status == 0, "pppctl recover has put everything right", 40)

    def calls(self):
        """The ledger, the newest call first."""
        done = self.office.run("pppctl", "history", "--last", "100", "--json")
        check(done.status == 0, f"history: {done}")
        return json.loads(done.out)

    def reason(self):
        return self.calls()[0]["reason"]

    def dials(self, emulator):
        return len(emulator.events(self.modem, "dial"))

    def check_at_rest(self, emulator, rows=None):
        """On-hook, unlocked, no pppd, no interface; each row of the ledger closed, with its reason."""
        guest = self.lab.office
        wait_until(lambda: emulator.on_hook(self.modem), "the office's modem is on-hook")
        check(not (left := guest.must("find", "/run/lock/", "-name", "LCK*")), f"locks are left: {left}")
        check(guest.run("pgrep", "-x", "pppd").status != 0, "a pppd is left")
        wait_until(lambda: guest.run("ip", "link", "show", "ppp0").status != 0, "the interface is gone")
        calls = self.calls()
        check(rows is None or len(calls) == rows, f"{len(calls)} rows in the ledger, {rows} calls were made: {calls}")
        for call in calls:
            check(call["ended"] is not None and call["phases"], f"a row is open: {call}")
            check(call["result"] == "ok" or call["reason"], f"no reason in {call}")
