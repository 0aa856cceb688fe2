#!/usr/bin/env python3
"""Calls that cost money: what is reserved before they begin, how they end at a cap, and the bill."""
import os

from line_office import LINK, LineOffice, check, kill, main, wait_until
from network_office import NetworkOffice

SECONDS = 'currency = "EUR"\nbegin = "connect"\nprice = "0.01"\nstep = "1s"\n'
MINUTES = 'currency = "EUR"\nbegin = "connect"\nsetup = "0.08"\nprice = "0.03"\nstep = "60s"\ntax_percent = "10"\n'


def priced(folder, tariff, *words, account=None, **keys):
    """An office whose link has the tariff; `account` are the lines of its account's file."""
    line = LineOffice(folder, *words, **keys)
    line.set_tariff(tariff, account)
    line.set_link(tariff="sheet", account="mine")
    return line


def good_call(folder):
    """a call is priced when it has ended, and the bill has it with its parts, the account's sum and the tax"""
    line = priced(folder, MINUTES)
    line.submit(2)
    done = line.session()
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    line.check_at_rest(rows=1)
    found = line.bill()
    call, = found["calls"]
    expected = {"account": "mine", "link": LINK, "setup": "0.08", "time": "0.03", "tax": "0.011", "cost": "0.121",
                "currency": "EUR", "settled": True, "billed_milliseconds": 60000}
    check({key: call[key] for key in expected} == expected, f"the bill's line: {call}")
    check(found["sums"] == [{"account": "mine", "currency": "EUR", "calls": 1, "unsettled": 0, "net": "0.11", "tax": "0.011",
                             "cost": "0.121"}], f"the sums: {found['sums']}")
    check(not line.bill("--month", "2001-01")["calls"], "another month has the call")
    bad = line.office.run("pppctl", "bill", "--month", "2026-13")
    check(bad.returncode == 100 and b"no month" in bad.stderr, f"{bad.returncode} {bad.stderr!r}")
    text = line.office.run("pppctl", "bill").stdout.decode()
    check("in all 0.121 EUR" in text and "mine: 1 call, net 0.11, tax 0.011, in all 0.121 EUR" in text, text)


def refused(folder):
    """what the account may spend no more is not dialled for, told once, and leaves no call in the ledger"""
    line = priced(folder, MINUTES, account='day = "0.2"\n')
    line.submit(1)
    check(line.session().returncode == 0, "the first call failed")
    line.submit(1)
    second, third = line.session(), line.session()
    check(second.returncode == 111 and b"not dialled: the cap of account mine for a day is 0.20 EUR: 0.121 is spent"
          in second.stderr, f"{second.returncode} {second.stderr!r}")
    check(third.returncode == 111 and third.stderr == b"", f"{third.returncode} {third.stderr!r}")
    line.check_at_rest(rows=1)
    check(len(line.emulator.events("office", "dial")) == 1, "it dialled")


def in_mid_flush(folder):
    """a cap that is reached in mid-flush ends the call before the step, politely, and the next day's call sends the rest"""
    line = priced(folder, SECONDS, account='day = "0.1"\n', scale="0.1")
    letters = line.submit(4, more=b"0123456789abcdefghijklmnopqrstuvwxyz\n" * 1500)
    done = line.session()
    check(done.returncode == 111 and b"budget reached: the cap of account mine for a day is 0.10 EUR" in done.stderr,
          f"{done.returncode} {done.stderr!r}")
    line.check_at_rest(rows=1)
    call, = line.calls()
    check((call["result"], call["class"]) == ("budget_reached", "later"), f"the row: {call}")
    found, = line.bill()["calls"]
    check(0 < found["billed_milliseconds"] <= 10000, f"the bill's line: {found}")
    with line.ledger() as database:
        database.execute("UPDATE call SET started_wall_ms = started_wall_ms - 2 * 86400000")
    line.set_link(tariff="")
    line.send_the_rest("without a tariff")
    line.check_mail("a budget that ended a flush", letters)


def clock_behind(folder):
    """below the newest time of the ledger a priced link does not dial unless it is told to trust the clock"""
    line = priced(folder, MINUTES)
    line.submit(1)
    check(line.session().returncode == 0, "the first call failed")
    line.submit(1)
    with line.ledger() as database:
        database.execute("UPDATE call SET ended_wall_ms = ended_wall_ms + 86400000")
    done = line.session()
    check(done.returncode == 111 and b"not dialled: the clock says" in done.stderr, f"{done.returncode} {done.stderr!r}")
    line.set_link(tariff="sheet", account="mine", clock="trust")
    done = line.session()
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    line.check_at_rest(rows=2)


def killed(folder):
    """a session that is killed on a paid line leaves what it had reserved, and recover prices the call"""
    line = priced(folder, SECONDS, scale="0.1")
    letters = line.submit(2, more=b"0123456789abcdefghijklmnopqrstuvwxyz\n" * 1500)
    session = line.start_session()
    wait_until(lambda: line.calls() and line.calls()[0]["phase"] == "jobs", "the jobs run")
    with line.ledger() as database:
        wait_until(lambda: database.execute("SELECT reserved_nano FROM call").fetchone()[0] > 0, "money is reserved")
    kill(session.popen)
    unsettled, = line.bill()["calls"]
    check(not unsettled["settled"] and float(unsettled["cost"]) > 0, f"before recover: {unsettled}")
    done = line.recover()
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    found, = line.bill()["calls"]
    check(found["settled"] and found["result"] == "died" and found["billed_milliseconds"] >= 15000, f"afterwards: {found}")
    line.set_link(tariff="")
    line.send_the_rest("after the kill")
    line.check_mail("a kill on a paid line", letters)


def without_its_tariff(folder):
    """a call that died and whose tariff cannot be read is priced by a later recover"""
    line = priced(folder, SECONDS, scale="0.1")
    line.submit(1, more=b"0123456789abcdefghijklmnopqrstuvwxyz\n" * 1500)
    session = line.start_session()
    wait_until(lambda: line.calls() and line.calls()[0]["phase"] == "jobs", "the jobs run")
    kill(session.popen)
    sheet = os.path.join(line.office.config, "tariffs", "sheet.toml")
    os.rename(sheet, sheet + ".away")
    done = line.recover()
    check(done.returncode == 111 and b"it is not priced" in done.stdout and not line.locks(), f"{done}")
    os.rename(sheet + ".away", sheet)
    done = line.recover()
    check(done.returncode == 0 and b"call 1 has its price now" in done.stdout, f"{done}")
    found, = line.bill()["calls"]
    check(found["settled"] and float(found["cost"]) > 0, f"{found}")
    check(line.recover().stdout == b"", "it was priced twice")


def at_once(folder):
    """two sessions at the same moment, on two links of one account, never pass its cap: what one has reserved the other may not"""
    money = {"tariff": "sheet", "account": "mine", "jobs": ["hook"], "hook": {"program": ["/bin/true"]}}
    office = NetworkOffice(folder, "always", keys=money)
    office.set_tariff('currency = "EUR"\nbegin = "connect"\nsetup = "0.10"\nprice = "0.01"\nstep = "60s"\n', 'day = "1.00"\n')
    links = (LINK, "second")
    office.set_link("second")
    statuses = []
    for _ in range(6):
        pair = [office.start_session("--always", link=link) for link in links]
        statuses += [session.popen.wait(60) for session in pair]
    # Nine calls of 0.11: the fifth pair is one too many.
    check(sorted(statuses) == [0] * 9 + [111] * 3, f"{statuses}")
    found, = office.bill()["sums"]
    check((found["calls"], found["cost"], found["unsettled"]) == (9, "0.99", 0), f"{found}")


def uncounted(folder):
    """a tariff by volume is refused on a link whose octets nobody counts"""
    office = NetworkOffice(folder, "always", keys={"tariff": "sheet"})
    office.set_tariff('currency = "EUR"\n[volume]\nprice = "0.01"\nunit = "KiB"\n')
    office.submit(1)
    done = office.session()
    check(done.returncode == 100 and b"prices octets, and nobody counts those of a link of kind always" in done.stderr, f"{done}")
    check(len(office.waiting()) == 1 and not office.calls(), "it was called")


if __name__ == "__main__":
    main(good_call, refused, in_mid_flush, clock_behind, killed, without_its_tariff, at_once, uncounted)
