#!/usr/bin/env python3
"""What a flush tells people and programs of itself: the summary, --json, the line's octets and idle time, the progress line."""
import json
import os
import pty
import re
import subprocess

from qmtp_server import QmtpServer
from spool import BIN, CLIENT, HELO, PREFIX, CuttingProxy, ScriptedServer, Spool, after, check, expect, lines, main, report

SUMMARY = "maildirserial: info: "


def summary_of(done):
    return [line[len(SUMMARY):] for line in lines(done) if re.match(SUMMARY + "(sent (mail|[0-9])|on the line:|left over:)", line)]


def in_json(done):
    said = done.stdout.decode().splitlines()
    check(len(said) == 1, f"no single line: {said}")
    return json.loads(said[0])


def for_people(folder):
    """the summary tells messages, recipients, octets, time, and what is left and why, and only where it is asked for"""
    spool = Spool(folder)
    for recipient in ("bert", "carla"):  # one message to two
        spool.put(f"1.{recipient}", b"Subject: x\n\n" + b"y" * 5000 + b"\n", recipient=f"{recipient}@provider.example")
    spool.put("2.x")
    spool.put("3.bad", head=b"")
    spool.put("4.long", b"z" * 200_000 + b"\n")
    spool.put("5.later", recipient="later@provider.example", age=1)
    server = ScriptedServer({"RCPT": ["250 ok", "250 ok", "250 ok", "450 later"]})
    done = spool.flush(server, "--summary", "--max-size", "100k")
    expect(done, 111)
    said = summary_of(done)
    check(len(said) == 3, f"{said}")
    check(re.fullmatch(r"sent 2 messages to 3 recipients, 5\.\d kB of mail, in \d+\.\d s", said[0]), said[0])
    check(re.fullmatch(r"on the line: \d\.\d kB up, \d+ B down in \d+\.\d s, .*/s up, idle \d+ %", said[1]), said[1])
    check(said[2] == "left over: 3 (1 deferred by the server, 1 on hold, 1 by the bound on size)", said[2])
    silent = spool.flush(server, "--max-size", "100k")
    check(not summary_of(silent) and not silent.stdout, f"said without being asked: {silent}")


def for_programs(folder):
    """--json prints one object on standard output, and its octets are those that crossed the line, by SMTP and by QMTP"""
    for name, server, options in (("smtp", ScriptedServer(), (HELO,)), ("qmtp", QmtpServer(), ())):
        spool = Spool(os.path.join(folder, name))
        for number in range(20):
            spool.put(f"{number}.x", b"y" * 1000 + b"\n", age=100 - number)
        proxy = CuttingProxy(server.port, direction="up")
        done = spool.run("maildir" + name, "--port", proxy.port, "--json", spool.path, PREFIX, "127.0.0.1", *options)
        expect(done, 0)
        told = in_json(done)
        check(told["event"] == "summary" and told["messages"] == 20 and told["sent"] == 20 and told["exit"] == 0, f"{told}")
        # Segments that the kernel sent a second time crossed the line too.
        check(-len("QUIT\r\n") <= told["up"] - proxy.passed <= proxy.passed // 2, f"{name}: {told['up']} octets told, {proxy.passed} crossed")
        check(20 * 1001 <= told["mail"] < told["up"] and told["down"] > 0, f"{told}")
        check(0 <= told["idle"] <= told["line_seconds"] <= told["seconds"], f"{told}")


def idle(folder):
    """a server that thinks leaves the line idle, over all connections together, and that is measured"""
    spool = Spool(folder)
    spool.put("1.x")
    slow = {step: after(0.3, text) for step, text in ScriptedServer.DEFAULTS.items() if step != "QUIT"}
    told = in_json(spool.flush(ScriptedServer(slow), "--json"))
    check(told["line_seconds"] > 1.5 and told["idle"] > 0.9 * told["line_seconds"] - 0.3, f"{told}")


def several_passes(folder):
    """the passes of a run are summed up, and a session that breaks counts too"""
    spool = Spool(folder)
    for number in range(3):
        spool.put(f"{number}.x", b"y" * 1000 + b"\n", age=100 - number)
    server = ScriptedServer({"end": ["250 taken", None, "250 taken"]})
    told = in_json(spool.flush(server, "--json"))
    check(server.sessions == 2, f"{server.sessions} sessions")
    check(told["messages"] == 2 and told["sent"] == 2 and told["unknown"] == 1 and told["exit"] == 111, f"{told}")
    check(abs(told["up"] - len(server.received)) <= 3 * 1100, f"{told} of {len(server.received)}")


def foreign(folder):
    """of a client that tells nothing of the line the summary says what is known"""
    spool = Spool(folder)
    spool.put("1.x")
    done = spool.serial(CLIENT + 'for n in names(): say(n, b"K", b"ok")', "--summary", "--json")
    expect(done, 0)
    said = summary_of(done)
    check(len(said) == 2 and said[0].startswith("sent mail to 1 recipient in ") and said[1] == "left over: 0", f"{said}")
    told = in_json(done)
    check(told["sent"] == 1 and "up" not in told, f"{told}")


def in_order(folder):
    """the client's report goes on to ours in one stream: a body begins before its result, the line is told, the end is last"""
    spool = Spool(folder)
    spool.put("1.x")
    events = report(expect(spool.flush(ScriptedServer(), "--report-fd", "2"), 0))
    kinds = [event["event"] for event in events]
    check(kinds.index("planned") < kinds.index("begin") < kinds.index("result") and kinds[-1] == "end", f"{kinds}")
    told = [event for event in events if event["event"] == "line"][-1]
    check(told["messages"] == 1 and told["up"] > told["mail"] > 0 and told["seconds"] >= told["idle"] >= 0, f"{told}")


def reader_gone(folder):
    """nobody reads the summary: the mail goes and the exit status stays"""
    spool = Spool(folder)
    spool.put("1.x")
    reader, writer = os.pipe()
    os.close(reader)
    server = ScriptedServer()
    command = [os.path.join(BIN, "maildirsmtp"), "--port", str(server.port), "--json", spool.path, PREFIX, "127.0.0.1", HELO]
    done = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=writer, stderr=subprocess.PIPE, timeout=60, env=spool.env, check=False)
    os.close(writer)
    expect(done, 0, "new/1.x succeeded", "unable to write output")
    check(not spool.files(), "it is still there")


def terminal(folder):
    """on a terminal one line shows the progress and is cleared before any other, the client's too; the summary comes last"""
    spool = Spool(folder)
    for number in range(4):
        spool.put(f"{number}.x", b"y" * 1000 + b"\n", age=100 - number)
    server = ScriptedServer({"end": after(0.4, "250 taken"), "QUIT": "221 bye"})
    server.replies["end"] = [after(0.4, "250 taken"), after(0.4, "250 taken"), after(0.4, "421 going down")]
    master, slave = pty.openpty()
    command = [os.path.join(BIN, "maildirsmtp"), "--port", str(server.port), "--connections", "1", spool.path, PREFIX, "127.0.0.1", HELO]
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=slave, env=spool.env)
    os.close(slave)
    said = b""
    while True:
        try:
            block = os.read(master, 4096)
        except OSError:  # the last one has closed it
            break
        said += block
    check(process.wait(60) == 111, f"ended with {process.returncode}")
    text = said.decode()
    check(re.search(r"\rmaildirserial: \d of 4, .* of \d\.\d kB \(\d+ %\)", text), f"no progress: {text!r}")
    check("serialsmtp: fatal: " in text, f"nothing of the client: {text!r}")
    for line in text.split("\n"):
        # What stands there when the line ends: behind the last return to the first column, cleared before.
        written, _, rest = line.rstrip("\r").rpartition("\r")
        check(not written or re.search(r"\r *$", written) or not rest, f"written over the progress line: {line!r}")
        check(not re.match(r"maildirserial: \d of 4", rest), f"the progress line stays: {line!r}")
    check("left over: " in text.rstrip().split("\n")[-1], f"{text!r}")


if __name__ == "__main__":
    main(for_people, for_programs, idle, several_passes, foreign, in_order, reader_gone, terminal)
