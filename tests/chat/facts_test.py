#!/usr/bin/env python3
"""Each fact of chat(8), held against ours and, where it is at hand, against chat of ppp."""
import sys

import dev_log
import facts_more  # noqa: F401: adds to the facts
from facts import FACTS
from peer import AT_ONCE, AT_ONCE_AGAIN, OURS, TRIES, find_peer, logging, playable
from dialogue import run_all


def faults_of(fact, seen):
    if isinstance(seen, Exception):
        return [str(seen)]
    found = []
    for field, wanted in fact.wanted.items():
        value = getattr(seen, field)
        if not (wanted(value) if callable(wanted) else value == wanted):
            found.append(f"{field} is {value!r}" + ("" if callable(wanted) else f", wanted {wanted!r}"))
    return found


def judge(held, log):
    """The faults of each (program, fact); a machine that is busy is no fault."""
    faults, left = {}, list(range(len(held)))
    for attempt in range(TRIES):
        jobs = [(held[number][0], logging(held[number][1].dialogue, log)) for number in left]
        seen = run_all(jobs, AT_ONCE_AGAIN if attempt else AT_ONCE, log)
        faults |= {number: faults_of(held[number][1], one) for number, one in zip(left, seen)}
        left = [number for number in left if faults[number]]
    return [faults[number] for number in range(len(held))]


def main():
    log = dev_log.enter()
    only = sys.argv[1:]
    facts = playable([one for one in FACTS if not only or one.dialogue.name in only])
    if not log:
        facts = [one for one in facts if "syslog" not in one.wanted]
    peer = find_peer()
    held = [(OURS, one) for one in facts] + [(peer, one) for one in facts if peer and not one.ours_alone]
    failed = 0
    for (program, one), faults in zip(held, judge(held, log)):
        failed += bool(faults)
        for fault in faults:
            print(f"FAILED: {one.dialogue.name}: {program}: {fault}")
    names = [one.dialogue.name for one in FACTS]
    doubled = {name for name in names if names.count(name) > 1}
    if doubled:
        print(f"FAILED: facts that are there twice: {doubled}")
    print(f"{len(facts)} facts, held against ours" + (f" and {peer}" if peer else "; chat of ppp is not here"))
    return 1 if failed or doubled else 0


if __name__ == "__main__":
    sys.exit(main())
