"""Two hosts with kernels of their own and real PPP, and an emulated telephone network between them: one boot for all cases.

    def a_case(lab):
        "the rule that it proves"
        with lab.network({NUMBER: "modem:provider"}):
            lab.provider.start(…)

The office has a modem at a port without modem lines (PLAIN) and one at a port with them (LINES); so has the provider. Whatever a
case starts in a guest is gone at its end, and nothing of it may have shown a secret of the lab.
"""
import contextlib
import os
import secrets
import shutil
import signal
import sys
import tempfile
import time
import traceback

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "peers")]
import kit  # noqa: E402
from guest import SYSLOG, Guest  # noqa: E402
from kit import Failed, Skipped, check, wait_until  # noqa: E402,F401
from phone_line import Emulator  # noqa: E402
from serial_line import MultiplexedLine, SerialLine  # noqa: E402

NUMBER = "0555100"
SCALE = "0.05"  # of the telephone network's times; those of PPP are real
HOSTS = ("office", "provider")
PLAIN, LINES = "/dev/ttyS0", "/dev/gsmtty1"
MODEMS = {PLAIN: "", LINES: "-lines"}  # what is behind the host's name in that of the modem there
PROGRAMS = "/usr/lib/offhook/bin"
HERE = "/lab/source/tests/lab"
SECRETS, FOUND = "/etc/lab-secrets", "/run/lab-found"
# Where no secret may stand: /etc has the files that are made for it, and the rest is not written to.
PUBLIC = ("/lab/results", "/run", "/srv", "/tmp", "/var/lib/offhook", "/var/log")


class Lab:
    """`password` is the office's at the provider, and `wrong` another; both are looked for wherever they must not be."""

    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="offhook-lab-")
        self.password, self.wrong = (f"canary{secrets.token_hex(8)}" for _ in range(2))
        self._lines = {}  # by the modem's name
        self._lines_files = {}
        self._network_log = []
        self.guests = []
        try:
            for host in HOSTS:
                file = self._lines_files[f"{host}-lines"] = os.path.join(self.folder, f"{host}-modem-lines")
                ports = self._lines[host], self._lines[f"{host}-lines"] = SerialLine(), MultiplexedLine(file)
                self.guests.append(Guest(host, self.folder, [port.terminal for port in ports]))
            self.office, self.provider = self.guests
            for guest in self.guests:
                guest.wait_for_boot()
            for guest in self.guests:
                self._prepare(guest)
        except BaseException:
            self.stop()
            raise

    def _prepare(self, guest):
        guest.write(SECRETS, f"{self.password}\n{self.wrong}\n", 0o600)
        mux = guest.start("python3", "-B", f"{HERE}/attach_mux.py", "/dev/ttyS2", log="/run/mux.log", stays=True)
        witness = guest.start("python3", "-B", f"{HERE}/witness.py", SECRETS, FOUND, SYSLOG, log="/run/witness.log", stays=True)
        for program in (mux, witness):
            wait_until(lambda: program.log() == "ready\n" or program.status() is not None, f"a helper on {guest.name}")
            check(program.status() is None, f"a helper on {guest.name} ended: {program.log()}")

    def stop(self):
        for guest in self.guests:
            guest.stop()
        for line in self._lines.values():
            line.stop()
        shutil.rmtree(self.folder, ignore_errors=True)

    # The telephone network

    @contextlib.contextmanager
    def network(self, numbers, *options, scale=SCALE):
        """modem-emulator with all modems, as long as the block lasts. `options` are further words for it."""
        words = [word for name, file in self._lines_files.items() for word in ("--lines", f"{name}={file}")]
        folder = tempfile.mkdtemp(prefix="line-", dir=self.folder)
        emulator = Emulator(kit.BIN, folder, list(self._lines), numbers, *words, "--time-scale", scale, *options)
        try:
            for name, line in self._lines.items():
                line.plug(emulator.port(name))
            yield emulator
        finally:
            for line in self._lines.values():
                line.unplug()
            emulator.stop()
            self._network_log = emulator.events()

    def mute(self, modem):
        """What that modem's host says does not reach it any more, as long as the network lasts."""
        self._lines[modem].mute()

    @staticmethod
    def wait_for_octets(guest, count, program):
        """Until a PPP interface of a guest has received so many, or the program has ended."""
        def received():
            check(program.status() is None, f"it ended with {program.status()}: {program.log()}")
            return int(guest.read("/sys/class/net/ppp0/statistics/rx_bytes") or 0) >= count

        wait_until(received, f"{count} octets have come to {guest.name}", 60)

    # Cases

    def play(self, case):
        """Whether it passed; says so."""
        what, began = case.__doc__.strip(), time.monotonic()
        try:
            case(self)
            self._sweep()
            self._check_secrets()
        except (Failed, TimeoutError) as failure:
            self._tell_failure(what, failure)
            return False
        except Exception as failure:  # a fault of the case itself; the others are tried
            self._tell_failure(what, failure)
            traceback.print_exc(file=sys.stdout)
            return False
        print(f"ok: {what} ({time.monotonic() - began:.1f} s)", flush=True)
        return True

    def _tell_failure(self, what, failure):
        print(f"FAILED: {what}: {failure}", flush=True)
        print("--- the telephone network", *self._network_log[-60:], sep="\n", flush=True)
        for guest in self.guests:
            with contextlib.suppress(Failed, OSError):
                print(f"--- syslog of {guest.name}\n{guest.read(SYSLOG)[-3000:]}\n--- its logs\n{guest.logs()[-4000:]}", flush=True)
        with contextlib.suppress(Failed, OSError):
            self._sweep()

    def _sweep(self):
        for guest in self.guests:
            guest.sweep()

    def _check_secrets(self):
        """In no arguments, environment, log, ledger or core of either guest."""
        for guest in self.guests:
            seen = guest.read(FOUND)
            check(not seen, f"a secret was seen on {guest.name}: {seen}")
            done = guest.run("find", *PUBLIC, "-type", "f", "-newer", SECRETS, "-exec", "grep", "-lF", "-f", SECRETS, "{}", "+")
            check(not done.out, f"a secret stands on {guest.name} in {done.out}")
