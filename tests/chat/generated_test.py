#!/usr/bin/env python3
"""chat of the ppp package and ours have the same dialogues, made by chance.

OFFHOOK_CHECK=full: many; OFFHOOK_SEED: other ones. Arguments: the numbers of those to play, no others.
"""
import collections
import os
import sys

import dev_log
from generated import make
from peer import compare_all, find_peer, report

SHORT, FULL = 500, 5000


def main():
    peer = find_peer()
    if not peer:
        print("chat of ppp is not here: neither in /usr/sbin nor below build/peers")
        return 77
    log = dev_log.enter()
    seed = os.environ.get("OFFHOOK_SEED", "1")
    count = FULL if os.environ.get("OFFHOOK_CHECK") == "full" else SHORT
    numbers = [int(number) for number in sys.argv[1:]] or range(count)
    results = compare_all([make(seed, number) for number in numbers], peer, log)
    failed = report(results, log)
    statuses = collections.Counter(theirs.status for _, _, theirs in results if not isinstance(theirs, Exception))
    shown = ", ".join(f"{status}: {times}" for status, times in sorted(statuses.items()))
    print(f"{len(results)} dialogues of seed {seed} with {peer}, {failed} failed; exit statuses {shown}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
