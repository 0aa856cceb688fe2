#!/usr/bin/env python3
"""Other people's SMTP programs against ours: smtp-sink, swaks, smtp-source, tcpserver, tcpclient."""
import os
import subprocess

from kit import (OFFICE, PREFIX, PROVIDER, SPOOL, Process, ScriptedServer, TcpServer, accepts, body, check, copies, flush,
                 free_port, keep, letter, main, maildir_files, office, peer, peer_env, provider, read, spool_file, wait_until)

EIGHT_BIT = "Grüße\n.\n..\n.dot\n".encode()


def served_provider(folder, *staff):
    """A provider whose mta-smtpd runs under real tcpserver."""
    path = peer("usr/bin/tcpserver")
    host = provider(folder, *staff)
    host.start_qmgr()
    return host, keep(TcpServer(path, host, os.path.join(folder, "smtpd.log")))


def sink(folder):
    """maildirsmtp into smtp-sink: every message once, and the spool is empty"""
    port, dumps = free_port(), os.path.join(folder, "dumps")
    os.makedirs(dumps)
    program = peer("usr/sbin/smtp-sink")
    Process([program, *(["-u", "root"] if os.getuid() == 0 else []), "-8", "-d", os.path.join(dumps, "%s."),
             f"127.0.0.1:{port}", "10"], os.path.join(folder, "sink.log"), env=peer_env())
    wait_until(lambda: accepts(port), "smtp-sink listens")
    host = office(folder)
    letters = [letter(number) for number in range(10)] + [letter(10, EIGHT_BIT), letter(11, b"x" * 900 + b"\n")]
    for number, message in enumerate(letters):
        spool_file(host, number, message)
    done = flush(host, port)
    check(done.returncode == 0, f"the flush ended with {done.returncode}: {done.stderr.decode()!r}")
    check(not host.spooled(SPOOL), "the spool is not empty")
    # A dump begins with lines of smtp-sink's own about the envelope, then stands the message as it came.
    arrived = [read(os.path.join(dumps, name)).replace(b"\r\n", b"\n") for name in os.listdir(dumps)]
    for message in letters:
        count = sum(body(message) in one and message.split(b"\n")[4] in one for one in arrived)
        check(count == 1, f"{count} copies of {message.split(bytes([10]))[4]!r}")


def swaks(folder):
    """swaks into mta-smtpd under tcpserver: accepted, refused and pipelined mail"""
    program = peer("usr/bin/swaks")
    host, server = served_provider(folder, "bert", "carla")

    def say(*arguments, to=f"bert@{PROVIDER}"):
        return subprocess.run(["perl", program, "--server", f"127.0.0.1:{server.port}", "--helo", OFFICE, "--from",
                               f"anna@{OFFICE}", "--to", to, *arguments], capture_output=True, timeout=60, check=False,
                              env={**os.environ, **peer_env()})

    done = say("--header", "Subject: one", "--body", "a body\n.\nwith dots", to=f"bert@{PROVIDER},carla@{PROVIDER}")
    check(done.returncode == 0, f"swaks ended with {done.returncode}: {done.stdout.decode()}{done.stderr.decode()}")
    done = say("--pipeline", "--header", "Subject: two", "--body", "pipelined")
    check(done.returncode == 0, f"swaks --pipeline ended with {done.returncode}: {done.stdout.decode()}")
    done = say(to="somebody@elsewhere.example")
    check(done.returncode == 24 and b"\n<** 5" in done.stdout, f"relaying: {done.returncode} {done.stdout.decode()}")
    wait_until(lambda: len(host.received("bert")) == 2 and len(host.received("carla")) == 1, "three deliveries")
    check(any(b"a body\n.\nwith dots\n" in one for one in host.received("carla")), "the dots did not arrive")


def source(folder):
    """smtp-source into mta-smtpd under tcpserver: 60 messages over 4 sessions at once"""
    program = peer("usr/sbin/smtp-source")
    host, server = served_provider(folder)
    done = subprocess.run([program, "-4", "-s", "4", "-m", "60", "-l", "3000", "-f", f"anna@{OFFICE}", "-t",
                           f"bert@{PROVIDER}", f"127.0.0.1:{server.port}"], capture_output=True, timeout=120, check=False,
                          env={**os.environ, **peer_env()})
    check(done.returncode == 0, f"smtp-source ended with {done.returncode}: {done.stderr.decode()}")
    wait_until(lambda: len(host.received("bert")) == 60, "60 deliveries", 60)
    sizes = {len(body(message)) for message in host.received("bert")}
    check(len(sizes) <= 2 and min(sizes) >= 2000, f"bodies of {sizes} octets")


def tcpclient(folder):
    """serialsmtp under real tcpclient: a K result with the server's address for each name, nothing else"""
    program = peer("usr/bin/tcpclient")
    host = office(folder)
    letters = [letter(number) for number in range(3)]
    names = [spool_file(host, number, message) for number, message in enumerate(letters)]
    server = ScriptedServer()
    done = subprocess.run([program, "-RHl0", "--", "127.0.0.1", str(server.port), host.program("serialsmtp"), PREFIX, OFFICE],
                          input=b"".join(b"new/" + name.encode() + b"\0" for name in names), capture_output=True, timeout=60,
                          check=False, cwd=host.spool(SPOOL), env=host.env)
    check(done.returncode == 0, f"tcpclient ended with {done.returncode}: {done.stderr.decode()}")
    records = dict(line.split(b"\0") for line in done.stdout.splitlines())
    check(sorted(records) == sorted(b"new/" + name.encode() for name in names), f"results for {sorted(records)}")
    check(all(text.startswith(b"K127.0.0.1 said: 250") for text in records.values()), f"results: {records}")
    check(copies(letters, server.messages()) == [1, 1, 1], "not every message arrived once")
    check(len(maildir_files(host.spool(SPOOL))) == 3, "serialsmtp itself removed files")


def maildirserial(folder):
    """maildirserial with tcpclient and serialsmtp in serialmail's own order of arguments empties the spool"""
    program = peer("usr/bin/tcpclient")
    host = office(folder)
    letters = [letter(number) for number in range(5)]
    for number, message in enumerate(letters):
        spool_file(host, number, message)
    server = ScriptedServer()
    done = host.run("maildirserial", "-b", "-t", "1209600", "--", host.spool(SPOOL), PREFIX, program, "-RHl0", "--",
                    "127.0.0.1", server.port, host.program("serialsmtp"), PREFIX, OFFICE)
    check(done.returncode == 0, f"maildirserial ended with {done.returncode}: {done.stderr.decode()}")
    said = done.stderr.decode()
    check(said.count("succeeded: 127.0.0.1 said: 250") == 5, f"stderr: {said}")
    check(copies(letters, server.messages()) == [1] * 5, "not every message arrived once")
    check(not host.spooled(SPOOL), "the spool is not empty")


if __name__ == "__main__":
    main(sink, swaks, source, tcpclient, maildirserial)
