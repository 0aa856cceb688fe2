#!/usr/bin/env python3
"""The telephone line is cut at each of many places of a call with ten messages.

None is lost, at most one is doubled a cut, the modem is on-hook and unlocked every time, the ledger is complete.
"""
import os

from telephone import MESSAGES, Telephone, check
from kit import FULL, Failed, main

CUTS = 100 if FULL else 20


def cut_call(folder, *cut, target="modem:provider"):
    """One call that is cut, then calls over a good line. Returns how many were doubled, and the octets of the first call."""
    what = " ".join(map(str, cut)) or target
    line = Telephone(folder, *cut, target=target)
    first = line.session()
    check(first.returncode in (0, 111), f"{what}: the session ended with {first.returncode}: {first.stderr.decode()!r}")
    line.check_on_hook(what)
    line.check_free(what)
    calls = line.check_ledger(what, 1)
    check((first.returncode == 0) == (calls[0]["result"] == "ok"), f"{what}: {first.returncode}, but the ledger has {calls[0]}")
    check(first.returncode == 0 or first.stderr.count(b"\n") == 1, f"{what}: not one line: {first.stderr.decode()!r}")
    line.send_the_rest(what)
    counts = line.copies()
    check(all(counts), f"{what}: lost {counts.count(0)} of {MESSAGES}")
    check(sum(counts) <= MESSAGES + 1, f"{what}: {sum(counts) - MESSAGES} doubled")
    line.check_on_hook(what)
    line.check_free(what)
    line.check_ledger(what)
    octets = [event["octets_there"] + event["octets_back"] for event in line.emulator.events("office", "disconnect")]
    line.close()
    return sum(counts) - MESSAGES, octets[0] if octets else 0


def all_over_the_call(folder):
    """cuts from the first octet after CONNECT to the last before the hang-up: none lost, at most one doubled each"""
    doubled, whole = cut_call(os.path.join(folder, "whole"))
    check(whole > 5000 and doubled == 0, f"the uncut call carried {whole} octets and doubled {doubled}")
    faults = []
    for index in range(CUTS):
        at = 1 + index * (whole - 1) // CUTS
        try:
            doubled += cut_call(os.path.join(folder, str(index)), "--cut-octets", at, "--cut-calls", 1)[0]
        except (Failed, TimeoutError) as fault:
            faults.append(str(fault))
    check(not faults, "; ".join(faults))
    print(f"{CUTS} cuts over {whole} octets: none lost, {doubled} doubled")


def while_dialling(folder):
    """a call that fails before CONNECT: no carrier, busy, no answer, no dial tone; the next one goes"""
    for target in ("no-carrier", "busy", "no-answer", "no-dialtone"):
        doubled, _ = cut_call(os.path.join(folder, target), target=f"{target},modem:provider")
        check(doubled == 0, f"{target}: {doubled} doubled")


if __name__ == "__main__":
    main(all_over_the_call, while_dialling)
