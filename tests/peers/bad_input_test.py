#!/usr/bin/env python3
"""What bad input gets: one clear line, the right exit status, nothing lost, and the mail behind a bad file still goes."""
import os
import shutil
import socket
import subprocess

from kit import (OFFICE, PROVIDER, SPOOL, Listener, ScriptedServer, body, check, copies, flush, keep, letter, main, office,
                 provider, read, spool_file, wait_until)

SENDER, TO = f"anna@{OFFICE}", f"bert@{PROVIDER}"


def raw_spool_file(host, number, octets, age=20):
    """A file in the spool with exactly these octets, older than the good ones."""
    name = spool_file(host, number, b"", age=age)
    path = os.path.join(host.spool(SPOOL), "new", name)
    times = os.stat(path)
    with open(path, "wb") as file:
        file.write(octets)
    os.utime(path, (times.st_atime, times.st_mtime))
    return name


def envelope(sender=SENDER, recipient=TO):
    return f"Return-Path: <{sender}>\nDelivered-To: alias-ppp-{recipient}\n".encode("latin-1")


def log_lines(done, name):
    return [line for line in done.stderr.decode().splitlines() if name in line]


def held_file(folder, octets, word=""):
    """Flushes a spool of one bad file and good ones behind it: the good go, the bad stays, with one line that says why."""
    os.makedirs(folder)
    host = office(folder)
    bad = raw_spool_file(host, 99, octets)
    good = [letter(number) for number in range(3)]
    for number, message in enumerate(good):
        spool_file(host, number, message)
    server = ScriptedServer()
    done = flush(host, server.port)
    what = f"{octets[:60]!r}"
    check(copies(good, server.messages()) == [1, 1, 1], f"{what}: the mail behind did not go: {done.stderr.decode()!r}")
    check(len(server.messages()) == 3, f"{what}: {len(server.messages())} messages went: {server.commands!r}")
    check([os.path.basename(path) for path in host.spooled(SPOOL)] == [bad], f"{what}: in the spool {host.spooled(SPOOL)}")
    check(read(host.spooled(SPOOL)[0]) == octets, f"{what}: it was changed")
    said = log_lines(done, bad)
    check(len(said) == 1 and word in said[0], f"{what}: not one line with {word!r}: {done.stderr.decode()!r}")
    check(done.returncode == 111, f"{what}: ended with {done.returncode}")
    check(all(ord(c) in range(32, 127) for c in said[0]), f"{what}: unescaped octets in {said[0]!r}")


def spool_files(folder):
    """spool files without envelope lines, with NUL, with impossible addresses: held and named, the others go"""
    bad = [b"", b"Subject: no envelope at all\n\nbody\n", b"Return-Path: <" + SENDER.encode() + b">\nSubject: half\n\nbody\n",
           b"Return-Path: " + SENDER.encode() + b"\nDelivered-To: alias-ppp-" + TO.encode() + b"\n\nbody\n",
           envelope() + b"Subject: NUL\n\na\0b\n", envelope(recipient="a\rDATA@" + PROVIDER) + b"Subject: CR\n\nbody\n",
           envelope(recipient="x" * 2000 + "@" + PROVIDER) + b"Subject: long\n\nbody\n",
           envelope(sender="a\0b@" + OFFICE) + b"Subject: NUL in the sender\n\nbody\n", envelope()[:-1]]
    for number, octets in enumerate(bad):
        held_file(os.path.join(folder, str(number)), octets)


def mended(folder):
    """a missing last newline is added, a lone CR goes out as CR LF, an address that begins with - stays an address"""
    host = office(folder)
    raw_spool_file(host, 1, envelope(recipient=f"-oQ/tmp@{PROVIDER}") + b"Subject: one\n\nno newline at the end", age=30)
    raw_spool_file(host, 2, envelope() + b"Subject: two\n\na\rb\r\nc\n", age=20)
    server = ScriptedServer()
    done = flush(host, server.port)
    check(done.returncode == 0 and not host.spooled(SPOOL), f"{done.returncode} {done.stderr.decode()!r}")
    taken = [(recipients, data) for _, recipients, data in server.transactions]
    check(taken[0] == ([f"-oQ/tmp@{PROVIDER}"], b"Subject: one\r\n\r\nno newline at the end\r\n"), f"{taken[0]!r}")
    check(taken[1][1] == b"Subject: two\r\n\r\na\r\nb\r\nc\r\n", f"{taken[1]!r}")


def replies(folder):
    """a reply of 10 MB, without end or without sense: 111, one line, the mail stays"""
    endless = b"250-" + b"x" * 10_000_000 + b"\r\n250 done\r\n"
    many = b"250-more\r\n" * 1_000_000 + b"250 done\r\n"
    for number, (step, reply) in enumerate([("EHLO", endless), ("EHLO", many), ("connect", b"220" + b"x" * 10_000_000),
                                            ("MAIL", b"250 \x1b]0;bad\x07\r\n"), ("end", b"999 what\r\n"), ("end", b"25\r\n"),
                                            ("RCPT", "no code at all\r\n".encode()), ("connect", b"\0\0\0\r\n")]):
        part = os.path.join(folder, str(number))
        os.makedirs(part)
        host = office(part)
        message = letter(number)
        spool_file(host, number, message)
        server = ScriptedServer({step: lambda reply=reply: Reply(reply)})
        done = flush(host, server.port)
        what = f"{step} {reply[:30]!r}"
        text = done.stderr.decode()
        check("\x1b" not in text and "\x07" not in text, f"{what}: control characters in {text!r}")
        check(len(text) < 20_000, f"{what}: {len(text)} octets of log")
        if step == "MAIL":
            check(done.returncode == 0 and copies([message], server.messages()) == [1], f"{what}: {text!r}")
            continue
        check(done.returncode == 111 and text, f"{what}: {done.returncode} {text!r}")
        check(len(host.spooled(SPOOL)) == 1, f"{what}: the mail is gone")
        server.replies[step] = ScriptedServer.DEFAULTS[step]
        done = flush(host, server.port)
        check(done.returncode == 0 and not host.spooled(SPOOL), f"{what}, then sense: {done.returncode} {done.stderr.decode()!r}")


class Reply(bytes):
    """A reply whose code the scripted server need not understand."""

    def __getitem__(self, key):
        return b"250"[key] if isinstance(key, slice) else super().__getitem__(key)


def arguments(folder):
    """sendmail refuses addresses with CR, LF, 2,000 octets, and NUL in a message, each with one line and its sysexit"""
    host = office(folder)
    host.start_qmgr()
    body = b"Subject: x\n\nbody\n"
    for recipient in ("a\rb@" + PROVIDER, "a\nRCPT TO:<x@y>@" + PROVIDER, "x" * 2000 + "@" + PROVIDER):
        done = host.sendmail(body, recipient, sender=SENDER)
        check(done.returncode in (64, 65, 67), f"{recipient[:30]!r}: {done.returncode} {done.stderr!r}")
        check(done.stderr.count(b"\n") == 1, f"{recipient[:30]!r}: {done.stderr!r}")
    done = host.sendmail(b"Subject: x\n\na\0b\n", TO, sender=SENDER)
    check(done.returncode == 65 and done.stderr.count(b"\n") == 1, f"NUL: {done.returncode} {done.stderr!r}")
    done = host.sendmail(b"Subject: ends\r\n\r\none\rtwo\r\nthree\nfour", f"-oQ@{PROVIDER}", sender=SENDER)
    check(done.returncode == 0, f"a leading - after --: {done.returncode} {done.stderr!r}")
    wait_until(lambda: host.spooled(SPOOL) and not host.queued(), "the good one is spooled")
    check(len(host.spooled(SPOOL)) == 1, f"{len(host.spooled(SPOOL))} files in the spool")
    spooled = read(host.spooled(SPOOL)[0])
    check(spooled.startswith(b"Return-Path: <" + SENDER.encode() + b">\nDelivered-To: alias-ppp--oQ@"), f"{spooled[:100]!r}")
    check(spooled.endswith(b"\n\none\ntwo\nthree\nfour\n"), f"{spooled[-60:]!r}")


def queue_contract(folder):
    """mta-queue: an envelope cut short, of no form or with 2,000 octets gets its code and queues nothing"""
    host = office(folder)
    host.start_qmgr()
    path = os.path.join(folder, "envelope")
    for octets, status in ((b"", 54), (b"F" + SENDER.encode(), 54), (b"Fa@b\0Tc@d\0", 54), (b"Xa\0\0", 91), (b"Fa@b\0Xc@d\0\0", 91),
                           (b"Fa@b\0T" + b"x" * 2000 + b"\0\0", 11), (b"Fa@b\0Tc\rd@e\0\0", 31)):
        with open(path, "wb") as file:
            file.write(octets)
        with open(path, "rb") as file, open(os.devnull, "rb") as message:
            done = subprocess.run([host.program("mta-queue")], stdin=message, stdout=file, stderr=subprocess.PIPE, timeout=60,
                                  check=False, env=host.env)
        check(done.returncode == status, f"{octets[:20]!r}: {done.returncode}, expected {status}: {done.stderr!r}")
    check(not host.queued() and not host.spooled(SPOOL), "something was queued")


def torn_journal(folder):
    """a torn record at the end of the spool's journal is ignored, and the spool is flushed"""
    host = office(folder)
    messages = [letter(number) for number in range(3)]
    for number, message in enumerate(messages):
        spool_file(host, number, message)
    server = ScriptedServer({"RCPT": "450 4.3.0 later"})
    check(flush(host, server.port).returncode == 111, "a flush of refused mail ends with 111")
    journal = os.path.join(host.spool(SPOOL), ".offhook", "journal")
    whole = read(journal)
    check(whole, "the journal is empty after refusals")
    for torn in (whole[:-7], whole + b"answer 1795\xff\x00", whole + b"\0" * 4096, b"rubbish"):
        with open(journal, "wb") as file:
            file.write(torn)
        done = flush(host, server.port)
        check(done.returncode == 111 and len(host.spooled(SPOOL)) == 3, f"{torn[-20:]!r}: {done.stderr.decode()!r}")
    server.replies["RCPT"] = "250 ok"
    done = flush(host, server.port)
    check(done.returncode == 0 and copies(messages, server.messages()) == [1, 1, 1], f"{done.stderr.decode()!r}")


def cut_entry(folder):
    """a queue file cut short is named in the log and kept; the other mail in the queue goes"""
    host = office(folder)
    shutil.rmtree(os.path.join(host.home("anna"), "Maildir"))
    with open(os.path.join(host.home("anna"), "Maildir"), "wb"):
        pass  # a file: nothing can be delivered, and the entries stay
    host.start_qmgr()
    messages = [letter(number, to=SENDER) for number in range(4)]
    for message in messages:
        check(host.sendmail(message, SENDER, sender=SENDER).returncode == 0, "sendmail failed")
    wait_until(lambda: len(host.queued()) == 4, "four entries in the queue")
    host.stop_qmgr()
    paths = [os.path.join(host.state, "queue", "new", name) for name in host.queued()]
    for path, length in zip(paths, (0, 10, 200)):
        os.truncate(path, length)
    whole = next(message for message in messages if body(message) in read(paths[3]))
    os.unlink(os.path.join(host.home("anna"), "Maildir"))
    host.mailboxes("anna")
    host.start_qmgr()
    check(host.run("mta-queuectl", "run").returncode == 0, "mta-queuectl run failed")
    wait_until(lambda: len(host.received("anna")) == 1, "the whole entry is delivered")
    check(copies([whole], host.received("anna")) == [1], "another message was delivered")
    for path in paths[:3]:
        name = os.path.basename(path)
        kept = [os.path.join(place, name) for place, _, names in os.walk(host.state) if name in names]
        check(len(kept) == 1, f"{name} is gone")
        check(name in host.log(), f"no word of {name} in the log: {host.log()}")
    done = host.mailq()
    check(done, "mailq says nothing of a queue with broken entries")


def talk(port, *octets):
    """Sends each piece after the reply to the one before it; returns all that came until the server closed."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as line:
        said = line.recv(65536)
        for piece in octets:
            line.sendall(piece)
            said += b"| " + line.recv(65536)
        line.shutdown(socket.SHUT_WR)
        while rest := line.recv(65536):
            said += rest
    return said


def smuggling(folder):
    """mta-smtpd: only CR LF . CR LF ends a message; a bare CR, LF or NUL gets 550 5.5.2, nothing queued, the end"""
    host = provider(folder)
    host.start_qmgr()
    server = keep(Listener(host, os.path.join(folder, "smtpd.log")))
    start = (f"EHLO {OFFICE}\r\n".encode(), f"MAIL FROM:<{SENDER}>\r\n".encode(), f"RCPT TO:<{TO}>\r\n".encode(), b"DATA\r\n")
    second = f"MAIL FROM:<smuggler@{OFFICE}>\r\nRCPT TO:<{TO}>\r\nDATA\r\nSubject: smuggled\r\n\r\nbody\r\n.\r\n".encode()
    for end in (b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n.\r\r\n", b"\0\r\n.\r\n", b"a\nb\r\n.\r\n",
                b"a\rb\r\n.\r\n"):
        said = talk(server.port, *start, b"Subject: one\r\n\r\nbody" + end + second)
        check(b"354" in said and b"550 5.5.2" in said, f"{end!r}: {said!r}")
        check(said.count(b"\r\n250 2.0.0") == 0 and b"queued" not in said, f"{end!r}: {said!r}")
    said = talk(server.port, *start, b"Subject: good\r\n\r\n..dot\r\n.\r\n", b"QUIT\r\n")
    check(b"550" not in said, f"a good message: {said!r}")
    wait_until(lambda: host.received("bert") and not host.queued(), "the good message is delivered")
    check(len(host.received("bert")) == 1, f"{len(host.received('bert'))} messages arrived")
    check(host.received("bert")[0].endswith(b"Subject: good\n\n.dot\n"), f"{host.received('bert')[0]!r}")


def chunks(folder):
    """mta-smtpd: no octet of a chunk is a command, whether the chunk is taken or refused"""
    host = provider(folder)
    host.start_qmgr()
    server = keep(Listener(host, os.path.join(folder, "smtpd.log")))
    mail = f"MAIL FROM:<{SENDER}>\r\n".encode()
    rcpt = f"RCPT TO:<{TO}>\r\n".encode()
    inside = f"RSET\r\n.\r\nMAIL FROM:<smuggler@{OFFICE}>\r\nRCPT TO:<{TO}>\r\nDATA\r\n".encode()
    bdat = b"BDAT %d\r\n%s" % (len(inside), inside)
    last = b"BDAT %d LAST\r\n%s" % (len(inside), inside)
    hello = f"EHLO {OFFICE}\r\n".encode()
    said = talk(server.port, hello + mail + b"RCPT TO:<x@elsewhere.example>\r\n" + bdat + last + b"RSET\r\nQUIT\r\n")
    codes = [line[:3] for line in said.splitlines() if line[3:4] == b" "]
    check(codes[-6:] == [b"250", b"553", b"554", b"503", b"250", b"221"], f"refused chunks: {said!r}")
    said = talk(server.port, hello + mail + rcpt + b"BDAT 5\r\na\nb\r\n" + last + b"RSET\r\nQUIT\r\n")
    check(b"550 5.5.2 bare LF" in said and b"\r\n503" in said and b"\r\n221" in said, f"a bare LF: {said!r}")
    good = b"Subject: good\r\n\r\n"
    said = talk(server.port, hello + mail + rcpt + b"BDAT %d\r\n" % len(good) + good + last + b"QUIT\r\n")
    check(b" qp " in said and b"\r\n221" in said, f"a good message: {said!r}")
    wait_until(lambda: host.received("bert") and not host.queued(), "the good message is delivered")
    check(len(host.received("bert")) == 1, f"{len(host.received('bert'))} messages arrived")
    check(host.received("bert")[0].endswith((good + inside).replace(b"\r\n", b"\n")), f"{host.received('bert')[0]!r}")


def commands(folder):
    """mta-smtpd: over-long, unknown and ill-formed commands get one reply each, and the session goes on"""
    host = provider(folder)
    host.start_qmgr()
    server = keep(Listener(host, os.path.join(folder, "smtpd.log")))
    pieces = [(b"EHLO x\r\n", b"250"), (b"\x1b[2J\r\n", b"50"), (b"MAIL FROM:<" + b"x" * 2000 + b"@b>\r\n", b"5"),
              (b"RCPT TO:<a@b>\r\n", b"503"), (b"MAIL FROM:<a@office.example> FOO=bar\r\n", b"5"),
              (b"MAIL FROM:<a@office.example>\r\n", b"250"), (b"RCPT TO:<a@elsewhere.example>\r\n", b"55"),
              (b"RCPT TO:<-x@" + PROVIDER.encode() + b">\r\n", b"250"), (b"RSET\r\n", b"250"), (b"QUIT\r\n", b"221")]
    said = talk(server.port, *(piece for piece, _ in pieces)).split(b"| ")[1:]
    for (piece, code), reply in zip(pieces, said):
        check(reply.startswith(code), f"{piece[:40]!r}: {reply!r}, expected {code!r}")
    check(b"\x1b" not in b"".join(said), "a control character came back")


def configuration(folder):
    """a typing error in a configuration file stops the program with 100 and names file and line"""
    for name, lines, words in (("routes", ["# a comment", "* Provider! alias-ppp-"], ("routes", "2")),
                               ("routes", ["*"], ("routes", "1")),
                               ("users/assign", ["=anna:me:0:x:/tmp:::", "."], ("assign", "1")),
                               ("users/assign", ["=anna:me:0:0:/tmp:::"], ("assign",))):
        part = os.path.join(folder, str(len(os.listdir(folder))))
        os.makedirs(part)
        host = office(part)
        with open(os.path.join(host.config, name), "w", encoding="ascii") as file:
            file.writelines(line + "\n" for line in lines)
        done = host.run("mta-qmgr", timeout=20)
        text = done.stderr.decode()
        check(done.returncode == 100, f"{name} {lines}: {done.returncode} {text!r}")
        check(text.count("\n") == 1 and all(word in text for word in words), f"{name} {lines}: {text!r}")


if __name__ == "__main__":
    main(spool_files, mended, replies, arguments, queue_contract, torn_journal, cut_entry, smuggling, chunks, commands,
         configuration)
