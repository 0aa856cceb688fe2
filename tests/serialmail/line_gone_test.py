#!/usr/bin/env python3
"""The line goes: every program ends at once with 111, and what is in doubt is told, by descriptors 6 and 7 and by --line-fd."""
import os
import socket
import subprocess
import time

from spool import BIN, CLIENT, HELO, PREFIX, Listening, Spool, check, expect, main, wait_until

AT_ONCE = 5  # seconds, on a machine that has much to do; each wait that must not be waited for is of minutes
LONG = (b"y" * 1023 + b"\n") * 4000
CLIENTS = {"serialsmtp": (PREFIX, HELO), "serialqmtp": (PREFIX,)}


class Far:
    """The other end of a socket pair: an SMTP server of few words, or a QMTP server that says nothing. It stops reading at will."""

    REPLIES = {b"EHLO": b"250-far\r\n250 PIPELINING\r\n", b"MAIL": b"250 ok\r\n", b"RCPT": b"250 ok\r\n", b"DATA": b"354 go\r\n"}

    def __init__(self, near, reads):
        self.socket, self.reads = near, reads

    def play(self, until):
        """Reads and answers until `until` has come, or until it has read as much as it wants to."""
        count, tail, answered = 0, b"", set()
        while until not in tail and (self.reads is None or count < self.reads):
            block = self.socket.recv(4096)
            check(block, f"the client went first, after {tail!r}")
            count += len(block)
            tail = (tail + block)[-8192:]
            for verb, reply in self.REPLIES.items():
                if verb in tail and verb not in answered:
                    answered.add(verb)
                    self.socket.sendall(reply)


def on_descriptors(spool, client, reads, until, *options, pass_fds=()):
    """maildirserial and a client of ours on a socket pair as descriptors 6 and 7; returns it at the moment wanted."""
    near, far = socket.socketpair()
    other = Far(near, reads)
    # As pppctl's relay does it: the socket is 6 and 7 of maildirserial, which hands them on.
    starter = ("import os, sys\nfd = int(sys.argv[1])\n"
               "for n in (6, 7): os.dup2(fd, n); os.set_inheritable(n, True)\n"
               "os.close(fd) if fd not in (6, 7) else None\nos.execv(sys.argv[2], sys.argv[2:])")
    fd = os.dup2(far.fileno(), 30)
    command = ["python3", "-c", starter, str(fd), os.path.join(BIN, "maildirserial"), *options, spool.path, PREFIX,
               os.path.join(BIN, client), *options, *CLIENTS[client]]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=spool.env,
                               pass_fds=(fd, *pass_fds))
    far.close()
    os.close(fd)
    if client == "serialsmtp":
        near.sendall(b"220 far\r\n")
    other.play(until)
    return process, near


def ended(process, *texts):
    begun = time.monotonic()
    _, said = process.communicate(timeout=60)
    took = time.monotonic() - begun
    check(took < AT_ONCE, f"it took {took:.1f} s")
    check(process.returncode == 111, f"ended with {process.returncode}: {said!r}")
    for text in texts:
        check(text in said.decode(), f"nothing of {text!r} in {said!r}")
    return said.decode()


def each(folder):
    for client in CLIENTS:
        for moment in ("body", "reply"):
            spool = Spool(os.path.join(folder, client, moment))
            spool.put("1.x", LONG if moment == "body" else b"short\n")
            until = b"\r\n.\r\n" if client == "serialsmtp" else b"provider.example,,"
            yield spool, client, moment, (100_000 if moment == "body" else None), until


def left_as(spool, moment, said):
    check(spool.files() == ["new/1.x"], f"{spool.files()}")
    check(("new/1.x: unknown outcome" in said) == (moment == "reply"), said)


def socket_pair(folder):
    """the end of descriptors 6 and 7 ends client and flush at once, in a body and in the wait for the last reply"""
    for spool, client, moment, reads, until in each(folder):
        process, near = on_descriptors(spool, client, reads, until)
        near.close()
        left_as(spool, moment, ended(process, f"{client}: fatal: "))


def word(folder):
    """the word on --line-fd ends client and flush at once without QUIT, in a body and in the wait for the last reply"""
    for spool, client, moment, reads, until in each(folder):
        for says in ("end", "octet"):
            reader, writer = os.pipe()
            process, near = on_descriptors(spool, client, reads, until, "--line-fd", str(reader), pass_fds=(reader,))
            os.close(reader)
            os.write(writer, b"x") if says == "octet" else os.close(writer)
            left_as(spool, moment, ended(process, f"{client}: fatal: the line has gone", "maildirserial: fatal: the line has gone"))
            near.setblocking(False)
            rest = b""
            try:
                while block := near.recv(65536):
                    rest += block
            except BlockingIOError:
                check(False, "the client's end is still open")
            check(b"QUIT" not in rest, f"{client} said QUIT")
            if says == "octet":
                os.close(writer)


class Silent(Listening):
    """Takes a connection, and says nothing."""

    def __init__(self):
        self.connections = []
        super().__init__()

    def accepted(self, connection):
        self.connections.append(connection)


def by_connection(folder):
    """the word ends maildirsmtp and maildirqmtp at once where they connect themselves, and another one finds the line gone"""
    for name, operands in (("maildirsmtp", ("127.0.0.1", HELO)), ("maildirqmtp", ("127.0.0.1",))):
        spool = Spool(os.path.join(folder, name))
        spool.put("1.x")
        server = Silent()
        reader, writer = os.pipe()
        command = [os.path.join(BIN, name), "--port", str(server.port), "--line-fd", str(reader), spool.path, PREFIX, *operands]
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   env=spool.env, pass_fds=(reader,))
        wait_until(lambda server=server: server.connections, "no connection")
        os.close(writer)
        ended(process, "maildirserial: fatal: the line has gone")
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env=spool.env, pass_fds=(reader,),
                              check=False)
        os.close(reader)
        expect(done, 111, "the line has gone")
        check(len(server.connections) == 1, "it connected though the line was gone")


def foreign(folder):
    """a client that does not hear the word is not waited for, and what it said before counts"""
    spool = Spool(folder)
    spool.put("1.x", age=9)
    spool.put("2.x", age=8)
    reader, writer = os.pipe()
    client = spool.program("client", CLIENT + '''
import signal
for n in names():
    say(n, b"K", b"ok")
    signal.pause()
''')
    command = [os.path.join(BIN, "maildirserial"), "--line-fd", str(reader), spool.path, PREFIX, client]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env=spool.env,
                               pass_fds=(reader,))
    wait_until(lambda: spool.files() == ["new/2.x"], "the first was not settled")
    os.close(writer)
    ended(process, "new/1.x succeeded", "the line has gone")
    os.close(reader)


if __name__ == "__main__":
    main(socket_pair, word, by_connection, foreign)
