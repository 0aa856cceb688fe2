"""A mail host in a folder: its configuration, its state, its queue manager. For the demo and for the tests.

Nothing here needs more than the standard library, and nothing is ever written outside the host's folder.
"""
import os
import pwd
import signal
import socket
import subprocess
import threading
import time


def wait_until(condition, what, seconds=30):
    """Waits for a condition, for a bounded time, and returns its first true value."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise TimeoutError(f"not within {seconds} s: {what}")
        threading.Event().wait(0.02)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def accepts(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def stop(process, seconds=10):
    """Ends a process that we started: SIGTERM, a bounded wait, SIGKILL."""
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    return process.returncode


def maildir_files(maildir):
    """The messages of a maildir, oldest name first."""
    found = []
    for part in ("new", "cur"):
        folder = os.path.join(maildir, part)
        if os.path.isdir(folder):
            found += [os.path.join(folder, name) for name in os.listdir(folder) if not name.startswith(".")]
    return sorted(found, key=os.path.basename)


def read(path):
    with open(path, "rb") as file:
        return file.read()


def body(message):
    """What follows the first empty line."""
    return message.partition(b"\n\n")[2]


def header_lines(message):
    return message.partition(b"\n\n")[0].split(b"\n")


def unchanged(sent, received):
    """True if the body arrived octet for octet and every header line of ours is still there, in our order."""
    if body(sent) != body(received):
        return False
    rest = iter(header_lines(received))
    return all(line in rest for line in header_lines(sent))


class MailHost:
    """One host: `name` is its full host name; `programs` the folder of the built programs."""

    def __init__(self, folder, name, programs):
        self.folder = folder
        self.name = name
        self.programs = programs
        self.config = os.path.join(folder, "etc")
        self.state = os.path.join(folder, "var")
        self.run_folder = os.path.join(folder, "run")
        self.log_path = os.path.join(folder, "qmgr.log")
        self.qmgr = None
        for path in (os.path.join(self.config, "control"), os.path.join(self.config, "users"), self.state, self.run_folder):
            os.makedirs(path)
        self.env = dict(os.environ, OFFHOOK_CONFIG=self.config, OFFHOOK_STATE=self.state, OFFHOOK_RUN=self.run_folder,
                        LC_ALL="C")
        for name_not_ours in ("QMAILQUEUE", "RELAYCLIENT", "DATABYTES"):
            self.env.pop(name_not_ours, None)
        self.control("me", name)
        self.users({})
        self.routes()

    # Configuration

    def control(self, name, *lines):
        self._write(os.path.join("control", name), lines)

    def routes(self, *lines):
        self._write("routes", lines)

    def users(self, homes):
        """users/assign: each local part with its home folder; everything as the invoker. Makes the maildirs."""
        me = pwd.getpwuid(os.getuid()).pw_name
        lines = []
        for local, home in homes.items():
            lines.append(f"={local}:{me}:{os.getuid()}:{os.getgid()}:{home}:::")
            for part in ("tmp", "new", "cur"):
                os.makedirs(os.path.join(home, "Maildir", part), mode=0o700, exist_ok=True)
        self._write(os.path.join("users", "assign"), lines + ["."])

    def home(self, local):
        return os.path.join(self.folder, "home", local)

    def mailboxes(self, *locals_):
        """One home folder a local part, in users/assign."""
        self.users({local: self.home(local) for local in locals_})

    def _write(self, name, lines):
        path = os.path.join(self.config, name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            file.writelines(line + "\n" for line in lines)
        os.rename(path + ".new", path)

    # Programs

    def program(self, name):
        return os.path.join(self.programs, name)

    def run(self, program, *arguments, input=b"", env=None, timeout=120, prefix=(), **options):
        """Runs one of our programs as this host; `prefix` is a command that runs it (strace, unshare …)."""
        command = list(prefix) + [self.program(program)] + [str(argument) for argument in arguments]
        return subprocess.run(command, input=input, capture_output=True, timeout=timeout, env={**self.env, **(env or {})},
                              check=False, **options)

    def sendmail(self, message, *recipients, sender=None, **options):
        arguments = ["-i"] + (["-f", sender] if sender is not None else []) + ["--", *recipients]
        return self.run("sendmail", *arguments, input=message, **options)

    def start_qmgr(self, env=None, prefix=()):
        """Starts the queue manager and waits until its socket accepts."""
        with open(self.log_path, "ab") as log:
            self.qmgr = subprocess.Popen([*prefix, self.program("mta-qmgr")], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                         env={**self.env, **(env or {})})
        path = os.path.join(self.run_folder, "qmgr.sock")

        def ready():
            if self.qmgr.poll() is not None:
                raise RuntimeError(f"mta-qmgr of {self.name} ended with {self.qmgr.returncode}: {self.log()}")
            with socket.socket(socket.AF_UNIX) as probe:
                return probe.connect_ex(path) == 0

        wait_until(ready, f"mta-qmgr of {self.name} accepts on its socket")

    def stop_qmgr(self):
        if self.qmgr is not None:
            stop(self.qmgr)
            self.qmgr = None

    def stop(self):
        self.stop_qmgr()

    def log(self):
        return read(self.log_path).decode(errors="replace") if os.path.exists(self.log_path) else ""

    # Mail

    def spool(self, name):
        return os.path.join(self.state, "spool", name)

    def spooled(self, name):
        return maildir_files(self.spool(name))

    def received(self, local):
        return [read(path) for path in maildir_files(os.path.join(self.home(local), "Maildir"))]

    def queued(self):
        """The entries that the queue holds."""
        folder = os.path.join(self.state, "queue", "new")
        return sorted(os.listdir(folder)) if os.path.isdir(folder) else []

    def mailq(self):
        return self.run("sendmail", "-bp").stdout.decode(errors="replace")
