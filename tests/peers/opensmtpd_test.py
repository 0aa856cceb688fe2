#!/usr/bin/env python3
"""maildirsmtp into a real OpenSMTPD, unpacked below build/peers: no PIPELINING; limits, STARTTLS and AUTH."""
import os
import smtplib
import ssl
import subprocess

from kit import PROVIDER, Process, accepts, check, maildir_files, peer_env, read, skip, wait_until
from mail_server import (PASSWORD, USER, Certificates, carries, limits_recipients, limits_size, logs_in, refuses_recipient)
from private_host import run

PROGRAM = "usr/sbin/smtpd"
USERS = {"opensmtpd": 64904, "opensmtpq": 64905, "bert": 64906}
CONFIGURATION = """\
{lines}
table boxes {{ "@{domain}" = "bert" }}
listen on 127.0.0.1 port {port} hostname mx.{domain} {login}
action "box" maildir "{boxes}" virtual <boxes>
match {sender} for domain "{domain}" action "box"
"""


def _hashed(password):
    return subprocess.run(["openssl", "passwd", "-6", "-stdin"], input=password.encode(), capture_output=True,
                          check=True).stdout.decode().strip()


class OpenSmtpd:
    port = 2525

    def __init__(self, folder, size=None, recipients=None, certificates=None):
        self._make_room()
        top = os.path.join(folder, "opensmtpd")
        self._boxes, self._log = os.path.join(top, "boxes"), os.path.join(folder, "opensmtpd.log")
        os.makedirs(self._boxes)
        os.chown(self._boxes, USERS["bert"], USERS["bert"])
        os.chmod(folder, 0o755)
        lines = [f'smtp max-message-size "{size}"'] if size else []
        lines += [f"smtp limit max-rcpt {recipients}"] if recipients else []
        login = ""
        if certificates:
            certificate, key = certificates.issue()
            users = os.path.join(top, "users")
            with open(users, "w", encoding="ascii") as file:
                file.write(f"{USER} {_hashed(PASSWORD)}\n")
            lines += [f'pki gate cert "{certificate}"', f'pki gate key "{key}"', f"table users file:{users}"]
            login = "tls pki gate auth <users>"
        config = os.path.join(top, "smtpd.conf")
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(lines="\n".join(lines), domain=PROVIDER, port=self.port, login=login, boxes=self._boxes,
                                            sender="auth from any" if certificates else "from any"))
        process = Process(["/" + PROGRAM, "-d", "-f", config], self._log, env=peer_env(), start_new_session=True)
        wait_until(lambda: accepts(self.port) or process.popen.poll() is not None, "OpenSMTPD listens")
        check(process.popen.poll() is None, f"OpenSMTPD ended with {process.popen.returncode}")

    @staticmethod
    def _make_room():
        """Its folders have fixed names: in this namespace they are its own, and new for every start."""
        for path in ("/var/spool", "/run"):
            subprocess.run(["mount", "-t", "tmpfs", "tmpfs", path], check=True)
        os.makedirs("/var/spool/smtpd", mode=0o711)

    def delivered(self):
        return [read(path) for path in maildir_files(self._boxes)]

    def log(self):
        return read(self._log).decode(errors="replace")


def octets(folder):
    """hard letters arrive in OpenSMTPD once, octet for octet"""
    carries(os.path.join(folder, "office"), OpenSmtpd(folder))


def refused(folder):
    """OpenSMTPD refuses one recipient for good: that message bounces, those around it go"""
    refuses_recipient(os.path.join(folder, "office"), OpenSmtpd(folder), "550 Invalid recipient")


def size(folder):
    """a message beyond OpenSMTPD's max-message-size bounces, those around it go"""
    limits_size(os.path.join(folder, "office"), OpenSmtpd(folder, size=50000), 50000)


def recipients(folder):
    """copies beyond OpenSMTPD's max-rcpt go in further transactions of the same call"""
    limits_recipients(os.path.join(folder, "office"), OpenSmtpd(folder, recipients=5), 12)


def login(folder):
    """PLAIN and LOGIN log in to OpenSMTPD under STARTTLS; a wrong password sends nothing and bounces nothing"""
    certificates = Certificates(folder)
    server = OpenSmtpd(folder, certificates=certificates)
    with smtplib.SMTP("localhost", server.port) as other:
        try:
            other.starttls(context=ssl.create_default_context(cafile=certificates.authority))
        except OSError as error:  # version 6.8.0p2 has lost its keys to OpenSSL 3
            skip(f"this OpenSMTPD's TLS fails for Python's smtplib too: {error}")
    logs_in(folder, server, certificates, ["plain", "login"])


if __name__ == "__main__":
    run(__file__, PROGRAM, "OpenSMTPD", (octets, refused, size, recipients, login), USERS, version=["-h"],
        folders=("usr", "var/lib"))
