#!/usr/bin/env python3
"""maildirsmtp into a real Postfix, unpacked below build/peers and run in private mount and network namespaces.

The namespaces see a passwd and a group file of the test's; Postfix has every folder of its own inside the test's folder.
"""
import os

from kit import (PEERS, PROVIDER, SPOOL, Process, accepts, check, copies, flush, letter, maildir_files, office, peer_env, read,
                 spool_file, wait_until)
from mail_server import carries, limits_recipients, limits_size
import private_host

PROGRAM = "usr/lib/postfix/sbin/master"
USER, GROUP = 64901, 64902  # postfix and postdrop, in the namespace only
QUEUES = ("active bounce corrupt defer deferred flush hold incoming private saved trace pid").split()
SERVICES = """\
smtp      inet  n - n - -  smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0  cleanup
qmgr      unix  n - n 300 1 qmgr
rewrite   unix  - - n - -  trivial-rewrite
bounce    unix  - - n - 0  bounce
defer     unix  - - n - 0  bounce
trace     unix  - - n - 0  bounce
verify    unix  - - n - 1  verify
flush     unix  n - n 1000? 0 flush
proxymap  unix  - - n - -  proxymap
error     unix  - - n - -  error
retry     unix  - - n - -  error
discard   unix  - - n - -  discard
virtual   unix  - n n - -  virtual
anvil     unix  - - n - 1  anvil
scache    unix  - - n - 1  scache
tlsmgr    unix  - - n 1000? 1 tlsmgr
postlog   unix-dgram n - n - 1 postlogd
"""


def configure(folder, port, services, more):
    """main.cf, master.cf and the queue's folders."""
    top = os.path.join(folder, "postfix")
    library = os.path.join(PEERS, "usr", "lib", "postfix")
    queue, data, boxes = (os.path.join(top, name) for name in ("queue", "data", "boxes"))
    settings = {
        "compatibility_level": "3.6", "queue_directory": queue, "data_directory": data, "command_directory":
        os.path.join(PEERS, "usr", "sbin"), "daemon_directory": os.path.join(library, "sbin"), "shlib_directory": library,
        "meta_directory": top, "mail_owner": "postfix", "setgid_group": "postdrop", "myhostname": f"mx.{PROVIDER}",
        "mydestination": "", "inet_interfaces": "127.0.0.1", "inet_protocols": "ipv4", "mynetworks": "10.255.255.255/32",
        "smtpd_relay_restrictions": "permit_mynetworks reject_unauth_destination", "smtpd_peername_lookup": "no",
        "disable_dns_lookups": "yes", "virtual_mailbox_domains": PROVIDER, "virtual_mailbox_base": boxes,
        "virtual_mailbox_maps": "static:bert/", "virtual_uid_maps": f"static:{USER}", "virtual_gid_maps": f"static:{USER}",
        "alias_maps": "", "alias_database": "", "local_recipient_maps": "", "maillog_file": os.path.join(top, "postfix.log"),
        "maillog_file_prefixes": folder, "import_environment": f"MAIL_CONFIG TZ LD_LIBRARY_PATH={peer_env()['LD_LIBRARY_PATH']} LANG=C",
        "export_environment": "LD_LIBRARY_PATH", "smtpd_recipient_limit": "100", **more}
    os.makedirs(top)
    os.chmod(folder, 0o755)
    with open(os.path.join(top, "main.cf"), "w", encoding="ascii") as file:
        file.writelines(f"{name} = {value}\n" for name, value in settings.items())
    with open(os.path.join(top, "master.cf"), "w", encoding="ascii") as file:
        file.write(SERVICES.replace("smtp      inet", f"127.0.0.1:{port} inet") + services)
    for path in [data, boxes] + [os.path.join(queue, name) for name in QUEUES + ["maildrop", "public"]]:
        os.makedirs(path)
        os.chown(path, USER, USER)
        os.chmod(path, 0o700)
    os.chown(os.path.join(queue, "pid"), 0, 0)
    os.chmod(os.path.join(queue, "pid"), 0o755)
    os.chown(os.path.join(queue, "maildrop"), USER, GROUP)
    os.chmod(os.path.join(queue, "maildrop"), 0o1730)
    os.chown(os.path.join(queue, "public"), USER, GROUP)
    os.chmod(os.path.join(queue, "public"), 0o2710)
    return top


def start_postfix(folder, port, services="", **more):
    """Postfix on that port of loopback, with these lines of master.cf and main.cf besides ours."""
    top = configure(folder, port, services, more)
    master = os.path.join(PEERS, "usr", "lib", "postfix", "sbin", "master")
    process = Process([master, "-c", top, "-d"], os.path.join(folder, "master.log"),
                      env={**peer_env(), "MAIL_CONFIG": top}, start_new_session=True)
    wait_until(lambda: accepts(port) or process.popen.poll() is not None, "Postfix listens")
    check(process.popen.poll() is None, f"Postfix's master ended with {process.popen.returncode}")
    return top


def delivered(top):
    return [read(path) for path in maildir_files(os.path.join(top, "boxes", "bert"))]


def flushed(folder):
    """ten messages, a large one, 8-bit text and dots arrive in Postfix once, octet for octet, and the spool is empty"""
    port = 25
    top = start_postfix(folder, port)
    host = office(folder)
    letters = [letter(number) for number in range(10)]
    letters += [letter(10, "Grüße aus dem Büro\n.\n..\n. \n".encode()), letter(11, b"0123456789" * 7 * 1 + b"\n" + b"line\n" * 60000)]
    for number, message in enumerate(letters):
        spool_file(host, number, message)
    done = flush(host, port)
    check(done.returncode == 0, f"the flush ended with {done.returncode}: {done.stderr.decode()!r}")
    check(not host.spooled(SPOOL), "the spool is not empty")
    wait_until(lambda: len(delivered(top)) >= len(letters), "Postfix has delivered")
    check(copies(letters, delivered(top)) == [1] * len(letters), f"copies: {copies(letters, delivered(top))}")
    check(len(delivered(top)) == len(letters), f"{len(delivered(top))} messages arrived")


def refused(folder):
    """Postfix refuses one recipient for good: that message bounces, the mail behind it goes"""
    port = 2525
    top = start_postfix(folder, port)
    host = office(folder)
    host.start_qmgr()
    spool_file(host, 1, letter(1, to="x@elsewhere.example"), recipient="x@elsewhere.example", age=20)
    good = letter(2)
    spool_file(host, 2, good)
    done = flush(host, port)
    said = done.stderr.decode()
    check(" bounced: " in said and "554" in said, f"no bounce: {said!r}")
    check(not host.spooled(SPOOL), "the spool is not empty")
    wait_until(lambda: len(delivered(top)) == 1, "Postfix has delivered the other one")
    check(copies([good], delivered(top)) == [1], "the good message did not arrive")
    wait_until(lambda: host.received("anna"), "the bounce is in the sender's mailbox")
    check(b"<x@elsewhere.example>" in host.received("anna")[0], "the bounce does not name the recipient")


class Postfix:
    """As mail_server.py wants a server."""

    port = 2525

    def __init__(self, folder, size=None, recipients=None, **more):
        if size:
            more["message_size_limit"] = more["mailbox_size_limit"] = str(size)
        if recipients:
            more["smtpd_recipient_limit"] = str(recipients)
        self._top = start_postfix(folder, self.port, **more)

    def delivered(self):
        return delivered(self._top)

    def sessions(self):
        """The lines of its log that count a session's commands."""
        lines = read(os.path.join(self._top, "postfix.log")).decode(errors="replace").splitlines()
        return [line for line in lines if "disconnect from" in line and " mail=" in line]


def octets(folder):
    """hard letters arrive in Postfix once, octet for octet, most of them by BDAT"""
    server = Postfix(folder)
    carries(os.path.join(folder, "office"), server, "--connections", 1)
    counted = wait_until(server.sessions, "Postfix has logged the session")
    check(len(counted) == 1 and " bdat=" in counted[0] and " data=1 " in counted[0], f"{counted}")


def size(folder):
    """a message beyond Postfix's message_size_limit bounces, those around it go"""
    limits_size(os.path.join(folder, "office"), Postfix(folder, size=50000), 50000)


def recipients(folder):
    """copies beyond Postfix's smtpd_recipient_limit go in further transactions of the same call"""
    limits_recipients(os.path.join(folder, "office"), Postfix(folder, recipients=5), 12)


def run(script, *tests):
    private_host.run(script, PROGRAM, "Postfix", tests, {"postfix": USER}, {"postdrop": GROUP})


if __name__ == "__main__":
    run(__file__, flushed, refused, octets, size, recipients)
