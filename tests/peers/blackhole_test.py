#!/usr/bin/env python3
"""With the line down and a resolver that swallows every question, sendmail returns 0 at once and nobody asks the DNS.

In namespaces of the test's own, resolv.conf names an address where a socket takes every question and answers none.
"""
import os
import socket
import subprocess
import sys
import tempfile
import time

from kit import (OFFICE, PROVIDER, SPOOL, check, flush, letter, main, namespaces, office, read, skip, wait_until)

RESOLVER = "127.0.0.53"
AT_ONCE = 5.0  # seconds; one question to that resolver would take longer


def outside():
    if os.getuid() != 0:
        skip("a resolv.conf of the test's own needs root, if only in a namespace")
    command = namespaces("--mount", "--net", "--propagation", "private")
    return subprocess.run([*command, sys.executable, "-B", __file__, "--inside"], check=False).returncode


class Swallow:
    """Everything that is sent to the resolver; nothing is ever answered."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((RESOLVER, 53))
        self._socket.setblocking(False)
        self._seen = []

    def questions(self):
        try:
            while True:
                self._seen.append(self._socket.recv(4096))
        except BlockingIOError:
            return len(self._seen)


def shape_network(folder):
    """Loopback alone, and a resolver on it that never answers."""
    files = {"resolv.conf": f"nameserver {RESOLVER}\noptions timeout:6 attempts:1\n",
             "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files dns\n"}
    for name, text in files.items():
        path = os.path.join(folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        if os.path.exists(f"/etc/{name}"):
            subprocess.run(["mount", "--bind", path, f"/etc/{name}"], check=True)
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    return Swallow()


def datagrams():
    """UDP datagrams that this namespace has sent, to whomever."""
    rows = [line.split() for line in read("/proc/net/snmp").decode().splitlines() if line.startswith("Udp:")]
    return int(dict(zip(rows[0], rows[1]))["OutDatagrams"])


def queues_at_once(folder):
    """sendmail is done at once and sends no packet; the message is in the spool"""
    host = office(folder, f"relay.{PROVIDER}")
    before = datagrams()
    host.start_qmgr()
    for running in (True, False):
        began = time.monotonic()
        done = host.sendmail(letter(1), f"bert@{PROVIDER}", "anna@office.example", sender=f"anna@{OFFICE}")
        took = time.monotonic() - began
        check(done.returncode == 0, f"sendmail ended with {done.returncode}: {done.stderr.decode()!r}")
        check(took < AT_ONCE, f"sendmail took {took:.1f} s")
        if running:
            wait_until(lambda: len(host.spooled(SPOOL)) == 1 and host.received("anna"), "the message is spooled and delivered")
            host.stop_qmgr()  # and again without a queue manager
    host.start_qmgr()
    wait_until(lambda: len(host.spooled(SPOOL)) == 2, "the dropped message is spooled")
    host.mailq()
    check(swallow.questions() == 0 and datagrams() == before, f"{swallow.questions()} questions, {datagrams() - before} datagrams")


def trap_works(folder):
    """a flush by name does ask, gets no answer, and leaves the mail where it is: the trap counts"""
    host = office(folder)
    host.start_qmgr()
    check(host.sendmail(letter(1), f"bert@{PROVIDER}", sender=f"anna@{OFFICE}").returncode == 0, "sendmail failed")
    wait_until(lambda: host.spooled(SPOOL), "the message is spooled")
    done = flush(host, 25, server=f"relay.{PROVIDER}", timeout=200)
    check(done.returncode == 111, f"the flush ended with {done.returncode}: {done.stderr.decode()!r}")
    check(swallow.questions() > 0, "no question was counted")
    check(len(host.spooled(SPOOL)) == 1 and not host.received("anna"), "the mail is not where it was")


if __name__ == "__main__":
    if "--inside" not in sys.argv:
        sys.exit(outside())
    with tempfile.TemporaryDirectory(prefix="offhook-network-") as network_folder:
        swallow = shape_network(network_folder)
        main(queues_at_once, trap_works)
