#!/usr/bin/env python3
"""chat of the ppp package and ours have the same dialogues: same octets, text, rest and status."""
import concurrent.futures
import os
import shutil
import sys

from dialogue import Seen, run
from dialogues import CASES

OURS = os.path.join(os.environ["OFFHOOK_BIN"], "chat")
BUILD, SOURCE = os.environ["OFFHOOK_BUILD"], os.environ["OFFHOOK_SOURCE"]
FIELDS = Seen.__dataclass_fields__
AT_ONCE = 8  # they mostly wait


def find_peer():
    for folder in (BUILD, os.path.join(SOURCE, "build")):
        unpacked = os.path.join(folder, "peers", "usr", "sbin", "chat")
        if os.access(unpacked, os.X_OK):
            return unpacked
    return shutil.which("chat", path="/usr/sbin:" + os.environ.get("PATH", ""))


def compare(case, peer):
    """What is wrong with one case."""
    theirs, ours = run(peer, case.dialogue), run(OURS, case.dialogue)
    wanted = {field: getattr(theirs, field) for field in FIELDS}
    for secret in case.secrets:
        wanted["stderr"] = wanted["stderr"].replace(b"send (" + secret + b")", b"send (??????)")
    faults = []
    if case.differs:
        if all(wanted[field] == value for field, value in case.differs.items()):
            faults.append("no difference, though one is written down")
        wanted.update(case.differs)
    faults += [f"{field}: ours {getattr(ours, field)!r}, wanted {wanted[field]!r}" for field in FIELDS
               if getattr(ours, field) != wanted[field]]
    return faults


def judge(case, peer):
    try:
        faults = compare(case, peer)
        # A machine that was busy meanwhile is no fault of either.
        return compare(case, peer) if faults else faults
    except TimeoutError as error:
        return [str(error)]


def main():
    peer = find_peer()
    if not peer:
        print("chat of ppp is not here: neither in /usr/sbin nor below build/peers")
        return 77
    only = sys.argv[1:]
    cases = [case for case in CASES if not only or case.dialogue.name in only]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for case, faults in zip(cases, pool.map(lambda case: judge(case, peer), cases)):
            failed += bool(faults)
            for fault in faults:
                print(f"FAILED: {case.dialogue.name}: {fault}")
    listed = sum(case.differs is not None for case in cases)
    print(f"{len(cases)} dialogues with {peer}, {listed} of them with a listed difference, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
