#!/usr/bin/env python3
"""What docs/*.md name is there: each path of the tree, each quoted test in its file; and each promise names a test."""
import os
import re
import sys

ROOT = os.environ["OFFHOOK_SOURCE"]
DOCS = os.path.join(ROOT, "docs")
ARCHITECTURE = "ARCHITECTURE.md"

# `tests/a_test.cpp` "a rule", "another rule"
NAMED = re.compile(r'`((?:tests|docs)/[\w./-]+)`((?:[\s,;]*"[^"]+")*)')
QUOTED = re.compile(r'"([^"]+)"')


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def one_line(text):
    return " ".join(text.split())


def check_names(name, text, faults):
    count = 0
    for path, quotes in NAMED.findall(text):
        full = os.path.join(ROOT, path)
        if not os.path.exists(full):
            faults.append(f"docs/{name}: there is no {path}")
            continue
        for quote in QUOTED.findall(quotes):
            count += 1
            if one_line(quote) not in one_line(read(full)):
                faults.append(f"docs/{name}: {path} does not say: {one_line(quote)}")
    return count


def check_promises(text, faults):
    promises = re.split(r"^\d+\. ", text.partition("## What it promises\n")[2].partition("\n## ")[0], flags=re.MULTILINE)[1:]
    for number, promise in enumerate(promises, 1):
        if not any(quotes for path, quotes in NAMED.findall(promise) if path.startswith("tests/")):
            faults.append(f"docs/{ARCHITECTURE}: promise {number} names no test")
    if not promises:
        faults.append(f"docs/{ARCHITECTURE}: no promises")
    return len(promises)


def main():
    faults, count = [], 0
    for name in sorted(os.listdir(DOCS)):
        if name.endswith(".md"):
            count += check_names(name, read(os.path.join(DOCS, name)), faults)
    promises = check_promises(read(os.path.join(DOCS, ARCHITECTURE)), faults)
    print("\n".join(faults) or f"{promises} promises, {count} tests named")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
