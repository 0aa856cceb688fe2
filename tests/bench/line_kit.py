"""The emulated line and the server of the bench, as things to start, connect to and ask."""
import json
import os
import signal
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "peers"))
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
