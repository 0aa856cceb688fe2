#!/usr/bin/env python3
"""maildirsmtp --relay into a real Postfix that wants STARTTLS and a login. Postfix asks us who may log in, as it would Dovecot.

TLS and the SMTP side of AUTH are Postfix's; the passwords are judged by a stand-in for Dovecot's authentication socket.
"""
import base64
import hashlib
import hmac
import os
import socket
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "serialmail"))
from kit import PREFIX, SPOOL, check, copies, keep, letter, office, read, spool_file, wait_until
from login_server import Certificates
from postfix_test import delivered, run, start_postfix

USER, PASSWORD = "office", "correct horse, battery"
PORT = 587


class Dovecot:
    """Dovecot's authentication protocol (version 1.1) for PLAIN, LOGIN, CRAM-MD5 and SCRAM-SHA-256, on a socket."""

    def __init__(self, path, mechanisms):
        self._mechanisms, self.asked = mechanisms, []
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.bind(path)
        os.chmod(path, 0o666)
        self._socket.listen(8)
        threading.Thread(target=self._accept, daemon=True).start()
        keep(self)

    def stop(self):
        self._socket.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        greeting = ["VERSION\t1\t1", *(f"MECH\t{one}" for one in self._mechanisms), "SPID\t1", "CUID\t1", "COOKIE\t" + "0" * 32, "DONE"]
        connection.sendall("\n".join(greeting).encode() + b"\n")
        open_ones = {}
        for line in connection.makefile("r"):
            words = line.rstrip("\n").split("\t")
            if words[0] not in ("AUTH", "CONT"):
                continue
            number = words[1]
            if words[0] == "AUTH":
                first = [word[5:] for word in words if word.startswith("resp=")]
                open_ones[number] = getattr(self, "_" + words[2].lower().replace("-", "_"))()
                self.asked.append(words[2])
                challenge = next(open_ones[number])
                said = open_ones[number].send(base64.b64decode(first[0])) if first else challenge
            else:
                said = open_ones[number].send(base64.b64decode(words[2]))
            if isinstance(said, bytes):
                answer = f"CONT\t{number}\t{base64.b64encode(said).decode()}"
            else:
                answer = f"OK\t{number}\tuser={USER}" if said else f"FAIL\t{number}\tuser={USER}"
            connection.sendall(answer.encode() + b"\n")

    # Each yields its challenges, and a bool at the end.

    def _plain(self):
        response = yield b""
        yield response == f"\0{USER}\0{PASSWORD}".encode()

    def _login(self):
        user = yield b"Username:"
        password = yield b"Password:"
        yield (user, password) == (USER.encode(), PASSWORD.encode())

    def _cram_md5(self):
        response = yield b"<1.2@scripted>"
        digest = hmac.new(PASSWORD.encode(), b"<1.2@scripted>", "md5").hexdigest()
        yield response == f"{USER} {digest}".encode()

    def _scram_sha_256(self):
        response = yield b""
        bare = response.decode().split(",", 2)[2]
        first = f"r={bare.rpartition('r=')[2]}server,s={base64.b64encode(b'salt and more').decode()},i=4096"
        response = yield first.encode()
        final, _, proof = response.decode().rpartition(",p=")
        text = ",".join((bare, first, final)).encode()
        salted = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"salt and more", 4096)
        key = hmac.new(salted, b"Client Key", "sha256").digest()
        signature = hmac.new(hashlib.sha256(key).digest(), text, "sha256").digest()
        if bytes(a ^ b for a, b in zip(key, signature)) != base64.b64decode(proof):
            yield False
        own = hmac.new(hmac.new(salted, b"Server Key", "sha256").digest(), text, "sha256").digest()
        yield b"v=" + base64.b64encode(own)
        yield True


def begin(folder, mechanisms):
    """Postfix with TLS and the stand-in, and an office that has it as its relay."""
    certificates = Certificates(folder)
    certificate, key = certificates.issue()
    dovecot = Dovecot(os.path.join(folder, "auth"), mechanisms)
    top = start_postfix(folder, PORT, smtpd_tls_security_level="may", smtpd_tls_key_file=key, smtpd_tls_cert_file=certificate,
                        smtpd_tls_auth_only="yes", smtpd_tls_loglevel="2", smtpd_sasl_auth_enable="yes", smtpd_sasl_type="dovecot",
                        smtpd_sasl_path=os.path.join(folder, "auth"), smtpd_client_restrictions="permit_sasl_authenticated,reject",
                        smtpd_delay_reject="yes", smtpd_tls_mandatory_protocols=">=TLSv1.2")
    return top, office(folder), dovecot, certificates


def write_relay(host, certificates, auth="", password=PASSWORD):
    config = host.env["OFFHOOK_CONFIG"]
    os.makedirs(os.path.join(config, "relays"), exist_ok=True)
    with open(os.path.join(config, "secret"), "w", encoding="ascii") as file:
        file.write(password + "\n")
    os.chmod(file.name, 0o600)
    with open(os.path.join(config, "relays", "postfix.toml"), "w", encoding="ascii") as file:
        file.write(f'hosts = ["localhost:{PORT}"]\nca = "{certificates.authority}"\n[auth]\nuser = "{USER}"\nsecret = "secret"\n{auth}')


def send(host):
    return host.run("maildirsmtp", "--relay", "postfix", host.spool(SPOOL), PREFIX, timeout=60)


def logged_in(folder):
    """each mechanism logs in to Postfix under STARTTLS, mail arrives octet for octet, and the TLS session is resumed"""
    names = ["SCRAM-SHA-256", "CRAM-MD5", "PLAIN", "LOGIN"]
    top, host, dovecot, certificates = begin(folder, [name + "\tplaintext" * (name in ("PLAIN", "LOGIN")) for name in names])
    letters = []
    for number, name in enumerate(names):
        write_relay(host, certificates, f'mechanisms = ["{name.lower()}"]\n')
        letters.append(letter(number, b"0123456789" * 7 + b"\n" + b"line\n.\n" * 20000 if number == 0 else None))
        spool_file(host, number, letters[-1])
        done = send(host)
        check(done.returncode == 0, f"{name}: ended with {done.returncode}: {done.stderr.decode()!r}")
    check(dovecot.asked == names, f"{dovecot.asked}")
    wait_until(lambda: len(delivered(top)) >= len(letters), "Postfix has delivered")
    check(copies(letters, delivered(top)) == [1] * len(letters), f"copies: {copies(letters, delivered(top))}")
    log = read(os.path.join(top, "postfix.log")).decode(errors="replace")
    resumed = log.count("Reusing old session")
    check(resumed == len(names) - 1, f"{resumed} sessions of {len(names)} were resumed")


def refused(folder):
    """a wrong password is refused by Postfix: told, nothing sent, nothing bounced"""
    _, host, _, certificates = begin(folder, ["PLAIN\tplaintext"])
    write_relay(host, certificates, password="wrong")
    spool_file(host, 1, letter(1))
    done = send(host)
    said = done.stderr.decode()
    check(done.returncode == 111 and f"the login of {USER} was refused: 535 5.7.8" in said, said)
    check(len(host.spooled(SPOOL)) == 1 and "wrong" not in said, "the spool, or what was said of the password")


if __name__ == "__main__":
    run(__file__, logged_in, refused)
