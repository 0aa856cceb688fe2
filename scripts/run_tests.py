#!/usr/bin/env python3
"""Runs ctest in a build folder and adds what its summary leaves out: each tier's time, why a test failed or was skipped."""
import json
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree


# A test of several parts that ran only some of them closes with a line that holds this.
PARTLY = " parts not run: "
# A unit test that cannot run here says so in the middle of the framework's output.
NOT_RUN = "not run: "
LAST_LINES = 12  # of what a failed test printed, told again at the end: the rest stands far above


def labels_of(build):
    """The tier (first label) of each test."""
    shown = subprocess.run(["ctest", "--test-dir", build, "--show-only=json-v1"], check=True, capture_output=True)
    tiers = {}
    for test in json.loads(shown.stdout)["tests"]:
        labels = [p["value"] for p in test.get("properties", []) if p["name"] == "LABELS"]
        tiers[test["name"]] = labels[0][0] if labels and labels[0] else "other"
    return tiers


def run(build, arguments, report):
    command = ["ctest", "--test-dir", build, "-j3", "--output-on-failure", "--no-tests=error",
               "--test-output-size-passed", "100000", "--test-output-size-failed", "1000000", "--output-junit", report]
    with subprocess.Popen(command + arguments, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as ctest:
        for line in ctest.stdout:
            if not line.lstrip().startswith(b"Start "):  # each test is named again when it ends
                sys.stdout.buffer.write(line)
                sys.stdout.buffer.flush()
    return ctest.returncode


def reason(case):
    """A test that is skipped, whole or in part, says why: in a line of its own, or in the last that it prints."""
    lines = [line for line in (case.findtext("system-out") or "").splitlines() if line.strip()]
    said = [line.strip() for line in lines if line.strip().startswith(NOT_RUN)]
    if said and PARTLY not in lines[-1]:
        return said[-1].removeprefix(NOT_RUN)
    return lines[-1].strip() if lines else "it gave no reason"


def summarise(cases, tiers):
    totals, skipped, failed = {}, [], []
    for case in cases:
        tier = totals.setdefault(tiers.get(case.get("name"), "other"), {"run": 0, "fail": 0, "skip": 0, "seconds": 0.0})
        tier["seconds"] += float(case.get("time", "0"))
        if case.find("skipped") is not None:
            tier["skip"] += 1
            skipped.append((case.get("name"), reason(case)))
        elif case.get("status") == "run":
            tier["run"] += 1
            if PARTLY in reason(case):
                skipped.append((case.get("name"), reason(case)))
        else:
            tier["fail"] += 1
            failed.append((case.get("name"), (case.findtext("system-out") or "").splitlines()[-LAST_LINES:]))
    print("\nTier         passed  failed  skipped  seconds")
    for name in sorted(totals):
        t = totals[name]
        print(f"{name:<12} {t['run']:>6}  {t['fail']:>6}  {t['skip']:>7}  {t['seconds']:>7.1f}")
    for name, why in skipped:
        print(f"not run: {name}: {why}")
    for name, lines in failed:
        print(f"failed: {name}:", *lines, sep="\n  ")


def main():
    build, arguments = sys.argv[1], sys.argv[2:]
    tiers = labels_of(build)
    with tempfile.TemporaryDirectory(prefix="offhook-report-") as folder:
        report = os.path.join(folder, "report.xml")
        status = run(build, arguments, report)
        if os.path.exists(report):
            summarise(ElementTree.parse(report).getroot().iter("testcase"), tiers)
    return 0 if status == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
