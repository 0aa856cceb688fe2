#!/usr/bin/env python3
"""Runs every fuzzer of a build for some minutes each, from the corpora in tests/, and keeps what it finds.

usage: run_fuzzers.py BUILD MINUTES

A fuzzer is a program in BUILD/fuzzers; its seeds are in tests/fuzz/corpus/NAME. Inputs that reach new code are kept in
BUILD/corpus/NAME, so that the next run starts from them; an input that makes it fail goes to BUILD/findings/NAME.
"""
import os
import subprocess
import sys
import time


def files(folder):
    return sorted(os.listdir(folder)) if os.path.isdir(folder) else []


def fuzz(program, name, build, seeds, minutes):
    """Runs one fuzzer; returns the new findings."""
    kept, findings = (os.path.join(build, part, name) for part in ("corpus", "findings"))
    for folder in (kept, findings):
        os.makedirs(folder, exist_ok=True)
    before = set(files(findings))
    log = os.path.join(build, "findings", name + ".log")
    command = [program, f"-max_total_time={minutes * 60}", f"-artifact_prefix={findings}/", "-print_final_stats=1", "-timeout=10",
               "-rss_limit_mb=2048", kept] + ([seeds] if os.path.isdir(seeds) else [])
    began = time.monotonic()
    with open(log, "wb") as output:
        status = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, check=False).returncode
    new = [os.path.join(findings, file) for file in files(findings) if file not in before]
    print(f"{name}: {time.monotonic() - began:.0f} s, {len(files(kept))} inputs kept, {len(new)} new findings", flush=True)
    if status != 0 and not new:
        new = [f"{log} (ended with {status})"]
    return new


def main():
    build, minutes = os.path.abspath(sys.argv[1]), int(sys.argv[2])
    top = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    folder = os.path.join(build, "fuzzers")
    names = files(folder)
    if not names:
        print(f"no fuzzer in {folder}", file=sys.stderr)
        return 1
    found = []
    for name in names:
        found += fuzz(os.path.join(folder, name), name, build, os.path.join(top, "tests", "fuzz", "corpus", name), minutes)
    for path in found:
        print(f"FOUND: {path}")
    print(f"{len(names) - len(set(os.path.basename(os.path.dirname(p)) for p in found))} passed, {len(found)} failed")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
