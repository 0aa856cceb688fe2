#!/usr/bin/env python3
"""What a probe of a dead port costs, by hand: probe_bench.py [CANCELS]

A pty on which nobody answers: the time from start to its end, the processor time of it, and, over CANCELS runs that are stopped by
SIGINT at a moment chosen by a fixed seed, how long the end takes. Each has to leave the port unlocked.
"""
import os
import random
import resource
import signal
import subprocess
import sys
import tempfile
import time
import tty

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "peers"))
from kit import BIN, wait_until  # noqa: E402

LONGEST = 60.0  # seconds for a dead port, as modemctl(1) says
LONGEST_STOP = 1.0


def start(folder, port):
    return subprocess.Popen([os.path.join(BIN, "modemctl"), "probe", port], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                            stderr=subprocess.PIPE, env={**os.environ, "OFFHOOK_CONFIG": folder})


def locked(locks):
    return [name for name in os.listdir(locks) if name.startswith(("LCK.", "LTMP."))]


def processor_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def dead(folder, port, locks):
    began, used = time.monotonic(), processor_seconds()
    process = start(folder, port)
    _, errors = process.communicate(timeout=10 * LONGEST)
    took = time.monotonic() - began
    print(f"dead port: {took:.1f} s, {1000 * (processor_seconds() - used):.0f} ms of processor, exit status {process.returncode}: "
          f"{errors.decode().strip()}")
    return process.returncode == 100 and took <= LONGEST and not locked(locks)


def cancelled(folder, port, locks, runs):
    chance, worst = random.Random(1), 0.0
    for _ in range(runs):
        process = start(folder, port)
        wait_until(lambda: locked(locks), "the lock")
        try:
            process.wait(chance.uniform(0, 3))
        except subprocess.TimeoutExpired:
            pass
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        worst = max(worst, time.monotonic() - began)
        if process.returncode != 111 or locked(locks):
            print(f"a stopped probe ended with {process.returncode} and left {locked(locks)}")
            return False
    print(f"stopped: {runs} times, at most {1000 * worst:.0f} ms until its end")
    return worst <= LONGEST_STOP


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    with tempfile.TemporaryDirectory() as folder:
        _master, slave = os.openpty()
        tty.setraw(slave)
        port, locks = os.ttyname(slave), os.path.join(folder, "locks")
        os.makedirs(locks)
        os.makedirs(os.path.join(folder, "modems"))
        with open(os.path.join(folder, "modems", "line.toml"), "w", encoding="ascii") as file:
            file.write(f'port = "{port}"\nlock_dir = "{locks}"\n')
        good = dead(folder, port, locks)
        return 0 if cancelled(folder, port, locks, runs) and good else 1


if __name__ == "__main__":
    sys.exit(main())
