"""The host that the crash tests use, and its mail: what is whole, and what is only half there."""
import os
import re
import subprocess
import tempfile

from kit import BIN, OFFICE, PREFIX, SPOOL, Failed, MailHost, check, letter, maildir_files, read

STAFF = ("anna", "ben", "cleo")
SENDER = f"anna@{OFFICE}"
LIMIT = 60  # seconds for one program; none takes a tenth of it
LONG = b"".join(b"%06d ........................................................ the end of this line\n" % n for n in range(900))
ONCE = ("--once", "--workers", "0")


def text_of(done):
    return done.stderr.decode(errors="replace").strip()[-600:]


class Office(MailHost):
    """A host that does not make its folders anew each time."""

    def __init__(self, folder):
        super().__init__(folder, OFFICE, BIN)
        self.env["ASAN_OPTIONS"] = "detect_leaks=0"  # a traced program cannot trace itself
        self.control("locals", OFFICE)
        self.mailboxes(*STAFF)
        self.routes(f"* {SPOOL} {PREFIX}")

    def tool(self, prefix, program, *arguments, input=None):
        """Runs one of our programs to its end and to that of all that it left behind; its folder is /."""
        return self.whole_run([*prefix, self.program(program), *arguments], input, stdout=subprocess.PIPE)

    def whole_run(self, command, input, **options):
        # From a file, not a pipe: what is read at once must not depend on who is quicker.
        with tempfile.TemporaryFile() as file:
            file.write(input or b"")
            file.seek(0)
            with subprocess.Popen(command, stdin=file, stderr=subprocess.PIPE, cwd="/", start_new_session=True, env=self.env,
                                  **options) as popen:
                try:
                    out, err = popen.communicate(timeout=LIMIT)
                except BaseException as end:
                    os.killpg(popen.pid, 9)  # the group that was made for it
                    if not isinstance(end, subprocess.TimeoutExpired):
                        raise
                    raise Failed(f"not ended within {LIMIT} s: {' '.join(command)}") from end
        return subprocess.CompletedProcess(command, popen.returncode, out, err)

    def once(self):
        """The queue manager works off all that waits."""
        done = self.tool((), "mta-qmgr", *ONCE)
        check(done.returncode == 0, f"mta-qmgr --once ended with {done.returncode}: {text_of(done)}")
        return done

    def queue(self, message, *recipients, prefix=()):
        """qmail-queue's contract: the message on descriptor 0, the envelope on 1."""
        read_end, write_end = os.pipe()
        os.write(write_end, b"F" + SENDER.encode() + b"\0" + b"".join(b"T" + one.encode() + b"\0" for one in recipients) + b"\0")
        os.close(write_end)
        with open(read_end, "rb") as envelope:
            return self.whole_run([*prefix, self.program("mta-queue")], message, stdout=envelope)

    def maildir(self, local):
        return os.path.join(self.home(local), "Maildir")


class Mail:
    """A letter on its way: who it is for, how its sender's program took it, and what has to become of it."""

    def __init__(self, number, *recipients, text=None, bounced=()):
        self.message = letter(number, text=text, to=recipients[0])
        self.recipients, self.bounced = recipients, bounced
        self.acknowledged = None  # True: accepted; False: refused or never answered

    def files(self, host):
        """The maildir of each recipient with a file's first lines there."""
        for recipient in self.recipients:
            if recipient in self.bounced:
                yield host.maildir("anna"), b"Return-Path: <>\nDelivered-To: " + SENDER.encode() + b"\n", recipient
            elif recipient.endswith("@" + OFFICE):
                lines = f"Return-Path: <{SENDER}>\nDelivered-To: {recipient}\n".encode()
                yield host.maildir(recipient.partition("@")[0]), lines, None
            else:
                yield host.spool(SPOOL), f"Return-Path: <{SENDER}>\nDelivered-To: {PREFIX}{recipient}\n".encode(), None

    def is_whole(self, content, head, bounce_for):
        if not content.startswith(head) or not content.endswith(self.message):
            return False
        between = content[len(head):-len(self.message)]
        if bounce_for:
            return b"Received: (offhook " in between and f"\n<{bounce_for}>:\n".encode() in between
        return re.fullmatch(rb"(Received: [^\n]*(\n[ \t][^\n]*)*\n)+", between) is not None


def whole_files(host, mails):
    """How often each (mail, recipient) is there, and the files that are nothing whole."""
    wanted = [(mail, index, *place) for mail in mails for index, place in enumerate(mail.files(host))]
    counts = {(mail, index): 0 for mail, index, *_ in wanted}
    strange = []
    for folder in [host.maildir(local) for local in STAFF] + [host.spool(SPOOL)]:
        for path in maildir_files(folder):
            content = read(path)
            fitting = [(mail, index) for mail, index, place, head, bounce in wanted
                       if place == folder and mail.is_whole(content, head, bounce)]
            if fitting:
                counts[fitting[0]] += 1
            else:
                strange.append(path)
    return counts, strange
