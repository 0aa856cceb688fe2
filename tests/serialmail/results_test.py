#!/usr/bin/env python3
"""maildirserial against clients written by hand: the result stream, passes, exit statuses, what it prints and leaves."""
import os

from spool import CLIENT, PREFIX, Spool, check, expect, lines, main, report


def stream(folder):
    """K removes, D and Z stay without -b, and each is told in serialmail's words"""
    spool = Spool(folder)
    for number, status in enumerate("KDZ"):
        spool.put(f"{number}.{status}", age=100 - number)
    done = spool.serial(CLIENT + 'for n in names(): say(n, n[-1:], b"192.0.2.1 said: 250 text")')
    check(done.returncode == 111, f"status {done.returncode}")
    check(lines(done) == ["maildirserial: info: new/0.K succeeded: 192.0.2.1 said: 250 text",
                          "maildirserial: info: new/1.D failed: 192.0.2.1 said: 250 text",
                          "maildirserial: info: new/2.Z failed temporarily: 192.0.2.1 said: 250 text"], f"{lines(done)}")
    check(spool.files() == ["new/1.D", "new/2.Z"], f"left: {spool.files()}")
    check(done.stdout == b"", "something on stdout")


def all_sent(folder):
    """a spool that is empty at the end is exit 0, and an empty one never starts the client"""
    spool = Spool(folder)
    spool.put("1.a")
    spool.put("2.b:2,S", part="cur")
    expect(spool.serial(CLIENT + 'for n in names(): say(n, b"K", b"ok")'), 0, "new/1.a succeeded: ok", "cur/2.b:2,S succeeded: ok")
    check(spool.files() == [], f"left: {spool.files()}")
    check(expect(spool.serial("raise SystemExit(100)"), 0) == "", "an empty spool was not silent")


def forged(folder):
    """a result for a name that was not given removes nothing and counts for nothing"""
    spool = Spool(folder)
    spool.put("1.a")
    spool.put("2.other", head=b"Return-Path: <x@y>\nDelivered-To: somebody-else@z\n")
    outside = os.path.join(folder, "outside")
    with open(outside, "w", encoding="ascii") as file:
        file.write("not mail")
    done = spool.serial(CLIENT + f"""
list(names())
for name in (b"new/2.other", b"../outside", b"{outside}", b"cur/1.a", b"1.a", b""): say(name, b"K", b"forged")
""")
    expect(done, 111, "making no progress, giving up")
    check(os.path.exists(outside) and spool.files() == ["new/1.a", "new/2.other"], f"left: {spool.files()}")


def once(folder):
    """the first result of a name counts, a second one does not"""
    spool = Spool(folder)
    spool.put("1.a")
    expect(spool.serial(CLIENT + 'for n in names(): say(n, b"Z", b"later"); say(n, b"K", b"no")'), 111, "failed temporarily: later")
    check(spool.files() == ["new/1.a"], "a second result was believed")


def former_pass(folder):
    """a name given in an earlier pass cannot be answered in a later one before it is given again"""
    spool = Spool(folder)
    spool.put("1.a", age=100)
    spool.put("2.b", age=99)
    # Pass 1 answers for 1.a only. In pass 2 only 2.b is given, and a second word about 1.a comes first.
    done = spool.serial(CLIENT + """
given = list(names())
say(b"new/1.a", b"Z" if b"new/1.a" in given else b"K", b"x")
if b"new/1.a" not in given: say(b"new/2.b", b"K", b"y")
""")
    expect(done, 111, "new/1.a failed temporarily", "new/2.b succeeded")
    check(spool.files() == ["new/1.a"], f"left: {spool.files()}")


def cut_record(folder):
    """a record without its LF is no result"""
    spool = Spool(folder)
    spool.put("1.a")
    expect(spool.serial(CLIENT + 'for n in names(): os.write(1, n + b"\\0Kok")'), 111, "making no progress")
    check(spool.files() == ["new/1.a"], "a cut record was believed")


def other_status(folder):
    """an unknown status leaves the file and is no answer of a server"""
    spool = Spool(folder)
    spool.put("1.a")
    expect(spool.serial(CLIENT + 'for n in names(): say(n, b"L", b"bad file")', "-t", 0), 111, "new/1.a", "bad file")
    expect(spool.serial(CLIENT + 'for n in names(): say(n, b"X", b"?")', "-b", "-t", 0), 111)
    check(spool.files() == ["new/1.a"] and "answer" not in spool.journal(), spool.journal())


def exits(folder):
    """a client's exit 100 is ours, a crash is told, any other end is tried three times"""
    spool = Spool(folder)
    spool.put("1.a")
    check(spool.serial("raise SystemExit(100)").returncode == 100, "100 was not passed on")
    expect(spool.serial("import os; os.kill(os.getpid(), 9)"), 111, "maildirserial: fatal: client crashed")
    count = os.path.join(folder, "count")
    done = spool.serial(f'open({count!r}, "a").write("x")\nraise SystemExit(7)')
    expect(done, 111, "maildirserial: fatal: making no progress, giving up")
    with open(count, encoding="ascii") as file:
        check(len(file.read()) == 3, "not three passes")
    expect(spool.serial(["/nonexistent/client"]), 111, "maildirserial: fatal: unable to run /nonexistent/client: ")
    expect(spool.run("maildirserial", "/nonexistent", "", "true"), 111, "maildirserial: fatal: unable to ")


def new_mail(folder):
    """mail that comes while a client runs goes out in the same run by another pass"""
    spool = Spool(folder)
    spool.put("1.a")
    done = spool.serial(CLIENT + f"""
for n in names():
    if n == b"new/1.a":
        open({spool.path!r} + "/new/2.b", "w").write("Return-Path: <>\\nDelivered-To: {PREFIX}x@y\\n\\n")
    say(n, b"K", b"ok")
""")
    expect(done, 0, "new/2.b succeeded")


def order(folder):
    """ten files go oldest first, to the nanosecond, and names decide between equals"""
    spool = Spool(folder)
    base = 1_700_000_000 * 10**9
    moments = [7, 3, 9, 1, 5, 0, 8, 2, 6, 4]
    for place, moment in enumerate(moments):
        spool.put(f"{place}.x", mtime=base + moment, part="cur" if place % 2 else "new")
    spool.put("b.same", mtime=base + 20)
    spool.put("a.same", mtime=base + 20, part="cur")
    seen = os.path.join(folder, "seen")
    spool.serial(CLIENT + f'for n in names(): open({seen!r}, "ab").write(n[4:] + b" "); say(n, b"K", b"ok")')
    with open(seen, encoding="ascii") as file:
        got = file.read().split()
    check(got == [f"{moments.index(n)}.x" for n in range(10)] + ["a.same", "b.same"], f"order: {got}")


def this_second(folder):
    """a file of the current second is taken too"""
    spool = Spool(folder)
    spool.put("1.a", age=0)
    expect(spool.serial(CLIENT + 'for n in names(): say(n, b"K", b"ok")'), 0, "new/1.a succeeded")


def starving(folder):
    """a file on which every session breaks goes last after two fruitless passes, and the mail behind it goes"""
    spool = Spool(folder)
    spool.put("1.bad", age=100)
    spool.put("2.good", age=99)
    done = spool.serial(CLIENT + """
for n in names():
    if n == b"new/1.bad": sys.exit(111)
    say(n, b"K", b"ok")
""")
    expect(done, 111, "new/2.good succeeded", "making no progress")
    check(spool.files() == ["new/1.bad"], f"left: {spool.files()}")


def bounces(folder):
    """with -b a refused message is bounced in QSBMF and removed; a bounce goes to the postmaster, a double bounce nowhere"""
    spool = Spool(folder)
    spool.put("1.a", sender='"a b"@office.example', age=100)
    spool.put("2.null", sender="", age=99)
    spool.put("3.double", sender="#@[]", age=98)
    said = expect(spool.serial(CLIENT + 'for n in names(): say(n, b"D", b"192.0.2.1 said: 550 no")', "-b"), 0,
                  "new/1.a bounced: 192.0.2.1 said: 550 no", "returned new/1.a: qp ", "discarding new/3.double: triple bounce")
    check("succeeded" not in said, said)
    check(spool.files() == [] and len(spool.bounces()) == 2, f"{spool.files()} {len(spool.bounces())} bounces")
    first = next(b for b in spool.bounces() if b.startswith(b"F\0"))
    check(first.startswith(b"F\0Ta b@office.example\0\0\n"), f"{first[:80]}")
    for part in (b"Hi. This is the maildirbounce program at office.example", b"\n\n<bert@provider.example>:\n192.0.2.1 said: 550 no\n\n---",
                 b"\n\nReturn-Path: <"):
        check(part in first, f"no {part} in {first}")
    check(first.endswith(b"Subject: hello\n\nline\n.dots\n"), "the message is not in its bounce")
    check(any(b.startswith(b"F#@[]\0Tpostmaster@office.example\0\0") for b in spool.bounces()), "no double bounce")


def bounce_fails(folder):
    """a bounce that cannot be queued leaves the message where it is"""
    spool = Spool(folder)
    spool.put("1.a")
    refuse = CLIENT + 'for n in names(): say(n, b"D", b"550 no")'
    expect(spool.serial(refuse, "-b", env={"QUEUE_EXIT": "53"}), 111, "unable to bounce new/1.a: qq failed: ")
    check(spool.files() == ["new/1.a"], "an unbounced message is gone")
    os.unlink(os.path.join(spool.control, "me"))
    expect(spool.serial(refuse, "-b"), 111, "unable to read control files")
    expect(spool.serial(refuse), 111, "new/1.a failed: 550 no")  # without -b they are not needed


def no_unlink(folder):
    """a file that was accepted and cannot be removed is not sent again"""
    spool = Spool(folder)
    spool.put("1.a")
    lock = f'os.rename({spool.path!r} + "/new", {spool.path!r} + "/away"); open({spool.path!r} + "/new", "w")'
    done = spool.serial(CLIENT + f'for n in names():\n    {lock}\n    say(n, b"K", b"ok")')
    expect(done, 111, "unable to unlink new/1.a: ", "will not be sent again")
    os.unlink(os.path.join(spool.path, "new"))
    os.rename(os.path.join(spool.path, "away"), os.path.join(spool.path, "new"))
    expect(spool.serial("raise SystemExit(100)"), 0, "new/1.a removed")
    check(spool.files() == [], f"left: {spool.files()}")


def moved(folder):
    """a file that a mail reader moved and flagged meanwhile is removed all the same"""
    spool = Spool(folder)
    spool.put("1.a")
    expect(spool.serial(CLIENT + 'for n in names(): os.rename("new/1.a", "cur/1.a:2,S"); say(n, b"K", b"ok")'), 0)
    check(spool.files() == [], f"left: {spool.files()}")


def reports(folder):
    """the report is JSON, one object a line, with the class of every result and the totals"""
    spool = Spool(folder)
    for number, status in enumerate("KDZL"):
        spool.put(f"{number}.{status}", content=b"12345\n", age=100 - number)
    done = spool.serial(CLIENT + 'for n in names(): say(n, n[-1:], b"\\xfftext")', "--report-fd", "2")
    events = report(done.stderr.decode())
    check(events[0] == {"event": "planned", "files": 4, "octets": 24, "unknown": 0}, f"{events[0]}")
    check([(e["file"], e["class"]) for e in events[1:5]] == [("new/0.K", "accepted"), ("new/1.D", "refused"),
                                                             ("new/2.Z", "deferred"), ("new/3.L", "left")], f"{events}")
    check(events[1]["recipient"] == "bert@provider.example" and events[1]["text"] == "?text", f"{events[1]}")
    check(events[5:] == [{"event": "end", "sent": 1, "refused": 1, "deferred": 1, "left": 1, "unknown": 0, "exit": 111}],
          f"{events[5:]}")


def many(folder):
    """a thousand deferred files and a thousand accepted ones are settled in one pass"""
    spool = Spool(folder)
    for number in range(2000):
        spool.put(f"{number}.x", content=b"\n")
    done = spool.serial(CLIENT + 'for i, n in enumerate(names()): say(n, b"ZK"[i % 2:i % 2 + 1], b"x")')
    check(done.returncode == 111 and len(spool.files()) == 1000, f"{done.returncode} {len(spool.files())}")


if __name__ == "__main__":
    main(stream, all_sent, forged, once, former_pass, cut_record, other_status, exits, new_mail, order, this_second,
         starving, bounces, bounce_fails, no_unlink, moved, reports, many)
