#!/usr/bin/env python3
"""maildirsmtp --relay under TLS: which certificates hold, what is resumed, what an attacker between can do."""
import os
import ssl
import stat
import zlib

from login_server import USER, Certificates, LoginServer, Relay
from spool import check, expect, main

SECRET = 'secret = "secrets/provider"'


def relay_to(folder, certificates, *servers, **more):
    relay = Relay(folder, *servers, ca=certificates.authority, **more)
    relay.put("1.x")
    return relay


def encrypted(folder):
    """STARTTLS and implicit TLS carry mail, a large one too, and the EHLO under TLS decides anew"""
    certificates = Certificates(folder)
    context = certificates.context()
    for kind in ("starttls", "implicit"):
        server = LoginServer("PLAIN", tls=context, implicit=kind == "implicit")
        relay = relay_to(os.path.join(folder, kind), certificates, server, tls=kind, auth=SECRET)
        large = b"".join(b"line %d of a large message\n" % number for number in range(40000))
        relay.put("2.x", large, age=1)
        for number in range(20):
            relay.put(f"3{number:02}.x", age=0)
        expect(relay.send(), 0)
        check(len(server.messages()) == 22 and large in server.messages(), f"{kind}: {len(server.messages())} messages")
        check(len(server.greeted) == (2 if kind == "starttls" else 1), f"{kind}: {server.greeted}")
        check(server.logins == [("PLAIN", USER)] and server.versions == ["TLSv1.3"], f"{server.logins} {server.versions}")


def required(folder):
    """without STARTTLS, with a refused one, or with TLS older than 1.2 nothing is sent and no secret is shown"""
    certificates = Certificates(folder)
    old = (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1)
    cases = [(LoginServer("PLAIN"), "offers no STARTTLS, which is required"),
             (LoginServer("PLAIN", tls=certificates.context(), starttls="454 4.7.0 not now"), "STARTTLS was refused: 454 4.7.0 not now"),
             (LoginServer("PLAIN", tls=certificates.context(version=old)), "TLS handshake: ")]
    for number, (server, text) in enumerate(cases):
        relay = relay_to(os.path.join(folder, str(number)), certificates, server, auth=SECRET)
        expect(relay.send(), 111, text)
        check(not server.logins and not server.transactions and relay.files() == ["new/1.x"], text)


def certificate(folder):
    """a certificate of a wrong name, an unknown authority or another time gets no mail, and the reason is said"""
    certificates = Certificates(folder)
    cases = [("name", {"names": "DNS:other.example"}, "the certificate is not for localhost"),
             ("unknown", {"authority": "other"}, "the certificate does not hold: unable to get local issuer certificate"),
             ("expired", {"end": "20260202000000Z"}, "the certificate was valid until 2026-02-02 00:00 UTC, and our clock says 2"),
             ("early", {"begin": "20980101000000Z"},
              "the certificate is not valid before 2098-01-01 00:00 UTC, and our clock says 2")]
    for name, bad, text in cases:
        for kind in ("starttls", "implicit"):
            server = LoginServer("PLAIN", tls=certificates.context(**bad), implicit=kind == "implicit")
            relay = relay_to(os.path.join(folder, name + kind), certificates, server, tls=kind, auth=SECRET)
            expect(relay.send(), 111, "TLS handshake: " + text)
            check(not server.logins and relay.files() == ["new/1.x"], f"{name}: logged in")


def address(folder):
    """a host that is an address needs a certificate for that address"""
    certificates = Certificates(folder)
    good, bad = LoginServer(tls=certificates.context()), LoginServer(tls=certificates.context(names="DNS:127.0.0.1"))
    expect(relay_to(os.path.join(folder, "good"), certificates, f"127.0.0.1:{good.port}").send(), 0)
    expect(relay_to(os.path.join(folder, "bad"), certificates, f"127.0.0.1:{bad.port}").send(), 111, "the certificate is not for 127.0.0.1")


def clock(folder):
    """a certificate that is not valid yet, seen by a clock behind its own past, is said to be the clock's fault"""
    certificates = Certificates(folder)
    server = LoginServer(tls=certificates.context(begin="20980101000000Z"))
    relay = relay_to(os.path.join(folder, "x"), certificates, server)
    os.makedirs(relay.state)
    with open(os.path.join(relay.state, "clock"), "w", encoding="ascii") as file:
        record = " floor 4070908800"  # 1 January 2099
        file.write(f"{zlib.crc32(record.encode()):08x}{record}\n")
    expect(relay.send(), 111, "the certificate is not valid before 2098-01-01 00:00 UTC, and our clock says 2",
           "our clock is wrong, for it has been 2099-", " already; set it")


def resumed(folder):
    """the second call resumes the TLS session of the first from a file of mode 0600, with STARTTLS and without"""
    certificates = Certificates(folder)
    for kind in ("starttls", "implicit"):
        for name, version in (("1.3", None), ("1.2", (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_2))):
            server = LoginServer("PLAIN", tls=certificates.context(version=version), implicit=kind == "implicit")
            relay = relay_to(os.path.join(folder, kind + name), certificates, server, tls=kind, auth=SECRET)
            expect(relay.send(), 0)
            ticket = os.path.join(relay.state, "relays", "provider", "ticket")
            check(stat.S_IMODE(os.stat(ticket).st_mode) == 0o600, "others may read the session")
            for number in (2, 3):
                relay.put(f"{number}.x")
                expect(relay.send(), 0)
            check(server.resumed == [False, True, True], f"{kind} {name}: {server.resumed}")
            with open(ticket, "w", encoding="ascii") as file:
                file.write("rubbish\n")
            relay.put("4.x")
            expect(relay.send(), 0)
            check(server.resumed[-1] is False, f"{kind} {name}: {server.resumed}")


def bad_ticket(folder):
    """a handshake that fails with a kept TLS session is the last one with it"""
    certificates = Certificates(folder)
    server = LoginServer(tls=certificates.context())
    relay = relay_to(os.path.join(folder, "x"), certificates, server)
    expect(relay.send(), 0)
    good, old = server.tls, (ssl.TLSVersion.TLSv1_1, ssl.TLSVersion.TLSv1_1)
    for context, code in ((certificates.context(version=old), 111), (good, 0), (good, 0)):
        server.tls = context
        relay.put(f"{code}.x")
        expect(relay.send(), code)
    check(server.resumed == [False, False, True], f"{server.resumed}")


def other_host(folder):
    """a session is resumed with its own host alone, and not where other certificates are to be believed"""
    certificates = Certificates(folder)
    context = certificates.context()
    server, other = LoginServer(tls=context), LoginServer(tls=context)
    relay = relay_to(os.path.join(folder, "x"), certificates, server)
    expect(relay.send(), 0)
    relay.configure(other, ca=certificates.authority)
    relay.put("2.x")
    expect(relay.send(), 0)
    check(other.resumed == [False], f"{other.resumed}")
    certificates.context(authority="second")
    relay.configure(other, ca=os.path.join(certificates.folder, "second.pem"))
    relay.put("3.x")
    expect(relay.send(), 111, "the certificate does not hold")


def injection(folder):
    """what stands behind the 220 to STARTTLS is no word of the server's: the session ends before the handshake"""
    certificates = Certificates(folder)
    for number, octets in enumerate((b"250-scripted\r\n250 AUTH PLAIN\r\n", b"2", b"\r\n")):
        server = LoginServer("PLAIN", tls=certificates.context(), injected=octets)
        relay = relay_to(os.path.join(folder, str(number)), certificates, server, auth=SECRET)
        expect(relay.send(), 111, "octets before the TLS handshake (STARTTLS injection)")
        check(not server.logins and not server.resumed and relay.files() == ["new/1.x"], f"{octets}: went on")


def downgraded(folder):
    """mechanisms offered before TLS count for nothing under it"""
    certificates = Certificates(folder)
    server = LoginServer("PLAIN", tls=certificates.context(), before="SCRAM-SHA-256")
    relay = relay_to(os.path.join(folder, "x"), certificates, server, auth=SECRET)
    expect(relay.send(), 0)
    check(server.logins == [("PLAIN", USER)], f"{server.logins}")


if __name__ == "__main__":
    main(encrypted, required, certificate, address, clock, resumed, bad_ticket, other_host, injection, downgraded)
