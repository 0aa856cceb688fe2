#!/usr/bin/env python3
"""The telephone line is cut at each of many places of a call with ten messages.

None is lost, at most one is doubled a cut, the modem is on-hook and unlocked every time, the ledger is complete.
"""
import os

from line_office import LineOffice, check, kit, main

CUTS = 100 if kit.FULL else 20
MESSAGES = 10
MORE = b"".join(b"line %03d of a message that takes its time on a slow line\n" % number for number in range(20))


def cut_call(folder, *cut, target="modem:provider"):
    """One call that is cut or fails, then calls over a good line. Returns how many were doubled, and the octets of that call."""
    what = " ".join(map(str, cut)) or target
    line = LineOffice(folder, "--delay", "100", *map(str, cut), target=target)
    letters = line.submit(MESSAGES, MORE)
    first = line.session()
    said = first.stderr.decode(errors="replace")
    check(first.returncode in (0, 111), f"{what}: the session ended with {first.returncode}: {said!r}")
    check(first.returncode == 0 or said.count("\n") == 1, f"{what}: not one line: {said!r}")
    line.check_at_rest(what, 1)
    call, = line.calls()
    check((first.returncode == 0) == (call["result"] == "ok"), f"{what}: {first.returncode}, but the ledger has {call}")
    ends = line.emulator.events("office", "disconnect")
    check(not cut or ends[0]["reason"] == "cut", f"{what}: the line was not cut: {ends}")
    line.send_the_rest(what)
    line.check_at_rest(what)
    doubled = line.check_mail(what, letters)
    line.close()
    return doubled, ends[0]["octets_there"] + ends[0]["octets_back"] if ends else 0


def all_over_the_call(folder):
    """cuts from the first octet after CONNECT to the last before the hang-up: none lost, at most one doubled each"""
    doubled, whole = cut_call(os.path.join(folder, "whole"))
    check(whole > 10_000 and doubled == 0, f"the uncut call carried {whole} octets and doubled {doubled}")
    faults = []
    for index in range(CUTS):
        # The very last octets are a greeting that nobody waits for: the office may have hung up before them.
        at = 1 + index * (whole - 200) // CUTS
        try:
            doubled += cut_call(os.path.join(folder, str(index)), "--cut-octets", at, "--cut-calls", 1)[0]
        except (kit.Failed, TimeoutError) as fault:
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
