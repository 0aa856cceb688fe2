#!/usr/bin/env python3
"""cut_test.py's cuts through a TLS session, from the first octet or by STARTTLS: in the handshake, in the login, in the mail."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "serialmail"))
from cut_test import spread
from kit import PREFIX, SPOOL, main
from login_server import PASSWORD, USER, Certificates, LoginServer


class Encrypted:
    """A relay with TLS and a login; the port that it is reached at changes, its memory and TLS session stay."""

    in_doubt = 1

    def __init__(self, folder, tls):
        self._tls, self._certificates = tls, Certificates(folder)
        self._context = self._certificates.context()

    def server(self):
        return LoginServer("PLAIN", tls=self._context, implicit=self._tls == "implicit")

    def flush(self, host, port):
        config = host.env["OFFHOOK_CONFIG"]
        os.makedirs(os.path.join(config, "relays"), exist_ok=True)
        with open(os.path.join(config, "relays", "tls.toml"), "w", encoding="ascii") as file:
            file.write(f'hosts = ["localhost:{port}"]\ntls = "{self._tls}"\nca = "{self._certificates.authority}"\n'
                       f'[auth]\nuser = "{USER}"\nsecret = "secret"\n')
        with open(os.path.join(config, "secret"), "w", encoding="ascii") as file:
            file.write(PASSWORD + "\n")
        os.chmod(file.name, 0o600)
        return host.run("maildirsmtp", "--connections", 1, "--relay", "tls", host.spool(SPOOL), PREFIX)


def starttls(folder):
    """cuts of a session that STARTTLS encrypts"""
    spread(folder, Encrypted(folder, "starttls"))


def implicit(folder):
    """cuts of a session under TLS from its first octet"""
    spread(folder, Encrypted(folder, "implicit"))


if __name__ == "__main__":
    main(starttls, implicit)
