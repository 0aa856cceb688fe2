#!/usr/bin/env python3
"""modemctl dump and compare: a modem's settings are kept, and what has changed since is told."""
import os

from ctl_kit import Host, check, main, read


def kept(folder):
    """a dump has the registers that the modem has, and AT&V's lines; twice it is the same"""
    host = Host(folder)
    host.emulator()
    first, second = os.path.join(folder, "first"), os.path.join(folder, "second")
    for path in (first, second):
        check(host.run("dump", "line", "-o", path) == "", "it printed something")
    text = read(first).decode()
    check(text == read(second).decode() == host.run("dump", "line"), "two dumps differ")
    check("\nS7 050\n" in text and "\n&V ACTIVE PROFILE\n" in text and "S39 " not in text, text)
    known = host.json("dump", "line")
    check(known["registers"]["S7"] == "050" and "ACTIVE PROFILE" in known["settings"], f"{known}")


def compared(folder):
    """compare ends with 0 where nothing has changed, else it says what and ends with 1"""
    host = Host(folder)
    host.emulator()
    path = os.path.join(folder, "dump")
    host.run("dump", "line", "--output", path)
    check(host.run("compare", "line", path) == "", "something differs")
    host.run("at", "line", "ATS7=61")
    text = host.run("compare", "line", path, status=1)
    check(text.startswith("- S7 050\n+ S7 061\n") and "&V" in text, text)
    check("+ S7 061" in host.json("compare", "line", path, status=1), "the JSON")
    host.run("at", "line", "ATS7=50")
    check(host.json("compare", "line", path) == [], "something differs still")


def wrong(folder):
    """a file that is no dump or not there is told before the modem is asked; a silent modem is 100"""
    host = Host(folder)
    emulator = host.emulator()
    path = os.path.join(folder, "file")
    with open(path, "w", encoding="ascii") as file:
        file.write("nonsense\n")
    check(f"{path}:1: " in host.run("compare", "line", path, status=100), "no dump")
    check("no-such" in host.run("compare", "line", os.path.join(folder, "no-such"), status=100), "no file")
    check("FILE" in host.run("compare", "line", status=100), "no word")
    check(not emulator.events("line", "command"), "the modem was asked")
    emulator.stop()
    host.emulator("--fault", "line=mute")
    check("answers nothing" in host.run("dump", "line", status=100), "a silent modem")


def no_regular_file(folder):
    """a name that is a device or a link is not replaced by a dump"""
    host = Host(folder)
    host.emulator()
    link = os.path.join(folder, "link")
    os.symlink("/dev/null", link)
    check("is there, and no regular file" in host.run("dump", "line", "-o", link, status=100), "it was taken")
    check(os.readlink(link) == "/dev/null", "the link was replaced")


main(kept, compared, wrong, no_regular_file)
