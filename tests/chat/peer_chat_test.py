#!/usr/bin/env python3
"""chat of the ppp package and ours have the same dialogues: same octets, text, log, rest, modes and status."""
import sys

import dev_log
from dialogues import CASES
from peer import compare_all, find_peer, playable, report


def main():
    peer = find_peer()
    if not peer:
        print("chat of ppp is not here: neither in /usr/sbin nor below build/peers")
        return 77
    log = dev_log.enter()
    only = sys.argv[1:]
    cases = playable([case for case in CASES if not only or case.dialogue.name in only])
    failed = report(compare_all(cases, peer, log), log)
    listed = sum(case.differs is not None for case in cases)
    print(f"{len(cases)} dialogues with {peer}, {listed} of them with a listed difference, {failed} failed")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
