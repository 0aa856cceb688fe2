#!/usr/bin/env python3
"""maildirqmtp and serialqmtp against a scripted server: what is sent, what every response means, lines that are cut or full."""
import os
import re
import signal
import socket
import subprocess
import threading

from qmtp_server import QmtpServer
from spool import BIN, BODY, FULL, PREFIX, CuttingProxy, Listening, ScriptedServer, Spool, check, expect, keep, lines, main, report, wait_until

MAX_IN_FLIGHT = 64
CUT_MESSAGES = 10
CUTS = 200 if FULL else 20


def flush(spool, port, *options, **more):
    return spool.run("maildirqmtp", "--port", port, *options, spool.path, PREFIX, "127.0.0.1", **more)


def octets(folder):
    """a message arrives as LF lines with its envelope: dots as they are, a missing last newline added, a CR made LF"""
    spool = Spool(folder)
    cases = [(b"\n.\n..\n.a\n", b"\n.\n..\n.a\n"), (b"no newline", b"no newline\n"), (b"", b""), (b"\n", b"\n"),
             (b"a\rb\r\nc\n", b"a\nb\nc\n"), (b"gr\xfc\xdfe\n", b"gr\xfc\xdfe\n"), (b"y" * 8191 + b"\n", b"y" * 8191 + b"\n"),
             (b"." * 8192, b"." * 8192 + b"\n"), (b"z\r\n" * 100_000, b"z\n" * 100_000)]
    for number, (content, _) in enumerate(cases):
        spool.put(f"{number:02}.x", content, age=100 - number)
    server = QmtpServer()
    expect(flush(spool, server.port), 0)
    check([message for message, _, _ in server.packages] == [b"\n" + wanted for _, wanted in cases], f"{server.packages}"[:500])
    check(server.sessions == 1 and not spool.files(), f"{server.sessions} sessions, left {spool.files()}")


def addresses(folder):
    """envelope addresses go out unquoted, and the null sender is empty"""
    spool = Spool(folder)
    spool.put("1.x", sender='"a b"@office.example', recipient="we ird@provider.example", age=9)
    spool.put("2.x", sender="", recipient="Bert.O'x@Provider.Example", age=8)
    server = QmtpServer()
    expect(flush(spool, server.port), 0)
    said = [(sender, recipients) for _, sender, recipients in server.packages]
    check(said == [(b"a b@office.example", [b"we ird@provider.example"]), (b"", [b"Bert.O'x@Provider.Example"])], f"{said}")


def responses(folder):
    """K removes a file, D bounces it, Z keeps it, and each response is that of its own file"""
    spool = Spool(folder)
    for number in range(1, 7):
        spool.put(f"{number}.x", age=20 - number)
    answers = ["Kok 1", "Dno such box\nhere", "Zlater", "Kok 4", "Z", "D\x1b[31mred"]
    server = QmtpServer(lambda number, _: answers[number])
    said = expect(flush(spool, server.port), 111, "new/1.x succeeded: 127.0.0.1 said: ok 1\n", "new/4.x succeeded: 127.0.0.1 said: ok 4\n",
                  "new/2.x bounced: 127.0.0.1 said: no such box?here\n", "new/6.x bounced: 127.0.0.1 said: ?[31mred\n",
                  "new/3.x failed temporarily: 127.0.0.1 said: later\n", "new/5.x failed temporarily: 127.0.0.1 said: \n")
    check("unknown" not in said, said)
    check(spool.files() == ["new/3.x", "new/5.x"], f"left {spool.files()}")
    check(len(spool.bounces()) == 2 and server.sessions == 1, f"{len(spool.bounces())} bounces, {server.sessions} sessions")


def copies(folder):
    """files with the same sender and bytes are one package, and each recipient's response is its own file's"""
    spool = Spool(folder)
    text = b"Subject: to all\n\n" + b"x" * 2000 + b"\n"
    for number in range(4):
        spool.put(f"{number}.x", text, recipient=f"r{number}@provider.example", age=50 - number)
    spool.put("4.x", text, recipient="r1@provider.example", age=45)  # once more for r1
    spool.put("5.x", text[:-2] + b"y\n", recipient="r5@provider.example", age=44)  # as long, and another
    spool.put("6.x", text, sender="carl@office.example", recipient="r6@provider.example", age=43)
    answers = {"r2@provider.example": "Dno such box", "r3@provider.example": "Zlater"}
    server = QmtpServer(lambda _, recipient: answers.get(recipient, "Kok"))
    expect(flush(spool, server.port), 111, "new/2.x bounced: 127.0.0.1 said: no such box\n",
           "new/3.x failed temporarily: 127.0.0.1 said: later\n", "new/0.x succeeded", "new/4.x succeeded", "new/6.x succeeded")
    to = [[r.decode().split("@")[0] for r in recipients] for _, _, recipients in server.packages]
    check(to == [["r0", "r1", "r2", "r3"], ["r1"], ["r5"], ["r6"]], f"{to}")
    check(spool.files() == ["new/3.x"] and len(spool.bounces()) == 1, f"left {spool.files()}")


def streamed(folder):
    """packages follow each other without waiting for a response, and no more than the bound are unanswered"""
    spool = Spool(folder)
    for number in range(100):
        spool.put(f"{number:03}.x", age=200 - number)
    server = QmtpServer(answers_at_end=50)
    expect(flush(spool, server.port), 0)
    check(server.sessions == 1 and len(server.taken) == 100, f"{server.sessions} sessions, {len(server.taken)} taken")

    for number in range(100):
        spool.put(f"{number:03}.x", age=200 - number)
    silent = QmtpServer(answers_at_end=1000)
    client = spool.start("maildirqmtp", "--port", silent.port, spool.path, PREFIX, "127.0.0.1")
    wait_until(lambda: silent.most_unanswered >= MAX_IN_FLIGHT, "a full flight")
    for order in (signal.SIGTERM, signal.SIGINT):  # the second order to stop cuts
        client.send_signal(order)
    client.communicate(timeout=30)
    check(silent.most_unanswered == MAX_IN_FLIGHT, f"{silent.most_unanswered} unanswered")
    check(len(spool.files()) == 100, f"{len(spool.files())} left")


def late(folder):
    """a server that answers late: nothing is removed before its answers, and they count"""
    spool = Spool(folder)
    spool.put("1.x", age=9)
    spool.put("2.x", age=8)
    hold = threading.Event()
    server = QmtpServer(hold=hold)
    client = spool.start("maildirqmtp", "--port", server.port, spool.path, PREFIX, "127.0.0.1")
    wait_until(lambda: len(server.packages) == 1, "the first package")
    check(len(spool.files()) == 2, "a file was removed before its answer")
    hold.set()
    _, said = client.communicate(timeout=30)
    check(client.returncode == 0 and not spool.files(), f"{client.returncode}, left {spool.files()}: {said!r}")


def both_full(folder):
    """a server that reads nothing until its long answer is read does not stop the session"""
    spool = Spool(folder)
    for number in range(30):
        spool.put(f"{number:02}.x", b"x" * 99 + b"\n" + b"y" * 300_000, age=100 - number)
    server = QmtpServer("K" + "a" * 60_000, small=True)
    expect(flush(spool, server.port), 0, "new/00.x succeeded", "new/29.x succeeded")
    check(len(server.taken) == 30, f"{len(server.taken)} taken")


def slow_reader(folder):
    """a slow reader is no trouble, and the octets of a long body are reported while it is on its way"""
    spool = Spool(folder)
    spool.put("1.x", (b"y" * 1023 + b"\n") * 3000)
    server = QmtpServer(small=True, slow=4096)
    events = report(expect(flush(spool, server.port, "--report-fd", "2"), 0))
    begun = [e for e in events if e["event"] == "begin"]
    sent = [e["sent"] for e in events if e["event"] == "octets"]
    check(begun == [{"event": "begin", "file": "new/1.x", "octets": 3000 * 1024}], f"{begun}")
    check(sent and sent == sorted(sent) and 0 < sent[0] and sent[-1] <= 3000 * 1024, f"{sent}")
    check([e["class"] for e in events if e["event"] == "result"] == ["accepted"], f"{events}")


def session_trouble(folder):
    """a response that is none, too long or surplus, and a lost connection are no message's result: those files stay, unknown"""
    cases = [b"0:,", b"1:X,", b"220 mail ESMTP\r\n", b"3:Kok;", b"65537:K", b"200000000:K" + b"x" * 100_000, b"01:K,", b"5:Kcu", None]
    for number, answer in enumerate(cases):
        spool = Spool(os.path.join(folder, str(number)))
        spool.put("1.x", age=9)
        server = QmtpServer(lambda n, _, answer=answer: answer if n == 0 else None)
        said = expect(flush(spool, server.port, "-t", "0"), 111, "serialqmtp: fatal: ", "new/1.x: unknown outcome; it stays for the next run")
        check("info:" not in said, f"{answer!r}: {said}")
        check(spool.files() == ["new/1.x"] and not spool.bounces(), f"{answer!r}: {spool.files()}")
        check("\tanswer" not in spool.journal() and "answer " not in spool.journal(), f"{answer!r}: {spool.journal()}")
    spool = Spool(os.path.join(folder, "surplus"))
    spool.put("1.x", age=9)
    server = QmtpServer(b"3:Kok,3:Kok,")
    done = flush(spool, server.port)
    check(done.returncode in (0, 111) and not spool.files(), f"{done}")  # by then the session may have ended well


def cut_inside(folder):
    """a connection lost inside a package leaves no doubt about that one, and it is sent again in the same run"""
    spool = Spool(folder)
    spool.put("1.x", b"x" * 999_999 + b"\n", age=9)
    server = QmtpServer(cut_in=100_000)
    said = expect(flush(spool, server.port), 0, "serialqmtp: fatal: network ", "new/1.x succeeded")
    check("unknown" not in said and server.sessions == 2 and len(server.packages) == 1, said)


def early(folder):
    """a response to a package that has not been sent to its end removes nothing"""
    spool = Spool(folder)
    spool.put("1.x", b"x" * 9_999_999 + b"\n", age=9)
    hasty = Hasty()
    expect(flush(spool, hasty.port), 111, "remote protocol violation: a response that nobody asked for")
    check(spool.files() == ["new/1.x"], "it was removed")


class Hasty(Listening):
    """Answers before it has read anything."""

    def accepted(self, connection):
        connection.sendall(b"3:Kok,")
        keep(Connection(connection))


class Connection:
    def __init__(self, connection):
        self._connection = connection

    def stop(self):
        self._connection.close()


def bad_files(folder):
    """malformed files, one with a NUL and one that is gone do not hold up the mail behind them"""
    spool = Spool(folder)
    spool.put("1.x", head=b"Return-Path: nobody\n", age=9)
    spool.put("2.x", b"a\0b\n", age=8)
    spool.put("3.x", age=7)
    server = QmtpServer()
    said = expect(flush(spool, server.port), 111, "new/3.x succeeded", "a NUL in the message cannot be sent")
    check(spool.files() == ["new/1.x", "new/2.x"] and len(server.packages) == 1, said)
    check("hold" in spool.journal(), spool.journal())


def stopping(folder):
    """an order to stop ends the offering, what is in flight is waited for, the rest stays"""
    spool = Spool(folder)
    for number in range(10):
        spool.put(f"{number}.x", age=20 - number)
    hold = threading.Event()
    server = QmtpServer(hold=hold, answers_at_end=1)
    small = b"x" * 400_000 + b"\n"  # more than the sockets hold: the server's silence stops the stream
    for number in range(1, 10):
        spool.put(f"{number}.x", small * 20, age=20 - number)
    client = spool.start("maildirqmtp", "--port", server.port, spool.path, PREFIX, "127.0.0.1")
    wait_until(lambda: len(server.packages) == 1, "the first package")
    client.terminate()
    hold.set()
    _, said = client.communicate(timeout=60)
    left = spool.files()
    check(client.returncode == 111 and 0 < len(left) < 10, f"{client.returncode}, left {left}: {said!r}")
    check(len(server.taken) == 10 - len(left) and b"unknown" not in said, f"{said!r}")


def descriptors(folder):
    """serialqmtp speaks over descriptors 6 and 7, and names the server only by TCPREMOTEIP"""
    spool = Spool(folder)
    spool.put("1.x")
    spool.put("2.x")
    server = QmtpServer()
    for address in (None, "192.0.2.9"):
        connection = socket.create_connection(("127.0.0.1", server.port))
        line = connection.fileno()
        env = {**spool.env, **({"TCPREMOTEIP": address} if address else {})}
        command = ["sh", "-c", f'exec "$@" 6<&{line} 7>&{line}', "sh", os.path.join(BIN, "serialqmtp"), PREFIX]
        done = subprocess.run(command, input=b"new/1.x\0new/gone\0cur/none\0new/2.x\0", cwd=spool.path, env=env,
                              capture_output=True, pass_fds=(line,), timeout=60, check=False)
        connection.close()
        said = f"{address} said: " if address else ""
        wanted = "".join(f"new/{n}.x\0K{said}ok\n" for n in (1, 2)).encode()
        check(done.returncode == 0 and done.stdout == wanted, f"{done}")


def relayed(folder):
    """over a socket pair, as a line is handed down, little is in flight before the other end reads"""
    spool = Spool(folder)
    for number in range(60):
        spool.put(f"{number:02}.x", b"x" * 1000 + b"\n", age=100 - number)
    ours, theirs = socket.socketpair()
    line = theirs.fileno()
    command = ["sh", "-c", f'exec "$@" 6<&{line} 7>&{line}', "sh", os.path.join(BIN, "serialqmtp"), PREFIX]
    names = b"".join(f"new/{number:02}.x\0".encode() for number in range(60))
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=spool.path,
                          env=spool.env, pass_fds=(line,)) as client:
        theirs.close()
        client.stdin.write(names)
        client.stdin.close()
        client.stdin = None
        ours.settimeout(30)
        first = ours.recv(1)  # it has begun, and nobody reads
        wait_until(lambda: "sending" in spool.journal(), "a package with its last octets noted")
        ours.close()
        out, said = client.communicate(timeout=60)
    check(first == b"1" and client.returncode == 111 and out == b"", f"{first} {client.returncode} {out!r} {said!r}")
    sent = spool.journal().count("sending") - spool.journal().count("unsent")
    check(sent < 12, f"{sent} packages sent before anything was read")


def usage(folder):
    """a wrong command line is one line and exit 100"""
    spool = Spool(folder)
    for program, words in (("serialqmtp", []), ("serialqmtp", ["x", "y"]), ("serialqmtp", ["--port", "9", "x"]),
                           ("serialqmtp", ["--connect", "h", "--port", "70000", "x"]), ("maildirqmtp", ["a", "b"]),
                           ("maildirqmtp", ["a", "b", "c", "d"]), ("maildirqmtp", ["-t", "1x", "a", "b", "c"]),
                           ("maildirqmtp", ["--report-fd", "1", "a", "b", "c"]), ("serialqmtp", ["--report-fd", "77", "p"])):
        done = spool.run(program, *words)
        check(done.returncode == 100, f"{program} {words}: {done}")
        check(done.stderr.decode().count("\n") == 1 and done.stdout == b"", f"{program} {words}: {done}")


def by_smtp(folder):
    """where QMTP is refused and SMTP is not, the mail goes by SMTP, and for a day QMTP is not tried again"""
    spool = Spool(folder)
    spool.put("1.x", age=9)
    server = ScriptedServer()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        options = ("--smtp", "office.example", "--smtp-port", server.port)
        expect(flush(spool, port, *options), 0, f"port {port} (127.0.0.1): Connection refused; going on by SMTP", "new/1.x succeeded")
        check("EHLO office.example" in server.commands, f"{server.commands}")
    qmtp = QmtpServer(port=port)  # it is there now, and not asked
    spool.put("2.x", age=8)
    said = expect(flush(spool, port, *options), 0, "new/2.x succeeded")
    check("going on" not in said and not qmtp.packages, said)
    note = os.path.join(spool.path, ".offhook", "no-qmtp")
    with open(note, encoding="ascii") as file:
        noticed, rest = file.read().split(" ", 1)
    check(rest == f"127.0.0.1 {port}\n", rest)
    with open(note, "w", encoding="ascii") as file:
        file.write(f"{int(noticed) - 86400} {rest}")
    spool.put("3.x", age=7)
    expect(flush(spool, port, *options), 0, "new/3.x succeeded")
    check(len(qmtp.packages) == 1 and len(server.transactions) == 2, f"{qmtp.packages}, {server.transactions}")


def away(folder):
    """where neither QMTP nor SMTP answers nothing is remembered, and the first is named"""
    spool = Spool(folder)
    spool.put("1.x", age=9)
    with socket.socket() as closed, socket.socket() as other:
        closed.bind(("127.0.0.1", 0))
        other.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        expect(flush(spool, port, "--smtp", "office.example", "--smtp-port", other.getsockname()[1]), 111,
               f"unable to connect to 127.0.0.1 port {port}")
    check(not os.path.exists(os.path.join(spool.path, ".offhook", "no-qmtp")), "it was remembered")


def nobody(folder):
    """a server that does not answer is three attempts and exit 111, and nothing is bounced however old"""
    spool = Spool(folder)
    spool.put("1.x", age=400 * 86400)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        said = expect(flush(spool, closed.getsockname()[1], "-t", "0"), 111, "making no progress, giving up")
    check(said.count("unable to connect to 127.0.0.1 port") == 3, said)
    check(spool.files() == ["new/1.x"] and not spool.bounces(), "it was bounced")


def flush_cut(folder, limit, direction):
    """One flush cut after `limit` octets, then flushes over a good line until the spool is empty. Returns octets and doubles."""
    spool = Spool(folder)
    messages = [BODY + b"%d\n" % number + b"x" * (number * 97 % 900) + b"\n" for number in range(CUT_MESSAGES)]
    for number, message in enumerate(messages):
        spool.put(f"{number}.x", message, age=50 - number)
    server = QmtpServer()
    proxy = CuttingProxy(server.port, limit, direction)
    first = flush(spool, proxy.port)
    unknown = set(re.findall(r"new/(\d+)\.x: unknown outcome; it stays", "\n".join(lines(first))))
    for _ in range(3):
        if spool.files():
            last = flush(spool, server.port)
            check(last.returncode == 0, f"cut after {limit}: {last}")
    proxy.stop()
    server.stop()
    counts = [server.taken.count(message) for message in messages]
    doubled = {str(number) for number, count in enumerate(counts) if count > 1}
    check(not spool.files() and all(counts), f"cut after {limit} {direction}: lost {counts.count(0)}, left {spool.files()}")
    check(len(server.taken) == sum(counts), f"cut after {limit} {direction}: something arrived that was not sent")
    check(doubled <= unknown and max(counts) <= 2, f"cut after {limit} {direction}: {counts}, unknown were {unknown}")
    if limit is None:
        check(first.returncode == 0 and not unknown, f"an uncut flush: {first}")
    return proxy.passed, len(doubled), len(unknown)


def cuts(folder):
    """a line cut anywhere, in either direction: none lost, none doubled but those whose outcome was told as unknown"""
    for direction in ("up", "down", "both"):
        whole, _, _ = flush_cut(os.path.join(folder, direction), None, direction)
        results = [flush_cut(os.path.join(folder, f"{direction}{index}"), 1 + index * (whole - 1) // CUTS, direction)
                   for index in range(CUTS)]
        print(f"{CUTS} cuts over {whole} octets {direction}: none lost, {sum(r[1] for r in results)} doubled, "
              f"{sum(r[2] for r in results)} unknown")


if __name__ == "__main__":
    main(octets, addresses, responses, copies, streamed, late, both_full, slow_reader, session_trouble, cut_inside, early, bad_files,
         stopping, descriptors, relayed, usage, by_smtp, away, nobody, cuts)
