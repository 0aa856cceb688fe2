#!/usr/bin/env python3
"""modemctl status: who has a modem, and if nobody has, what it says of itself; nothing is changed by asking."""
import os
import signal

from ctl_kit import Host, check, keep, locks, main, toml, wait_until, write


def free(folder):
    """a free modem is asked; what it does not know is null, and how its last call ended is told"""
    host = Host(folder)
    emulator = host.emulator("--number", "555=modem:far", modems=("line", "far"))
    known = host.json("status", "line")
    check(known["answers"] is True and known["holder"] is None and known["lines"] is None, f"{known}")
    check([known[name] for name in ("sim", "registration", "signal", "operator")] == [None] * 4, f"{known}")
    check(known["device"] == os.path.realpath(emulator.port("line")), f"{known}")
    check(known["last_call"] == ["Last call: none"], f"{known}")
    with open(emulator.port("far"), "r+b", buffering=0) as far:
        far.write(b"ATS0=1\r")
        wait_until(lambda: emulator.events("far", "result"), "the far end")
        host.run("at", "line", "ATDT555")
    ended = host.json("status", "line")["last_call"]
    check(ended and ended != known["last_call"], f"{ended}")
    text = host.run("status", "line")
    check("lock        free" in text and "answers AT  yes" in text, text)


def cellular(folder):
    """a cellular modem tells SIM, registration, signal and operator, and no PIN is entered by it"""
    host = Host(folder)
    emulator = host.emulator("--personality", "line=3gpp", "--cellular", "line=pin=4321,signal=17,after=0")
    known = host.json("status", "line")
    check(known["sim"] == "SIM PIN" and known["signal"] == 17, f"{known}")
    host.run("at", "line", "-", given=b'AT+CPIN="4321"\n')
    wait_until(lambda: "Offhook" in (host.json("status", "line")["operator"] or ""), "the network")
    known = host.json("status", "line")
    check(known["sim"] == "READY" and "home" in known["registration"], f"{known}")
    text = host.run("status", "line")
    check("signal 17 of 31 (-79 dBm)" in text and "READY" in text, text)
    pins = [event["text"] for event in emulator.events("line", "command") if "CPIN=" in event["text"]]
    check(len(pins) == 1, f"{pins}")


def held(folder):
    """of a modem that somebody has, it is said who, and the modem is left alone"""
    host = Host(folder)
    emulator = host.emulator()
    holder = host.start("lock", "line", "--", "sleep", "1000")
    wait_until(lambda: len(locks(host.locks)) >= 2, "the lock")
    status = host.start("status", "line", "--json")
    out, errors = status.communicate(timeout=20)
    check(status.returncode == 0 and f'"pid": {holder.pid}'.encode() in out and b'"answers": null' in out, f"{out} {errors}")
    check(not emulator.events("line", "command", "opened"), "the modem was disturbed")
    holder.send_signal(signal.SIGTERM)
    holder.communicate(timeout=20)


def silent(folder):
    """a modem that does not answer is told with what is known of its port, 100"""
    host = Host(folder)
    host.emulator("--fault", "line=mute")
    check(host.json("status", "line", status=100)["answers"] is False, "the JSON")
    text = host.run("status", "line", status=100)
    check("answers AT  no" in text and "does not answer AT" in text, text)
    host.profile("away", "/dev/no-such")
    check("no such device" in host.run("status", "away", status=100), "no device")


def null_modem(folder):
    """of a null modem the lines are told and nothing is sent, and a command that would ask it is refused, 100"""
    host = Host(folder)
    emulator = host.emulator()
    write(os.path.join(folder, "etc", "modems", "line.toml"),
          toml({"kind": "null", "port": emulator.port("line"), "lock_dir": host.locks, "flow": "none"}))
    check("takes no commands" in host.run("status", "line"), "status")
    for command in ("identify", "init", "dump", "selftest"):
        check("a null modem takes no commands" in host.run(command, "line", status=100), command)
    check(not emulator.events("line", "command"), "something was sent")


main(null_modem, free, cellular, held, silent)
