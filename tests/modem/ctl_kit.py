"""A host with profiles of modems and modemctl on it, for its tests."""
import json
import os
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers"))
from canary import Canary  # noqa: E402,F401
from kit import BIN, check, keep, main, read, wait_until  # noqa: E402,F401
from phone_line import QUICK_MODEM, Emulator, kill, locks, toml, write  # noqa: E402,F401


class Host:
    """Its configuration and its lock folder in a folder; `line` is a profile once there is a port for it."""

    def __init__(self, folder):
        self.folder, self.locks = folder, os.path.join(folder, "locks")
        os.makedirs(self.locks)
        os.makedirs(os.path.join(folder, "etc", "modems"))
        self.env = {**os.environ, "LC_ALL": "C", "OFFHOOK_CONFIG": os.path.join(folder, "etc")}

    def profile(self, name, port, **keys):
        keys = {**QUICK_MODEM, "flow": "none", "port": port, "lock_dir": self.locks, **keys}
        write(os.path.join(self.folder, "etc", "modems", f"{name}.toml"), toml(keys))

    def emulator(self, *arguments, modems=("line",), scale="0.02"):
        emulator = keep(Emulator(BIN, os.path.join(self.folder, "phone"), modems, {}, "--time-scale", scale, *arguments))
        for name in modems:
            self.profile(name, emulator.port(name))
        return emulator

    def start(self, *arguments, **options):
        options = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **options}
        return subprocess.Popen([os.path.join(BIN, "modemctl"), *arguments], env=self.env, **options)

    def run(self, *arguments, status=0, given=b""):
        """What it printed, once it ended with the status; of a failure what it said, which is one line."""
        done = subprocess.run([os.path.join(BIN, "modemctl"), *arguments], input=given, capture_output=True, timeout=60,
                              env=self.env, check=False)
        out, err = done.stdout.decode(), done.stderr.decode()
        check(done.returncode == status, f"modemctl {arguments} ended with {done.returncode}: {out}{err}")
        check(not locks(self.locks), f"modemctl {arguments} left {locks(self.locks)}")
        if status in (100, 111):
            # A modem that has stopped answering is brought back rung by rung, each with a line of its own.
            said = [line for line in err.splitlines() if not line.startswith("modemctl: info: ")]
            check(len(said) == 1, f"modemctl {arguments} said {err!r}")
            return out + err
        return out

    def json(self, *arguments, status=0):
        command, *others = arguments
        done = subprocess.run([os.path.join(BIN, "modemctl"), command, "--json", *others], stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60, env=self.env, check=False)
        check(done.returncode == status, f"modemctl {arguments} with --json ended with {done.returncode}: {done}")
        return json.loads(done.stdout)
