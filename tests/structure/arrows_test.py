#!/usr/bin/env python3
"""Includes and links run one way only, and the cores of mta/mail touch nothing but files.

    serialmail, mta -> mta/net -> mta/mail -> conf -> base      pppctl -> modem -> chat -> conf -> base
"""
import os
import re
import sys

ROOT = os.environ["OFFHOOK_SOURCE"]

# Each part with the parts that it may include besides itself. The longest matching folder is a file's part.
MAY = {
    "base": set(),
    "conf": {"base"},
    "mta/mail": {"conf", "base"},
    "mta/net": {"mta/mail", "conf", "base"},
    "mta": {"mta/net", "mta/mail", "conf", "base"},
    "serialmail": {"mta/net", "mta/mail", "conf", "base"},
    "chat": {"conf", "base"},
    "modem": {"chat", "conf", "base"},
    "pppctl": {"modem", "chat", "conf", "base"},
}

# A core has files at most: no sockets, no waiting, no processes, no environment.
CORE_FORBIDDEN = re.compile(
    r"^#include [<\"](sys/socket\.h|sys/un\.h|netinet/.*|arpa/.*|netdb\.h|poll\.h|sys/epoll\.h|sys/select\.h|systemd/.*|"
    r"sys/wait\.h|spawn\.h|sys/prctl\.h|signal\.h|sys/signalfd\.h|base/child\.h|base/deadline\.h|base/line_reader\.h|"
    r"base/run\.h|boost/.*)[>\"]")
CORE_CALLS = re.compile(
    r"\b(getenv|secure_getenv|system_clock::now|steady_clock::now|clock_gettime|std::time|fork|execv\w*|base::log)\s*\(")

INCLUDE = re.compile(r'^#include "([^"]+)"')
THIRD_PARTY = re.compile(r"\b(OpenSSL|gsasl|Boost|sqlite|SQLite|serialport|SYSTEMD|c-ares)\b")


def part_of(path):
    """The part that a path from the top belongs to, or None."""
    folders = path.split("/")
    for length in (2, 1):
        name = "/".join(folders[:length])
        if name in MAY and len(folders) > length:
            return name
    return None


def sources():
    for top in sorted({part.split("/")[0] for part in MAY}):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            for name in sorted(names):
                if name.endswith((".h", ".cpp", ".c")):
                    yield os.path.relpath(os.path.join(folder, name), ROOT)


def check_includes(faults):
    seen = 0
    for path in sources():
        part = part_of(path)
        seen += 1
        with open(os.path.join(ROOT, path), encoding="utf-8") as file:
            for number, line in enumerate(file, 1):
                include = INCLUDE.match(line)
                target = part_of(include.group(1)) if include else None
                if include and include.group(1).startswith("tests/"):
                    faults.append(f"{path}:{number}: nobody includes tests: {line.strip()}")
                elif include and target is None:
                    faults.append(f"{path}:{number}: not from the top folder: {line.strip()}")
                elif include and target != part and target not in MAY[part]:
                    faults.append(f"{path}:{number}: {part} may not include {target}: {line.strip()}")
                if part == "mta/mail" and CORE_FORBIDDEN.match(line):
                    faults.append(f"{path}:{number}: a core does no such thing: {line.strip()}")
                if part == "mta/mail" and CORE_CALLS.search(line.split("//")[0]):
                    faults.append(f"{path}:{number}: a core is handed the time and the environment: {line.strip()}")
    return seen


def libraries():
    """Each library's part, and what each target links: read from the CMake lists, which name files and targets plainly."""
    owner, links = {}, []
    for top in sorted({part.split("/")[0] for part in MAY}):
        for folder, _, names in os.walk(os.path.join(ROOT, top)):
            if "CMakeLists.txt" not in names:
                continue
            path = os.path.relpath(os.path.join(folder, "CMakeLists.txt"), ROOT)
            with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                text = re.sub(r"#.*", "", file.read())
            calls = re.findall(r"\b(offhook_core|offhook_program|target_link_libraries)\(\s*(\S+)([^)]*)\)", text)
            for kind, name, rest in calls:
                if kind == "offhook_core":
                    owner[name] = part_of(path)
                words = rest.split()
                used = words[words.index("LIBS") + 1:] if "LIBS" in words else words if kind == "target_link_libraries" else []
                links.append((path, name, kind, used))
    return owner, links


def check_links(faults):
    owner, links = libraries()
    for path, name, kind, used in links:
        part = part_of(path)
        for library in used:
            target = owner.get(library)
            if target and target != part and target not in MAY[part]:
                faults.append(f"{path}: {name} of {part} may not link {library} of {target}")
            if part == "mta/mail" and kind == "offhook_core" and THIRD_PARTY.search(library):
                faults.append(f"{path}: the core {name} may not link {library}")
    return len(links)


def main():
    faults = []
    files, targets = check_includes(faults), check_links(faults)
    if not files or not targets:
        faults.append("nothing was checked")
    print("\n".join(faults) or f"{files} files and {targets} targets run with the arrows")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
