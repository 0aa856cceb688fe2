#!/usr/bin/env python3
"""Whole programs on libserialport's back end: the emulated modem passes for /dev/ttyEMU0, with all its modem lines."""
import json
import os
import subprocess
import sys
import tty

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "peers"), os.path.join(TESTS, "pppctl")]
from kit import BIN, MailHost, check, keep, main, namespaces, read, skip, wait_until  # noqa: E402
from phone_line import QUICK_MODEM, Answerer, Emulator, kill, locks, modem_profile  # noqa: E402
from line_office import DEVICE, LineOffice, shim  # noqa: E402

NUMBER = "0555100"
SEEN_MODEM = {"dtr_low": "200ms"}  # the emulator looks at the file of the lines now and then, on a busy machine seldom
DCD, DTR = 0x40, 0x02  # TIOCM_CAR and TIOCM_DTR


class Line:
    """Two modems: the office's is a serial device, the provider's a plain pty."""

    def __init__(self, folder, *arguments, device=DEVICE):
        library = shim()
        self._folder, self._arguments = folder, arguments
        self.office = keep(MailHost(os.path.join(folder, "office"), "office.example", BIN))
        self.provider = keep(MailHost(os.path.join(folder, "provider"), "provider.example", BIN))
        self.lines_file = os.path.join(folder, "lines")
        self.lock_dir = os.path.join(folder, "locks")
        self.plug_in()
        modem_profile(self.office, "line", device, self.lock_dir, **{**QUICK_MODEM, **SEEN_MODEM})
        self.env = {"LD_PRELOAD": library, "OFFHOOK_SHIM_PORT": f"{device}={self.emulator.port('office')}",
                    "OFFHOOK_SHIM_LINES": self.lines_file}

    def plug_in(self):
        self.emulator = keep(Emulator(BIN, os.path.join(self._folder, "line"), ("office", "provider"), {NUMBER: "modem:office"},
                                      "--time-scale", 0.02, "--lines", f"office={self.lines_file}", *self._arguments))

    def modem_has(self, line):
        return bool(read(self.lines_file)[0] & line)

    def we_have(self, line):
        return bool(read(self.lines_file)[4] & line)

    def dtr_events(self):
        return [event["on"] for event in self.emulator.events("office", "dtr")]


def answered(line):
    """A call from the provider's modem that a program on the office's line has taken: its end is the descriptor."""
    answerer = keep(Answerer(line.office, "line", "cat", env=line.env))
    wait_until(lambda: line.emulator.events("office", "result") or answerer.process.poll() is not None, "the modem is armed")
    call = os.open(line.emulator.port("provider"), os.O_RDWR | os.O_NOCTTY)
    tty.setraw(call)
    os.write(call, f"ATE0DT{NUMBER}\r".encode())
    wait_until(lambda: line.modem_has(DCD) or answerer.process.poll() is not None, "the carrier is on")
    check(answerer.process.poll() is None, f"modemctl answer ended: {answerer.log()}")
    return answerer, call


def check_left(line):
    wait_until(lambda: line.dtr_events()[-1:] != [True], "DTR has fallen")
    check(not line.we_have(DTR), "DTR is still on in the file of the lines")
    check(not locks(line.lock_dir), f"left behind: {locks(line.lock_dir)}")


def test_idle(folder):
    """a hang-up of an idle modem leaves DTR off and the port unlocked"""
    line = Line(folder)
    done = line.office.run("modemctl", "hangup", "line", env=line.env)
    check(done.returncode == 0, f"modemctl hangup ended with {done.returncode}: {done.stderr.decode()}")
    check_left(line)


def test_stopped_call(folder):
    """a call is hung up by DTR, on its line, before the port is closed"""
    line = Line(folder)
    answerer, call = answered(line)
    answerer.stop()
    os.close(call)
    events = [event["event"] for event in line.emulator.events("office", "dtr", "disconnect", "closed")]
    check("disconnect" in events and events[events.index("disconnect") - 1] == "dtr" and
          "closed" not in events[:events.index("disconnect")], f"the end of the call: {events}")
    check(not line.modem_has(DCD), "the carrier is still on")
    check_left(line)


def test_lost_carrier(folder):
    """the loss of the carrier ends the program on the line, and the port is armed again"""
    line = Line(folder)
    answerer, call = answered(line)
    commands = len(line.emulator.events("office", "command"))
    os.close(call)  # the caller's DTR: the call ends
    wait_until(lambda: not line.modem_has(DCD), "the carrier is off")
    wait_until(lambda: len(line.emulator.events("office", "command")) > commands or answerer.process.poll() is not None,
               "the port is armed again")
    check(answerer.process.poll() is None, f"modemctl answer ended: {answerer.log()}")
    answerer.stop()
    check_left(line)


def test_session(folder):
    """a session over libserialport's port delivers its mail, hangs up by DTR and unlocks"""
    lines = os.path.join(folder, "lines")
    line = LineOffice(folder, "--lines", f"office={lines}", modem={"port": DEVICE, **SEEN_MODEM})
    letters = line.submit(3)
    done = line.device_session(lines)
    check(done.returncode == 0, f"pppctl session ended with {done.returncode}: {done.stderr.decode()}")
    check(not line.waiting() and line.arrived(letters) == [1, 1, 1], f"copies: {line.arrived(letters)}")
    line.check_at_rest(rows=1)
    events = [event["event"] for event in line.emulator.events("office", "dtr", "disconnect", "closed")]
    check("disconnect" in events and events[events.index("disconnect") - 1] == "dtr" and
          "closed" not in events[:events.index("disconnect")], f"the end of the call: {events}")
    check(not read(lines)[4] & DTR, "DTR is still on")


def test_list(folder):
    """a USB port is listed with what its device says of itself"""
    office = keep(MailHost(os.path.join(folder, "office"), "office.example", BIN))
    # A tree as the kernel shows it, in place of the real one: listing opens the host's own ports for a moment.
    usb, port = "/sys/class/devices/usb", "1-1/ttyUSB7/tty/ttyUSB7"
    script = (f"mount -t tmpfs none /sys/class && mkdir -p /sys/class/tty {usb}/{port} && cd {usb} && "
              f"ln -s ../.. {port}/device && ln -s ../devices/usb/{port} /sys/class/tty/ttyUSB7 && echo 1 >busnum && "
              'echo 2 >devnum && echo 067b >idVendor && echo 2303 >idProduct && echo SER1 >serial && '
              'echo "Acme modem" >product && echo Acme >manufacturer && exec "$@"')
    inside = [*namespaces("--mount"), "sh", "-c", script, "sh"]
    probe = subprocess.run([*inside, "true"], capture_output=True, check=False)
    if probe.returncode != 0:
        skip(f"no tree of our own in place of /sys/class: {probe.stderr.decode(errors='replace').strip()}")
    done = office.run("modemctl", "list", "--json", prefix=inside)
    check(done.returncode == 0, f"modemctl list ended with {done.returncode}: {done.stderr.decode()}")
    ports = json.loads(done.stdout)
    check(len(ports) == 1 and ports[0]["device"] == "/dev/ttyUSB7" and ports[0]["transport"] == "USB" and
          ports[0]["usb"] == "067b:2303 serial SER1" and "Acme modem" in ports[0]["description"], f"{ports}")


def test_lines(folder):
    """list --lines tells speed and lines of a free port, as status does, and leaves one that somebody has alone"""
    line = Line(folder)
    hidden = [*namespaces("--mount"), "sh", "-c", 'mount -t tmpfs none /sys/class/tty && exec "$@"', "sh"]
    if subprocess.run([*hidden, "true"], capture_output=True, check=False).returncode != 0:
        skip("the host's own ports cannot be hidden here")

    def listed(*options):
        done = line.office.run("modemctl", "list", "--lines", *options, prefix=hidden, env=line.env)
        check(done.returncode == 0 and not done.stderr, f"modemctl list ended with {done.returncode}: {done.stderr.decode()}")
        return done.stdout.decode()

    ports = json.loads(listed("--json"))
    check(len(ports) == 1 and ports[0]["device"] == DEVICE and ports[0]["speed"], f"{ports}")
    check(ports[0]["lines"] == {"dtr": True, "rts": True, "cts": True, "dsr": True, "dcd": False, "ri": False}, f"{ports}")
    check("bit/s DTR RTS CTS DSR\n" in listed(), listed())
    check_left(line)
    done = line.office.run("modemctl", "status", "line", "--json", env=line.env)
    check(done.returncode == 0, f"modemctl status ended with {done.returncode}: {done.stderr.decode()}")
    known = json.loads(done.stdout)
    check(known["lines"] == ports[0]["lines"] and known["answers"], f"{known}")
    check_left(line)
    answerer, call = answered(line)
    wait_until(lambda: line.dtr_events()[-1:] == [True], "DTR is seen")
    before = len(line.dtr_events())
    text = listed()
    os.close(call)
    check(f"is in use by modemctl (pid {answerer.process.pid})" in text and "bit/s" not in text, text)
    check(len(line.dtr_events()) == before, f"the port was disturbed: {line.dtr_events()}")


def test_tried(folder):
    """with modem lines selftest leaves no step out, and probe finds the speed and proposes what the lines allow"""
    line = Line(folder, "--dte-speed", "office=38400")
    done = line.office.run("modemctl", "probe", DEVICE, "--json", env=line.env)
    check(done.returncode == 0, f"modemctl probe ended with {done.returncode}: {done.stderr.decode()}")
    known = json.loads(done.stdout)
    check(known["speed"] == 38400 and known["device"] == DEVICE and "CTS is off" not in known["profile"], f"{known}")
    check_left(line)
    # The emulator has to see DTR on before it can see it fall.
    modem_profile(line.office, "line", DEVICE, line.lock_dir, speed=38400, flow="rts/cts",
                  **{**QUICK_MODEM, **SEEN_MODEM, "settle": "100ms"})
    done = line.office.run("modemctl", "selftest", "line", "--json", env=line.env)
    check(done.returncode == 0, f"modemctl selftest ended with {done.returncode}: {done.stdout.decode()}{done.stderr.decode()}")
    steps = {step["step"]: step["result"] for step in json.loads(done.stdout)}
    check(steps == {name: "ok" for name in ("lines", "answer", "octets", "flow", "dtr")}, f"{done.stdout.decode()}")
    check_left(line)


def test_unplugged(folder):
    """a USB port that is unplugged in a call is told, needs no person, and works again when it is back"""
    line = Line(folder, device="/dev/ttyUSB9")
    answerer, call = answered(line)
    plugged = line.emulator.port("office")
    away = plugged + ".away"
    os.rename(plugged, away)
    kill(line.emulator.process)
    os.close(call)
    wait_until(lambda: answerer.process.poll() is not None, "modemctl answer ends")
    check(answerer.process.returncode == 111, f"modemctl answer ended with {answerer.process.returncode}: {answerer.log()}")
    check("the device /dev/ttyUSB9 is gone: was it unplugged?" in answerer.log() and "is it plugged in?" in answerer.log(),
          answerer.log())
    check(not locks(line.lock_dir), f"left behind: {locks(line.lock_dir)}")
    done = line.office.run("modemctl", "hangup", "line", env=line.env)
    check(done.returncode == 111 and b"is it plugged in?" in done.stderr, f"{done}")
    os.unlink(away)
    line.plug_in()
    done = line.office.run("modemctl", "hangup", "line", env=line.env)
    check(done.returncode == 0, f"modemctl hangup ended with {done.returncode}: {done.stderr.decode()}")
    check(not locks(line.lock_dir), f"left behind: {locks(line.lock_dir)}")


main(test_lines, test_tried, test_unplugged, test_idle, test_stopped_call, test_lost_carrier, test_session, test_list)
