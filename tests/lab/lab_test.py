#!/usr/bin/env python3
"""All cases of the lab in one boot of its hosts; without OFFHOOK_CHECK=full the three of the smoke."""
import signal
import sys

from lab import Lab, kit  # first: it knows where the others are
import dial_in_cases
import pppd_cases
import session_cases

SMOKE = (session_cases.pap_without_lines, pppd_cases.chap_modemctl, session_cases.stopped_by_password)
CASES = (*pppd_cases.CASES, *dial_in_cases.CASES, *session_cases.CASES)


def main(names):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    cases = [case for case in CASES if case.__name__ in names] if names else CASES if kit.FULL else SMOKE
    if kit.sanitized():
        kit.skip("what the address sanitizer maps does not fit into a guest")
    lab = Lab()
    try:
        passed = [lab.play(case) for case in cases]
    finally:
        lab.stop()
    sys.exit(0 if all(passed) else 1)


if __name__ == "__main__":
    main(sys.argv[1:])
