#!/usr/bin/env python3
"""modemctl at, init and identify: what is asked is answered, line by line, and the line is on-hook afterwards."""
import os
import signal

from ctl_kit import Canary, Host, check, locks, main, wait_until

PIN = "43218765"


def answers(folder):
    """at prints each answer line by line, of a profile's modem and of a port's"""
    host = Host(folder)
    emulator = host.emulator()
    check(host.run("at", "line", "ATE0S0?") == "000\nOK\n", "one command")
    check(host.run("at", emulator.port("line"), "AT", "ATS7?", "ATE1") == "> AT\nOK\n> ATS7?\n050\nOK\n> ATE1\nOK\n", "a port")
    text = host.run("at", "--json", "line", "ATS7?")
    check('"050"' in text and '"result": "OK"' in text, text)
    check(emulator.on_hook("line"), "off-hook")


def stops(folder):
    """at stops at the first failure, and with --keep-going at none; the exit status is the first one's either way"""
    host = Host(folder)
    host.emulator()
    text = host.run("at", "line", "ATS0?", "ATNONSENSE", "ATS7?", status=100)
    check("000" in text and "'ERROR' to 'ATNONSENSE'" in text and "050" not in text, text)
    text = host.run("at", "--keep-going", "line", "ATNONSENSE", "ATS7?", status=100)
    check("050" in text and "'ERROR' to 'ATNONSENSE'" in text, text)


def secret(folder):
    """a PIN comes by standard input alone, and is shown nowhere"""
    host = Host(folder)
    emulator = host.emulator("--personality", "line=3gpp", "--cellular", f"line=pin={PIN}")
    refused = host.run("at", "line", f'AT+CPIN="{PIN}"', status=100)
    check("standard input" in refused, refused)
    canary = Canary(folder, PIN)
    text = host.run("at", "line", "ATE1", "-", given=f'AT+CPIN="{PIN}"\n\nAT+CPIN?\n'.encode())
    check("> AT+CPIN=...\nOK\n" in text and "+CPIN: READY" in text, text)
    canary.check(refused, text, but=[os.path.join(folder, "phone")])
    check(any(PIN in event.get("text", "") for event in emulator.events("line", "command")), "it never got there")


def silence(folder):
    """a modem that answers nothing is told after --timeout, 111, and a signal ends the wait"""
    host = Host(folder)
    host.emulator("--fault", "line=mute")
    check("no answer to AT within 200 ms" in host.run("at", "--timeout", "200ms", "line", "AT", status=111), "what it said")
    process = host.start("at", "--timeout", "1h", "line", "AT")
    wait_until(lambda: locks(host.locks), "the lock")
    process.send_signal(signal.SIGTERM)
    _, errors = process.communicate(timeout=20)
    check(process.returncode == 111 and b"stopped by SIGTERM" in errors, f"{process.returncode} {errors}")
    check(not locks(host.locks), "a lock stayed")


def on_hook(folder):
    """a call that a command made is hung up, and what stands behind it is not sent to the far end"""
    host = Host(folder)
    emulator = host.emulator("--number", "555=modem:far", modems=("line", "far"))
    with open(emulator.port("far"), "r+b", buffering=0) as far:
        far.write(b"ATS0=1\r")
        wait_until(lambda: emulator.events("far", "result"), "the far end")
        text = host.run("at", "line", "ATDT555", "ATS0?")
        check("CONNECT" in text and "S0?" not in text, text)
        check(emulator.on_hook("line") and emulator.events("line", "off_hook"), f"{emulator.events('line')}")
        text = host.run("at", "line", "ATDT556", status=111)
        check("NO CARRIER" in text or "NO ANSWER" in text, text)


def ready(folder):
    """init brings the modem to its known state and says how; a line that is refused is named with its file"""
    host = Host(folder)
    emulator = host.emulator()
    host.profile("line", emulator.port("line"), init=["ATZ", "ATE0S7=60"])
    text = host.run("init", "line")
    check("ATZ" in text and "ATE0S7=60" in text and os.path.realpath(emulator.port("line")) in text, text)
    check(host.json("init", "line")["init"] == ["ATZ", "ATE0S7=60"], "the JSON")
    check("060" in host.run("at", "line", "ATS7?"), "it was not set")
    host.profile("line", emulator.port("line"), init=["ATNONSENSE"])
    text = host.run("init", "line", status=100)
    check("line.toml" in text and "ATNONSENSE" in text, text)


def identified(folder):
    """identify tells what the modem answers, and null where it knows no such question"""
    host = Host(folder)
    emulator = host.emulator("--personality", "cell=3gpp", modems=("line", "cell"))
    found = host.json("identify", "line")
    check(set(found) == {f"I{n}" for n in range(10)} | {"GMI", "GMM", "GMR", "GSN", "FCLASS", "GCAP"}, f"{found}")
    check(found["GMI"] and found["FCLASS"], f"{found}")
    text = host.run("identify", emulator.port("cell"))
    check("AT+GMM (model)" in text and "ERROR" not in text, text)


def wrong(folder):
    """wrong words are told in one line, 100, before the modem is asked anything"""
    host = Host(folder)
    emulator = host.emulator()
    for arguments, word in ((("at", "line"), "COMMAND"), (("at", "--timeout", "x", "line", "AT"), "--timeout"),
                            (("at", "--flow", "none", "line", "AT"), "line.toml"), (("identify", "line", "x"), "too much"),
                            (("at", "--flow", "rts", emulator.port("line"), "AT"), "rts/cts"), (("init", "nobody"), "nobody"),
                            (("at", "line", "AT\r\nATH"), "ASCII"), (("identify", "--speed", "9600", "tcp:localhost:1"), "tcp:")):
        check(word in host.run(*arguments, status=100), f"{arguments} does not say {word}")
    check(not emulator.events("line", "command"), "the modem was asked")


main(answers, stops, secret, silence, on_hook, ready, identified, wrong)
