"""What the scripts of this folder share: a spool in a folder, clients written by hand, runs of our flush programs."""
import json
import os
import subprocess
import sys
import time
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers"))
from kit import (BIN, FULL, CuttingProxy, Listener, Listening, ScriptedServer, after, check, faketime, keep,  # noqa: E402,F401
                 main, provider, read, sanitized, skip, wait_until)

PREFIX = "alias-ppp-"
HELO = "office.example"
BODY = b"Subject: hello\n\nline\n.dots\n"


class Spool:
    """A maildir and the control files of its host; `run` runs our programs as that host."""

    def __init__(self, folder):
        self.folder = folder
        self.path = os.path.join(folder, "spool")
        self.control = os.path.join(folder, "etc", "control")
        self.queued = os.path.join(folder, "queued")  # what the stand-in for the queue program was given
        for part in ("tmp", "new", "cur"):
            os.makedirs(os.path.join(self.path, part))
        for made in (self.control, self.queued, os.path.join(folder, "bin")):
            os.makedirs(made)
        with open(os.path.join(self.control, "me"), "w", encoding="ascii") as file:
            file.write("office.example\n")
        self.env = dict(os.environ, LC_ALL="C", OFFHOOK_CONFIG=os.path.join(folder, "etc"),
                        QMAILQUEUE=self.program("queue", f"""
import os, sys
name = os.path.join({self.queued!r}, str(os.getpid()))
message = sys.stdin.buffer.read()
envelope = os.fdopen(1, "rb").read()
open(name, "wb").write(envelope + b"\\n" + message)
sys.exit(int(os.environ.get("QUEUE_EXIT", "0")))
"""))
        self.env.pop("TCPREMOTEIP", None)

    def program(self, name, text):
        """A program written by hand; returns its path."""
        path = os.path.join(self.folder, "bin", name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"#!{sys.executable}\n{text}")
        os.chmod(path, 0o755)
        return path

    def put(self, name, content=BODY, sender="anna@office.example", recipient="bert@provider.example", age=100,
            mtime=None, head=None, part="new"):
        """A file of the spool, `age` seconds old; returns its path in the maildir."""
        path = os.path.join(self.path, part, name)
        if head is None:
            head = f"Return-Path: <{sender}>\nDelivered-To: {PREFIX}{recipient}\n".encode()
        with open(path, "wb") as file:
            file.write(head + content)
        moment = mtime if mtime is not None else (int(time.time()) - age) * 10**9
        os.utime(path, ns=(moment, moment))
        return f"{part}/{name}"

    def files(self):
        return sorted(f"{part}/{name}" for part in ("new", "cur") for name in os.listdir(os.path.join(self.path, part)))

    def bounces(self):
        return [read(os.path.join(self.queued, name)) for name in os.listdir(self.queued)]

    def journal(self):
        path = os.path.join(self.path, ".offhook", "journal")
        return read(path).decode() if os.path.exists(path) else ""

    def write_journal(self, *records):
        """Writes the journal anew with these."""
        os.makedirs(os.path.join(self.path, ".offhook"), exist_ok=True)
        with open(os.path.join(self.path, ".offhook", "journal"), "w", encoding="ascii") as file:
            file.writelines(sealed(record) for record in records)

    def run(self, program, *arguments, env=None, **options):
        command = [os.path.join(BIN, program)] + [str(argument) for argument in arguments]
        return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60,
                              env={**self.env, **(env or {})}, check=False, **options)

    def start(self, program, *arguments):
        command = [os.path.join(BIN, program)] + [str(argument) for argument in arguments]
        return subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.env)

    def serial(self, client, *options, **more):
        """maildirserial with a client written by hand: the text of a Python program, or a command."""
        command = [self.program("client", client)] if isinstance(client, str) else client
        return self.run("maildirserial", *options, self.path, PREFIX, *command, **more)

    def flush(self, server, *options, **more):
        """maildirsmtp to a scripted server, over one connection unless told otherwise: however slow this machine is just now."""
        if "--connections" not in options:
            options = ("--connections", 1) + options
        return self.run("maildirsmtp", "--port", server.port, *options, self.path, PREFIX, "127.0.0.1", HELO, **more)


def sealed(record):
    """A line of a journal or of the clock's file."""
    return f"{zlib.crc32(b' ' + record.encode()):08x} {record}\n"


# The beginning of a client: `names` yields the names as they come, `say` writes a record.
CLIENT = r"""
import os, sys
def names():
    rest = b""
    while True:
        block = os.read(0, 4096)
        if not block: return
        *whole, rest = (rest + block).split(b"\0")
        yield from whole
def say(name, status, text):
    os.write(1, name + b"\0" + status + text + b"\n")
"""


def lines(done):
    return done.stderr.decode(errors="replace").splitlines()


def expect(done, status, *texts):
    """The run's exit status, and texts that its stderr must hold."""
    said = done.stderr.decode(errors="replace")
    check(done.returncode == status, f"ended with {done.returncode} instead of {status}: {said!r}")
    for text in texts:
        check(text in said, f"nothing of {text!r} in {said!r}")
    return said


def report(text):
    """The JSON objects of a report that went to stderr or a file."""
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]
