#!/usr/bin/env python3
"""When pppctl calls: the policy of a link in its profile, automatic mail, stopped links, the choice among links, mailq."""
import json
import time

from line_office import LINK, SPOOL, LineOffice, check, letter, main, spool_file, wait_until

CRON = b"From: root@office.example\nTo: bert@provider.example\nSubject: Cron\nX-Cron-Env: <HOME=/root>\n\nrotated\n"


def dials(line):
    return len(line.emulator.events("office", "dial"))


def automatic(folder):
    """automatic mail makes no call, and goes with the first that is made for another reason"""
    line = LineOffice(folder)
    spool_file(line.office, 1, CRON)
    spool_file(line.office, 2, letter(2), sender="")
    for options in ((), ("--if-mail", "any"), ("--if-mail", "messages=0,older=0s")):
        done = line.session("--verbose", *options)
        check(done.returncode == 0 and b"only automatic mail" in done.stderr, f"{options}: {done}")
    check(dials(line) == 0 and not line.calls(), "it dialled")
    spool_file(line.office, 3, letter(3))
    check(line.session("--if-mail", "any").returncode == 0, "the call failed")
    check(dials(line) == 1 and not line.waiting(), f"{dials(line)} dials, left: {line.waiting()}")
    line.check_at_rest()


def due(folder):
    """--if-mail due heeds the profile's amounts, conditions of the command line stand in their place"""
    line = LineOffice(folder)
    line.set_link(when={"older": "1d", "messages": 1})
    line.submit(1)
    for options in (("--if-mail", "due"), ("--if-mail", "messages=1"), ("--if-mail", "older=1h,octets=1M,priority=4")):
        done = line.session(*options)
        check((done.returncode, done.stderr) == (0, b""), f"{options}: {done}")
    check(dials(line) == 0, "it dialled")
    check(line.session("--if-mail", "messages=0").returncode == 0 and dials(line) == 1, "it did not dial")
    check(line.session("--if-mail", "messages=x").returncode == 100, "a bad condition was taken")
    check(line.session("--if-mail", "any", "--always").returncode == 100, "two orders at a time were taken")


def ceilings(folder):
    """beyond a ceiling nobody dials, and a pause after failures holds back who was not asked"""
    line = LineOffice(folder, target="busy")
    line.set_link(when={"dials_per_hour": 2})
    line.submit(1)
    done = line.session()
    check(done.returncode == 111 and dials(line) == 1, f"{done}")
    done = line.session("--verbose", "--if-mail", "any")
    check(done.returncode == 111 and b"the pause of 60 s after 1 failure" in done.stderr and dials(line) == 1, f"{done}")
    line.session()
    check(dials(line) == 2, "an order waited for a pause")
    for options in ((), ("--always",), ("--if-mail", "any")):
        done = line.session("--verbose", *options)
        check(done.returncode == 111 and b"2 dials in the last hour" in done.stderr, f"{options}: {done}")
    check(dials(line) == 2, "it dialled beyond the ceiling")


def stopped(folder):
    """a stopped link stays stopped until it is cleared, and so does one whose retries are used up"""
    line = LineOffice(folder, "--plain")
    line.submit(1)
    check(line.session().returncode == 100, "the first call")
    line.set_link(reliable=True)
    for options in ((), ("--always",), ("--if-mail", "any")):
        done = line.session("--verbose", *options)
        check(done.returncode == 100 and b"stopped: " in done.stderr and b"pppctl clear provider" in done.stderr, f"{done}")
    check(line.session().stderr == b"", "it is said again and again")
    check(dials(line) == 1, "it dialled")
    done = line.clear()
    check(done.returncode == 0 and b"may be called again" in done.stdout, f"{done}")
    check(b"nothing to clear" in line.clear().stdout, "there is something to clear still")
    check(line.clear("nobody").returncode == 100, "a link that is none was cleared")
    check(line.session().returncode == 0 and not line.waiting(), "it does not call after it was cleared")


def retries(folder):
    """a number that failed as often as it may is dialled no more"""
    line = LineOffice(folder, target="busy,busy,modem:provider")
    line.set_link(when={"retries": 2})
    line.submit(1)
    check([line.session().returncode for _ in range(3)] == [111, 111, 100], "retries")
    check(dials(line) == 2, f"{dials(line)} dials")
    line.clear()
    check(line.session().returncode == 0, "after the clearance")


def any_link(folder):
    """session any calls the cheapest link that takes the mail now, and mailq says what waits for which"""
    line = LineOffice(folder)
    line.set_link("satellite", **{"max_size": "10k"})
    day = time.strftime("%a", time.gmtime(time.time() + 3 * 86400)).lower()  # not today
    line.set_link(when={"windows": [f"{day} 12:00-12:30"], "zone": "UTC"})
    small = line.submit(1)
    spool_file(line.office, 7, letter(7) + b"x" * 20000 + b"\n")
    done = line.session(link="any")
    check(done.returncode == 0, f"{done}")
    check([call["link"] for call in line.calls()] == ["satellite"], f"{line.calls()}")
    check(line.arrived(small) == [1] and len(line.waiting()) == 1, f"left: {line.waiting()}")
    text = line.office.run("mailq").stdout.decode()
    check(f"route {SPOOL}: 1 message, " in text and "waits for provider" in text, text)


def at_work(folder):
    """of two sessions on one link the second names the first and ends with 111, and who asks hears of the first"""
    line = LineOffice(folder, scale="0.2")
    line.submit(2)
    first = line.start_session()
    wait_until(lambda: line.emulator.events("office", "off_hook"), "the first one dials")
    second = line.session()
    check(second.returncode == 111 and f"pppctl (pid {first.popen.pid})".encode() in second.stderr, f"{second}")
    third = line.session("--if-mail", "any")
    check((third.returncode, third.stderr) == (111, b""), f"{third}")
    told = json.loads(line.status("--json").stdout)[0]["next"]
    check((told["decision"], told["reason"]) == ("wait", "a session is at work"), f"{told}")
    done = line.session(link="any")
    check((done.returncode, done.stderr) == (0, b""), f"{done}")
    text = line.office.run("mailq").stdout.decode()
    check(f"waits for {LINK} (a session is at work)" in text, text)
    check(first.popen.wait(60) == 0, "the first one failed")
    check("\n  next: no mail waits\n" in line.status().stdout.decode(), "it is at work still")
    line.check_at_rest(rows=1)


if __name__ == "__main__":
    main(automatic, due, ceilings, stopped, retries, any_link, at_work)
