#!/usr/bin/env python3
"""What a modem or a bad line could do to a mail, and does not: escapes in the text, damaged octets."""
from line_office import LineOffice, check, main, wait_until

ESCAPES = b"before\n+++ATH0\n+++ATZ\n+++\nATH0\nafter\n"
TIES = ("--personality", "office=ties", "--personality", "provider=ties")


def escape_in_a_mail(folder):
    """a mail with +++ATH0 on a line of its own crosses modems that take escapes without a pause, unharmed"""
    line = LineOffice(folder, *TIES)
    letters = line.submit(3, ESCAPES)
    done = line.session()
    check(done.returncode == 0, f"the session ended with {done.returncode}: {done.stderr!r}")
    check(line.arrived(letters) == [1, 1, 1], f"copies: {line.arrived(letters)}")
    check(not line.waiting(), f"still in the spool: {line.waiting()}")
    for modem in ("office", "provider"):
        events = line.emulator.events(modem, "command", "connect", "disconnect")
        check("ATS2=255" in [event.get("text") for event in events], f"{modem}: the escape was left on")
        kinds = [event["event"] for event in events]
        check(kinds.index("disconnect") == kinds.index("connect") + 1, f"{modem}: a command out of the mail: {events}")
    line.check_at_rest()


def escape_left_on(folder):
    """where the profile leaves the escape on, such a mail breaks the call and stays, and goes once it is off"""
    line = LineOffice(folder, *TIES, modem={"escape_off": ""})
    letters = line.submit(1, ESCAPES)
    done = line.session()
    check(done.returncode == 111, f"{done.returncode} {done.stderr!r}")
    commands = [event["text"] for event in line.emulator.events("office", "command")]
    check("ATH0" in commands, f"the modem saw no escape, the test proves nothing: {commands}")
    check(len(line.waiting()) == 1, "the mail is not there any more")
    line.check_at_rest()
    wait_until(lambda: line.on_hook("provider"), "the provider's modem is on-hook")
    check(sum(line.arrived(letters)) == 0, "a part of it was accepted")
    line.set_modem()
    line.send_the_rest("with the escape off")
    line.check_mail("with the escape off", letters, doubled=0)


def errors_corrected(folder):
    """bit errors on a connection with error correction cost time and alter nothing"""
    line = LineOffice(folder, "--bit-errors", "0.0005", "--delay", "50", "--jitter", "20")
    letters = line.submit(3, b"line of text\n" * 200)
    done = line.session()
    check(done.returncode == 0, f"the session ended with {done.returncode}: {done.stderr!r}")
    check(line.arrived(letters) == [1, 1, 1], f"copies: {line.arrived(letters)}")
    line.check_at_rest()


def errors_uncorrected(folder):
    """on a connection without error correction the call is refused, before any mail could be damaged"""
    line = LineOffice(folder, "--plain", "--bit-errors", "0.001")
    letters = line.submit(3, b"line of text\n" * 200)
    done = line.session()
    check(done.returncode == 100, f"{done.returncode} {done.stderr!r}")
    check(b"reliable = true in" in done.stderr, f"{done.stderr!r}")
    line.check_at_rest()
    check(len(line.waiting()) == 3, "mail is missing in the spool")
    check(line.arrived(letters) == [0, 0, 0] and not line.provider.received("bert"), "something was accepted")


if __name__ == "__main__":
    main(escape_in_a_mail, escape_left_on, errors_corrected, errors_uncorrected)
