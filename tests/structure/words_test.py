#!/usr/bin/env python3
"""The project speaks of the mail gateway alone, and leaves no loose ends: no notes to ourselves, no paths of one machine."""
import os
import re
import subprocess
import sys

ROOT = os.environ["OFFHOOK_SOURCE"]

# Put together here, or this file would find itself.
LOOSE = re.compile("|".join(rf"\b{a}{b}\b" for a, b in (("TO", "DO"), ("FIX", "ME"), ("XX", "X"), ("HA", "CK"))))
FOREIGN = re.compile("|".join(a + b for a, b in (
    ("/wo", "rk/"), ("/fa", "rm/"), (r"\bCE", r"O\b"), ("[Cc]la", "ude"), ("[Aa]nth", "ropic"),
    (r"\bAI ", r"(agent|assistant|model)\b"), ("[Ll]anguage ", "model"), ("this work", "place"))))
SLEEP = re.compile(r"\b(sleep_for|sleep_until|usleep|nanosleep|time\.sleep|std::this_thread::sleep\w*)\b")
SKIPPED_FOLDERS = {".git", "__pycache__", "corpus"}


def files():
    """What git follows or would follow; without git everything but builds."""
    try:
        shown = subprocess.run(["git", "-C", ROOT, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                               capture_output=True, check=True).stdout.decode()
        names = [name for name in shown.split("\0") if name]
    except (OSError, subprocess.CalledProcessError):
        names = [os.path.relpath(os.path.join(folder, name), ROOT) for folder, _, found in os.walk(ROOT) for name in found]
        names = [name for name in names if not name.startswith("build")]
    return [name for name in sorted(names)
            if not SKIPPED_FOLDERS & set(name.split("/")[:-1]) and os.path.isfile(os.path.join(ROOT, name))]


def main():
    faults, seen = [], 0
    for name in files():
        with open(os.path.join(ROOT, name), "rb") as file:
            text = file.read().decode("utf-8", errors="replace")
        seen += 1
        code = name.endswith((".cpp", ".h", ".py"))
        for number, line in enumerate(text.splitlines(), 1):
            for what, pattern in (("a loose end", LOOSE), ("a word that is not ours", FOREIGN)):
                if pattern.search(line):
                    faults.append(f"{name}:{number}: {what}: {line.strip()[:100]}")
            if code and name != "tests/structure/words_test.py" and SLEEP.search(line):
                faults.append(f"{name}:{number}: a sleep where a condition should be awaited: {line.strip()[:100]}")
    if seen < 10:
        faults.append(f"only {seen} files were looked at")
    print("\n".join(faults) or f"{seen} files are clean")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
