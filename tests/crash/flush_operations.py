"""The flush of a spool, as operations.py has the others."""
import os
import re

from kit import OFFICE, PREFIX, PROVIDER, SPOOL, ScriptedServer, check, maildir_files, read, spool_file
from office import LONG, Mail, text_of
from operations import Operation
from tracing import unescape


def is_bounce(content, mail):
    return content.endswith(mail.message) and f"\n<{mail.recipients[0]}>:\n".encode() in content


class Flush(Operation):
    """a flush of five messages, three accepted, one deferred, one refused and bounced; maildirserial's part"""

    program = "maildirserial"
    follows = True
    extra_calls = ("sendto",)
    refused, deferred = f"refused@{PROVIDER}", f"later@{PROVIDER}"
    recipients = (f"bert@{PROVIDER}", deferred, f"carl@{PROVIDER}", refused, f"dora@{PROVIDER}")
    has_journal = True  # of an earlier flush, to be compacted
    last_killed, after_cut, doubled, doubled_bounces = False, False, 0, 0

    def make_mails(self):
        mails = [Mail(number, recipient, text=LONG if number == 2 else None) for number, recipient in enumerate(self.recipients)]
        for mail in mails:
            mail.acknowledged = True
        return mails

    def prepare(self):
        self.host.once()
        self.servers, self.told = [], b""
        if self.has_journal:
            earlier = Mail(len(self.mails), f"erna@{PROVIDER}")
            spool_file(self.host, len(self.mails), earlier.message, recipient=earlier.recipients[0], age=1000)
            status = self.act()
            check(status == 0, f"the earlier flush ended with {status}: {text_of(self.last)}")
        for number, mail in enumerate(self.mails):
            mail.name = spool_file(self.host, number, mail.message, recipient=mail.recipients[0], age=100 - number)

    def reset(self):
        super().reset()
        self.servers, self.told = [], b""

    def server(self):
        """A provider that answers by the recipient; its answers to messages are numbered."""
        server = ScriptedServer()

        def recipient():
            command = server.commands[-1]
            if self.deferred in command:
                return "450 4.2.0 later"
            return "550 5.1.1 nobody" if self.refused in command else "250 2.1.5 ok"

        server.replies.update(RCPT=recipient, end=lambda: f"250 2.0.0 taken {len(server.transactions)}")
        self.servers.append(server)
        return server

    def act(self, prefix=(), client_prefix=()):
        server = self.server()
        self.last = self.host.tool(
            prefix, "maildirserial", "-b", "-t", "1209600", "--", self.host.spool(SPOOL), PREFIX, *client_prefix,
            self.host.program("serialsmtp"), "--connect", "127.0.0.1", "--port", str(server.port), "--", PREFIX, OFFICE)
        server.stop()
        self.told += self.last.stderr
        return self.last.returncode

    def restart(self):
        self.act()
        check(self.last.returncode == 111, f"the flush after it ended with {self.last.returncode}: {text_of(self.last)}")
        self.host.once()

    def sent(self):
        """How often each mail was accepted, by index; and how often anything else."""
        counts, strange = [0] * len(self.mails), 0
        for server in self.servers:
            for content in server.messages():
                fitting = [index for index, mail in enumerate(self.mails) if mail.message == content]
                if fitting:
                    counts[fitting[0]] += 1
                else:
                    strange += 1
        return counts, strange

    def may_double(self, mail):
        """Its outcome was said to be unknown, or it was said that it will be sent twice."""
        name = mail.name.encode()
        return any(name in line and (b"unknown outcome" in line or b"twice" in line) for line in self.told.splitlines())

    def faults(self, refused_is_gone=False):
        found = []
        counts, strange = self.sent()
        if strange:
            found.append(f"{strange} messages arrived that were never sent")
        for mail, count in zip(self.mails, counts):
            recipient = mail.recipients[0]
            if recipient in (self.refused, self.deferred):
                found += [f"{recipient}: refused, and yet accepted"] if count else []
            elif self.after_cut:
                found += self.faults_after_cut(mail, count)
            elif count == 0:
                found.append(f"{recipient}: lost")
            elif count > 2 or (count == 2 and not self.may_double(mail)):
                found.append(f"{recipient}: {count} times")
        self.doubled += max(0, sum(counts) - 3)
        return found + self.leftovers()

    def leftovers(self):
        """The deferred message is still there, and nothing else; the refused one has come back to its sender."""
        deferred = next(mail for mail in self.mails if mail.recipients[0] == self.deferred)
        left = {os.path.basename(path) for path in self.host.spooled(SPOOL)}
        found = [] if left == {deferred.name} else [f"in the spool: {sorted(left)}"]
        bounces = [read(path) for path in maildir_files(self.host.maildir("anna"))]
        refused = [mail for mail in self.mails if mail.recipients[0] == self.refused]
        if not all(is_bounce(content, mail) for content in bounces for mail in refused):
            found.append("something in the mailbox is no whole bounce")
        self.doubled_bounces += len(bounces) > len(refused)
        if not len(refused) <= len(bounces) <= len(refused) * self.bounces_allowed():
            found.append(f"{len(bounces)} bounces")
        return found

    def begin_observing(self):
        self.stream = b""
        for mail in self.mails:
            mail.body_gone = mail.accepted = mail.removed = False

    def observe(self, call):
        if call.name in ("write", "sendto") and "socket:" in unescape(call.arguments[0]):
            self.stream += call.string(1)[:call.result]
            for mail in self.mails:
                mail.body_gone |= mail.message.replace(b"\n", b"\r\n").replace(b"\n.", b"\n..") + b".\r\n" in self.stream
        elif call.name in ("read", "recvfrom") and call.result > 0:
            for number in re.findall(rb"\n?250 2.0.0 taken (\d+)", call.string(1)):
                taken = [mail for mail in self.mails if mail.recipients[0] not in (self.refused, self.deferred)]
                taken[int(number)].accepted = True
        elif call.name == "write" and call.arguments[0].startswith("2<"):
            for mail in self.mails:
                mail.removed |= mail.name.encode() + b" succeeded" in call.string(1)

    def said(self):
        return tuple((mail.body_gone, mail.accepted, mail.removed) for mail in self.mails)

    def begin_after_cut(self, said):
        self.servers, self.told, self.last_killed, self.after_cut = [], b"", True, True
        for mail, (mail.body_gone, mail.accepted, mail.removed) in zip(self.mails, said):
            pass

    def faults_after_cut(self, mail, count):
        """What a run after a power cut may send, by what happened before the cut."""
        recipient = mail.recipients[0]
        if count == 0 and not mail.accepted:
            return [f"{recipient}: lost"]
        if count > 1 or (count and mail.removed):
            return [f"{recipient}: sent again though its removal had been told"]
        if count and mail.body_gone and not self.may_double(mail):
            return [f"{recipient}: sent again, and nobody knew that its outcome was unknown"]
        return []

    def bounces_allowed(self):
        # The queue contract knows no names: killed between the queue's yes and the removal, it is queued again.
        return 2 if self.last_killed else 1

    def remarks(self):
        return f", {self.doubled} messages and {self.doubled_bounces} bounces doubled"


class FlushAccepted(Flush):
    """the same without a bounce, whose queueing would sync the spool besides, and without a journal at the start"""

    has_journal = False
    recipients = tuple(one for one in Flush.recipients if one != Flush.refused)


class FlushClient(Flush):
    """the same flush; serialsmtp's part"""

    program = "serialsmtp"

    def act(self, prefix=(), client_prefix=()):
        return super().act((), prefix)


OPERATIONS = {"flush": Flush, "flush-accepted": FlushAccepted, "flush-client": FlushClient}
