"""A link of each kind whose sessions kill_test.py kills, all with a tariff and caps: how its line falls when nobody sees to it, and
what has to hold when all has been put right.
"""
import json
import os
from decimal import Decimal

from line_office import LineOffice, check, kit, wait_until
from network_office import NetworkOffice, program
from ppp_office import PppOffice

FALLS = 5  # seconds: of a line whose session has died
MAXCONNECT = 3
MONEY = {"tariff": "sheet", "account": "mine", "caps": {"call": "5", "day": "20"}}
ACCOUNT = 'day = "30"\nmonth = "300"\n'
SECONDS = 'currency = "EUR"\nbegin = "connect"\nsetup = "0.05"\nprice = "0.01"\nstep = "1s"\ntax_percent = "10"\n'
FROM_DIAL = 'currency = "EUR"\nbegin = "dial"\nprice = "0.02"\nstep = "1s"\n'
FROM_ANSWER = 'currency = "EUR"\nbegin = "answer"\nprice = "0.02"\nstep = "1s"\n'
VOLUME = 'currency = "EUR"\nbegin = "connect"\n[volume]\nprice = "0.001"\nunit = "KiB"\n'


class Kind:
    """`kills`: in how many places of a session, `few_kills` of them in the small round."""
    has_pppd = False
    in_flight = 10  # messages whose answers a network still owes: all that a session sends

    def __init__(self, kills, few_kills, tariff):
        self.kills, self.tariff = kills if kit.FULL else few_kills, tariff

    @property
    def name(self):
        return type(self).__name__

    def priced_office(self, folder):
        office = self.office(folder)
        office.set_tariff(self.tariff, ACCOUNT)
        office.office.env["ASAN_OPTIONS"] = "detect_leaks=0"  # a traced program cannot trace itself
        return office

    def falls(self, office, what, seconds=FALLS):
        """Nobody sees to the line: it has to fall by itself."""
        wait_until(office.on_hook, f"{what}: the office's modem is on-hook", seconds)
        wait_until(office.is_closed, f"{what}: the last close has reached the line's driver", FALLS)

    def check_fallen(self, office, what):
        """After recover."""

    def connected_seconds(self, office):
        """How long the line was up, by the exchange's own account."""
        total, since = 0, None
        for event in office.emulator.events("office", "connect", "on_hook"):
            if event["event"] == "connect":
                since = event["time"]
            elif since is not None:
                total, since = total + event["time"] - since, None
        check(since is None, "the exchange has a call that has no end")
        return total

    def check_paid(self, office, what, calls):
        """No less is billed than what the exchange has seen of it."""
        billed = sum(call["billed_milliseconds"] for call in calls) / 1000
        was_up = self.connected_seconds(office)
        check(billed >= was_up, f"{what}: {billed} s are billed, and the line was up for {was_up:.2f} s: {calls}")


class Line(Kind):
    in_flight = 1

    @staticmethod
    def office(folder):
        return LineOffice(folder, link=MONEY)


class HandedOver(Kind):
    """pppctl dials, pppd has the line then."""
    has_pppd = True
    steps = ("set-uid", "up", "hold")
    ppp = {}

    def office(self, folder):
        office = PppOffice(folder, link={**MONEY, "grace": "5s"}, ppp={**self.ppp, "maxconnect": f"{MAXCONNECT}s"})
        office.scenario(*self.steps)
        return office

    def falls(self, office, what, seconds=FALLS):
        super().falls(office, what, seconds + MAXCONNECT)
        wait_until(lambda: not office.running(), f"{what}: pppd has ended", FALLS)


class DialledByPppd(HandedOver):
    steps = ("set-uid", "connect", "up", "hold")
    ppp = {"way": "connect"}


class Command(Kind):
    """The programs make and remove a file: the link that somebody else has to bring down."""

    def office(self, folder):
        os.makedirs(folder)
        self.sign = os.path.join(folder, "up-sign")
        up, down = program(folder, "up", f"exec touch {self.sign}\n"), program(folder, "down", f"exec rm -f {self.sign}\n")
        return NetworkOffice(folder, "command", keys={**MONEY, "command": {"up": [up], "down": [down], "interface": "lo"}})

    def falls(self, office, what, seconds=FALLS):
        """It has no line that falls by itself."""

    def check_fallen(self, office, what):
        check(not os.path.exists(self.sign), f"{what}: the link is still up")

    def check_paid(self, office, what, calls):
        octets = sum(call["billed_octets"] for call in calls)
        check(octets > 0 or not office.provider.received("bert"), f"{what}: mail went, and no octet is billed")


class Always(Kind):
    def office(self, folder):
        return NetworkOffice(folder, "always", keys=MONEY)

    def check_paid(self, office, what, calls):
        worked = {call["id"] for call in office.calls() if "jobs" in [phase["name"] for phase in call["phases"]]}
        unpaid = [call for call in calls if call["id"] in worked and not call["billed_milliseconds"]]
        check(not unpaid, f"{what}: nothing is billed of {unpaid}")


KINDS = (Line(80, 8, SECONDS), HandedOver(40, 4, FROM_DIAL), DialledByPppd(40, 4, FROM_ANSWER), Command(20, 2, VOLUME),
         Always(20, 2, SECONDS))


def check_ledger(kind, office, what):
    """The ledger is whole, each call of it has its end and its price, nothing is reserved any more, and the account's sum is theirs."""
    if not office.calls():
        return  # killed before there was a ledger
    with office.ledger() as database:
        sound, = database.execute("PRAGMA integrity_check").fetchone()
        check(sound == "ok", f"{what}: {sound}")
        unpriced = database.execute("SELECT id FROM call WHERE cost_nano IS NULL OR ended_wall_ms IS NULL").fetchall()
        check(not unpriced, f"{what}: calls without an end or a price: {unpriced}")
    found = office.bill()
    calls = found["calls"]
    check(len(calls) == len(office.calls()) and all(call["settled"] for call in calls), f"{what}: {json.dumps(calls)}")
    cost = sum(Decimal(call["cost"]) for call in calls)
    check([(one["account"], one["calls"], one["unsettled"], Decimal(one["cost"])) for one in found["sums"]] ==
          [("mine", len(calls), 0, cost)], f"{what}: {found['sums']}, and the calls cost {cost}")
    kind.check_paid(office, what, calls)
