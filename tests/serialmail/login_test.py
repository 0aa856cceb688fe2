#!/usr/bin/env python3
"""maildirsmtp --relay: which login is made, what its refusal means, and that no secret is seen."""
import base64
import os
import subprocess
import threading

from login_server import PASSWORD, USER, Certificates, LoginServer, Relay
from spool import BIN, BODY, PREFIX, ScriptedServer, check, expect, main, read, report, skip
from canary import Canary
from kit import after, sanitized

SECRET = 'secret = "secrets/provider"'


def mechanisms(folder):
    """each mechanism logs in, the strongest that the server offers first, and mail goes"""
    cases = [("PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256", SECRET, "SCRAM-SHA-256"), ("LOGIN PLAIN CRAM-MD5", SECRET, "CRAM-MD5"),
             ("LOGIN PLAIN", SECRET, "PLAIN"), ("LOGIN", SECRET, "LOGIN"), ("login", SECRET, "LOGIN"),
             ("GSSAPI PLAIN CRAM-MD5", SECRET + '\nmechanisms = ["plain"]', "PLAIN"),
             ("XOAUTH2 PLAIN OAUTHBEARER", "token = TOKEN", "OAUTHBEARER"), ("XOAUTH2 PLAIN", "token = TOKEN", "XOAUTH2")]
    tls = Certificates(folder).context()
    for number, (offered, auth, used) in enumerate(cases):
        server = LoginServer(offered, tls=tls)
        relay = Relay(os.path.join(folder, str(number)), server, ca=os.path.join(folder, "authority", "ca.pem"))
        helper = relay.program("token", f"print({PASSWORD!r})\n")
        relay.configure(server, ca=os.path.join(folder, "authority", "ca.pem"),
                        auth=auth.replace("TOKEN", f'["{helper}", "an argument"]'))
        relay.put("1.x")
        expect(relay.send(), 0, "new/1.x succeeded: 127.0.0.1 said: 250 ")
        check(server.logins == [(used, USER)], f"{offered}: {server.logins}")
        check(len(server.transactions) == 1 and server.sessions == 1, f"{offered}: {server.sessions} sessions")


def clear(folder):
    """a secret is never shown without TLS unless plain_without_tls says so, a hashed one may be used"""
    for number, (offered, more, code, logins) in enumerate([
            ("PLAIN LOGIN", "", 111, []), ("PLAIN CRAM-MD5", "", 0, [("CRAM-MD5", USER)]),
            ("PLAIN", "\nplain_without_tls = true", 0, [("PLAIN", USER)])]):
        server = LoginServer(offered)
        relay = Relay(os.path.join(folder, str(number)), server, tls="none", auth=SECRET + more)
        relay.put("1.x")
        said = expect(relay.send(), code)
        check(server.logins == logins, f"{offered}: {server.logins}")
        if code:
            check("offers no AUTH mechanism that may be used without TLS; it offers PLAIN LOGIN" in said, said)


def refused(folder):
    """a refused login is told once with relay, user and reply, reported as parked, and is no message's result"""
    for number, reply in enumerate(("535 5.7.8 wrong password", "534 5.7.9 too weak", "530 5.7.0 more first", "538 5.7.11 TLS", "500 what")):
        server, other = LoginServer("PLAIN", answer=reply), LoginServer("PLAIN")
        relay = Relay(os.path.join(folder, str(number)), server, other, tls="none", auth=SECRET + "\nplain_without_tls = true")
        relay.put("1.x")
        done = relay.send("--report-fd", "2", "-t", "0")
        said = expect(done, 111, f"relay provider: localhost:{server.port} (127.0.0.1): the login of {USER} was refused: {reply}")
        check(relay.files() == ["new/1.x"] and not relay.bounces() and "answer" not in relay.journal(), f"{reply}: a message's result")
        parked = [one for one in report(said) if one["event"] == "parked"]
        check(parked and parked[0]["relay"] == "provider" and reply in parked[0]["text"], f"{parked}")
        check(len(server.logins) == 1 and other.sessions == 0, f"{reply}: {len(server.logins)} logins, {other.sessions} elsewhere")
        expect(relay.send(), 111, "not tried again before 10 minutes have passed or its files are changed", reply)
        check(server.sessions == 1, f"{reply}: tried again")
        server.answer = None
        relay.set_secret(PASSWORD)
        expect(relay.send(), 0)
        check(server.logins[1:] == [("PLAIN", USER)] and relay.memory("parked") is None, f"{server.logins}")


def temporary(folder):
    """454 and 421 to a login are temporary: the next host is tried, and nothing is parked"""
    for number, reply in enumerate(("454 4.7.0 later", "421 4.3.2 closing", "432 4.7.12 transition")):
        server, other = LoginServer("PLAIN", answer=reply), LoginServer("PLAIN")
        relay = Relay(os.path.join(folder, str(number)), server, other, tls="none", auth=SECRET + "\nplain_without_tls = true")
        relay.put("1.x")
        expect(relay.send(), 0, f"login refused for now: {reply}")
        check(other.logins == [("PLAIN", USER)] and relay.memory("parked") is None, f"{reply}: {other.logins}")


def next_mechanism(folder):
    """a mechanism that the server offers and does not know is followed by the next one"""
    server = LoginServer("CRAM-MD5 PLAIN")
    server.answer = lambda rest: "235 in" if rest else "504 5.5.4 not that"
    relay = Relay(folder, server, tls="none", auth=SECRET + "\nplain_without_tls = true")
    relay.put("1.x")
    expect(relay.send(), 0)
    check([name for name, _ in server.logins] == ["CRAM-MD5", "PLAIN"], f"{server.logins}")


def unproved(folder):
    """a server that says yes without knowing the password is not believed"""
    server = LoginServer("SCRAM-SHA-256", answer="235 welcome")
    relay = Relay(folder, server, tls="none", auth=SECRET)
    relay.put("1.x")
    expect(relay.send(), 111, "has not proved to know the password")
    check(not server.transactions and relay.memory("parked") is None, "mail was sent, or the relay was parked")


def login_wanted(folder):
    """530 to MAIL, RCPT or DATA is a login that is missing: trouble of the session, parked, and no message's result"""
    for step in ("MAIL", "RCPT", "DATA"):
        server = ScriptedServer({step: "530 5.7.0 Authentication required"})
        relay = Relay(os.path.join(folder, step), server, tls="none")
        relay.put("1.x")
        said = expect(relay.send("--report-fd", "2"), 111, "server wants a login or TLS first: 530 5.7.0 Authentication required")
        check([one for one in report(said) if one["event"] == "parked"], "not reported")
        check(relay.files() == ["new/1.x"] and not relay.bounces(), f"{step}: a message's result")


def secrets_files(folder):
    """a secret's file that others may read is refused, and so are one that is missing or empty, and a token that fails"""
    server = LoginServer("PLAIN")
    relay = Relay(folder, server, tls="none", auth=SECRET + "\nplain_without_tls = true")
    relay.put("1.x")
    os.chmod(relay.secret, 0o640)
    expect(relay.send(), 100, "is open to others than its owner")
    relay.set_secret("")
    expect(relay.send(), 111, "its first line is empty")
    os.unlink(relay.secret)
    expect(relay.send(), 111, "No such file or directory")
    for text, what in (("import sys\nprint('x')\nsys.exit(3)\n", "failed with status 3"), ("", "its first line is empty"),
                       ("print('x' * 9000)\n", "over-long line")):
        relay.configure(server, tls="none", auth=f'token = ["{relay.program("token", text)}"]\nplain_without_tls = true')
        expect(relay.send(), 111, what)
    check(server.sessions == 0 and relay.files() == ["new/1.x"], "a session without a secret")


def unseen(folder):
    """the secret is in no argument, no environment and no log, though the server repeats what it was told"""
    canary = None

    def repeat(rest):
        canary.wait_for_look()
        return f"535 5.7.8 {rest[0]} means {PASSWORD}, no"

    server = LoginServer("PLAIN", answer=repeat)
    relay = Relay(folder, server, tls="none", auth=SECRET + "\nplain_without_tls = true")
    relay.put("1.x")
    canary = Canary(folder, read(relay.secret).decode().strip(), "AG9mZmljZQ")
    process = relay.start("maildirsmtp", "--relay", "provider", "--report-fd", "2", relay.path, PREFIX)
    output = b"".join(process.communicate(timeout=60))
    check(process.returncode == 111 and b"5.7.8 ... means ..., no" in output, f"{output}")
    canary.check(output, relay.memory("parked") or "", but=[relay.secret])


def memory_of(pid):
    """The writable memory of a process and of those that it started."""
    octets = b"".join(memory_of(int(child)) for child in read(f"/proc/{pid}/task/{pid}/children").split())
    with open(f"/proc/{pid}/maps", encoding="utf-8") as maps, open(f"/proc/{pid}/mem", "rb") as memory:
        for line in maps:
            words = line.split()
            if not words[1].startswith("rw") or words[-1].startswith("[v"):
                continue
            begin, end = (int(part, 16) for part in words[0].split("-"))
            memory.seek(begin)
            octets += memory.read(end - begin)
    return octets


def wiped(folder):
    """when mail goes over the one connection, no copy of the secret is left in the client's memory"""
    if os.geteuid() != 0:
        skip("the memory of a process with a secret is for root's eyes alone")
    if sanitized():
        skip("the sanitizer's own memory is too much to look through")
    for mechanism, auth in (("PLAIN", SECRET), ("LOGIN", SECRET), ("XOAUTH2", "token = TOKEN"), ("OAUTHBEARER", "token = TOKEN")):
        here, seen = threading.Event(), threading.Event()

        def on_mail():
            here.set()
            check(seen.wait(30), "nobody looked")
            return "250 2.1.0 ok"

        server = LoginServer(mechanism, replies={"MAIL": on_mail})
        relay = Relay(os.path.join(folder, mechanism), server, tls="none")
        helper = relay.program("token", f"print({PASSWORD!r})\n")
        relay.configure(server, tls="none", auth=auth.replace("TOKEN", f'["{helper}"]') + "\nplain_without_tls = true")
        relay.put("1.x")
        process = relay.start("maildirsmtp", "--connections", "1", "--relay", "provider", relay.path, PREFIX)
        check(here.wait(30), "no mail")
        memory = memory_of(process.pid)
        seen.set()
        process.communicate(timeout=60)
        check(process.returncode == 0 and server.logins == [(mechanism, USER)], f"{mechanism}: {server.logins}")
        check(b"office.example" in memory, f"{mechanism}: the wrong memory")
        tail = base64.b64encode(PASSWORD.encode())[4:-4]  # whatever stands around it
        shifted = [base64.b64encode(b"x" * by + PASSWORD.encode())[4:-4] for by in (1, 2)]
        for secret in [PASSWORD.encode()[4:], tail, *shifted]:
            check(secret not in memory, f"{mechanism}: {secret} is left in {memory.count(secret)} places")


def descriptor(folder):
    """a password is taken from an inherited descriptor, by serialsmtp from a pipe"""
    server = LoginServer("PLAIN")
    relay = Relay(folder, server, tls="none", auth="plain_without_tls = true")
    relay.put("1.x")
    expect(relay.send(), 100, "neither secret nor token is given")
    with open(relay.secret, "rb") as file:
        expect(relay.send("--secret-fd", file.fileno(), pass_fds=[file.fileno()]), 0)
    relay.put("2.x")
    ours, theirs = os.pipe()
    os.write(theirs, PASSWORD.encode() + b"\n")
    command = [os.path.join(BIN, "serialsmtp"), "--relay", "provider", "--secret-fd", str(ours), PREFIX]
    done = subprocess.run(command, input=b"new/2.x\0", capture_output=True, cwd=relay.path, env=relay.env, pass_fds=[ours],
                          timeout=60, check=False)
    check(done.returncode == 0 and done.stdout.startswith(b"new/2.x\0K"), f"{done}")
    check(len(server.logins) == 2, f"{server.logins}")


def hosts(folder):
    """relays are tried in order, the last good address first, and then no name is looked up"""
    first, second = LoginServer(), LoginServer()
    relay = Relay(folder, "127.0.0.1:1", first, second, tls="none", more='helo = "name.example"\n')
    relay.put("1.x")
    expect(relay.send(), 0, "127.0.0.1:1: unable to connect")
    check(relay.memory("address") == f"localhost:{first.port} 127.0.0.1\n", f"{relay.memory('address')}")
    check(first.greeted == ["name.example"], f"{first.greeted}")
    relay.put("2.x")
    said = expect(relay.send(), 0)
    check("unable to connect" not in said, said)
    first.replies["connect"] = "554 closed for ever"
    relay.put("3.x")
    expect(relay.send(), 0, "greeting failed: 554 closed for ever")
    check(first.sessions == 4 and second.sessions == 1, f"{first.sessions}, {second.sessions}")
    check(relay.memory("address") == f"localhost:{second.port} 127.0.0.1\n", f"{relay.memory('address')}")
    relay.configure(first, second, tls="none")
    relay.put("4.x")
    trace = os.path.join(folder, "trace")
    done = relay.run("serialsmtp", "--help")
    check(done.returncode == 0, "no help")
    traced = subprocess.run(["strace", "-f", "-qq", "-e", "trace=connect,openat", "-o", trace, os.path.join(BIN, "maildirsmtp"), "--relay",
                             "provider", relay.path, PREFIX], env=relay.env, capture_output=True, timeout=60, check=False)
    if traced.returncode == 0 and os.path.exists(trace):
        check(b"/etc/resolv.conf" not in read(trace) and b"/etc/hosts" not in read(trace), "a name was looked up")
        check(second.greeted[-1] == "office.example", f"{second.greeted}")


def configuration(folder):
    """a relay that is not there or misspelt is named with the nearest, file and line"""
    relay = Relay(folder, LoginServer(), tls="none", more='hello = "x"\n')
    relay.put("1.x")
    expect(relay.send(), 100, "relays/provider.toml:3: hello is no key that is known here; did you mean helo?")
    expect(relay.run("maildirsmtp", "--relay", "provder", relay.path, PREFIX), 100, "no relay 'provder'", "did you mean provider?")


def further(folder):
    """further connections to a relay log in as the first did and resume its TLS session; one that is refused concerns no other"""
    tls = Certificates(folder).context()
    for name, refused in (("in", None), ("refused", "535 5.7.8 too many")):
        server = LoginServer("PLAIN", tls=tls, replies={"end": after(0.1, "250 taken")})
        late = after(0.07, "235 2.7.0 in")
        server.answer = lambda _, server=server, late=late, refused=refused: refused if refused and len(server.logins) > 1 else late()
        relay = Relay(os.path.join(folder, name), server, ca=os.path.join(folder, "authority", "ca.pem"), auth=SECRET)
        for number in range(30):
            relay.put(f"{number:02}.x", BODY + b"%d\n" % number, age=100 - number)
        said = expect(relay.send("--connections", "3"), 0)
        bodies = [data for _, _, data in server.transactions]
        check(len(bodies) == len(set(bodies)) == 30, f"{name}: {len(bodies)} messages")
        check(len(server.logins) == (2 if refused else 3), f"{name}: {server.logins}")
        check(server.resumed == [False] + [True] * (len(server.logins) - 1), f"{name}: {server.resumed}")
        check(("no further connection: relay provider" in said) == bool(refused), f"{name}: {said}")
        check(relay.memory("parked") is None and PASSWORD not in said, f"{name}: {said}")


if __name__ == "__main__":
    main(mechanisms, clear, refused, temporary, next_mechanism, unproved, login_wanted, secrets_files, unseen, wiped, descriptor,
         hosts, configuration, further)
