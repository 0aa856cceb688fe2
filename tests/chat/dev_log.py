"""The system's log of a test's own: a mount namespace whose /dev/log is a socket that the test reads."""
import os
import re
import socket
import subprocess
import sys
import tempfile

INSIDE = "OFFHOOK_TEST_DEV_LOG"  # set in the environment of the process that runs in the namespace

# A /dev that has what chat programs and pseudo terminals need, and room for a socket.
SCRIPT = """set -e
mount -t tmpfs dev "$1"
for node in null zero random urandom tty; do : > "$1/$node"; mount --bind "/dev/$node" "$1/$node"; done
mkdir "$1/pts" "$1/shm"
mount --rbind /dev/pts "$1/pts"
ln -s pts/ptmx "$1/ptmx"
mount --move "$1" /dev
shift
exec "$@"
"""
RECORD = re.compile(rb"<(\d+)>\w{3} [ \d]\d \d\d:\d\d:\d\d chat\[(\d+)\]: (.*)", re.DOTALL)
TRY = "import os; os.close(os.openpty()[0])"


def enter():
    """Goes on in such a namespace and returns the log there; None where this machine refuses it."""
    if os.environ.pop(INSIDE, None):
        return DevLog()
    with tempfile.TemporaryDirectory(prefix="offhook-dev-") as folder:
        command = ["unshare", "--mount", "--propagation", "private", "sh", "-c", SCRIPT, "sh", folder, sys.executable]
        try:
            if subprocess.run([*command, "-c", TRY], capture_output=True, check=False).returncode != 0:
                return None
        except FileNotFoundError:
            return None
        status = subprocess.run([*command, "-B", *sys.argv], env={**os.environ, INSIDE: "1"}, check=False).returncode
    sys.exit(status)


class DevLog:
    """What programs named chat have logged, by their pids."""

    def __init__(self):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind("/dev/log")
        self.socket.setblocking(False)
        self._records = {}

    def take(self):
        while True:
            try:
                data = self.socket.recv(65536)
            except BlockingIOError:
                return
            found = RECORD.fullmatch(data)
            # What is not of the form that is wanted belongs to nobody: it shows as what its program lacks.
            if found:
                self._records.setdefault(int(found[2]), []).append(found[1] + b" " + found[3] + b"\n")

    def of(self, pid):
        self.take()
        return b"".join(self._records.pop(pid, ()))
