#!/usr/bin/env python3
"""What a call costs in time: the flush against the time that the line needs for the same octets.

usage: tests/bench/call_bench.py [--rate BPS] [--delay MS]      after a build; programs from build/bin or $OFFHOOK_BIN

Beside it stands an SMTP client that waits for every reply (Python's smtplib) on a call dialled by the same modems.
"""
import argparse
import os
import select
import shutil
import smtplib
import socket
import subprocess
import sys
import tempfile
import threading
import time
import tty

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "peers"))
sys.path.insert(0, os.path.join(HERE, "..", "..", "scripts"))
from demo import letters  # noqa: E402
from kit import BIN, OFFICE, SPOOL, office, provider, spool_file, wait_until  # noqa: E402
from phone_line import Emulator, answer_mail, history, link_profile, modem_profile  # noqa: E402

NUMBER = "0555100"
STAFF = ("bert", "carla", "dirk", "eva", "frank")


def line(folder, here, there, rate, delay):
    emulator = Emulator(BIN, os.path.join(folder, "line"), ("office", "provider"), {NUMBER: "modem:provider"}, "--rate", rate,
                        "--delay", delay, "--connect-time", 1)
    for host, modem in ((here, "office"), (there, "provider")):
        modem_profile(host, "line", emulator.port(modem), os.path.join(host.folder, "lock"), settle="1ms")
    link_profile(here, "provider", modem="line", phone=NUMBER, routes=[SPOOL], jobs=["flush"], redial="0s")
    return emulator


def demo_mail():
    """Each message with one recipient, as the spool holds it."""
    return [(recipient, letter) for _, recipients, letter in letters() for recipient in recipients]


def carried(emulator):
    """Octets there and back, and seconds online, of the last call."""
    end = emulator.events("office", "disconnect")[-1]
    begin = emulator.events("office", "connect")[-1]
    return end["octets_there"], end["octets_back"], end["time"] - begin["time"]


def ours(here, emulator):
    for number, (recipient, letter) in enumerate(demo_mail()):
        spool_file(here, number, letter, recipient=recipient)
    done = here.run("pppctl", "session", "provider", timeout=900)
    if done.returncode != 0:
        raise RuntimeError(f"pppctl session ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    wait_until(lambda: emulator.on_hook("provider"), "the call is over")
    jobs = [phase["seconds"] for phase in history(here)[-1]["phases"] if phase["name"] == "jobs"]
    return carried(emulator), sum(jobs)


class PortSocket:
    """smtplib on a serial line: a socket pair whose other end is carried to and from the port."""

    def __init__(self, port):
        self.client, self._carrier = socket.socketpair()
        self._port = port
        threading.Thread(target=self._carry, daemon=True).start()

    def _carry(self):
        while True:
            ready = select.select([self._carrier, self._port], [], [])[0]
            for source in ready:
                data = self._carrier.recv(4096) if source is self._carrier else os.read(self._port, 4096)
                if not data:
                    return
                if source is self._carrier:
                    while data:
                        data = data[os.write(self._port, data):]
                else:
                    self._carrier.sendall(data)


class SerialSMTP(smtplib.SMTP):
    def __init__(self, port, helo):
        self._line = PortSocket(port)
        super().__init__("line", 25, local_hostname=helo)

    def _get_socket(self, *_):
        return self._line.client


def waiting_client(here, emulator):
    """The same mail on a call of its own by a client that waits for every reply."""
    port = os.open(emulator.port("office"), os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(port)
        script = ["ABORT", "BUSY", "ABORT", "NO CARRIER", "TIMEOUT", "60", "", "ATZ", "OK", "ATE0&D2", "OK", f"ATDT{NUMBER}",
                  "CONNECT", "\\c", "\n", "\\c"]
        subprocess.run([os.path.join(BIN, "chat"), *script], stdin=port, stdout=port, stderr=subprocess.DEVNULL, check=True, timeout=120)
        began = time.monotonic()
        with SerialSMTP(port, OFFICE) as client:
            client.ehlo_or_helo_if_needed()
            for recipient, letter in demo_mail():
                client.sendmail(f"anna@{OFFICE}", [recipient], letter.replace(b"\n", b"\r\n"), ["BODY=8BITMIME"])
        took = time.monotonic() - began
    finally:
        os.close(port)
    wait_until(lambda: emulator.on_hook("provider"), "the call is over")
    return carried(emulator), took


def show_flush(name, measured, rate):
    (there, back, _), seconds = measured
    needs = there * 8 / rate
    print(f"  {name:34} {seconds:7.1f} s for {there:7,} octets there, {back:6,} back; the line needs {needs:6.1f} s: "
          f"{seconds / needs:5.2f} times that")


def flush_bench(folder, rate, delay):
    here, there = office(os.path.join(folder, "a")), provider(os.path.join(folder, "b"), *STAFF)
    there.start_qmgr()
    emulator = answerer = None
    try:
        emulator = line(folder, here, there, rate, delay)
        answerer = answer_mail(there, emulator, "provider")
        print(f"Flush of the demo's mail ({len(demo_mail())} files) at {rate:,} bit/s, {delay} ms one way:")
        show_flush("pppctl session, serialsmtp", ours(here, emulator), rate)
        show_flush("smtplib, waits for every reply", waiting_client(here, emulator), rate)
    finally:
        for running in (answerer, emulator):
            if running:
                running.stop()
        there.stop_qmgr()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rate", type=int, default=33_600)
    parser.add_argument("--delay", type=int, default=100)
    options = parser.parse_args()
    folder = tempfile.mkdtemp(prefix="offhook-bench-")
    try:
        flush_bench(folder, options.rate, options.delay)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
