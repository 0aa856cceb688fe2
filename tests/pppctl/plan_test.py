#!/usr/bin/env python3
"""pppctl plan: what a call would carry and how long, without a call; with --full against calls in real time, within 5 %."""
import json
import os

from line_office import LINK, SPOOL, LineOffice, check, kit, main

ACCURACY = 0.05


def plan(line):
    done = line.office.run("pppctl", "plan", LINK, "--json")
    check(done.returncode == 0, f"plan ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout)[0]


def without_a_call(folder):
    """what waits is planned by the profile before the first call, by the calls after it; nothing is dialled for it"""
    line = LineOffice(folder)
    check(b"nothing would be sent" in line.office.run("pppctl", "plan").stdout, "an empty spool")
    line.submit(3)
    told = plan(line)
    check((told["calls"], told["routes"][0]["route"], told["routes"][0]["messages"]) == (0, SPOOL, 3), f"{told}")
    check(not line.emulator.events("office", "opened"), "the port was opened")
    check(line.session().returncode == 0, "the call")
    line.submit(2)
    told = plan(line)
    times = told["seconds"]
    check(told["calls"] == 1 and 0 < times["least"] <= times["usual"] <= times["most"], f"{told}")
    said = line.office.run("pppctl", "plan", LINK).stdout.decode()
    check("as the last call showed" in said and "2 messages" in said, said)


def price(folder):
    """a link with a tariff is told what the call costs"""
    line = LineOffice(folder, answers=False)
    line.submit(1)
    path = os.path.join(line.office.config, "tariffs", "local.toml")
    os.makedirs(os.path.dirname(path))
    with open(path, "w", encoding="ascii") as file:
        file.write('currency = "EUR"\nsetup = "0.10"\nprice = "0.05"\nstep = "1h"\n')
    line.set_link(tariff="local")
    check(plan(line)["cost"] == {"currency": "EUR", "least": "0.15", "usual": "0.15", "most": "0.15"}, f"{plan(line)}")


def in_real_time(folder):
    """a call lasts as long as the plan said, within 5 percent, over a line with a stated rate and delay"""
    for rate, delay in ((33600, 150), (9600, 400)):
        line = LineOffice(os.path.join(folder, str(rate)), "--rate", str(rate), "--delay", str(delay), "--connect-time", "5",
                          scale="1", link={"silence": "2m"})
        for count in (2, 4):
            line.submit(count, more=b"And so on and so forth, until the line has something to do.\n" * 60)
            check(line.session().returncode == 0, "a call to measure by")
        line.submit(8, more=b"Every morning the letters of the office wait for a line.\n" * 150)
        told = plan(line)["seconds"]
        check(line.session().returncode == 0, "the call")
        took = line.calls()[0]["seconds"]
        error = (told["usual"] - took) / took
        print(f"{rate} bit/s, {delay} ms one way: planned {told['usual']:.1f} s ({told['least']:.1f} to {told['most']:.1f}), "
              f"took {took:.1f} s: {100 * error:+.1f} %", flush=True)
        check(abs(error) <= ACCURACY, "it is further off than 5 %")
        line.close()


if __name__ == "__main__":
    main(without_a_call, price, *([in_real_time] if kit.FULL else []))
