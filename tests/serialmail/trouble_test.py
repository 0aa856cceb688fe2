#!/usr/bin/env python3
"""Bad files, broken sessions, answers that come too late, signals, and spools that cannot be written."""
import os
import re
import signal
import subprocess
import threading
import time

from spool import BIN, BODY, CLIENT, HELO, PREFIX, CuttingProxy, ScriptedServer, Spool, check, expect, main, read, report, sealed, skip, wait_until

DAY = 86400
NUL = "a NUL in the message cannot be sent"


def bad_files(folder):
    """malformed files of every kind are named with their fault and put aside, one with a NUL is held, and the mail behind them goes"""
    spool = Spool(folder)
    good = f"Return-Path: <a@b>\nDelivered-To: {PREFIX}x@y\n".encode()
    bad = {"00": b"", "01": b"Subject: no envelope\n\nx\n", "02": b"Return-Path: <a@b>\n", "03": b"Return-Path: a@b\n" + good[19:],
           "04": good[:-1], "05": b"return-path: <a@b>\n" + good[19:], "06": good + b"x\0y\n", "07": b"Return-Path: <>x\n" + good[19:],
           "08": b"Return-Path: <" + b"a" * 20000 + b"@b>\n" + good[19:], "09": b"Return-Path: <a@b>\nDelivered-To: " + PREFIX.encode() + b"\n",
           "10": b"Return-Path: <a@b>\nDelivered-To: " + PREFIX.encode() + b"x\r\nMAIL@y\n", "11": b"Return-Path: <a\rb@c>\n" + good[19:],
           "12": b"Return-Path: <" + b"a" * 2000 + b"@b>\n" + good[19:], "13": b"Return-Path: <a\0b@c>\n" + good[19:]}
    for name, text in bad.items():
        spool.put(f"{name}.bad", b"", head=text, age=int(name) * -1 + 100)
    spool.put("50.foreign", head=b"Return-Path: <a@b>\nDelivered-To: somebody@z\n", age=60)
    spool.put("99.good", age=50)
    server = ScriptedServer()
    said = expect(spool.flush(server), 111, "new/99.good succeeded")
    for name in bad:
        named = [line for line in said.splitlines() if f"new/{name}.bad" in line]
        check(len(named) == 1 and named[0].startswith("maildirserial: warning: "), f"{name}: {named}")
    check("foreign" not in said and len(server.transactions) == 1 and server.sessions == 1, said)
    check(spool.files() == ["new/06.bad", "new/50.foreign"], f"{spool.files()}")
    aside = {name: read(os.path.join(spool.path, ".offhook", "bad", f"{name}.bad")) for name in bad if name != "06"}
    check(aside == {name: text for name, text in bad.items() if name != "06"}, "they were changed on the way")
    check(spool.journal().count(" hold ") == 1, spool.journal())
    before = spool.journal()
    expect(spool.flush(server), 111, "new/06.bad is on hold: " + NUL, f"info: 13 malformed files lie in {spool.path}/.offhook/bad")
    check(server.sessions == 1, "a session for files on hold alone")
    check(len(spool.journal()) <= len(before), "the journal grows with every flush")
    spool.put("06.bad", age=1)  # somebody put it right
    expect(spool.flush(server), 0, "new/06.bad succeeded")


def malformed_that_stay(folder):
    """a malformed file that may be unfinished stays on hold, and so do more of them than a spool can have by accident"""
    spool = Spool(folder)
    server = ScriptedServer()
    spool.put("1.young", head=b"", content=b"Return-Pa", age=10)
    spool.put("2.good", age=50)
    expect(spool.flush(server), 111, "new/1.young is on hold: ", "new/2.good succeeded")
    check(spool.files() == ["new/1.young"] and spool.journal().count(" hold ") == 1, f"{spool.files()} {spool.journal()}")
    spool.put("1.young", age=1)  # it is whole now
    expect(spool.flush(server), 0, "new/1.young succeeded")
    os.makedirs(os.path.join(spool.path, ".offhook", "bad"))
    with open(os.path.join(spool.path, ".offhook", "bad", "3.same"), "wb"):
        pass
    spool.put("3.same", head=b"", content=b"another")
    expect(spool.flush(server), 111, "new/3.same is on hold: ")
    check(spool.files() == ["new/3.same"], f"{spool.files()}")
    for number in range(16):
        spool.put(f"mail{number:02}", head=b"", content=b"Subject: of a mailbox\n\nx\n")
    expect(spool.flush(server), 111, f"17 malformed files: is {spool.path} a spool?", "new/mail15 is on hold: ")
    check(len(spool.files()) == 17, f"{spool.files()}")


def unreadable(folder):
    """a file that cannot be read, and what is no file, are named, and the mail behind them goes"""
    spool = Spool(folder)
    spool.put("1.secret", age=9)
    spool.put("2.good", age=8)
    os.symlink("/etc/passwd", os.path.join(spool.path, "new", "3.link"))
    os.mkdir(os.path.join(spool.path, "new", "4.folder"))
    os.mkfifo(os.path.join(spool.path, "new", "5.pipe"))
    os.chmod(os.path.join(spool.path, "new", "1.secret"), 0)
    server = ScriptedServer()
    # Root reads everything, but for this.
    blinders = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.getuid() == 0 else []
    done = subprocess.run([*blinders, os.path.join(BIN, "maildirsmtp"), "--connections", "1", "--port", str(server.port), spool.path,
                           PREFIX, "127.0.0.1", HELO], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, env=spool.env, check=False)
    said = expect(done, 111, "new/2.good succeeded", "warning: unable to open new/1.secret: Permission denied")
    check(server.sessions == 1, f"{server.sessions} sessions")
    for name in ("3.link", "4.folder", "5.pipe"):
        check(f"new/{name} is no regular file" in said, said)
    spool.put("6.good", age=7)
    done = subprocess.run([*blinders, os.path.join(BIN, "serialsmtp"), "--connect", "127.0.0.1", "--port", str(server.port), PREFIX, HELO],
                          input=b"new/1.secret\0new/6.good\0", capture_output=True, timeout=60, cwd=spool.path, check=False)
    check(done.returncode == 0 and b"new/1.secret\0L" in done.stdout and b"new/6.good\0K" in done.stdout, f"{done}")


def climbing(folder):
    """serialsmtp sends no file outside of its maildir, and says L about it"""
    spool = Spool(folder)
    with open(os.path.join(folder, "outside"), "wb") as file:
        file.write(f"Return-Path: <a@b>\nDelivered-To: {PREFIX}x@y\n\nsecret\n".encode())
    server = ScriptedServer()
    names = ["../outside", os.path.join(folder, "outside"), "new/../../outside", "new/none"]
    done = subprocess.run([os.path.join(BIN, "serialsmtp"), "--connect", "127.0.0.1", "--port", str(server.port), PREFIX, HELO],
                          input=b"".join(n.encode() + b"\0" for n in names), cwd=spool.path, capture_output=True, timeout=60, check=False)
    check(done.returncode == 0 and done.stdout == b"".join(n.encode() + b"\0Lnot a file of this maildir\n" for n in names[:3]), f"{done}")
    check(not server.transactions, "it was sent")


def before_dot(folder):
    """a session cut before the last octet of a body leaves no doubt, and the file is sent once"""
    spool = Spool(folder)
    spool.put("1.x", b"x" * 40 * 1000 * 100)
    server = ScriptedServer()
    proxy = CuttingProxy(server.port, 200_000, "up")
    expect(spool.run("maildirsmtp", "--port", proxy.port, spool.path, PREFIX, "127.0.0.1", HELO), 111, "making no progress")
    said = expect(spool.flush(server), 0, "new/1.x succeeded")
    check("unknown outcome" not in said and len(server.transactions) == 1, said)


def after_dot(folder):
    """a session cut before the reply to the body leaves an unknown outcome: told, not tried again in that run, then sent again"""
    spool = Spool(folder)
    spool.put("1.x", age=9)
    spool.put("2.x", age=8)
    server = ScriptedServer({"end": [None, "250 2.0.0 taken"]})
    said = expect(spool.flush(server, "--report-fd", "2"), 111, "new/1.x: unknown outcome", "new/2.x succeeded")
    check(report(said)[-1] == {"event": "end", "sent": 1, "refused": 0, "deferred": 0, "left": 1, "unknown": 1, "exit": 111}, said)
    said = expect(spool.flush(server, "--report-fd", "2"), 0,
                  "maildirserial: info: new/1.x: unknown outcome of the last attempt; sending again", "new/1.x succeeded")
    check(report(said)[0]["unknown"] == 1 and report(said)[-1]["unknown"] == 0, said)
    check(spool.files() == [] and len(server.transactions) == 2, f"{spool.files()}")


def killed(folder):
    """a flush killed between the body and its reply leaves an unknown outcome, and its client does not outlive it"""
    spool = Spool(folder)
    spool.put("1.x")
    hold = threading.Event()
    server = ScriptedServer({"end": lambda: hold.wait(60) and "250 late"})
    run = spool.start("maildirsmtp", "--port", server.port, spool.path, PREFIX, "127.0.0.1", HELO)
    wait_until(lambda: server.received.endswith(b"\r\n.\r\n"), "the body has arrived")
    run.kill()
    run.communicate()
    good = ScriptedServer()
    expect(spool.flush(good), 0, "unknown outcome of the last attempt", "new/1.x succeeded")
    hold.set()


def lifetimes(folder):
    """-t counts from the first answer, never from the file's age, and only 4xx answers count"""
    spool = Spool(folder)
    spool.put("1.x", age=30 * DAY)
    server = ScriptedServer({"RCPT": "450 4.2.0 later"})
    expect(spool.flush(server, "-t", "20"), 111, "new/1.x failed temporarily")
    check(not spool.bounces() and spool.files() == ["new/1.x"], "an old file was bounced at its first answer")
    age(spool, "1.x", 19)
    expect(spool.flush(server, "-t", "20"), 111, "new/1.x failed temporarily")
    age(spool, "1.x", 100)
    expect(spool.flush(server, "-t", "20"), 0, "new/1.x bounced: 127.0.0.1 said: 450 4.2.0 later")
    check(b"450 4.2.0 later\nI'm not going to try again" in spool.bounces()[0], f"{spool.bounces()}")


def age(spool, name, seconds, trusted="trusted"):
    """Writes the journal anew: one answer about the file, so long ago."""
    spool.write_journal(f"answer {name} {int(time.time()) - seconds} {trusted} Z text")


def wrong_clock(folder):
    """while the clock is behind what it was nothing expires, and answers do not count"""
    spool = Spool(folder)
    spool.put("1.x")
    server = ScriptedServer({"RCPT": "450 4.2.0 later"})
    expect(spool.flush(server, "-t", "20"), 111)
    age(spool, "1.x", 100)
    state = os.path.join(spool.path, ".offhook", "clock")
    with open(state, "w", encoding="ascii") as file:
        file.write(sealed(f"floor {int(time.time()) + 1000}"))
    expect(spool.flush(server, "-t", "20"), 111, "new/1.x failed temporarily")
    check(" untrusted " in spool.journal() and not spool.bounces(), spool.journal())
    os.unlink(state)
    age(spool, "1.x", 100, "untrusted")
    expect(spool.flush(server, "-t", "20"), 111, "new/1.x failed temporarily")
    check(not spool.bounces(), "an answer of an untrusted time counted")


def torn_journal(folder):
    """a torn last record is ignored and written over, and records of later versions are kept"""
    spool = Spool(folder)
    spool.put("1.x")
    server = ScriptedServer({"RCPT": "450 4.2.0 later"})
    expect(spool.flush(server), 111)
    path = os.path.join(spool.path, ".offhook", "journal")
    foreign = "priority 1.x 5"
    with open(path, "ab") as file:
        file.write(sealed(foreign).encode() + b"12345678 answer 1.x 17")
    expect(spool.flush(server), 111)
    check(foreign in spool.journal() and "answer 1.x 17\n" not in spool.journal(), spool.journal())
    check(all(re.fullmatch("[0-9a-f]{8}( [!-~]+)+", line) for line in spool.journal().splitlines()), spool.journal())
    spool.put("2.x")
    os.unlink(os.path.join(spool.path, "new", "1.x"))
    expect(spool.flush(server), 111)
    check(" answer 1.x " not in spool.journal() and " answer 2.x " in spool.journal(), spool.journal())


def signal_taken(process):
    """Waits until no signal is pending for the process."""
    none = [f"{kind}Pnd:\t{0:016x}".encode() for kind in ("Sig", "Shd")]
    wait_until(lambda: all(line in read(f"/proc/{process.pid}/status") for line in none), "the signal is taken")


def stopping(folder):
    """SIGTERM lets the message in hand end, takes its result, offers no more and leaves 111"""
    spool = Spool(folder)
    for number in range(10):
        spool.put(f"{number}.x", age=100 - number)
    go_on = threading.Event()
    server = ScriptedServer({"end": lambda: go_on.wait(60) and "250 taken"})
    run = spool.start("maildirsmtp", "--port", server.port, spool.path, PREFIX, "127.0.0.1", HELO)
    wait_until(lambda: " sending 0.x " in spool.journal(), "the first body is on its way")
    run.send_signal(signal.SIGTERM)
    signal_taken(run)
    go_on.set()
    _, said = run.communicate(timeout=60)
    check(run.returncode == 111 and b"new/0.x succeeded" in said, f"{run.returncode} {said}")
    check(b"unknown" not in said and server.sessions == 1, f"{said}")
    check(len(server.transactions) == 10 - len(spool.files()) and 1 <= len(server.transactions) <= 4, f"{len(server.transactions)} sent")
    check("QUIT" in server.commands, "no QUIT")


def stopping_twice(folder):
    """a second SIGTERM ends the run at once"""
    spool = Spool(folder)
    spool.put("1.x")
    client = spool.program("client", CLIENT + "import signal\nfor n in names(): open('seen', 'w'); signal.pause()")
    run = spool.start("maildirserial", spool.path, PREFIX, client)
    wait_until(lambda: os.path.exists(os.path.join(spool.path, "seen")), "the client has its name")
    run.send_signal(signal.SIGTERM)
    signal_taken(run)
    run.send_signal(signal.SIGTERM)
    began = time.monotonic()
    run.communicate(timeout=30)
    check(run.returncode == 111 and time.monotonic() - began < 10 and spool.files() == ["new/1.x"], f"{run.returncode}")


def stopping_client(folder):
    """SIGTERM to serialsmtp alone ends the session behind the message in hand"""
    spool = Spool(folder)
    spool.put("1.x", age=9)
    spool.put("2.x", age=8)
    go_on = threading.Event()
    server = ScriptedServer({"end": lambda: go_on.wait(60) and "250 taken", "EHLO": "250 plain"})
    client = subprocess.Popen([os.path.join(BIN, "serialsmtp"), "--connect", "127.0.0.1", "--port", str(server.port), PREFIX, HELO],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=spool.path)
    client.stdin.write(b"new/1.x\0")
    client.stdin.flush()
    wait_until(lambda: " sending 1.x " in spool.journal(), "the body is on its way")
    client.send_signal(signal.SIGTERM)
    signal_taken(client)
    go_on.set()
    out = client.communicate(b"new/2.x\0", timeout=60)[0]
    check(client.returncode == 0 and out == b"new/1.x\0K127.0.0.1 said: 250 taken\n", f"{client.returncode} {out}")


def full_disk(folder):
    """a spool whose own folder cannot be written is said once, and mail goes and is removed all the same"""
    spool = Spool(folder)
    for number in range(3):
        spool.put(f"{number}.x", age=100 - number)
    with open(os.path.join(spool.path, ".offhook"), "w", encoding="ascii"):
        pass  # a file in the folder's place: nothing below it can be made
    server = ScriptedServer({"end": ["450 4.3.1 later", "250 ok"]})
    said = expect(spool.flush(server), 111, "new/0.x failed temporarily", "new/1.x succeeded", "new/2.x succeeded")
    for program in ("maildirserial", "serialsmtp"):
        check(said.count(f"{program}: warning: ") == said.count(f"{program}: warning: going on without the spool's journal: ") == 1, said)
    check(spool.files() == ["new/0.x"], f"{spool.files()}")


def tmp_broom(folder):
    """what nobody has touched in tmp for 36 hours goes; younger files and dot names stay"""
    spool = Spool(folder)
    for name, hours in (("old", 37), ("young", 35), (".old", 37)):
        path = os.path.join(spool.path, "tmp", name)
        with open(path, "w", encoding="ascii"):
            pass
        moment = time.time() - hours * 3600
        os.utime(path, (moment, moment))
    expect(spool.serial("raise SystemExit(100)"), 0)
    left = sorted(os.listdir(os.path.join(spool.path, "tmp")))
    check(left == [".old", "young"], f"left: {left}")


def slow_report(folder):
    """a report that nobody reads does not stop the mail"""
    spool = Spool(folder)
    spool.put("1.x")
    reader, writer = os.pipe()
    os.close(reader)
    server = ScriptedServer()
    done = spool.flush(server, "--report-fd", str(writer), pass_fds=(writer,))
    os.close(writer)
    expect(done, 0, "new/1.x succeeded", "the report's reader has gone")


if __name__ == "__main__":
    main(bad_files, malformed_that_stay, unreadable, climbing, before_dot, after_dot, killed, lifetimes, wrong_clock, torn_journal, stopping,
         stopping_twice, stopping_client, full_disk, tmp_broom, slow_report)
