"""The operations that the crash tests break off: each with its start state, its programs, its restart and its promise.

Everything of an operation lies below one folder, which can be put away and put back. `act` does the operation with a command
in front of the traced program; `restart` is what happens after a crash; `faults` says what is lost, doubled or half there.
"""
import fcntl
import os
import re
import shutil
import signal
import socket
import subprocess

from kit import OFFICE, PREFIX, PROVIDER, SPOOL, check, read, wait_until
from office import LIMIT, LONG, ONCE, SENDER, STAFF, Mail, Office, text_of, whole_files

# The temporary codes of the queue contract that a disk's failure may give.
DISK_CODES = (53, 62, 71)


class Operation:
    """The base: mail that is in the queue already, worked on by one run of the queue manager."""

    program = "mta-qmgr"
    follows = False      # the recording for the power test needs the program's children too
    statuses = (0, 111)  # of the traced program when the disk fails
    extra_calls = ()

    def __init__(self, folder):
        self.root = os.path.join(folder, "root")
        self.logs = os.path.join(folder, "logs")
        os.makedirs(self.logs)
        self.host = Office(os.path.join(self.root, "office"))
        self.mails = self.make_mails()
        self.prepare()
        self.saved = os.path.join(folder, "saved")
        shutil.copytree(self.root, self.saved)

    def make_mails(self):
        raise NotImplementedError

    def prepare(self):
        """Queues the mail while nothing says where it belongs, so that it waits; then says so."""
        self.host.once()  # makes the drop directory
        self.host.control("locals")
        self.host.routes()
        for mail in self.mails:
            self.accept(mail)
        self.host.once()
        self.host.control("locals", OFFICE)
        self.host.routes(f"* {SPOOL} {PREFIX}")
        check(len(self.host.queued()) == len(self.mails), "the mail does not wait in the queue")
        check(not sum(whole_files(self.host, self.mails)[0].values()), "something is delivered already")

    def accept(self, mail):
        done = self.host.queue(mail.message, *mail.recipients)
        check(done.returncode == 0, f"mta-queue ended with {done.returncode}: {text_of(done)}")
        mail.acknowledged = True

    def reset(self):
        shutil.rmtree(self.root, ignore_errors=True)
        shutil.copytree(self.saved, self.root)

    def act(self, prefix=()):
        """The operation itself; returns the traced program's status, None where it never started."""
        self.last = self.host.tool(prefix, self.program, *ONCE)
        return self.last.returncode

    def restart(self):
        self.host.once()

    # For the power test: what was said to others in the course of the recorded run

    def begin_observing(self):
        """Before the first call."""

    def observe(self, call):
        """Takes note of an acknowledgement; called with every call in turn."""

    def said(self):
        """What has been said up to here, as a value."""
        return tuple(mail.acknowledged for mail in self.mails)

    def begin_after_cut(self, said):
        """The folder is as a power cut left it after that was said."""
        for mail, acknowledged in zip(self.mails, said):
            mail.acknowledged = acknowledged

    def remarks(self):
        """What a run of many points has to tell beside its failures."""
        return ""

    def bad_status(self, status):
        """What is wrong with the status of a program whose disk failed; None: nothing."""
        if status in self.statuses:
            return None
        return f"{self.program} ended with {status}: {text_of(self.last)}"

    def faults(self, refused_is_gone=False):
        """What is not as promised. `refused_is_gone`: a refusal was said, so nothing of that mail may be there."""
        counts, strange = whole_files(self.host, self.mails)
        found = [f"not a whole message: {path}" for path in strange]
        for mail in self.mails:
            times = [counts[mail, index] for index in range(len(mail.recipients))]
            if mail.acknowledged:
                found += [f"{mail.recipients[index]}: {'lost' if count == 0 else f'{count} times'}"
                          for index, count in enumerate(times) if count != 1]
            elif refused_is_gone and any(times):
                found.append(f"refused, but delivered: {times}")
            elif len(set(times)) != 1 or times[0] > 1:
                found.append(f"not acknowledged, and {times} times delivered to its recipients")
        left = self.host.queued() + os.listdir(os.path.join(self.host.state, "queue", "tmp"))
        return found + [f"stays in the queue: {name}" for name in left]


class Local(Operation):
    """one message to three mailboxes"""

    def make_mails(self):
        return [Mail(1, *(f"{local}@{OFFICE}" for local in STAFF), text=LONG)]


class Spooling(Operation):
    """one message to five recipients outside"""

    def make_mails(self):
        return [Mail(1, *(f"person{n}@{PROVIDER}" for n in range(5)))]


class Bounce(Operation):
    """a message to somebody unknown and to a mailbox, and its bounce"""

    def make_mails(self):
        unknown = f"nobody@{OFFICE}"
        return [Mail(1, unknown, f"ben@{OFFICE}", bounced=(unknown,))]


class PickUp(Operation):
    """two messages in the drop directory are taken into the queue and delivered"""

    def make_mails(self):
        return [Mail(1, SENDER, text=LONG), Mail(2, f"ben@{OFFICE}", f"bert@{PROVIDER}")]

    def prepare(self):
        self.host.once()
        for mail in self.mails:
            self.accept(mail)


class Drop(Operation):
    """mta-queue without a queue manager"""

    program = "mta-queue"
    statuses = (0, *DISK_CODES)

    def make_mails(self):
        return [Mail(1, SENDER, f"bert@{PROVIDER}", text=LONG)]

    def prepare(self):
        self.host.once()

    def act(self, prefix=()):
        mail = self.mails[0]
        self.last = self.host.queue(mail.message, *mail.recipients, prefix=prefix)
        mail.acknowledged = self.last.returncode == 0
        return self.last.returncode

    def begin_observing(self):
        self.mails[0].acknowledged, self.main = False, None

    def observe(self, call):
        """The end of the traced program, not of its children, says yes."""
        self.main = self.main or call.pid or "-"
        if call.name == "exit" and (call.pid or "-") == self.main and call.result == 0:
            self.mails[0].acknowledged = True


class Commit(Operation):
    """two messages handed to the queue manager's socket, and their delivery"""

    extra_calls = ("sendto",)
    client_prefix = ()

    def make_mails(self):
        return [Mail(1, SENDER), Mail(2, SENDER, f"bert@{PROVIDER}", text=LONG)]

    def prepare(self):
        self.host.once()

    def act(self, prefix=()):
        for mail in self.mails:
            mail.acknowledged = False
        self.codes = []
        log = os.path.join(self.logs, "qmgr.log")
        with open(log, "wb") as file, subprocess.Popen(
                [*prefix, self.host.program("mta-qmgr"), "--workers", "0"], stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                cwd="/", start_new_session=True, env=self.host.env) as self.daemon:
            try:
                self.submit_all()
                self.stop_daemon()
            except BaseException:
                os.killpg(self.daemon.pid, 9)
                raise
        self.last = subprocess.CompletedProcess([], self.daemon.returncode, b"", read(log))
        return self.daemon.returncode

    def begin_observing(self):
        for mail in self.mails:
            mail.acknowledged = False

    def observe(self, call):
        if call.name == "sendto" and re.match(rb"\d+:K", call.string(1)):
            next(mail for mail in self.mails if not mail.acknowledged).acknowledged = True

    def submit_all(self):
        path = os.path.join(self.host.run_folder, "qmgr.sock")

        def ready():
            with socket.socket(socket.AF_UNIX) as probe:
                return self.daemon.poll() is not None or probe.connect_ex(path) == 0

        wait_until(ready, "the queue manager accepts", LIMIT)
        for mail in self.mails:
            done = self.host.queue(mail.message, *mail.recipients, prefix=self.client_prefix)
            mail.acknowledged = done.returncode == 0
            self.codes.append(done.returncode)
        wait_until(lambda: self.daemon.poll() is not None or self.is_idle(), "the queue manager is done", LIMIT)

    def is_idle(self):
        """All that was accepted is delivered, or will not be before a retry."""
        if not self.host.queued():
            return True
        log = read(os.path.join(self.logs, "qmgr.log"))
        return any(word in log for word in (b"deferred", b"warning", b"error"))

    def stop_daemon(self):
        """SIGTERM, and a wait for the end of the queue manager, which its tracer might not outlive."""
        path = os.path.join(self.host.state, "queue", "lock")
        if self.daemon.poll() is None:
            os.kill(self.daemons_program(path), signal.SIGTERM)
            self.daemon.wait(LIMIT)
        if os.path.exists(path):
            with open(path, "rb") as lock:
                wait_until(lambda: not is_locked(lock), "the queue manager's end", LIMIT)

    def daemons_program(self, lock):
        """The queue manager itself, if it could write down its pid and is our tracer's child; else what we started."""
        written = read(lock).strip() if os.path.exists(lock) else b""
        pid = int(written) if written.isdigit() else self.daemon.pid
        try:
            parent = int(read(f"/proc/{pid}/stat").rpartition(b")")[2].split()[1])
        except OSError:
            return self.daemon.pid
        return pid if parent == self.daemon.pid else self.daemon.pid

    def bad_status(self, status):
        wrong = [code for code in self.codes if code not in (0, *DISK_CODES)]
        if wrong:
            return f"mta-queue ended with {wrong}"
        return None if status in (*self.statuses, -15) else f"mta-qmgr ended with {status}: {text_of(self.last)}"


def is_locked(file):
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    fcntl.flock(file, fcntl.LOCK_UN)
    return False


class CommitClient(Commit):
    """the same; the mta-queue that hands over"""

    program = "mta-queue"

    def act(self, prefix=()):
        self.client_prefix = prefix
        return super().act()


class FirstStart(Commit):
    """the same, where no queue has ever been"""

    def prepare(self):
        pass

    def faults(self, refused_is_gone=False):
        os.makedirs(os.path.join(self.host.state, "queue", "tmp"), exist_ok=True)
        return super().faults(refused_is_gone)


class Sendmail(Drop):
    """sendmail, and mta-queue as its child, without a queue manager"""

    program = "sendmail"
    follows = True
    statuses = (0, 75)

    def act(self, prefix=()):
        mail = self.mails[0]
        self.last = self.host.tool(prefix, "sendmail", "-i", "-f", SENDER, "--", *mail.recipients, input=mail.message)
        mail.acknowledged = self.last.returncode == 0
        return self.last.returncode


class SendmailsQueue(Sendmail):
    """the mta-queue that sendmail runs"""

    program = "mta-queue"

    def act(self, prefix=()):
        wrapper = os.path.join(self.logs, "queue")
        with open(wrapper, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexec " + " ".join(f"'{word}'" for word in [*prefix, self.host.program("mta-queue")]) + "\n")
        os.chmod(wrapper, 0o755)
        self.host.env["QMAILQUEUE"] = wrapper
        try:
            return super().act()
        finally:
            del self.host.env["QMAILQUEUE"]


OPERATIONS = {"commit": Commit, "commit-client": CommitClient, "first-start": FirstStart, "drop": Drop, "pick-up": PickUp, "local": Local,
              "spooling": Spooling, "bounce": Bounce, "sendmail": Sendmail, "sendmail-queue": SendmailsQueue}
