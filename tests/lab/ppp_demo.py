#!/usr/bin/env python3
"""./demo --ppp: an office calls its provider over real PPP, sends its mail and hangs up; then somebody dials in and reads his.

Both hosts are user-mode Linux with kernels of their own. The line has its real speed here.
"""
import signal
import sys

from lab import LINES, NUMBER, PLAIN, Failed, Lab, Skipped, check, wait_until  # first: it knows where the others are
import mail
import ppp
from demo import BITS_PER_SECOND, DELAY_MS, STAFF, Story, interrupted, letters
from mail import OFFICE, PROVIDER, READ_MAIL
from office import LINK, Site

HOME_NUMBER = "0555200"  # the office's, for its people


def show_as_it_comes(story, session):
    """What a session says, until it has ended."""
    shown = 0

    def look():
        nonlocal shown
        ended = session.status() is not None
        lines = session.log().split("\n")[:-1]
        if lines[shown:]:
            story.show("\n".join(lines[shown:]))
        shown = len(lines)
        return ended

    wait_until(look, "the session's end", 180)


def send_mail(lab, story, site):
    """The office's mail, over the provider's PPP server."""
    sent = letters()
    for what, recipients, message in sent:
        site.office.send(message.decode(), *recipients)
        story.tell(f"office: sendmail: {what}, {len(message):,} octets, {len(recipients)} recipient(s)")
    copies = sum(len(recipients) for _, recipients, _ in sent)
    wait_until(lambda: len(site.office.spooled()) == copies, f"{copies} files in the spool")
    story.tell(f"office: pppctl session {LINK}: dials {NUMBER}; modemctl answer there starts pppd")
    session = site.start_session()
    show_as_it_comes(story, session)
    check(session.status() == 0, f"the session ended with {session.status()}")
    wait_until(lambda: not site.provider.queued(), "the provider has delivered it all")
    for name in STAFF:
        expected = [message.decode() for _, recipients, message in sent if f"{name}@{PROVIDER}" in recipients]
        counts = mail.copies(expected, site.provider.received(name))
        check(counts == [1] * len(expected), f"{name} has {counts} copies of {len(expected)} letters")
        story.tell(f"provider: {name}: {len(expected)} of {len(expected)} arrived, every body as it was sent")


def read_mail(lab, story, site):
    """A PC, which the provider's host plays, dials in to the office and asks Dovecot for the mail there."""
    sent = [mail.letter(number, to=f"anna@{OFFICE}") for number in range(2)]
    for message in sent:
        site.office.send(message, f"anna@{OFFICE}")
    wait_until(lambda: len(site.office.received("anna")) == len(sent), "anna's mail is in the mailbox")
    mail.serve_pop3(lab.office, f"{site.office.folder}/home", {"anna": lab.password})
    for guest in lab.guests:
        ppp.secret_files(guest, "anna", lab.password)
    ppp.serve_by(lab.office, PLAIN, "require-chap")
    lab.office.write("/etc/offhook/login", "/AutoPPP/ - - /usr/sbin/pppd file /etc/ppp/options.server\n", 0o600)
    site.office.start("modemctl", "answer", "line", "--login", "/etc/offhook/login", log="/tmp/answer.log")
    story.tell(f"a PC dials {HOME_NUMBER}: modemctl answer at the office starts pppd")
    call = ppp.Call(lab.provider, LINES, user="anna", number=HOME_NUMBER)
    call.is_up()
    read = lab.provider.must("python3", "-c", READ_MAIL, ppp.PROVIDER_IP, text=lab.password)
    call.hang_up()
    story.show(call.program.log())
    counts = mail.copies(sent, mail.messages_of(read))
    check(counts == [1] * len(sent), f"read: {counts}")
    story.tell(f"PC: {len(sent)} of {len(sent)} messages read by POP3 from Dovecot")


def play(story):
    lab = Lab()
    try:
        kernel = lab.office.must("uname", "-sr").strip()
        story.tell(f"two hosts have booted, {kernel} each; between them two modems and a telephone line of {BITS_PER_SECOND:,} bit/s, "
                   f"{DELAY_MS} ms one way")
        numbers = {NUMBER: "modem:provider", HOME_NUMBER: "modem:office"}
        with lab.network(numbers, "--rate", str(BITS_PER_SECOND), "--delay", str(DELAY_MS), scale=1) as emulator:
            site = Site(lab, PLAIN, staff=STAFF, ppp_keys={"echo_interval": "10s", "options": ["lcp-restart 1", "noipv6"]})
            site.office.start_queue()
            ppp.modemctl_answers(lab, emulator, PLAIN)
            send_mail(lab, story, site)
            story.tell("The ledger says (pppctl history):")
            story.show(site.office.run("pppctl", "history", LINK).out)
            read_mail(lab, story, site)
    finally:
        lab.stop()


def main():
    signal.signal(signal.SIGTERM, interrupted)
    story = Story()
    try:
        play(story)
    except Skipped as reason:
        print(f"Not shown: {reason.reason}")
        return 111
    except (Failed, TimeoutError, OSError) as failure:
        print(f"WRONG: {failure}")
        return 1
    except KeyboardInterrupt:
        print("interrupted")
        return 1
    print("All mail arrived unchanged.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
