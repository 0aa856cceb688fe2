#!/usr/bin/env python3
"""Calls by chance: numbers that are busy, silent or cut, lines that stutter, modems with faults at any moment.

random_calls_test.py [SEED]: the same seed makes the same calls. 20 of them, 500 with --full.
"""
import os
import random
import sys
import time

from line_office import LineOffice, check, kit, main

CALLS = 500 if kit.FULL else 20
CALLS_OF_A_LINE = 5
SEED = sys.argv[1] if len(sys.argv) > 1 else "1"
BOUND = 25  # seconds of a session: the whole ladder, the chat script and the silence of a job, on a busy machine
LINK = {"chat_timeout": 2, "silence": "2s"}
MODEM = {"command_timeout": "300ms", "connect_timeout": "2s", "carrier_off": "200ms"}
OFF_HOOK = "switch the modem off and on"
TARGETS = ("modem:provider*8", "busy*2", "no-answer", "no-carrier", "no-dialtone")
FAULTS = ("mute", "late", "echo", "garbage", "forget", "vanish", "carrier", "dtr", "stuck", "hardware")


def moment(chance):
    return chance.choice(("start", "dial", f"octets:{chance.randrange(1, 2000)}", f"commands:{chance.randrange(1, 30)}"))


def line_words(chance):
    """What the emulator is told of one line."""
    words = ["--seed", chance.randrange(1, 10**6), "--jitter", chance.choice((0, 0, 50, 400)),
             "--bit-errors", chance.choice(("0", "0", "0.00001", "0.0001")), "--delay", chance.choice((0, 100, 600))]
    if chance.random() < 0.2:
        words += ["--cut-octets", chance.randrange(1, 4000), "--cut-calls", chance.randrange(1, 4)]
    if chance.random() < 0.1:
        words.append("--plain")
    for _ in range(chance.choice((0, 1, 1, 2))):
        words += ["--fault", f"office={chance.choice(FAULTS)}@{moment(chance)}/{chance.randrange(1, 100)}"]
    return [str(word) for word in words]


def calls_of_a_line(folder, number):
    """The calls of one line; what each came to."""
    chance = random.Random(f"{SEED}-{number}")
    words = line_words(chance)
    what = f"seed {SEED}, line {number}: {' '.join(words)}"
    line = LineOffice(os.path.join(folder, str(number)), *words, link=LINK, modem=MODEM,
                      target="mix:" + "|".join(chance.sample(TARGETS, chance.randrange(1, len(TARGETS))) + ["modem:provider"]))
    letters = line.submit(3, b"line of text\n" * chance.randrange(1, 200))
    ended = []
    for call in range(1, CALLS_OF_A_LINE + 1):
        line.clear()
        begun = time.monotonic()
        done = line.session("--always")
        took, said = time.monotonic() - begun, done.stderr.decode()
        check(took < BOUND, f"{what}: call {call} took {took:.1f} s: {said}")
        check(done.returncode in (0, 100, 111), f"{what}: call {call}: {done.returncode} {said}")
        row = line.calls()[0]
        told = row["reason"] or ""
        check(done.returncode == 0 or told, f"{what}: call {call} has no cause: {row}")
        if OFF_HOOK in told:  # nothing that a program can do gets it on-hook
            check(not line.locks(), f"{what}: call {call}: locks are left: {line.locks()}")
            check(len(line.calls()) == call and row["ended"] is not None, f"{what}: call {call}: {row}")
        else:
            line.check_at_rest(f"{what}: call {call} ({done.returncode} {told})", rows=call)
        ended.append(done.returncode)
    there = line.arrived(letters)
    check(sum(min(copies, 1) for copies in there) + len(line.waiting()) >= len(letters), f"{what}: mail is lost: {there}")
    line.close()
    return ended


def calls(folder):
    """calls by chance end within their bound, on-hook and unlocked, with a cause in the ledger, and lose nothing"""
    print(f"seed {SEED}, {CALLS} calls", flush=True)
    ended = [status for number in range(CALLS // CALLS_OF_A_LINE) for status in calls_of_a_line(folder, number)]
    print(", ".join(f"{ended.count(status)} ended with {status}" for status in sorted(set(ended))), flush=True)
    check(ended.count(0) > 0 and any(ended), f"the same end for all: {ended}")


if __name__ == "__main__":
    main(calls)
