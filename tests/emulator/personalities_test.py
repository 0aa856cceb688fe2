#!/usr/bin/env python3
"""Personalities, faults and targets of the emulator as a program: what goes beyond a modem's dialogue."""
import os
import struct
import sys

from emulated import CONNECT, LIMIT, Emulator, call, check, main, wait_until

NUMBER = ("--number", "555-0100=modem:provider")
TIOCM_DTR, TIOCM_RTS, TIOCM_CTS, TIOCM_CAR = 0x002, 0x004, 0x020, 0x040
RESULT = rb"\r\n[A-Z][^\r\n]*\r\n"


def ties(folder):
    """a TIES modem hangs up in the middle of the data, and with S2 above 127 it does not"""
    emulator = Emulator(folder, *NUMBER, "--personality", "office=ties")
    office, provider = call(emulator)
    office.write(b"mail\r\n+++ATH0\r")
    office.expect(rb"\r\nOK\r\n")
    provider.expect(rb"NO CARRIER\r\n")
    office.command("ATS2=255")
    office.command("ATDT5550100", CONNECT)
    provider.expect(CONNECT)
    office.write(b"mail\r\n+++ATH0\r\nmore\r\n")
    check(provider.expect(rb"more\r\n") == b"mail\r\n+++ATH0\r\nmore\r\n", "not unharmed")


def packets(folder):
    """a cellular modem is asked for its PIN, registers, and calls *99# by any context"""
    emulator = Emulator(folder, "--number", "*99#=modem:provider", "--personality", "office=3gpp",
                        "--cellular", "office=pin=1234,after=3,registration=roaming,network=Test Net,signal=9")
    office, provider = emulator.open("office"), emulator.open("provider")
    provider.command("ATE0S0=1")
    office.command("ATE0+CMEE=1")
    check(b"SIM PIN" in office.command("AT+CPIN?"), "no PIN is asked for")
    office.command("AT+CREG=1;+CPIN=\"1234\"")
    office.expect(rb"\+CREG: 5\r\n")
    check(b"0,0,\"Test Net\"" in office.command("AT+COPS?"), "the network's name")
    check(b"+CSQ: 9,99" in office.command("AT+CSQ"), "the signal")
    office.command("AT+CGDCONT=1,\"IP\",\"internet\"")
    office.command("ATD*99***1#", CONNECT)
    check(emulator.events("office", "dial")[0]["number"] == "*99#", "the number")


def restart(folder):
    """a restart takes the link away, ends the terminal, and the modem is back as it was switched on"""
    emulator = Emulator(folder, "--personality", "office=3gpp", "--cellular", "office=restart=10")
    office = emulator.open("office")
    link = emulator.link("office")
    office.command("ATE0+CMEE=2")
    office.command("AT+CFUN=1,1")
    office.until_gone()
    check(office.gone in ("EOF", "EIO"), f"{office.gone}")
    emulator.wait_event("office", "gone")
    emulator.wait_event("office", "back")
    wait_until(lambda: os.path.exists(link), "the link", LIMIT)
    check(b"+CMEE: 0" in emulator.open("office").command("AT+CMEE?"), "it remembers")
    took = emulator.wait_event("office", "back")["time"] - emulator.wait_event("office", "gone")["time"]
    check(0.19 < took < 2, f"{took} s for 10 at a scale of 0.02")


def vanishes_in_a_call(folder):
    """a device that vanishes in a call has the far end lose its carrier, and all its modem lines are off"""
    path = os.path.join(folder, "lines")
    with open(path, "wb") as file:
        file.write(struct.pack("<II", 0, TIOCM_DTR | TIOCM_RTS))
    emulator = Emulator(folder, *NUMBER, "--lines", f"office={path}", "--fault", "office=vanish@octets:100/60")
    office, provider = call(emulator)
    lines = lambda: struct.unpack("<I", open(path, "rb").read(4))[0]  # noqa: E731
    wait_until(lambda: lines() & TIOCM_CAR, "DCD", LIMIT)
    office.write(b"x" * 100)
    provider.expect(rb"NO CARRIER\r\n")
    wait_until(lambda: lines() == 0, "all lines off", LIMIT)
    check(not os.path.lexists(emulator.link("office")), "the link is still there")
    emulator.wait_event("office", "back")
    check(emulator.open("office").command("AT"), "not back")


def stuck_carrier(folder):
    """a carrier that is stuck shows on the modem lines after the call"""
    path = os.path.join(folder, "lines")
    with open(path, "wb") as file:
        file.write(struct.pack("<II", 0, TIOCM_DTR | TIOCM_RTS))
    emulator = Emulator(folder, *NUMBER, "--lines", f"office={path}", "--fault", "office=carrier@dial")
    office, provider = call(emulator)
    provider.stop()
    office.expect(rb"NO CARRIER\r\n")
    emulator.wait_event("office", "on_hook")
    with open(path, "rb") as file:
        check(struct.unpack("<I", file.read(4))[0] & TIOCM_CAR, "DCD fell")


def program(folder):
    """a number may lead to a program: its input and output are the line, and its end is the call's"""
    script = ("import sys\nprint('login:', end='', flush=True)\nline = sys.stdin.readline()\n"
              "print('hello ' + line.strip(), end='', flush=True)\n")
    emulator = Emulator(folder, "--program", f"answer={sys.executable}", "--program", "answer=-c", "--program",
                        f"answer={script}", "--program", "none=/nonexistent", "--number", "1=program:answer",
                        "--number", "2=program:none")
    office = emulator.open("office")
    office.command("ATE0")
    for turn in (1, 2):
        office.command("ATDT1", CONNECT + b"login:")
        office.write(b"anna; echo $HOME\r\n")
        office.expect(rb"hello anna; echo \$HOME\r\nNO CARRIER\r\n")
        check(emulator.wait_event("office", "connect", turn)["peer"] == "program:answer", "peer")
    check(b"NO CARRIER" in office.command("ATDT2", RESULT), "a program that is not there answers")


def program_outlived(folder):
    """a program that does not end with its call is killed"""
    emulator = Emulator(folder, "--program", "stubborn=/bin/sleep", "--program", "stubborn=1000", "--number",
                        "1=program:stubborn")
    children = f"/proc/{emulator.popen.pid}/task/{emulator.popen.pid}/children"

    def running():
        with open(children, encoding="ascii") as file:
            return file.read().split()

    office = emulator.open("office")
    office.command("ATE0")
    office.command("ATDT1", CONNECT)
    check(len(running()) == 1, "the program does not run")
    office.stop()
    wait_until(lambda: not running(), "the program is gone", LIMIT)


def mix(folder):
    """a mix of targets goes as chance has it, and the same way for the same seed"""
    def results(seed, name):
        place = os.path.join(folder, name)
        os.mkdir(place)
        emulator = Emulator(place, "--seed", str(seed), "--number", "1=mix:busy*2|no-dialtone|no-carrier*3")
        office = emulator.open("office")
        office.command("ATE0S7=1")
        said = [office.command("ATDT1", RESULT).strip() for _ in range(24)]
        emulator.stop()
        return said

    first = results(1, "a")
    check(set(first) == {b"BUSY", b"NO DIALTONE", b"NO CARRIER"}, f"{first}")
    check(results(1, "b") == first, "not the same again")
    check(results(2, "c") != first, "the seed means nothing")


main(ties, packets, restart, vanishes_in_a_call, stuck_carrier, program, program_outlived, mix)
