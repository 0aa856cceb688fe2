"""What every real SMTP server is asked: letters that are hard to carry, its limits, its login. Each server is a class

    Server(folder, size=None, recipients=None, certificates=None)

with these limits, and with TLS and a required login when there are certificates; `port`, `delivered()`, `log()` tell of it.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "serialmail"))
from kit import OFFICE, PROVIDER, check, copies, letter, wait_until  # noqa: E402
from login_server import PASSWORD, USER, Certificates, Relay  # noqa: E402,F401
from spool import expect  # noqa: E402

SENDER, RECIPIENT = f"anna@{OFFICE}", f"bert@{PROVIDER}"
SECRET = 'secret = "secrets/provider"'


def hard_letters():
    """Pairs: what stands in the spool, and what has to arrive."""
    texts = ["Grüße aus dem Büro\n.\n..\n. \n.a\n".encode(), bytes(range(0xa0, 0x100)) + b"\n", b"0123456789" * 99 + b"\n",
             b"x" * 998 + b"\n.y\n", b".\n" * 300, b"\n\n\n", b"one\n\n.\n\ntwo\n", b"line\n" * 60000]
    pairs = [(letter(number, text), letter(number, text)) for number, text in enumerate(texts)]
    pairs.append((letter(90, b"no newline at the end"), letter(90, b"no newline at the end\n")))
    pairs.append((letter(91, b"a lone\rCR\r\rand\r\nCR LF\n"), letter(91, b"a lone\nCR\n\nand\nCR LF\n")))
    return pairs


def relay_for(folder, server, certificates=None, **more):
    tls = "starttls" if certificates else "none"
    relay = Relay(folder, f"localhost:{server.port}", tls=tls, ca=certificates and certificates.authority, **more)
    relay.env["LC_ALL"] = "C"
    return relay


def put(relay, number, content, recipient=RECIPIENT, age=None):
    relay.put(f"{number:03}.x", content, sender=SENDER, recipient=recipient, age=500 - number if age is None else age)


def arrived(server, wanted):
    """Each of these letters is delivered once, and nothing else."""
    wait_until(lambda: len(server.delivered()) >= len(wanted), f"{len(wanted)} messages are delivered")
    got = server.delivered()
    check(copies(wanted, got) == [1] * len(wanted), f"copies: {copies(wanted, got)}")
    check(len(got) == len(wanted), f"{len(got)} messages arrived")


def carries(folder, server, *options):
    """All hard letters arrive octet for octet; the spool is empty."""
    relay = relay_for(folder, server)
    pairs = hard_letters()
    for number, (stored, _) in enumerate(pairs):
        put(relay, number, stored)
    expect(relay.send(*options), 0)
    check(not relay.files() and not relay.bounces(), f"left: {relay.files()}")
    arrived(server, [wanted for _, wanted in pairs])


def refuses_recipient(folder, server, code):
    """One recipient is refused for good: that file bounces, those before and behind it go."""
    relay = relay_for(folder, server)
    letters = [letter(number) for number in range(3)]
    for number, message in enumerate(letters):
        put(relay, number, message, recipient="x@elsewhere.example" if number == 1 else RECIPIENT)
    expect(relay.send(), 0, f"new/001.x bounced: 127.0.0.1 said: {code}", "new/000.x succeeded", "new/002.x succeeded")
    check(len(relay.bounces()) == 1 and not relay.files(), f"{len(relay.bounces())} bounces, left {relay.files()}")
    arrived(server, [letters[0], letters[2]])


def limits_size(folder, server, size):
    """What is beyond the server's SIZE bounces without crossing the line, and the rest goes."""
    relay = relay_for(folder, server)
    letters = [letter(0), letter(1, b"y" * 70 + b"\n" + b"line\n" * (size // 4)), letter(2)]
    for number, message in enumerate(letters):
        put(relay, number, message)
    expect(relay.send(), 0, "new/001.x bounced: 552 5.3.4", "new/000.x succeeded", "new/002.x succeeded")
    check(len(relay.bounces()) == 1, f"{len(relay.bounces())} bounces")
    arrived(server, [letters[0], letters[2]])


def limits_recipients(folder, server, count):
    """More copies than the server takes recipients at once: the rest goes in further transactions of the same call."""
    relay = relay_for(folder, server)
    message = letter(1)
    for number in range(count):
        put(relay, number, message, recipient=f"r{number}@{PROVIDER}")
    done = relay.send("--connections", 1)
    said = expect(done, 0)
    check(said.count(" succeeded: ") == count and not relay.files() and not relay.bounces(), said)
    wait_until(lambda: len(server.delivered()) >= count, f"{count} copies are delivered")
    check(copies([message], server.delivered()) == [count], f"{copies([message], server.delivered())} copies")


def logs_in(folder, server, certificates, mechanisms):
    """Each mechanism logs in under STARTTLS and mail arrives octet for octet; a wrong password sends nothing."""
    relay = relay_for(os.path.join(folder, "good"), server, certificates)
    letters = []
    for number, name in enumerate(mechanisms):
        relay.configure(f"localhost:{server.port}", ca=certificates.authority, auth=f'{SECRET}\nmechanisms = ["{name}"]')
        letters.append(hard_letters()[number][1])
        put(relay, number, letters[-1])
        expect(relay.send(), 0, f"new/{number:03}.x succeeded")
    arrived(server, letters)
    relay = relay_for(os.path.join(folder, "bad"), server, certificates, auth=SECRET, secret="wrong")
    put(relay, 1, letter(1))
    said = expect(relay.send("-t", "0"), 111, f"the login of {USER} was refused: 535")
    check(relay.files() == ["new/001.x"] and not relay.bounces() and "wrong" not in said, said)
    relay = relay_for(os.path.join(folder, "none"), server, certificates)
    put(relay, 1, letter(1))
    relay.send("-t", "0")
    check(len(server.delivered()) == len(letters), "mail was taken without a login")
