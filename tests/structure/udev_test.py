#!/usr/bin/env python3
"""The rule that keeps ModemManager off is one for udev: keys it knows, a match before each assignment, commented examples too."""
import os
import re
import sys

RULES = os.path.join(os.environ["OFFHOOK_SOURCE"], "conf", "examples", "udev", "78-offhook-modems.rules")
TERM = re.compile(r'(SUBSYSTEM|KERNEL|ATTRS?\{\w+\}|ENV\{\w+\}|GROUP|MODE)(==|=)"([^"]*)"')
ASSIGNED = {"ENV{ID_MM_DEVICE_IGNORE}": "1", "ENV{ID_MM_PORT_IGNORE}": "1", "GROUP": "dialout", "MODE": "0660"}


def faults_of(line):
    terms = [TERM.fullmatch(part) for part in re.split(r",\s*", line)]
    if not all(terms):
        return ["is no rule"]
    assigned = {term[1]: term[3] for term in terms if term[2] == "="}
    matched = [term[1] for term in terms if term[2] == "=="]
    faults = [] if assigned and "SUBSYSTEM" in matched and len(matched) > 1 else ["matches too much, or does nothing"]
    return faults + [f"assigns {key} = {value}" for key, value in assigned.items() if ASSIGNED.get(key) != value]


def main():
    with open(RULES, encoding="ascii") as file:
        lines = [(number, line.strip()) for number, line in enumerate(file, 1)]
    rules = [(number, line.removeprefix("#")) for number, line in lines if line and not line.startswith("# ")]
    faults = [f"{RULES}:{number}: {fault}" for number, line in rules for fault in faults_of(line)]
    if not any("ID_MM_DEVICE_IGNORE" in line for number, line in lines if not line.startswith("#")):
        faults.append("no rule is in force")
    print("\n".join(faults) or f"{len(rules)} rules")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
