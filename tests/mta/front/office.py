"""An office in a folder of its own, a queue manager that is played, and the checks that the scripts here share."""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import traceback

BIN = pathlib.Path(os.environ["OFFHOOK_BIN"])
LIMIT = 60


class Office:
    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="offhook-front-"))
        for folder in ("etc/control", "state/drop", "run"):
            (self.root / folder).mkdir(parents=True)
        (self.root / "state/drop").chmod(0o3733)
        self.control("me", "office.example")
        self.env = {
            "PATH": os.environ["PATH"],
            "USER": "joe",
            "TZ": "UTC0",
            "OFFHOOK_CONFIG": str(self.root / "etc"),
            "OFFHOOK_STATE": str(self.root / "state"),
            "OFFHOOK_RUN": str(self.root / "run"),
        }
        for name in os.environ:  # what sanitizers and coverage need
            if name.endswith("SAN_OPTIONS"):
                self.env[name] = os.environ[name]

    def control(self, name, text):
        (self.root / "etc/control" / name).write_text(text + "\n")

    def drop(self):
        return sorted((self.root / "state/drop").iterdir())

    def run(self, *argv, stdin=b"", **more):
        """A program with octets on descriptor 0."""
        return subprocess.run([str(BIN / argv[0]), *argv[1:]], input=stdin, capture_output=True, timeout=LIMIT,
                              env=self.env | more)

    def queue(self, message, envelope, umask=None):
        """mta-queue with files on its two descriptors."""
        (self.root / "message").write_bytes(message)
        (self.root / "envelope").write_bytes(envelope)
        with open(self.root / "message", "rb") as zero, open(self.root / "envelope", "rb") as one:
            before = os.umask(umask) if umask is not None else None
            try:
                return subprocess.run([str(BIN / "mta-queue")], stdin=zero, stdout=one, stderr=subprocess.PIPE,
                                      timeout=LIMIT, env=self.env)
            finally:
                if before is not None:
                    os.umask(before)

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)


def netstring(octets):
    return b"%d:%s," % (len(octets), octets)


class QueueManager:
    """Plays mta-qmgr on its socket: one connection, every netstring kept, then `answer`. With `refuse_after` it answers and
    closes after that many netstrings, whatever they are; with no answer it just closes."""

    def __init__(self, office, answer, refuse_after=None):
        self.answer = answer
        self.refuse_after = refuse_after
        self.requests = []
        self.ended = False
        self.listener = socket.socket(socket.AF_UNIX)
        here = os.getcwd()
        os.chdir(office.root / "run")  # a socket's address is short, the folder's may not be
        self.listener.bind("qmgr.sock")
        os.chdir(here)
        self.listener.listen(5)
        self.listener.settimeout(LIMIT)
        self.thread = threading.Thread(target=self.serve)
        self.thread.start()

    def serve(self):
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rb") as stream:
            connection.settimeout(LIMIT)
            while self.refuse_after is None or len(self.requests) < self.refuse_after:
                length = b""
                while not length.endswith(b":"):
                    octet = stream.read(1)
                    if not octet:
                        self.ended = True
                        return
                    length += octet
                self.requests.append(stream.read(int(length[:-1])))
                assert stream.read(1) == b","
                if self.requests[-1][:1] == b"e" or self.requests[0] != b"submit 1":
                    break
            if self.answer is not None:
                connection.sendall(self.answer)

    def finish(self):
        self.thread.join(LIMIT)
        self.listener.close()
        return self.requests

    def message(self):
        return b"".join(r[1:] for r in self.requests if r[:1] == b"m")

    def envelope(self):
        return [r[1:] for r in self.requests if r[:1] == b"e"]


def equal(got, wanted, what=""):
    if got != wanted:
        raise AssertionError(f"{what}: got {got!r}, wanted {wanted!r}")


def main(module):
    """Runs every function whose name begins with test_, each in a fresh office."""
    failed = 0
    for name, function in list(vars(module).items()):
        if not name.startswith("test_"):
            continue
        office = Office()
        try:
            function(office)
            print("ok   ", name)
        except Exception:
            failed += 1
            print("FAILED", name)
            traceback.print_exc(file=sys.stdout)
        finally:
            office.remove()
    sys.exit(1 if failed else 0)
