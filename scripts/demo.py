#!/usr/bin/env python3
"""The main job end to end: an office dials its provider over an emulated telephone line, sends its mail and hangs up."""
import argparse
import base64
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time

from mailhost import MailHost, maildir_files, stop, unchanged, wait_until
from phone_line import Emulator, answer_mail, link_profile, modem_profile

OFFICE = "office.example"
PROVIDER = "provider.example"
SENDER = f"anna@{OFFICE}"
STAFF = ("bert", "carla", "dirk", "eva", "frank")
SPOOL = "provider"
PREFIX = "alias-ppp-"
NUMBER = "0555100"
LINK = "provider"
BITS_PER_SECOND = 33_600
DELAY_MS = 100  # one way


def message(number, subject, to, body):
    header = (f"From: Anna <{SENDER}>\nTo: {', '.join(to)}\nSubject: {subject}\nDate: Mon, 23 Nov 2026 09:0{number}:00 +0100\n"
              f"Message-ID: <demo.{number}@{OFFICE}>\nMIME-Version: 1.0\n")
    return header.encode() + body


def attachment(octets):
    """A file of that many octets in base64, with a line of text before it."""
    encoded = base64.encodebytes(random.Random(7).randbytes(octets))
    return (b"Content-Type: multipart/mixed; boundary=\"part\"\n\n--part\nContent-Type: text/plain\n\nThe plans are attached.\n"
            b"--part\nContent-Type: application/octet-stream; name=\"plans.bin\"\nContent-Transfer-Encoding: base64\n\n"
            + encoded + b"--part--\n")


def letters():
    """(what it is, recipients, message)"""
    text = b"Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n"
    one = [f"bert@{PROVIDER}"]
    everybody = [f"{name}@{PROVIDER}" for name in STAFF]
    dots = text + "Grüße aus dem Büro: 25 °C, 12 €.\n.\n..\n.a line that begins with a dot\n. \nEnd.\n".encode()
    return [
        ("a short one", one, message(1, "Lunch", one, text + b"At twelve?\n")),
        ("8-bit text, lines that begin with dots", one, message(2, "Weather", one, dots)),
        ("a 60 KB attachment", [f"carla@{PROVIDER}"], message(3, "Plans", [f"carla@{PROVIDER}"], attachment(60_000))),
        ("one to five recipients", everybody, message(4, "Party", everybody, text + b"On Friday, all of you.\n")),
    ]


class Story:
    """What happened, with the seconds since the beginning."""

    def __init__(self):
        self._began = time.monotonic()

    def tell(self, text):
        print(f"{time.monotonic() - self._began:7.2f} s  {text}", flush=True)

    def show(self, text):
        for line in text.rstrip("\n").splitlines() or ["(nothing)"]:
            print(f"           | {line}", flush=True)


def office(folder, programs):
    host = MailHost(os.path.join(folder, "office"), OFFICE, programs)
    host.control("locals", OFFICE)
    host.mailboxes("anna")
    host.routes(f"* {SPOOL} {PREFIX} {PROVIDER}")
    return host


def provider(folder, programs):
    host = MailHost(os.path.join(folder, "provider"), f"mx.{PROVIDER}", programs)
    host.control("locals", PROVIDER)
    host.control("rcpthosts", PROVIDER)
    host.mailboxes(*STAFF)
    return host


def submit(host, story, what, recipients, letter):
    began = time.monotonic()
    done = host.sendmail(letter, *recipients, sender=SENDER)
    if done.returncode != 0:
        raise RuntimeError(f"sendmail ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    took = (time.monotonic() - began) * 1000
    story.tell(f"sendmail: {what}, {len(letter):,} octets, {len(recipients)} recipient(s): on disk after {took:.0f} ms")


def line_between(here, there, folder, programs):
    """The telephone line: two modems, the profiles of both ends, and the provider's modem armed."""
    emulator = Emulator(programs, os.path.join(folder, "line"), ("office", "provider"), {NUMBER: "modem:provider"},
                        "--rate", BITS_PER_SECOND, "--delay", DELAY_MS)
    # Pauses that a real modem needs are shorter here: the emulated one is always awake.
    pauses = {"settle": "20ms", "command_pause": "20ms", "reset_pause": "100ms", "dtr_low": "500ms"}
    for host, modem in ((here, "office"), (there, "provider")):
        modem_profile(host, "line", emulator.port(modem), os.path.join(host.folder, "lock"), **pauses)
    link_profile(here, LINK, modem="line", phone=NUMBER, routes=[SPOOL], jobs=["flush"])
    return emulator


def call(host, story):
    """One call: `pppctl session`, whose timeline is shown as it comes."""
    began = time.monotonic()
    session = subprocess.Popen([host.program("pppctl"), "session", LINK, "--verbose"], stdin=subprocess.DEVNULL,
                               stderr=subprocess.PIPE, env=host.env)
    try:
        for line in session.stderr:
            story.show(line.decode(errors="replace"))
        session.wait()
    finally:
        stop(session)
        session.stderr.close()
    story.tell(f"pppctl session ended with {session.returncode} after {time.monotonic() - began:.1f} s")
    return session.returncode == 0


def compare(host, story, sent):
    """True if every letter arrived once, unchanged, in every mailbox that it was for, and nothing else did."""
    good = True
    for name in STAFF:
        arrived = host.received(name)
        expected = [(what, letter) for what, recipients, letter in sent if f"{name}@{PROVIDER}" in recipients]
        for what, letter in expected:
            count = sum(unchanged(letter, copy) for copy in arrived)
            if count != 1:
                story.tell(f"WRONG: {name} has {count} unchanged copies of: {what}")
                good = False
        if len(arrived) != len(expected):
            story.tell(f"WRONG: {name} has {len(arrived)} messages, {len(expected)} were sent")
            good = False
        if good:
            story.tell(f"{name}@{PROVIDER}: {len(arrived)} of {len(expected)} arrived, every body octet for octet")
    return good


def play(here, there, emulator, story):
    sent = letters()
    story.tell(f"{OFFICE} and {PROVIDER} are up, joined by two modems and an emulated telephone line: {BITS_PER_SECOND:,} bit/s, "
               f"{DELAY_MS} ms one way")
    for what, recipients, letter in sent:
        submit(here, story, what, recipients, letter)
    copies = sum(len(recipients) for _, recipients, _ in sent)
    wait_until(lambda: len(here.spooled(SPOOL)) == copies and not here.queued(), f"{copies} messages in the spool")
    story.tell(f"the queue manager has moved it all to the spool: {copies} files. mailq says:")
    story.show(here.mailq())
    story.tell(f"pppctl session {LINK}: the office dials {NUMBER}")
    called = call(here, story)
    wait_until(lambda: not there.queued(), "the provider has delivered it all")
    wait_until(lambda: emulator.on_hook("office") and emulator.on_hook("provider"), "both modems are on-hook", 10)
    story.tell("both modems are on-hook. The ledger says (pppctl history):")
    story.show(here.run("pppctl", "history", LINK).stdout.decode(errors="replace"))
    story.tell("mailq at the office now says:")
    story.show(here.mailq())
    left = here.spooled(SPOOL)
    if left:
        story.tell(f"WRONG: {len(left)} files are still in the spool")
    story.tell("the provider's maildirs:")
    for name in STAFF:
        for path in maildir_files(os.path.join(there.home(name), "Maildir")):
            story.show(f"{os.path.getsize(path):8,} octets  {os.path.relpath(path, there.folder)}")
    return compare(there, story, sent) and called and not left


def interrupted(*_):
    raise KeyboardInterrupt


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True)
    parser.add_argument("--keep", action="store_true")
    options = parser.parse_args()
    signal.signal(signal.SIGTERM, interrupted)
    signal.signal(signal.SIGHUP, interrupted)
    folder = tempfile.mkdtemp(prefix="offhook-demo-")
    hosts, emulator, answerer, good = [], None, None, False
    story = Story()
    try:
        hosts = [office(folder, options.bin), provider(folder, options.bin)]
        for host in hosts:
            host.start_qmgr()
        emulator = line_between(*hosts, folder, options.bin)
        answerer = answer_mail(hosts[1], emulator, "provider")
        good = play(*hosts, emulator, story)
    except (RuntimeError, TimeoutError, OSError) as failure:
        story.tell(f"WRONG: {failure}")
    except KeyboardInterrupt:
        story.tell("interrupted")
    finally:
        if answerer:
            answerer.stop()
        if emulator:
            emulator.stop()
        for host in hosts:
            host.stop_qmgr()
        if not good:
            for host in hosts:
                story.tell(f"log of {host.name}:")
                story.show(host.log())
            if answerer:
                story.tell("log of modemctl answer:")
                story.show(answerer.log())
        if options.keep:
            print(f"The folders are left in {folder}")
        else:
            shutil.rmtree(folder, ignore_errors=True)
    print("All mail arrived unchanged." if good else "NOT all mail arrived.")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
