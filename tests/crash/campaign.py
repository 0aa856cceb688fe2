"""What the crash tests share: choosing points, running them, telling what went wrong and keeping what it left behind."""
import os
import random
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers"))
import flush_operations  # noqa: E402
import kit  # noqa: E402
import operations  # noqa: E402
import tracing  # noqa: E402

OPERATIONS = {**operations.OPERATIONS, **flush_operations.OPERATIONS}

MEMORY = "/dev/shm"  # to kill a program loses no page, so the tests may do without a disk's slow syncs
ENOUGH = 512 << 20
if not os.environ.get("TMPDIR") and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ENOUGH:
    tempfile.tempdir = MEMORY
SEED = int(os.environ.get("OFFHOOK_SEED") or 1)
MAX_KEPT = 5  # folders of failed points


def sample(everything, size):
    """All of them in the full tier, else a seeded choice, in order."""
    if kit.FULL or len(everything) <= size:
        return everything
    return [everything[index] for index in sorted(random.Random(SEED).sample(range(len(everything)), size))]


class Campaign:
    """One operation, broken off again and again."""

    def __init__(self, folder, name, what):
        self.name, self.what = name, what
        self.operation = OPERATIONS[name](folder)
        self.log = os.path.join(folder, "strace")
        self.after = os.path.join(folder, "after")
        self.failed, self.ran, self.missed, self.kept = [], 0, 0, []

    def record(self, names=tracing.CHANGES, **options):
        """The calls of one undisturbed run, which has to be as promised."""
        operation, path = self.operation, self.log + ".recorded"
        operation.reset()
        operation.act(tracing.recorder(path, tuple(names) + operation.extra_calls, **options))
        recorded = tracing.calls(path)
        os.unlink(path)
        self.check_undisturbed()
        return recorded

    def check_undisturbed(self):
        self.operation.restart()
        wrong = self.operation.faults()
        kit.check(not wrong, f"{self.name}, undisturbed: {'; '.join(wrong)}")

    def point(self, label, act, judge):
        """From the start: `act` breaks the operation off, `judge` restarts and lists what is wrong."""
        self.operation.reset()
        if os.path.exists(self.log):
            os.unlink(self.log)
        try:
            act()
            shutil.rmtree(self.after, ignore_errors=True)
            shutil.copytree(self.operation.root, self.after, ignore=lambda *_: ["qmgr.sock"])
            wrong = judge()
        except (kit.Failed, TimeoutError, OSError, subprocess.SubprocessError) as failure:
            wrong = [str(failure)]
        self.ran += 1
        if wrong:
            self.failed.append(f"{label}: {'; '.join(wrong)}{self.keep()}")

    def keep(self):
        """Puts away what the point left behind, before and after the restart."""
        if len(self.kept) >= MAX_KEPT:
            return ""
        kept = tempfile.mkdtemp(prefix=f"offhook-kept-{self.what}-{self.name}-")
        self.kept.append(kept)
        for source, name in ((self.after, "broken-off"), (self.operation.root, "restarted"), (self.operation.logs, "logs")):
            if os.path.exists(source):
                shutil.copytree(source, os.path.join(kept, name), ignore=lambda *_: ["qmgr.sock"])
        return f" (kept in {kept})"

    def finish(self, of, more=""):
        print(f"{self.what} {self.name}: {self.ran} of {of} points, seed {SEED}{more}"
              + (f", {self.missed} not reached" if self.missed else ""), flush=True)
        for line in self.failed:
            print(f"  FAILED at {line}", flush=True)
        kit.check(not self.failed, f"{len(self.failed)} of {self.ran} points")
        # Which octets a pipe gives at once is chance, so a call may come once less.
        kit.check(self.missed * 2 <= self.ran, f"{self.missed} of {self.ran} points were not reached again")


def run(campaign):
    """Runs campaign(folder, name) for the operations named on the command line, or for all."""
    tracing.need_strace()
    names = sys.argv[1:] or list(OPERATIONS)
    unknown = [name for name in names if name not in OPERATIONS]
    if unknown:
        sys.exit(f"no such operation: {unknown[0]}; there are: {', '.join(OPERATIONS)}")

    def test_of(name):
        def test(folder):
            campaign(folder, name)
        test.__doc__ = f"{name}: {OPERATIONS[name].__doc__.splitlines()[0]}"
        return test

    kit.main(*map(test_of, names))
