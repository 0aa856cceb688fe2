"""Somebody at home dials in to the office, with pppd, and reads the mail that came for him there."""
import mail
import ppp
from lab import NUMBER, PLAIN, check, wait_until
from mail import OFFICE, READ_MAIL, MailHost, letter
from ppp import PROVIDER_IP, Call


def reads_mail(lab):
    "a PC dials in to the office, which modemctl answers with pppd and CHAP, and reads and empties its mailbox by POP3 from Dovecot"
    sent = [letter(number, to=f"anna@{OFFICE}") for number in range(3)]
    office = MailHost(lab.office, OFFICE, ["anna"], OFFICE)
    office.start_queue()
    for message in sent:
        office.send(message, f"anna@{OFFICE}")
    wait_until(lambda: len(office.received("anna")) == len(sent), "the mail is in the mailbox")
    mail.serve_pop3(lab.office, f"{office.folder}/home", {"anna": lab.password})
    for guest in lab.guests:
        ppp.secret_files(guest, "anna", lab.password)
    ppp.serve_by(lab.office, PLAIN, "require-chap")
    with lab.network({NUMBER: "modem:office"}) as emulator:
        ppp.modemctl_answers(lab, emulator, PLAIN, lab.office)
        call = Call(lab.provider, PLAIN, user="anna")
        call.is_up()
        read = lab.provider.must("python3", "-c", READ_MAIL, PROVIDER_IP, text=lab.password)
        call.hang_up()
        wait_until(lambda: emulator.on_hook("office"), "the office's modem is on-hook")
    counts = mail.copies(sent, mail.messages_of(read))
    check(counts == [1] * len(sent), f"read: {counts}")
    check(not office.received("anna"), "the mailbox is not empty")


CASES = (reads_mail,)
