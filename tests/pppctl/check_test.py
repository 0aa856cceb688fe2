#!/usr/bin/env python3
"""pppctl check: offices that are broken in one way each, and one that is whole."""
import json
import os
import pty

from line_office import LINK, MODEM, NUMBER, SPOOL, Canary, LineOffice, check, kit, main

SECRET = "canary-7f3a"


def found(line, *options):
    """The exit status, and the findings as (about, severity) with their sentences and remedies."""
    done = line.office.run("pppctl", "check", LINK, "--json", *options)
    check(not done.stderr, f"it said {done.stderr!r}")
    return done.returncode, json.loads(done.stdout)


def one(line, about, severity, status, *words, what, options=()):
    code, findings = found(line, *options)
    mine = [each for each in findings if each["about"] == about]
    check(code == status, f"{what}: exit {code}: {findings}")
    check(any(each["severity"] == severity and each["remedy"] and all(word in each["text"] + each["remedy"] for word in words)
              for each in mine), f"{what}: {mine}")


def whole(folder):
    """an office that is whole: nothing is wrong, its modem was asked, nothing was dialled, the line is on-hook"""
    line = LineOffice(folder, answers=False)
    line.submit(1)
    done = line.office.run("pppctl", "check", LINK)
    said = done.stdout.decode()
    check(done.returncode == 0 and "permanent" not in said and "temporary" not in said, f"{done.returncode} {said!r}")
    check(line.emulator.events("office", "command") and not line.emulator.events("office", "dial"), "asked, not dialled")
    check(line.on_hook() and not line.locks(), f"locks: {line.locks()}")
    _, findings = found(line, "--no-modem")
    check(any(each["severity"] == "note" and "not asked" in each["text"] for each in findings), f"{findings}")


def configuration(folder):
    """a faulty link, modem, tariff and chat script: each named with file and line"""
    line = LineOffice(folder, answers=False)
    line.set_link(kynd="x")
    one(line, "configuration", "permanent", 100, f"{LINK}.toml", "kynd", what="link")
    line.set_link(tariff="none")
    one(line, "configuration", "permanent", 100, "tariff", what="tariff")
    line.set_link()
    line.set_modem(sped=1)
    one(line, "configuration", "permanent", 100, f"{MODEM}.toml", what="modem")
    line.set_modem()
    line.set_link(script="'' 'ATDT")
    one(line, "chat script", "permanent", 100, LINK, what="script")


def permissions(folder):
    """a world-writable configuration, a secret that others may read, no state folder"""
    canary = Canary(folder, SECRET)
    line = LineOffice(folder, answers=False)
    script = os.path.join(line.office.config, "chat", LINK)
    os.chmod(script, 0o666)
    one(line, "permissions", "permanent", 100, script, "chmod o-w", what="everybody")
    os.chmod(script, 0o644)
    secret = os.path.join(line.office.config, "password")
    with open(secret, "w", encoding="ascii") as file:
        file.write(SECRET + "\n")
    os.chmod(secret, 0o644)
    line.set_link(script=f"'' ATDT\\T\nCONNECT @{secret}\n")
    one(line, "secrets", "permanent", 100, secret, "chmod 600", what="open secret")
    os.chmod(secret, 0o600)
    code, findings = found(line)
    check(code == 0, f"{code} {findings}")
    line.office.env["OFFHOOK_STATE"] = os.path.join(folder, "nowhere")
    one(line, "permissions", "permanent", 100, "nowhere", "install -d", what="no state")
    canary.check(json.dumps(findings), but=[secret])


def device_and_lock(folder):
    """no such device, a lock that is held, a stale one, a lock folder that is not there"""
    line = LineOffice(folder, answers=False)
    line.set_modem(port="/dev/ttyNone7")
    one(line, "device", "permanent", 100, "/dev/ttyNone7", "modemctl list", what="no device")
    master, slave = pty.openpty()
    line.set_modem(port=os.ttyname(slave))
    lock = os.path.join(line.lock_dir, "LCK.." + os.path.basename(os.ttyname(slave)))
    with open(lock, "w", encoding="ascii") as file:
        file.write(f"{os.getpid():10}\n")
    one(line, "lock", "temporary", 111, str(os.getpid()), lock, what="held")
    gone = os.fork()
    if gone == 0:
        os._exit(0)
    os.waitpid(gone, 0)
    with open(lock, "w", encoding="ascii") as file:
        file.write(f"{gone:10}\n")
    one(line, "lock", "warning", 0, "stale", "modemctl unlock", what="stale", options=["--no-modem"])
    line.lock_dir = os.path.join(folder, "no-such-folder")
    line.set_modem(port=os.ttyname(slave))
    os.rmdir(line.lock_dir)
    one(line, "lock", "permanent", 100, "lock_dir", what="no lock folder")
    os.close(master)
    os.close(slave)


def modem(folder):
    """a modem that answers nothing"""
    line = LineOffice(folder, "--fault", "office=mute", answers=False, modem={"command_timeout": "200ms", "carrier_off": "200ms"})
    one(line, "modem", "permanent", 100, MODEM, "probe", what="mute")


def spool(folder):
    """a spool that is no maildir; malformed files"""
    line = LineOffice(folder, answers=False)
    line.submit(1)
    bad = os.path.join(line.office.state, "spool", SPOOL, ".offhook", "bad")
    os.makedirs(bad, exist_ok=True)
    with open(os.path.join(bad, "1.2.x"), "wb"):
        pass
    one(line, "spool", "warning", 0, "1 malformed", what="malformed", options=["--no-modem"])
    os.rename(os.path.join(line.office.state, "spool", SPOOL, "tmp"), os.path.join(folder, "tmp"))
    one(line, "spool", "permanent", 100, "tmp", "mkdir", what="no maildir")


def clock(folder):
    """a clock behind a time that has been believed"""
    line = LineOffice(folder, answers=False)
    with open(os.path.join(line.office.state, "clock"), "w", encoding="ascii") as file:
        file.write("00000000 floor 4000000000\n")
    one(line, "clock", "warning", 0, "has been before", "mta-queuectl clock", what="clock", options=["--no-modem"])


def ppp(folder):
    """a ppp link without pppd; a secret of its that others may read"""
    canary = Canary(folder, SECRET)
    line = LineOffice(folder, answers=False)
    secret = os.path.join(line.office.config, "password")
    with open(secret, "w", encoding="ascii") as file:
        file.write(SECRET + "\n")
    line.set_link(kind="ppp", phone=NUMBER, ppp={"pppd": "/nowhere/pppd", "user": "office", "secret": "password"})
    one(line, "ppp", "permanent", 100, "pppd is not there", "ppp", what="pppd")
    one(line, "secrets", "permanent", 100, secret, "chmod 600", what="its secret")
    canary.check(json.dumps(found(line)[1]), but=[secret])


def programs(folder):
    """a hook whose program is not there"""
    line = LineOffice(folder, answers=False)
    line.set_link(jobs=["flush", "hook"], hook={"program": ["/nowhere/hook"]})
    one(line, "program", "permanent", 100, "/nowhere/hook", f"{LINK}.toml", what="hook", options=["--no-modem"])


def misuse(folder):
    """a link that is none"""
    line = LineOffice(folder, answers=False)
    done = line.office.run("pppctl", "check", "provide")
    check(done.returncode == 100 and b"did you mean provider?" in done.stderr, f"{done.returncode} {done.stderr!r}")


if __name__ == "__main__":
    main(whole, configuration, permissions, device_and_lock, modem, spool, clock, ppp, programs, misuse)
