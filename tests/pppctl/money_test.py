#!/usr/bin/env python3
"""Calls by chance over a year, priced by ours and by a walk from second to second with fractions: equal to the last digit.

money_test.py [SEED]: the same seed makes the same tariffs and calls. 2,000 of them, 10,000 with --full.
"""
import datetime
import math
import os
import random
import subprocess
import sys
import zoneinfo
from fractions import Fraction

from line_office import check, kit, main

CALLS = 10000 if kit.FULL else 2000
TARIFFS = 40
SEED = sys.argv[1] if len(sys.argv) > 1 else "1"
ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo")
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
UNITS = {"octet": 1, "kB": 1000, "KiB": 1024, "MB": 1000**2, "MiB": 1024**2}
UTC = datetime.timezone.utc
YEAR = int(datetime.datetime(2026, 1, 1, tzinfo=UTC).timestamp())
YEAR_SECONDS = 365 * 86400
NANO = 10**9


def amount(chance, most):
    return f"{chance.randrange(most * 10**4) / 10**4:.4f}" if chance.random() < 0.8 else \
        f"{chance.randrange(most)}.{chance.randrange(NANO):09}"


def clock(minutes):
    return f"{minutes // 60:02}:{minutes % 60:02}"


def random_band(chance, split):
    begin = chance.choice((0, 60, 120, 150, 180, chance.randrange(1440)))
    band = {"from": begin, "to": chance.choice([m for m in (0, 120, 180, 360, 1080, 1440) if m != begin])}
    if chance.random() < 0.5:
        band["days"] = chance.sample(DAYS, chance.randrange(1, 6))
    if chance.random() < 0.3:
        band["dates"] = chance.sample(("01-01", "03-29", "10-25", "2026-04-05", "2027-10-25", "11-01"), 2)
    for key in ("price", "setup"):
        if chance.random() < 0.7:
            band[key] = amount(chance, 3)
    if not split and chance.random() < 0.4:
        band["step"] = chance.choice((1, 7, 20, 60, 90, 240))
    return band


def random_tariff(chance):
    split = chance.random() < 0.4
    tariff = {"time_zone": chance.choice(ZONES), "setup": amount(chance, 2), "price": amount(chance, 3),
              "step": chance.choice((1, 1, 6, 10, 20, 60, 60, 75, 180)), "straddle": "split" if split else "start"}
    if chance.random() < 0.6:
        tariff["first_step"] = chance.choice((1, 20, 60, 61, 180))
    if split or chance.random() < 0.5:
        tariff["per"] = chance.choice((1, 7, 60, 3600))
    tariff["bands"] = [random_band(chance, split) for _ in range(chance.choice((0, 1, 2, 2, 3, 5)))]
    if chance.random() < 0.4:
        tariff["minimum"] = amount(chance, 2)
    if chance.random() < 0.6:
        tariff["tax_percent"] = chance.choice(("19", "7.7", "0.123456789", "100"))
    if chance.random() < 0.7:
        tariff["round"] = {"to": chance.choice(("0.01", "0.05", "0.0001", "0.000000001", "1")),
                           "mode": chance.choice(("up", "half-up", "half-even", "down")),
                           "at": chance.choice(("call", "step"))}
    if chance.random() < 0.5:
        tariff["volume"] = {"price": amount(chance, 2), "unit": chance.choice(tuple(UNITS)[1:]),
                            "block": chance.choice((1, 10, 64)),
                            "direction": chance.choice(("both", "sent", "received")),
                            "round": chance.choice(("exact", "up", "half-up", "half-even", "down"))}
    return tariff


def toml_of(tariff):
    quoted = lambda words: "[" + ", ".join(f'"{word}"' for word in words) + "]"
    lines = ['currency = "EUR"']
    for key in ("time_zone", "setup", "price", "straddle", "minimum", "tax_percent"):
        if key in tariff:
            lines.append(f'{key} = "{tariff[key]}"')
    for key in ("step", "first_step", "per"):
        if key in tariff:
            lines.append(f'{key} = "{tariff[key]}s"')
    for name in ("round", "volume"):
        if name in tariff:
            lines.append(f"[{name}]")
            lines += [f"{key} = {value}" if key == "block" else f'{key} = "{value}"'
                      for key, value in tariff[name].items()]
    for band in tariff["bands"]:
        lines += ["[[band]]", f'from = "{clock(band["from"])}"', f'to = "{clock(band["to"])}"']
        lines += [f"{key} = {quoted(band[key])}" for key in ("days", "dates") if key in band]
        lines += [f'{key} = "{band[key]}"' for key in ("price", "setup") if key in band]
        lines += [f'step = "{band["step"]}s"'] if "step" in band else []
    return "\n".join(lines) + "\n"


def rounded(value, place, mode):
    """A fraction in whole places, as a whole number of nano-units."""
    parts = value / place
    whole = math.floor(parts)
    rest = parts - whole
    half = Fraction(1, 2)
    up = {"exact": rest >= half, "half-up": rest >= half, "up": rest > 0, "down": False,
          "half-even": rest > half or (rest == half and whole % 2 == 1)}[mode]
    return (whole + up) * place


def nano(text):
    value = Fraction(text) * NANO
    assert value.denominator == 1
    return value


class Walk:
    """One tariff, looked at second by second."""

    def __init__(self, tariff):
        self.tariff = tariff
        self.zone = zoneinfo.ZoneInfo(tariff["time_zone"])
        rounding = tariff.get("round", {"to": "0.000000001", "mode": "half-up", "at": "call"})
        self.place, self.mode, self.by_step = int(nano(rounding["to"])), rounding["mode"], rounding["at"] == "step"
        self.bands_of_minute = {}

    def begins_on(self, band, day):
        if "days" not in band and "dates" not in band:
            return True
        return DAYS[day.weekday()] in band.get("days", ()) or \
            any(day.isoformat().endswith(date) for date in band.get("dates", ()))

    def is_in(self, band, minute, day):
        before = day - datetime.timedelta(days=1)
        if band["from"] < band["to"]:
            return band["from"] <= minute < band["to"] and self.begins_on(band, day)
        return (minute >= band["from"] and self.begins_on(band, day)) or \
            (minute < band["to"] and self.begins_on(band, before))

    def band_at(self, second):
        """Price for `per` (or a step), set-up fee, first and following step: every zone's clocks change on whole minutes."""
        found = self.bands_of_minute.get(second // 60)
        if found is None:
            civil = datetime.datetime.fromtimestamp(second, UTC).astimezone(self.zone)
            minute = civil.hour * 60 + civil.minute
            band = next((band for band in self.tariff["bands"] if self.is_in(band, minute, civil.date())), {})
            usual = self.tariff
            step = band.get("step", usual["step"])
            first = band["step"] if "step" in band else usual.get("first_step", usual["step"])
            found = (nano(band.get("price", usual["price"])), nano(band.get("setup", usual["setup"])), first, step)
            self.bands_of_minute[second // 60] = found
        return found

    def time_cost(self, begin, ms, left):
        per = self.tariff.get("per")
        split = self.tariff["straddle"] == "split"
        total, free, second, is_first = Fraction(0), 0, begin, True
        while is_first or (second - begin) * 1000 < ms:
            price, _, first_step, step = self.band_at(second)
            length = first_step if is_first else step
            value = Fraction(0)
            if split:
                for one in range(second, second + length):
                    value += self.band_at(one)[0] / per
            else:
                value = price * length / per if per else price
            if left >= length * 1000:
                left -= length * 1000
                free += length * 1000
            else:
                total += rounded(value, self.place, self.mode) if self.by_step else value
            second += length
            is_first = False
        return total, free, (second - begin) * 1000

    def volume_cost(self, sent, received, left):
        volume = self.tariff.get("volume")
        if not volume:
            return Fraction(0), 0, 0
        octets = {"both": sent + received, "sent": sent, "received": received}[volume["direction"]]
        unit = UNITS[volume["unit"]]
        if volume["round"] != "exact":
            octets = rounded(Fraction(octets), unit * volume["block"], volume["round"])
        free = min(octets, left)
        return nano(volume["price"]) * (octets - free) / unit, free, octets

    def cost(self, begin, ms, sent, received, left_ms, left_octets):
        time, free_ms, billed_ms = self.time_cost(begin, ms, left_ms)
        volume, free_octets, billed_octets = self.volume_cost(sent, received, left_octets)
        setup = self.band_at(begin)[1]
        fit = lambda value: rounded(Fraction(value), self.place, self.mode)
        net = fit(setup) + time + fit(volume) if self.by_step else setup + time + volume
        net = fit(max(net, nano(self.tariff.get("minimum", "0"))))
        tax = fit(net * Fraction(self.tariff.get("tax_percent", "0")) / 100)
        exact = lambda value: rounded(Fraction(value), 1, "half-up")
        return [int(value) for value in (net + tax, setup, exact(time), exact(volume), tax, billed_ms, billed_octets,
                                         free_ms, free_octets)]


def changes(zone):
    """The seconds of the year at which its clocks change."""
    hours = range(YEAR, YEAR + YEAR_SECONDS, 1800)
    offset = lambda second: datetime.datetime.fromtimestamp(second, UTC).astimezone(zone).utcoffset()
    return [second for second in hours if offset(second) != offset(second - 1800)]


def random_call(chance, walk, edges):
    begin = YEAR + chance.randrange(YEAR_SECONDS)
    kind = chance.random()
    if edges and kind < 0.3:
        begin = chance.choice(edges) + chance.randrange(-4000, 4000)
    elif walk.tariff["bands"] and kind < 0.7:
        band = chance.choice(walk.tariff["bands"])
        day = datetime.datetime.fromtimestamp(begin, walk.zone).replace(hour=0, minute=0, second=0)
        edge = day + datetime.timedelta(minutes=chance.choice((band["from"], band["to"])))
        begin = int(edge.timestamp()) + chance.randrange(-130, 70)
    seconds = chance.choice((0, 1, 59, 60, 61, chance.randrange(200), chance.randrange(600)))
    if chance.random() < 0.03:
        seconds = chance.randrange(9000)
    ms = seconds * 1000 + chance.choice((0, 0, 1, 500, 999))
    octets = [chance.choice((0, 1, 999, 1000, 1024, chance.randrange(10**7))) for _ in range(2)]
    left_ms = chance.choice((0, 0, chance.randrange(300000), 10**7))
    left_octets = chance.choice((0, 0, chance.randrange(10**6), 10**9))
    return [begin, ms, *octets, left_ms, left_octets]


def chance_calls(folder):
    """calls by chance over a year, by tariffs by chance, cost to the last digit what a walk from second to second says"""
    chance = random.Random(SEED)
    tariffs = [random_tariff(chance) for _ in range(TARIFFS)]
    walks = [Walk(tariff) for tariff in tariffs]
    edges = {zone: changes(zoneinfo.ZoneInfo(zone)) for zone in ZONES}
    paths = []
    for index, tariff in enumerate(tariffs):
        paths.append(os.path.join(folder, f"{index}.toml"))
        with open(paths[-1], "w", encoding="ascii") as file:
            file.write(toml_of(tariff))
    calls = []
    for number in range(CALLS):
        index = number % TARIFFS
        calls.append([index, *random_call(chance, walks[index], edges[tariffs[index]["time_zone"]])])
    program = os.path.join(os.environ["OFFHOOK_BUILD"], "tests", "price-calls")
    ran = subprocess.run([program, *paths], input="".join(" ".join(map(str, call)) + "\n" for call in calls),
                         capture_output=True, text=True, check=False)
    check(ran.returncode == 0, "price-calls ended with %d: %s" % (ran.returncode, ran.stderr))
    found = [[int(word) for word in line.split()] for line in ran.stdout.splitlines()]
    check(len(found) == CALLS, "%d calls were priced, not %d" % (len(found), CALLS))
    for call, ours in zip(calls, found):
        walked = walks[call[0]].cost(*call[1:])
        check(ours == walked, "seed %s, call %s: %s, and the walk says %s, by\n%s" %
              (SEED, call, ours, walked, toml_of(tariffs[call[0]])))


main(chance_calls)
