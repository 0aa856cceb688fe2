#!/usr/bin/env python3
"""In which order a flush sends, what its bounds keep back, what comes meanwhile, and the plan that changes nothing."""
import json
import os
import threading

from spool import BODY, CLIENT, PREFIX, CuttingProxy, ScriptedServer, Spool, check, expect, main, report

ALL = 'for n in names(): say(n, b"K", b"ok")'


def mail(field, octets=20):
    return field.encode() + b"\nSubject: x\n\n" + b"x" * octets + b"\n"


def order_of(spool, *options, client=ALL, status=0):
    """Runs a flush; returns the names in the order in which the client got them."""
    seen = os.path.join(spool.folder, "seen")
    open(seen, "w", encoding="ascii").close()
    record = f"\ndef names(inner=names):\n    for n in inner():\n        open({seen!r}, 'ab').write(n[4:] + b' ')\n        yield n\n"
    expect(spool.serial(CLIENT + record + client, *options), status)
    with open(seen, encoding="ascii") as file:
        return file.read().split()


def urgency(folder):
    """urgent mail goes first by MT-Priority, Priority or X-Priority, and equals go oldest first"""
    spool = Spool(folder)
    fields = {"old": "To: x", "low": "Priority: non-urgent", "urgent": "Priority: urgent", "least": "MT-Priority: -9",
              "high": "X-Priority: 2 (High)", "most": "MT-Priority: 9", "urgent2": "X-Priority: 1", "young": "X-Priority: 3"}
    for number, (name, field) in enumerate(fields.items()):
        spool.put(name, mail(field), age=100 - number)
    spool.put("body", b"Subject: x\n\nMT-Priority: 9\n", age=10)
    got = order_of(spool)
    check(got == "most urgent urgent2 high old young body low least".split(), f"order: {got}")


def senders(folder):
    """control/senderpriority decides about a sender whatever the header says, and one with a fault stops the flush"""
    spool = Spool(folder)
    rules = os.path.join(spool.control, "senderpriority")
    with open(rules, "w", encoding="ascii") as file:
        file.write("# who is heard first\nboss@office.example 6\n@office.example -1\n<> -4\n")
    spool.put("bounce", BODY, sender="", age=9)
    spool.put("boaster", mail("MT-Priority: 9"), sender="anna@office.example", age=8)
    spool.put("guest", BODY, sender="guest@else.example", age=7)
    spool.put("boss", mail("Priority: non-urgent"), sender="Boss@office.example", age=6)
    got = order_of(spool)
    check(got == "boss guest boaster bounce".split(), f"order: {got}")
    spool.put("1", BODY)
    with open(rules, "a", encoding="ascii") as file:
        file.write("@x 99\n")
    expect(spool.serial(CLIENT + ALL), 100, "senderpriority:5: '99' is no priority from -9 to 9")
    check(spool.files() == ["new/1"], "it was sent")


def long_header(folder):
    """a priority field counts up to 32768 octets of header and not behind them"""
    spool = Spool(folder)
    lines = "".join(f"X-Line: {number:040}\n" for number in range(1000))
    spool.put("far", mail(lines + "MT-Priority: 9"), age=9)
    spool.put("plain", BODY, age=8)
    spool.put("near", mail(lines[:24500] + "MT-Priority: 1"), age=7)
    got = order_of(spool)
    check(got == "near far plain".split(), f"order: {got}")


def big(folder):
    """a body beyond 30 seconds of the line goes behind the smaller ones of its priority, or what --big says"""
    for options, wanted in ((["--rate", "800"], "urgent 2 3 1"), (["--rate", "800", "--big", "0"], "urgent 1 2 3"),
                            ([], "urgent 1 2 3"), (["--rate", "1000000", "--big", "1"], "urgent 1 2 3")):
        spool = Spool(os.path.join(folder, "-".join(options) or "plain"))
        spool.put("1", mail("To: x", 4000), age=9)
        spool.put("2", BODY, age=8)
        spool.put("3", BODY, age=7)
        spool.put("urgent", mail("Priority: urgent", 9000), age=6)
        got = order_of(spool, *options)
        check(got == wanted.split(), f"{options}: {got}")


def poison(folder):
    """a file that breaks every session goes last however urgent it is, and a huge one behind the small"""
    spool = Spool(folder)
    spool.put("huge", mail("To: x", 500_000), age=99)
    spool.put("poison", mail("Priority: urgent"), age=98)
    for number in range(20):
        spool.put(f"small{number}", BODY, age=50 - number)
    client = """
for n in names():
    if n[4:] in (b"poison", b"huge"): sys.exit(111)
    say(n, b"K", b"ok")
"""
    order_of(spool, client=client, status=111)
    check(spool.files() == ["new/huge", "new/poison"], f"left: {spool.files()}")


def standing(folder):
    """of one priority what was cut goes behind the rest, after a second cut behind everything, and what can be resumed goes first"""
    spool = Spool(folder)
    for number, name in enumerate(("cut", "cut2", "both", "1", "2", "resumed", "answered")):
        spool.put(name, BODY, age=99 - number)
    spool.put("urgent", mail("Priority: urgent"), age=3)
    spool.put("urgent-cut", mail("Priority: urgent"), age=9)
    spool.put("low", mail("Priority: non-urgent"), age=2)
    transid = "5 <1@pc> office.example 192.0.2.1 40000 250"
    spool.write_journal("cut cut 1", "cut cut2 1", "cut cut2 2", "cut urgent-cut 1", "cut answered 1",
                        "answer answered 2 trusted Z later", f"transid resumed {transid} resumed", f"transid both {transid} both",
                        "cut both 6")
    plan = spool.run("maildirserial", "--plan", spool.path, PREFIX).stdout.decode()
    wanted = "urgent urgent-cut both resumed 1 2 answered cut low cut2".split()
    check([line.split()[1][4:] for line in plan.splitlines()[:-1]] == wanted, plan)
    got = order_of(spool)
    check(got == wanted, f"order: {got}")


def cut_twice(folder):
    """a body that breaks off is noted, and at the next flush the others of its priority go before it"""
    spool = Spool(folder)
    spool.put("first", b"x" * 40 * 1000 * 100, age=9)
    spool.put("second", BODY, age=8)
    server = ScriptedServer()
    for cuts in (1, 2):
        expect(spool.flush(CuttingProxy(server.port, 200_000, "up"), "--big", "0"), 111, *(["new/second succeeded"] if cuts == 2 else []))
        check(spool.journal().count(" cut first ") == cuts, spool.journal())
        check("new/first" in spool.files(), f"{spool.files()}")
    expect(spool.flush(server), 0, "new/first succeeded")


def many(folder):
    """of a spool that takes a while to be looked at the most urgent goes first though it was looked at last"""
    spool = Spool(folder)
    for number in range(3000):
        spool.put(f"{number}", BODY, age=9000 - number)
    spool.put("urgent", mail("Priority: urgent"), age=3)
    got = order_of(spool)
    check(got == ["urgent"] + [str(number) for number in range(3000)], f"{got[:10]}")


def gone_at_once(folder):
    """a client that ends before the spool has been looked at leaves files that are all counted"""
    spool = Spool(folder)
    for number in range(3000):
        spool.put(f"{number}", BODY, age=9000 - number)
    done = spool.serial("raise SystemExit(111)", "--report-fd", "2")
    expect(done, 111, "making no progress")
    check(report(done.stderr.decode())[-1]["left"] == 3000, f"{done.stderr}")


def kept(done):
    return report(done.stderr.decode())[-1].get("kept")


def bounds(folder):
    """size, priority and bytes keep mail back: the rest goes, the exit status is 111, the report says which bound it was"""
    for options, left, bound, said in (
            (["--max-size", "1k"], ["new/1"], {"size": 1}, "1 message stays by the bound on size"),
            (["--min-priority", "0"], ["new/4", "new/5"], {"priority": 2}, "2 messages stay by the bound on priority"),
            (["--max-bytes", "150"], ["new/1", "new/5"], {"bytes": 2}, "2 messages stay by the bound on bytes"),
            (["--max-bytes", "1G", "--max-size", "1G", "--min-priority=-9", "--max-time", "999"], [], None, "")):
        spool = Spool(os.path.join(folder, "".join(options)))
        spool.put("1", mail("To: x", 2000), age=9)
        for number in (2, 3):
            spool.put(str(number), mail("To: x"), age=9 - number)
        for number in (4, 5):
            spool.put(str(number), mail("Priority: non-urgent"), age=9 - number)
        server = ScriptedServer()
        done = spool.flush(server, "--report-fd", "2", *options)
        expect(done, 111 if left else 0, said)
        check(spool.files() == left and kept(done) == bound, f"{options}: {spool.files()} {kept(done)}")
        check(len(server.transactions) == 5 - len(left) and server.sessions == 1, f"{options}: {len(server.transactions)} sent")
        check(report(done.stderr.decode())[0]["files"] == 5 - len(left), "not what was planned")


def nothing_fits(folder):
    """when the bounds keep everything back no client is run"""
    spool = Spool(folder)
    spool.put("1", BODY)
    done = spool.serial("raise SystemExit(100)", "--max-size", "1", "--report-fd", "2")
    expect(done, 111, "1 message stays by the bound on size")
    check(kept(done) == {"size": 1} and spool.files() == ["new/1"], f"{spool.files()}")


def max_time(folder):
    """when the time is up no message is begun, the replies that are due are taken, and the session ends with QUIT"""
    spool = Spool(folder)
    for number in range(10):
        spool.put(f"{number}", BODY, age=99 - number)
    slow = threading.Event()  # nobody sets it: a server that needs longer than the bound
    server = ScriptedServer({"end": lambda: slow.wait(1.5) or "250 taken"})
    done = spool.flush(server, "--max-time", "1", "--report-fd", "2")
    expect(done, 111, "new/0 succeeded", "stay by the bound on time")
    gone = 10 - len(spool.files())
    check(len(server.transactions) == gone and 1 <= gone <= 4, f"{gone} gone, {len(server.transactions)} sent")
    check(kept(done) == {"time": 10 - gone} and "QUIT" in server.commands and server.sessions == 1, f"{done.stderr}")


def no_overrun(folder):
    """with a rate given no message is begun that would last beyond the time, and shorter ones go"""
    spool = Spool(folder)
    spool.put("long", mail("Priority: urgent", 100_000), age=9)
    spool.put("short", BODY, age=8)
    done = spool.serial(CLIENT + ALL, "--max-time", "60", "--rate", "9600", "--report-fd", "2")
    expect(done, 111, "new/short succeeded")
    check(spool.files() == ["new/long"] and kept(done) == {"time": 1}, f"{spool.files()}")


ARRIVAL = """
def arrive(name, field, linked=False):
    path = "tmp/" + name
    with open(path, "w") as file:
        file.write("Return-Path: <a@b>\\nDelivered-To: PREFIXx@y\\n" + field + "\\n\\nx\\n")
    if linked:
        os.link(path, "new/" + name)
        os.unlink(path)
    else:
        os.rename(path, "new/" + name)
""".replace("PREFIX", PREFIX)


def arrival(folder):
    """an urgent message that arrives during the flush goes next, behind at most the one that the client was named already"""
    for linked in (False, True):
        spool = Spool(os.path.join(folder, str(linked)))
        for number in range(8):
            spool.put(f"{number}", BODY, age=99 - number)
        spool.put("low", mail("Priority: non-urgent"), age=1)
        got = order_of(spool, client=ARRIVAL + f"""
for n in names():
    if n == b"new/0":
        arrive("equal", "To: x")
        arrive("urgent", "Priority: urgent", {linked})
    say(n, b"K", b"ok")
""")
        check(sorted(got) == sorted([str(n) for n in range(8)] + ["low", "equal", "urgent"]), f"{got}")
        check(got.index("urgent") in (1, 2) and [n for n in got if n.isdigit()] == sorted(n for n in got if n.isdigit()), f"{got}")
        check(got.index("equal") > got.index("7"), f"{got}")


def arrival_incomplete(folder):
    """what arrives and cannot be sent, and names with a dot, wait for the next pass and hold nothing up"""
    spool = Spool(folder)
    for number in range(3):
        spool.put(f"{number}", BODY, age=99 - number)
    client = CLIENT + ARRIVAL + """
for n in names():
    if n == b"new/0":
        open("new/empty", "w").close()
        open("new/.dot", "w").close()
        os.mkdir("new/folder")
    say(n, b"K", b"ok")
"""
    expect(spool.serial(client), 111, "new/2 succeeded", "new/empty is on hold: ")
    check([name for name in spool.files() if "." not in name] == ["new/empty", "new/folder"], f"{spool.files()}")


def tree(path):
    """Everything below a folder: names, kinds, times, lengths and contents."""
    found = {}
    for folder, folders, files in os.walk(path):
        for name in folders + files:
            full = os.path.join(folder, name)
            st = os.lstat(full)
            content = None
            if name in files:
                with open(full, "rb") as file:
                    content = file.read()
            found[full] = (st.st_mode, st.st_mtime_ns, st.st_ctime_ns, st.st_size, content)
    return found


def planned_spool(folder):
    spool = Spool(folder)
    spool.put("1", BODY, age=9)
    spool.put("2", mail("Priority: urgent", 200), age=8)
    spool.put("3", mail("To: x", 200_000), age=99)
    spool.put("4", mail("MT-Priority: -5"), age=7)
    spool.put("bad", head=b"no envelope\n", age=1)
    spool.put("foreign", head=b"Return-Path: <a@b>\nDelivered-To: somebody@z\n")
    with open(os.path.join(spool.path, "tmp", "old"), "w", encoding="ascii"):
        pass
    os.utime(os.path.join(spool.path, "tmp", "old"), (0, 0))
    return spool


def plan_json(folder):
    """--plan --json names in order what would go, with octets, what a bound keeps and what is on hold"""
    spool = planned_spool(folder)
    done = spool.run("maildirserial", "--plan", "--json", "--min-priority", "0", spool.path, PREFIX)
    expect(done, 0)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    check([(line["event"], line.get("file")) for line in lines] ==
          [("message", "new/2"), ("message", "new/1"), ("message", "new/3"), ("kept", "new/4"), ("held", "new/bad"), ("total", None)],
          f"{lines}")
    check(lines[0] == {"event": "message", "file": "new/2", "recipient": "bert@provider.example", "octets": 230, "priority": 4,
                       "big": False, "unknown": False, "copy": False}, f"{lines[0]}")
    check(lines[2]["big"] is True and lines[3]["bound"] == "priority" and lines[3]["priority"] == -5, f"{lines}")
    check(lines[4]["reason"] == "line 1 is no Return-Path line", f"{lines[4]}")
    octets = sum(line["octets"] for line in lines[:3])
    check(lines[5] == {"event": "total", "messages": 3, "octets": octets, "seconds": -(-octets * 8 // 33600), "rate": 33600,
                       "kept": 1, "held": 1}, f"{lines[5]}")


def plan_changes_nothing(folder):
    """a plan runs no client, takes no lock and changes nothing, before the first flush or after one"""
    spool = planned_spool(folder)
    server = ScriptedServer({"RCPT": "450 4.2.0 later"})
    for round_number in range(2):
        before = tree(spool.path)
        for options in (["--plan"], ["--plan", "--json"]):
            done = spool.flush(server, *options)
            expect(done, 0)
            check(done.stderr == b"" and b"new/2" in done.stdout, f"{done}")
        text = spool.flush(server, "--plan").stdout.decode().splitlines()
        check(text[0] == "send new/2 to bert@provider.example, 230 octets, priority 4", f"{text}")
        check(text[-1].startswith("4 messages, ") and text[-1].endswith("; 0 kept back, 1 on hold"), f"{text}")
        check(tree(spool.path) == before and server.sessions == round_number, "the plan changed something")
        expect(spool.flush(server), 111)


def plan_is_what_goes(folder):
    """what the plan says is what the flush then does"""
    spool = planned_spool(folder)
    done = spool.run("maildirserial", "--plan", "--json", "--max-bytes", "1000", spool.path, PREFIX)
    wanted = [line["file"][4:] for line in map(json.loads, done.stdout.splitlines()) if line["event"] == "message"]
    got = order_of(spool, "--max-bytes", "1000", status=111)
    check(got == wanted == ["2", "1", "4"], f"{wanted} {got}")


def plan_many(folder):
    """ten thousand files are planned without reading their bodies"""
    spool = Spool(folder)
    head = f"Return-Path: <a@b>\nDelivered-To: {PREFIX}x@y\nSubject: x\n\n".encode()
    for number in range(10_000):
        path = os.path.join(spool.path, "new", f"{number}.x")
        with open(path, "wb") as file:
            file.write(head)
            file.truncate(10_000_000)  # all hole
    before = octets_read()
    done = spool.run("maildirserial", "--plan", "--json", spool.path, PREFIX)
    expect(done, 0)
    total = json.loads(done.stdout.splitlines()[-1])
    check(total["messages"] == 10_000 and total["octets"] > 99 * 10**9, f"{total}")
    took = octets_read() - before
    check(took < 200 * 10**6, f"{took} octets were read")


def octets_read():
    """By this process and those that it has waited for."""
    with open("/proc/self/io", encoding="ascii") as file:
        return int(file.readline().split()[1])


if __name__ == "__main__":
    main(urgency, senders, long_header, big, poison, standing, cut_twice, many, gone_at_once, bounds, nothing_fits, max_time, no_overrun, arrival, arrival_incomplete,
         plan_json, plan_changes_nothing, plan_is_what_goes, plan_many)
