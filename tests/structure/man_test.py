#!/usr/bin/env python3
"""Each program has a page and each page a program or, in section 5, a format; both name the same options and exit statuses."""
import os
import re
import shutil
import subprocess
import sys

BIN = os.environ["OFFHOOK_BIN"]
PAGES = os.path.join(os.environ["OFFHOOK_SOURCE"], "docs", "man")

# What every page ends with, in the order of mdoc(7); a format has no exit status. The others may stand between them.
ENDING = ["FILES", "EXIT STATUS", "STANDARDS", "BUGS"]
BETWEEN = ["EXAMPLES", "SEE ALSO"]
# "100 usage", "71 and 74 system trouble", "11 to 40 permanent"
STATUS = re.compile(r"(?:^|[,;]\s*|\n\s*)(\d{1,3}(?: (?:to|and) \d{1,3})*)\b")
ONE_STATUS = re.compile(r"\b\d{1,3}(?: to \d{1,3})?\b")


def programs():
    return sorted(name for name in os.listdir(BIN) if os.access(os.path.join(BIN, name), os.X_OK))


def page_of(name):
    """Its own page, or that of the program that it is another name of, where the page says so."""
    own = os.path.basename(os.path.realpath(os.path.join(BIN, name)))
    found = [page for page in pages() if page.rpartition(".")[0] == own and page[-1] in "18"]
    if len(found) != 1:
        return None
    path = os.path.join(PAGES, found[0])
    names = re.findall(r"^\.Nm ([\w-]+)", "\n".join(sections_of(path).get("NAME", [])), re.MULTILINE)
    return path if name in names else None


def pages():
    return sorted(page for page in os.listdir(PAGES) if re.fullmatch(r"[a-z0-9-]+\.[1-9]", page))


def options_of_help(text):
    """The option column: `  -t [ --lifetime ] arg  text`, `  --port arg (=25)  text`."""
    found = set()
    for line in text.splitlines():
        column = re.match(r"  (-\S+(?: \[ --[\w-]+ \])?)", line)
        if column:
            found.update(re.findall(r"(?<![\w-])(--[\w-]+|-\w)", column.group(1)))
    return found


def statuses_of_help(text):
    _, found, rest = text.partition("Exit status:")
    return {one for some in STATUS.findall(rest.strip()) for one in ONE_STATUS.findall(some)} if found else set()


def sections_of(path):
    """Each section's name with its lines."""
    sections, name = {}, None
    with open(path, encoding="utf-8") as file:
        for line in file.read().splitlines():
            if line.startswith(".Sh "):
                name = line[4:].strip().strip('"')
                sections[name] = []
            elif name:
                sections[name].append(line)
    return sections


def options_of_page(sections):
    """The heads `.It Fl t , Fl -lifetime Ar seconds` of its lists."""
    found = set()
    for name, lines in sections.items():
        if name in ENDING:
            continue
        for line in lines:
            if line.startswith(".It "):
                found.update("-" + flag.replace("\\", "") for flag in re.findall(r"\bFl (\\?-?[\w-]+)", line))
    return found


def statuses_of_page(sections):
    heads = " ".join(line for line in sections.get("EXIT STATUS", []) if line.startswith(".It "))
    return set(ONE_STATUS.findall(heads))


def compare(name, path, faults):
    shown = subprocess.run([os.path.join(BIN, name), "--help"], stdin=subprocess.DEVNULL, capture_output=True, timeout=30,
                           check=False)
    text = shown.stdout.decode()
    if shown.returncode != 0 or shown.stderr or not text:
        faults.append(f"{name} --help: status {shown.returncode}, {len(text)} octets on stdout, stderr: {shown.stderr!r}")
        return
    sections = sections_of(path)
    for what, here, there in (("option", options_of_help(text), options_of_page(sections)),
                              ("exit status", statuses_of_help(text), statuses_of_page(sections))):
        faults += [f"{name}: {what} {value} is in --help and not in the page" for value in sorted(here - there)]
        faults += [f"{name}: {what} {value} is in the page and not in --help" for value in sorted(there - here)]
    if not statuses_of_help(text):
        faults.append(f"{name}: --help names no exit status")


def check_ending(page, faults):
    ending = [section for section in ENDING if section != "EXIT STATUS" or page[-1] != "5"]
    names = [section for section in sections_of(os.path.join(PAGES, page)) if section not in BETWEEN]
    if names[-len(ending):] != ending:
        faults.append(f"docs/man/{page}: does not end with {', '.join(ending)}")


def lint(faults):
    for page in pages():
        done = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", os.path.join(PAGES, page)], capture_output=True,
                              timeout=60, check=False)
        faults += [line for line in (done.stdout + done.stderr).decode().splitlines() if line]


def main():
    faults = []
    for name in programs():
        path = page_of(name)
        if path:
            compare(name, path, faults)
        else:
            faults.append(f"{name}: no page docs/man/{name}.1 or {name}.8 that names it, or both")
    for page in pages():
        check_ending(page, faults)
        if page[-1] in "18" and page.rpartition(".")[0] not in programs():
            faults.append(f"docs/man/{page}: no such program")
        if page[-1] not in "158" or page[-1] == "5" and not page.startswith("offhook-"):
            faults.append(f"docs/man/{page}: neither a program's page nor a format's, offhook-FORMAT.5")
    linted = shutil.which("mandoc") is not None
    if linted:
        lint(faults)
    print("\n".join(faults) or f"{len(programs())} programs and {len(pages())} pages agree")
    if not faults and not linted:
        print("mandoc is not installed: the pages were compared, their mdoc was not checked")
        return 77
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
