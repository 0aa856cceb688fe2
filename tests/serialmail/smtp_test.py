#!/usr/bin/env python3
"""maildirsmtp and serialsmtp against a scripted server: what is sent, what every reply means for the file."""
import json
import os
import socket
import subprocess
import threading

from spool import BIN, BODY, HELO, PREFIX, ScriptedServer, Spool, check, expect, main, report


def octets(folder):
    """a message arrives as CR LF lines: dots doubled, a missing last newline added, a lone CR made CR LF, 8-bit text declared"""
    spool = Spool(folder)
    cases = [(b"\n.\n..\n.a\n", b"\r\n.\r\n..\r\n.a\r\n"), (b"no newline", b"no newline\r\n"), (b"", b""), (b"\n", b"\r\n"),
             (b"a\rb\r\nc\n", b"a\r\nb\r\nc\r\n"), (b"gr\xfc\xdfe\n", b"gr\xfc\xdfe\r\n"), (b"x" * 5000, b"x" * 5000 + b"\r\n"),
             (b"." * 8192, b"." * 8192 + b"\r\n"), (b"y" * 8191 + b"\n", b"y" * 8191 + b"\r\n"),
             (b"z" * 16383 + b"\n", b"z" * 16383 + b"\r\n")]
    for number, (content, _) in enumerate(cases):
        spool.put(f"{number:02}.x", content, age=100 - number)
    server = ScriptedServer()
    expect(spool.flush(server), 0)
    got = [data for _, _, data in server.transactions]
    for (content, wanted), data in zip(cases, got):
        check(data == wanted, f"{content[:20]!r} arrived as {data[:40]!r}")
    check(len(got) == len(cases), f"{len(got)} messages")
    declared = [line for line in server.commands if "BODY=8BITMIME" in line]
    check(len(declared) == 1, f"{declared}")


def addresses(folder):
    """envelope addresses are quoted for SMTP, and a quoted Return-Path is not quoted twice"""
    spool = Spool(folder)
    spool.put("1.x", sender='"a b"@office.example', recipient="we ird@provider.example", age=9)
    spool.put("2.x", sender="", recipient="Bert.O'x@Provider.Example", age=8)
    spool.put("3.x", sender="-x@office.example", recipient="-rf@provider.example", age=7)
    server = ScriptedServer()
    expect(spool.flush(server), 0)
    said = [line for line in server.commands if line.startswith(("MAIL", "RCPT"))]
    check(said == ['MAIL FROM:<"a b"@office.example>', 'RCPT TO:<"we ird"@provider.example>', "MAIL FROM:<>",
                   "RCPT TO:<Bert.O'x@Provider.Example>", "MAIL FROM:<-x@office.example>", "RCPT TO:<-rf@provider.example>"],
          f"{said}")


def refusals(folder):
    """a 5xx to MAIL, RCPT, DATA or the end bounces that message, a 4xx keeps it, and the mail behind goes"""
    for step in ("MAIL", "RCPT", "DATA", "end"):
        for code in ("450 4.2.0 later", "550 5.1.1 no"):
            for ehlo in ("250-scripted\r\n250 PIPELINING", "250 scripted"):
                spool = Spool(os.path.join(folder, step + code[0] + str(len(ehlo))))
                spool.put("1.x", age=9)
                spool.put("2.x", age=8)
                good = ScriptedServer.DEFAULTS[step]
                server = ScriptedServer({step: [code, good], "EHLO": ehlo})
                done = spool.flush(server)
                word = "bounced" if code[0] == "5" else "failed temporarily"
                expect(done, 0 if code[0] == "5" else 111, f"new/1.x {word}: 127.0.0.1 said: {code}", "new/2.x succeeded: 127.0.0.1 said: 250 ")
                check(spool.files() == ([] if code[0] == "5" else ["new/1.x"]), f"{step} {code}: left {spool.files()}")
                check(len(spool.bounces()) == (code[0] == "5"), f"{step} {code}: {len(spool.bounces())} bounces")
                check(server.sessions == 1, f"{step} {code}: {server.sessions} sessions")


def session_trouble(folder):
    """421 at any step, a refused greeting or EHLO, and silence are no message's result: everything stays"""
    steps = {step: "421 4.3.2 shutting down" for step in ("connect", "EHLO", "MAIL", "RCPT", "DATA", "end")}
    cases = list(steps.items()) + [("connect", "554 go away"), ("connect", "200 odd"), ("EHLO", None), ("connect", None),
                                   ("MAIL", None), ("DATA", None), ("MAIL", b"250garbage\r\n"), ("MAIL", b"999 x\r\n"), ("MAIL", "99 x"),
                                   ("MAIL", "250-a\r\n251 b"), ("EHLO", b"250-x" * 2000)]
    for number, (step, reply) in enumerate(cases):
        spool = Spool(os.path.join(folder, str(number)))
        spool.put("1.x")
        server = ScriptedServer({step: reply})
        said = expect(spool.flush(server, "-t", "0"), 111, "serialsmtp: fatal: ")
        check("info:" not in said, f"{step} {reply}: {said}")
        check(spool.files() == ["new/1.x"] and not spool.bounces(), f"{step} {reply}: {spool.files()}")
        check("answer" not in spool.journal(), f"{step} {reply}: {spool.journal()}")


def helo(folder):
    """a server that refuses EHLO is asked with HELO; without an EHLO answer nothing is pipelined"""
    spool = Spool(folder)
    spool.put("1.x")
    server = ScriptedServer({"EHLO": "502 what?"})
    expect(spool.flush(server), 0)
    check(server.commands[:2] == [f"EHLO {HELO}", f"HELO {HELO}"], f"{server.commands[:2]}")


def flood(folder):
    """a reply of 10 MB ends the session, and the mail stays"""
    spool = Spool(folder)
    spool.put("1.x")
    for reply in (b"250-" + b"x" * 10_000_000 + b"\r\n", b"250-line\r\n" * 1_000_000 + b"250 end\r\n"):
        server = ScriptedServer({"end": reply})
        expect(spool.flush(server), 111, "serialsmtp: fatal: protocol violation")
        check(spool.files() == ["new/1.x"], "a message was taken for sent")


def too_large(folder):
    """a message larger than the server's SIZE is refused without sending it"""
    spool = Spool(folder)
    spool.put("1.x", b"x" * 3000 + b"\n", age=9)
    spool.put("2.x", age=8)
    server = ScriptedServer({"EHLO": "250-scripted\r\n250 SIZE 1000"})
    expect(spool.flush(server), 0, "new/1.x bounced: 552 5.3.4", "new/2.x succeeded")
    check(len(server.transactions) == 1, "the large message was sent")


def descriptors(folder):
    """serialsmtp speaks over descriptors 6 and 7, and names the server only by TCPREMOTEIP"""
    spool = Spool(folder)
    spool.put("1.x")
    spool.put("2.x")
    server = ScriptedServer()
    for address in (None, "192.0.2.9"):
        connection = socket.create_connection(("127.0.0.1", server.port))
        line = connection.fileno()
        env = {**spool.env, **({"TCPREMOTEIP": address} if address else {})}
        command = ["sh", "-c", f'exec "$@" 6<&{line} 7>&{line}', "sh", os.path.join(BIN, "serialsmtp"), PREFIX, HELO]
        done = subprocess.run(command, input=b"new/1.x\0new/gone\0cur/none\0new/2.x\0", cwd=spool.path, env=env,
                              capture_output=True, pass_fds=(line,), timeout=60, check=False)
        connection.close()
        said = f"{address} said: " if address else ""
        wanted = "".join(f"new/{n}.x\0K{said}250 2.0.0 taken\n" for n in (1, 2)).encode()
        check(done.returncode == 0 and done.stdout == wanted, f"{done}")


def copies(folder):
    """files with the same sender and bytes are one transaction, and each recipient's reply is its own file's"""
    spool = Spool(folder)
    text = b"Subject: to all\n\n" + b"x" * 2000 + b"\n"
    for number in range(4):
        spool.put(f"{number}.x", text, recipient=f"r{number}@provider.example", age=50 - number)
    spool.put("4.x", text, recipient="r1@provider.example", age=45)  # once more for r1
    spool.put("5.x", text[:-2] + b"y\n", recipient="r5@provider.example", age=44)  # as long, and another
    spool.put("6.x", text, sender="carl@office.example", recipient="r6@provider.example", age=43)
    server = ScriptedServer({"RCPT": ["250 ok", "250 ok", "550 no such box", "451 later", "250 ok"]})
    expect(spool.flush(server), 111, "new/2.x bounced: 127.0.0.1 said: 550 no such box\n",
           "new/3.x failed temporarily: 127.0.0.1 said: 451 later\n", "new/0.x succeeded", "new/1.x succeeded",
           "new/4.x succeeded", "new/5.x succeeded", "new/6.x succeeded")
    to = [[recipient[:2] for recipient in recipients] for _, recipients, _ in server.transactions]
    check(to == [["r0", "r1"], ["r1"], ["r5"], ["r6"]], f"{to}")
    check(spool.files() == ["new/3.x"] and len(spool.bounces()) == 1, f"left {spool.files()}")


def goodbye(folder):
    """on a line that was handed down the whole reply to QUIT is read, and of the next session's greeting nothing"""
    spool = Spool(folder)
    greeting = b"220 provider again\r\n"
    for number, farewell in enumerate((b"221 bye\r\n", b"221-bye\r\n221 and come back\r\n", b"421 bye\r\n", b"")):
        name = spool.put(f"{number}.x")
        far, near = socket.socketpair()
        line = near.fileno()
        command = ["sh", "-c", f'exec "$@" 6<&{line} 7>&{line}', "sh", os.path.join(BIN, "serialsmtp"), PREFIX, HELO]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=spool.path,
                              env=spool.env, pass_fds=(line,)) as client, far, near:
            client.stdin.write(name.encode() + b"\0")
            client.stdin.close()
            client.stdin = None
            far.settimeout(20)
            said = b""

            def answer(until, reply):
                nonlocal said
                while until not in said:
                    said += far.recv(4096)
                said = said.split(until, 1)[1]
                far.sendall(reply)

            far.sendall(b"220 provider\r\n")
            answer(b"EHLO office.example\r\n", b"250 provider\r\n")
            answer(b"MAIL FROM:<anna@office.example>\r\n", b"250 ok\r\n")
            answer(b"RCPT TO:<bert@provider.example>\r\n", b"250 ok\r\n")
            answer(b"DATA\r\n", b"354 go\r\n")
            answer(b"\r\n.\r\n", b"250 taken\r\n")
            answer(b"QUIT\r\n", farewell + greeting if farewell else b"")
            if not farewell:
                far.shutdown(socket.SHUT_WR)
            out, errors = client.communicate(timeout=20)
            check(client.returncode == 0, f"{farewell}: {client.returncode} {errors}")
            check(b"\0K" in out, f"{farewell}: {out}")
            if farewell:
                near.setblocking(False)
                check(near.recv(4096) == greeting, f"{farewell}: the next session does not find its greeting")


def usage(folder):
    """a wrong command line is one line and exit 100"""
    spool = Spool(folder)
    for program, words in (("serialsmtp", ["x"]), ("serialsmtp", ["--port", "9", "x", "y"]), ("serialsmtp", ["x", "a b"]),
                           ("serialsmtp", ["--connect", "h", "--port", "70000", "x", "y"]), ("maildirsmtp", ["a", "b", "c"]),
                           ("maildirsmtp", ["a", "b", "c", "d\r\nMAIL"]), ("maildirsmtp", ["-t", "1x", "a", "b", "c", "d"]),
                           ("maildirserial", ["a", "b"]), ("maildirserial", ["-t", "-1", "a", "b", "c"]), ("maildirserial", ["--repo", "a", "b", "c"]),
                           ("maildirserial", ["--report-fd", "77", "a", "b", "c"]), ("setlock", ["f"]), ("setlock", ["-q", "f", "true"])):
        done = spool.run(program, *words)
        check(done.returncode == 100, f"{program} {words}: {done}")
        check(done.stderr.decode().count("\n") == 1 and done.stdout == b"", f"{program} {words}: {done}")
    check(spool.run("maildirserial", "-b", "-t1209600", spool.path, PREFIX, "true", "-b").returncode == 0, "the client's options were read")


def nobody(folder):
    """a server that does not answer is three attempts and exit 111, and nothing is bounced however old"""
    spool = Spool(folder)
    spool.put("1.x", age=400 * 86400)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        done = spool.run("maildirsmtp", "--port", port, "-t", "0", spool.path, PREFIX, "127.0.0.1", HELO)
    said = expect(done, 111, "maildirserial: fatal: making no progress, giving up")
    check(said.count("unable to connect to 127.0.0.1 port") == 3, said)
    check(spool.files() == ["new/1.x"] and not spool.bounces(), "it was bounced")


def progress(folder):
    """the client reports the beginning of a body and the octets of it"""
    spool = Spool(folder)
    spool.put("1.x", BODY)
    server = ScriptedServer()
    events = [e for e in report(expect(spool.flush(server, "--report-fd", "2"), 0)) if e["event"] != "line"]
    check([e["event"] for e in events] == ["planned", "begin", "result", "end"], f"{events}")
    check(events[1] == {"event": "begin", "file": "new/1.x", "octets": len(BODY) + BODY.count(b"\n")}, f"{events[1]}")


def octets_sent(folder):
    """the octets of a long body are reported while it is on its way"""
    spool = Spool(folder)
    lines_sent = 200
    spool.put("1.x", (b"y" * 65535 + b"\n") * lines_sent)  # more than the sockets' buffers hold
    events, seen = [], threading.Event()
    reader, writer = os.pipe()

    def read_events():
        with os.fdopen(reader, encoding="ascii") as lines:
            for line in lines:
                events.append(json.loads(line))
                if events[-1]["event"] == "octets":
                    seen.set()

    line = SlowLine(ScriptedServer().port, seen)
    thread = threading.Thread(target=read_events, daemon=True)
    thread.start()
    done = spool.run("maildirsmtp", "--port", line.port, "--report-fd", writer, spool.path, PREFIX, "127.0.0.1", HELO,
                     pass_fds=(writer,))
    os.close(writer)
    thread.join(30)
    expect(done, 0)
    begun = [e["octets"] for e in events if e["event"] == "begin"]
    sent = [e["sent"] for e in events if e["event"] == "octets"]
    check(begun == [lines_sent * 65537], f"{begun}")
    check(sent and sent == sorted(sent) and 0 < sent[0] and sent[-1] <= begun[0] + 3, f"{sent}")


class SlowLine:
    """Passes octets; from 100 kB on the client's go slowly, until an event."""

    def __init__(self, port, event):
        self._server_port, self._event = port, event
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 65536)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(1)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._run, daemon=True).start()

    def _run(self):
        client, _ = self._socket.accept()
        server = socket.create_connection(("127.0.0.1", self._server_port))
        threading.Thread(target=self._pass, args=(server, client, False), daemon=True).start()
        self._pass(client, server, True)

    def _pass(self, source, target, slowly):
        passed = 0
        try:
            while octets := source.recv(65536):
                target.sendall(octets)
                passed += len(octets)
                if slowly and passed > 100_000:
                    self._event.wait(0.02)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one of the ends is gone


def hosts(folder):
    """HOST may be a name, an address, a bracketed address or 0"""
    spool = Spool(folder)
    server = ScriptedServer()
    for number, host in enumerate(("localhost", "127.0.0.1", "[127.0.0.1]", "0")):
        spool.put(f"{number}.x")
        expect(spool.run("maildirsmtp", "--port", server.port, spool.path, PREFIX, host, HELO), 0)


if __name__ == "__main__":
    main(octets, addresses, copies, refusals, session_trouble, helo, flood, too_large, descriptors, goodbye, usage, nobody, progress, octets_sent,
         hosts)
