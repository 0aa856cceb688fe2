"""Dialogues with chat of the ppp package and with ours, and what is different about them."""
import dataclasses
import os
import re
import shutil

from dialogue import Dialogue, Seen, run_all
from kit import BIN, PEERS, Skipped, faketime, sanitized

OURS = os.path.join(BIN, "chat")
FIELDS = tuple(field.name for field in dataclasses.fields(Seen) if field.name != "seconds")
AT_ONCE = 64  # they mostly wait
AT_ONCE_AGAIN = 8
REPEATED_ALARM = re.compile(rb"^((?:\d+ )?alarm\n)\1+", re.MULTILINE)
TRIES = 2


@dataclasses.dataclass(frozen=True)
class Case:
    dialogue: Dialogue
    differs: dict = None  # fields of Seen with the values that ours has, where they are not the peer's
    secrets: tuple = ()  # of files: the peer logs them, ours does not
    ignored: tuple = ()  # fields of Seen that are not the same twice


def find_peer():
    """chat of ppp, unpacked or installed; None: it is not here."""
    unpacked = os.path.join(PEERS, "usr", "sbin", "chat")
    if os.access(unpacked, os.X_OK):
        return unpacked
    return shutil.which("chat", path="/usr/sbin:" + os.environ.get("PATH", ""))


def playable(cases):
    """Those that this machine can play: a frozen clock needs libfaketime, which an instrumented program does not bear."""
    if not sanitized():
        try:
            faketime()
            return cases
        except Skipped:
            pass
    return [case for case in cases if not case.dialogue.frozen]


def compare_all(cases, peer, log):
    """(case, faults, what the peer did) of each. A machine that is busy is no fault of either: what differs is tried again."""
    results = {}
    left = list(range(len(cases)))
    for attempt in range(TRIES):
        jobs = [(program, logging(cases[number].dialogue, log)) for number in left for program in (peer, OURS)]
        seen = run_all(jobs, AT_ONCE if attempt == 0 else AT_ONCE_AGAIN, log)
        for at, number in enumerate(left):
            theirs, ours = seen[2 * at:2 * at + 2]
            results[number] = (cases[number], compare(cases[number], theirs, ours), theirs)
        left = [number for number in left if results[number][1]]
        if not left:
            break
    return [results[number] for number in range(len(cases))]


def logging(dialogue, log):
    """Without a log of the test's own nothing is to go to the machine's."""
    return dialogue if log else dataclasses.replace(dialogue, words=("-S", *dialogue.words))


def compare(case, theirs, ours):
    """What is wrong with one case."""
    stopped = [str(one) for one in (theirs, ours) if isinstance(one, Exception)]
    if stopped:
        return stopped
    wanted = {field: getattr(theirs, field) for field in FIELDS if field not in case.ignored}
    for field in ("stderr", "syslog"):
        wanted[field] = _as_ours_logs(wanted[field], case.secrets)
    faults = []
    if case.differs:
        if all(wanted[field] == value for field, value in case.differs.items()):
            faults.append("no difference, though one is written down")
        wanted.update(case.differs)
        if "stderr" in case.differs and "syslog" not in case.differs:
            del wanted["syslog"]  # as standard error
    return faults + [f"{field}: ours {getattr(ours, field)!r}, wanted {value!r}" for field, value in wanted.items()
                     if getattr(ours, field) != value]


def _as_ours_logs(text, secrets):
    """A log without what differs in every dialogue: see docs/differences-chat.md."""
    for secret in secrets:
        text = text.replace(b"send (" + secret + b")", b"send (??????)")
    return REPEATED_ALARM.sub(rb"\1", text).replace(b" -- write failed: Success\n", b" -- write timed out\n")


def report(results, log):
    """Prints what is wrong; the number of cases that failed."""
    failed = 0
    for case, faults, _ in results:
        failed += bool(faults)
        for fault in faults:
            print(f"FAILED: {case.dialogue.name}: {fault}")
        if faults:
            print(f"  {case.dialogue}")
    if not log:
        print("what goes to syslog was not compared: no /dev/log of the test's own here")
    return failed
