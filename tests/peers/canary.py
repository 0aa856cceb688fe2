"""Secrets that must be nowhere but where they belong: in no argument and no environment of whatever a test starts, in no file of its
folder, in nothing that was said.

    canary = Canary(folder, SECRET)
    …
    canary.check(done.stdout + done.stderr, but=[secret_file])
"""
import os
import subprocess
import threading

from kit import check, keep, read, wait_until

LOOK_SECONDS = 0.02
MODEM = "modem-emulator"  # it is told the PIN of its SIM


def descendants(ancestor):
    """The processes that this one has started, and those that they have."""
    parents = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents[int(name)] = int(read(f"/proc/{name}/stat").rpartition(b") ")[2].split()[1])
        except OSError:
            continue  # it has ended
    found = {ancestor}
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found - {ancestor}


class Looked(subprocess.Popen):
    """A program of the test is looked at when it has begun: it may be over before the next look at all."""

    def __init__(self, *arguments, **options):
        super().__init__(*arguments, **options)
        for canary in Canary.at_work:
            canary.look_at(self.pid)


subprocess.Popen = Looked


class Canary:
    """Looks at the processes from its making to its check."""

    at_work = []

    def __init__(self, folder, *secrets):
        self._folder, self._secrets = folder, [secret.encode() for secret in secrets]
        self._seen, self._looked_at, self._rounds = set(), set(), 0
        self._ends = threading.Event()
        self.at_work.append(self)
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()
        keep(self)

    def _look(self):
        while not self._ends.wait(LOOK_SECONDS):
            for pid in descendants(os.getpid()):
                self.look_at(pid)
            self._rounds += 1

    def wait_for_look(self):
        """Until all processes that are there now have been looked at."""
        enough = self._rounds + 2  # one of them may have begun before
        wait_until(lambda: self._rounds >= enough, "the processes were looked at")

    def look_at(self, pid):
        for place in ("cmdline", "environ"):
            try:
                if os.path.basename(os.readlink(f"/proc/{pid}/exe")) == MODEM:
                    return
                octets = read(f"/proc/{pid}/{place}")
            except OSError:
                continue  # it has ended
            self._looked_at.add(pid)
            if self._shows(octets):
                self._seen.add(f"the {place} of process {pid}: {octets[:300]!r}")

    def _shows(self, octets):
        return any(secret in octets for secret in self._secrets)

    def stop(self):
        self._ends.set()
        if self in self.at_work:
            self.at_work.remove(self)
        self._thread.join()

    def check(self, *said, but=()):
        """`said` is what programs have written; `but` are files and folders in which a secret may stand."""
        self.stop()
        check(self._looked_at, "no process was looked at")
        check(not self._seen, f"a secret is in {'; '.join(sorted(self._seen))}")
        for octets in said:
            octets = octets.encode() if isinstance(octets, str) else octets
            check(not self._shows(octets), f"a secret was said: {octets!r}")
        for path, folders, names in os.walk(self._folder):
            folders[:] = [name for name in folders if os.path.join(path, name) not in but]
            for full in (os.path.join(path, name) for name in names):
                if full not in but and os.path.isfile(full):
                    check(not self._shows(read(full)), f"a secret stands in {full}")
