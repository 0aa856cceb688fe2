"""strace as the crash tests use it: recording an operation's system calls, killing or failing it at one of them."""
import os
import re
import shutil
import subprocess
import tempfile

from kit import read, skip

# "?": a call that this machine's architecture does not have is passed over.
NAMES = ("rename", "renameat", "renameat2", "link", "linkat", "symlink", "symlinkat", "unlink", "unlinkat", "rmdir", "mkdir",
         "mkdirat", "open", "openat", "creat")
DATA = ("write", "pwrite64", "writev", "pwritev", "ftruncate", "fallocate", "fsync", "fdatasync", "syncfs", "sync")
CHANGES = NAMES + DATA
OPENING = ("open", "openat")

_LINE = re.compile(r"(?:(?P<pid>\d+) +)?(?P<text>.*)")
_CALL = re.compile(r"(?P<name>\w+)\((?P<arguments>.*)\) += (?P<result>-?\d+|\?)(?P<rest>.*)")
_ESCAPE = re.compile(r"\\x([0-9a-f]{2})")


def call_set(names):
    return ",".join("?" + name for name in names)


def recorder(path, names=CHANGES, follow=False, octets=200):
    """A command that records what it runs in `path`, with every octet of strings and paths as hexadecimal."""
    return ["strace", "-I2", "-q", "-y", "-xx", "-s", str(octets), "-o", path, "-e", "trace=" + call_set(names), "-e",
            "signal=none"] + (["-f"] if follow else [])


def killer(log, name, number):
    """A command that kills what it runs as it enters this call for the number-th time; the call is not done."""
    return ["strace", "-I2", "-q", "-o", log, "-e", f"trace={name}", "-e", f"inject={name}:signal=KILL:when={number}"]


def faulter(log, name, number, error, onwards=False):
    """A command under which this call fails the number-th time, and with `onwards` every time from then on."""
    when = f"{number}+" if onwards else str(number)
    return ["strace", "-I2", "-q", "-o", log, "-e", f"trace={name}", "-e", f"inject={name}:error={error}:when={when}"]


def was_reached(log):
    """True if the killer or the faulter did what it was there for."""
    return os.path.exists(log) and any(word in read(log) for word in (b"killed by SIGKILL", b"(INJECTED)"))


def need_strace():
    """Ends the test as skipped where a process of ours cannot be traced, killed and failed."""
    if not shutil.which("strace"):
        skip("strace is not here")
    with tempfile.TemporaryDirectory(prefix="offhook-strace-") as folder:
        target, log = os.path.join(folder, "made"), os.path.join(folder, "log")
        mkdir = call_set(["mkdir", "mkdirat"])
        for prefix, wanted in ((killer(log, mkdir, 1), -9), (faulter(log, mkdir, 1, "ENOSPC"), 1)):
            try:
                done = subprocess.run([*prefix, "mkdir", target], capture_output=True, timeout=30, check=False)
            except subprocess.TimeoutExpired:
                skip("strace does not work here: it did not end")
            if done.returncode != wanted or os.path.exists(target):
                reason = done.stderr.decode(errors="replace").strip().splitlines()
                skip("ptrace is refused here, or this strace cannot inject: " + (reason[-1] if reason else "no message"))


class Call:
    """One system call, or the end of a process (name "exit", result its status)."""

    def __init__(self, pid, name, arguments, result, opened):
        self.pid, self.name, self.arguments, self.result, self.opened = pid, name, arguments, result, opened

    def __repr__(self):
        shown = [text if len(text) < 150 else text[:150] + "…" for text in map(unescape, self.arguments)]
        return f"{self.name}({', '.join(shown)}) = {self.result}"

    def string(self, index):
        """The octets of a string argument."""
        return b"".join(octets(part) for part in re.findall(r'"([^"]*)"', self.arguments[index]))

    def path(self, index):
        """Where a descriptor argument leads."""
        return path_of(self.arguments[index])

    def below(self, index):
        """The path named by a directory's descriptor and the name behind it."""
        return os.path.normpath(os.path.join(self.path(index) or "/", os.fsdecode(self.string(index + 1))))


def octets(escaped):
    return bytes.fromhex(escaped.replace("\\x", ""))


def unescape(text):
    return _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if 31 < int(found[1], 16) < 127 else "?", text)


def path_of(descriptor):
    """The path in "5<path>"; None for sockets, pipes and the like, and for a file without a name."""
    found = re.search(r"<(.*)>", descriptor)
    path = os.fsdecode(octets(found[1])) if found and re.fullmatch(r"(\\x[0-9a-f]{2})*", found[1]) else None
    return path if path and path.startswith("/") and not path.endswith(" (deleted)") else None


def _split(text):
    parts, depth, part, quoted = [], 0, "", False
    for piece in re.split(r'([\[\]{},"])', text):
        if piece == '"':
            quoted = not quoted
        elif not quoted and piece in ("[", "{"):
            depth += 1
        elif not quoted and piece in ("]", "}"):
            depth -= 1
        elif not quoted and piece == "," and depth == 0:
            parts.append(part.strip())
            part = ""
            continue
        part += piece
    return parts + [part.strip()] if part.strip() else parts


def calls(path):
    """The recorded calls in the order of their ends, and the ends of processes."""
    found, unfinished = [], {}
    with open(path, encoding="ascii", errors="replace") as file:
        for line in file:
            parts = _LINE.fullmatch(line.rstrip("\n"))
            pid, text = parts["pid"], parts["text"]
            ended = re.match(r"\+\+\+ (exited with|killed by) (\w+)", text)
            if ended:
                found.append(Call(pid, "exit", [], int(ended[2]) if ended[1] == "exited with" else -1, None))
                continue
            if text.endswith("<unfinished ...>"):
                unfinished[pid] = text[:-len("<unfinished ...>")]
                continue
            resumed = re.match(r"<\.\.\. \w+ resumed>(.*)", text)
            if resumed:
                text = unfinished.pop(pid) + resumed[1]
            call = _CALL.fullmatch(text)
            if call and call["result"] != "?":
                found.append(Call(pid, call["name"], _split(call["arguments"]), int(call["result"]), path_of(call["rest"])))
    return found


class Point:
    """A place in an operation: before the number-th call of this name."""

    def __init__(self, name, number, call):
        self.name, self.number, self.call = name, number, call

    def __str__(self):
        return f"{self.name} number {self.number}: {self.call!r}"


def points(recorded):
    """All the calls that change something, numbered by name as strace counts them."""
    counts, found = {}, []
    for call in recorded:
        counts[call.name] = counts.get(call.name, 0) + 1
        creates = call.name not in OPENING or any("O_CREAT" in argument for argument in call.arguments)
        if call.name != "exit" and creates:
            found.append(Point(call.name, counts[call.name], call))
    return found


def touches(call, root):
    """True if the call is about something below this folder."""
    texts = [unescape(argument) for argument in call.arguments]
    return any(root in text for text in texts)
