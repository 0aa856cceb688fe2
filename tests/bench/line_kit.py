"""The emulated line and the server of the bench, as things to start, connect to and ask."""
import json
import os
import signal
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", part) for part in ("peers", "serialmail", "pppctl")]
from kit import BUILD, keep, skip  # noqa: E402

TESTS = os.path.join(BUILD, "tests")


class Counting:
    """A program of build/tests that says its port at first and what it has counted at its end."""

    def __init__(self, name, *arguments):
        program = os.path.join(TESTS, name)
        if not os.access(program, os.X_OK):
            skip(f"{name} is not built")
        self._process = subprocess.Popen([program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        self.counts = None
        keep(self)
        word, port = self._process.stdout.readline().split()
        assert word == b"port"
        self.port = int(port)

    def stop(self):
        """Its counts."""
        if self.counts is None:
            self._process.send_signal(signal.SIGTERM)
            said, _ = self._process.communicate(timeout=20)
            self.counts = json.loads(said)
        return self.counts


class Sink(Counting):
    def __init__(self, *offers):
        super().__init__("mail-sink", *(f"--{offer}" for offer in offers))


class SlowLine(Counting):
    """`delay` is in milliseconds, one way."""

    def __init__(self, port, rate, delay, *options, host="127.0.0.1"):
        super().__init__("line-emulator", "--rate", rate, "--delay", delay, *options, host, port)


def inside(script, arguments):
    """Runs a script again in namespaces of its own, where other people's daemons find accounts and ports; without them if refused."""
    command = [sys.executable, "-B", os.path.abspath(script), *arguments, "--inside"]
    unshare = ["unshare", "--mount", "--net", "--propagation", "private"]
    if os.getuid() != 0 or subprocess.run([*unshare, "true"], capture_output=True, check=False).returncode != 0:
        print("No private namespaces here: ours alone")
        return subprocess.run([*command, "--ours"], check=False).returncode
    loopback_up = ["sh", "-c", 'ip link set lo up; exec "$@"', "sh"]
    return subprocess.run([*unshare, *loopback_up, *command], check=False).returncode
