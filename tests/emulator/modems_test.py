#!/usr/bin/env python3
"""The emulator as a program: modems on real ptys, calls between them and to a server, hang-ups, cuts, faults."""
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import termios
import threading
import time

from emulated import BIN, CONNECT, LIMIT, Emulator, Terminal, call, check, main, wait_until

NUMBER = ("--number", "555-0100=modem:provider")
TIOCM_DTR, TIOCM_RTS, TIOCM_CTS, TIOCM_CAR, TIOCM_RNG = 0x002, 0x004, 0x020, 0x040, 0x080


def dialogue(folder):
    """commands are echoed, done and answered, and the log tells them"""
    emulator = Emulator(folder, *NUMBER)
    office = emulator.open("office")
    check(office.command("ATE1V1S0?") == b"ATE1V1S0?\r\r\n000\r\n\r\nOK\r\n", "ATS0?")
    check(office.command("ATE0") == b"ATE0\r\r\nOK\r\n", "ATE0")
    check(office.command("ATX9", rb"ERROR\r\n") == b"\r\nERROR\r\n", "ATX9")
    check(office.command("ATV0", rb"0\r") == b"0\r", "ATV0")
    commands = [one["text"] for one in emulator.events("office", "command")]
    check(commands == ["ATE1V1S0?", "ATE0", "ATX9", "ATV0"], f"{commands}")
    check(emulator.events("office", "dtr")[0]["on"] is True, "DTR")
    check([one["modem"] for one in emulator.events(event="ready")] == ["office", "provider"], "ready")


def both_ways(folder):
    """64 KiB of all octets cross the line both ways at once and arrive whole"""
    emulator = Emulator(folder, *NUMBER, "--delay", "100")
    office, provider = call(emulator)
    there = bytes(i & 0xff for i in range(65536))
    back = bytes((i * 7 + (i >> 8)) & 0xff for i in range(65536))
    begun = time.monotonic()
    threads = [threading.Thread(target=one.pump, args=(octets, lambda one=one: len(one.got) >= 65536, "octets"))
               for one, octets in ((office, there), (provider, back))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - begun
    check(provider.got == there, f"there: {len(provider.got)} octets")
    check(office.got == back, f"back: {len(office.got)} octets")
    least = (65536 * 8 / 33600 + 0.1) * 0.02
    check(took >= least * 0.99, f"faster than the line: {took:.3f} s for {least:.3f}")
    office.stop()
    gone = emulator.wait_event("provider", "disconnect")
    check((gone["octets_there"], gone["octets_back"], gone["reason"]) == (65536, 65536, "far end"), f"{gone}")


def slow_reader(folder):
    """a terminal that does not read holds the other up, and loses nothing"""
    emulator = Emulator(folder, *NUMBER)
    office, provider = call(emulator)
    sent = bytes(i % 251 for i in range(100000))
    left = sent
    # Full: two ptys, two modem buffers and the line, and then nothing more for 50 seconds of the line.
    while True:
        try:
            left = left[os.write(office.fd, left):]
        except BlockingIOError:
            threading.Event().wait(1.0)
            try:
                left = left[os.write(office.fd, left):]
            except BlockingIOError:
                break
    check(len(left) > 50000, f"{len(sent) - len(left)} octets were taken, and nobody read them")
    thread = threading.Thread(target=office.write, args=(left,))
    thread.start()
    provider.pump(b"", lambda: len(provider.got) >= len(sent), "octets")
    thread.join()
    check(provider.got == sent, f"{len(provider.got)} octets, or others")


def targets(folder):
    """each target of the phone book has its result, and a list is gone through"""
    emulator = Emulator(folder, "--number", "1=busy,modem:provider", "--number", "2=no-answer", "--number", "3=no-carrier",
                        "--number", "4=no-dialtone")
    office = emulator.open("office")
    office.command("ATE0S7=10")
    for number, result in (("2", b"NO ANSWER"), ("3", b"NO CARRIER"), ("4", b"NO DIALTONE"), ("777", b"NO CARRIER")):
        check(office.command(f"ATDT{number}", rb"\r\n[A-Z ]+\r\n") == b"\r\n" + result + b"\r\n", f"{number}: not {result}")
    # Nobody has the provider's modem open: it rings, and nobody answers.
    check(b"BUSY" in office.command("ATDT1", rb"\r\n[A-Z ]+\r\n"), "no BUSY")
    check(b"NO ANSWER" in office.command("ATDT1", rb"\r\n[A-Z ]+\r\n"), "an answer out of nowhere")
    provider = emulator.open("provider")
    provider.command("ATE0S0=2")
    office.command("ATDT1", CONNECT)
    provider.expect(rb"RING\r\n\r\nRING\r\n\r\nCONNECT 33600/ARQ\r\n")
    dials = [(one["number"], one["target"]) for one in emulator.events("office", "dial")]
    check(dials[-3:] == [("1", "busy"), ("1", "modem:provider"), ("1", "modem:provider")], f"{dials}")


def abort(folder):
    """an octet ends a dial, and the other's bell falls silent"""
    emulator = Emulator(folder, *NUMBER, "--ring-interval", "1")
    office, provider = emulator.open("office"), emulator.open("provider")
    provider.command("ATE0")
    office.command("ATE0")
    office.write(b"ATDT5550100\r")
    provider.expect(rb"RING.*RING")
    check(office.command("", rb"\r\n[A-Z ]+\r\n") == b"\r\nNO CARRIER\r\n", "no NO CARRIER")
    provider.command("AT")
    rings = len(emulator.events("provider", "ring"))
    check(provider.command("ATA", rb"\r\n[A-Z ]+\r\n") == b"\r\nNO CARRIER\r\n", "ATA after the caller has gone")
    check(len(emulator.events("provider", "ring")) == rings, "it rings on")


def hang_up_by_close(folder):
    """the slave's close hangs up, also when it is opened again at once"""
    emulator = Emulator(folder, *NUMBER, "--delay", "100")
    for turn in range(1, 9):
        office, provider = call(emulator)
        if turn % 2:
            office.write(b"last words")
            emulator.wait_event("office", "command", 2 * turn)
            provider.expect(b"last words")
        os.close(office.fd)
        office.fd = os.open(emulator.link("office"), os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        provider.expect(rb"^\r\nNO CARRIER\r\n$")
        check(emulator.wait_event("office", "disconnect", turn)["reason"] == "hang-up", "not by the close")
        check(office.command("AT") == b"\r\nOK\r\n", "not back in command state")
        office.stop()
        provider.stop()
        emulator.wait_event("provider", "closed", turn)


def left_behind(folder):
    """a closed slave is left as a serial port is: not exclusive, at a speed, without octets that nobody read"""
    emulator = Emulator(folder)
    office = emulator.open("office")
    office.write(b"AT\r")
    emulator.wait_event("office", "result")

    fcntl.ioctl(office.fd, termios.TIOCEXCL)
    office.speed(termios.B0)
    wait_until(lambda: emulator.events("office", "dtr")[-1]["on"] is False, "DTR off", LIMIT)
    office.stop()
    emulator.wait_event("office", "closed")
    TIOCGEXCL = 0x80045440

    def is_tidy():
        terminal = Terminal(emulator.link("office"))
        try:
            exclusive, = struct.unpack("i", fcntl.ioctl(terminal.fd, TIOCGEXCL, b"\0" * 4))
            return not exclusive and termios.tcgetattr(terminal.fd)[5] != termios.B0
        finally:
            terminal.stop()

    wait_until(is_tidy, "a tidy slave", LIMIT)
    office = emulator.open("office")
    check(office.command("ATE0") == b"ATE0\r\r\nOK\r\n", "octets of before")


def speed_zero(folder):
    """speed 0 hangs up and the modem answers again afterwards"""
    emulator = Emulator(folder, *NUMBER)
    office, provider = call(emulator)
    office.speed(termios.B0)
    office.expect(rb"NO CARRIER\r\n")
    provider.expect(rb"NO CARRIER\r\n")
    office.speed(termios.B38400)
    wait_until(lambda: emulator.events("office", "dtr")[-1]["on"] is True, "DTR on", LIMIT)
    office.command("AT")


def escape(folder):
    """the escape with its silence, and ATH, hang up"""
    emulator = Emulator(folder, *NUMBER)
    office, provider = call(emulator)
    office.write(b"data+++ATH\r")
    provider.expect(rb"data\+\+\+ATH\r")
    answered = len(emulator.events("office", "result"))

    def escaped():
        threading.Event().wait(0.05)
        office.write(b"+++")
        threading.Event().wait(0.1)
        return len(emulator.events("office", "result")) > answered

    wait_until(escaped, "an OK to the escape", LIMIT)
    office.expect(rb"\r\nOK\r\n")
    office.command("ATO", CONNECT)
    office.write(b"more")
    provider.expect(b"more")
    answered = len(emulator.events("office", "result"))
    wait_until(escaped, "an OK to the escape", LIMIT)
    office.expect(rb"\r\nOK\r\n")
    office.command("ATH0")
    provider.expect(rb"NO CARRIER\r\n")


def takes_octets(fd):
    try:
        return os.write(fd, b"AT\r") > 0
    except OSError:
        return False


def carrier_and_clocal(folder):
    """with CLOCAL clear the loss of the carrier ends the line, after what had come; the link leads to a new pty"""
    emulator = Emulator(folder, *NUMBER, "--delay", "100")
    office, provider = call(emulator)
    provider.local(False)
    before = os.readlink(emulator.link("provider"))
    office.write(b"x" * 3000 + b"END")
    provider.expect(b"END")
    office.write(b"and more")
    wait_until(lambda: emulator_has_sent(provider), "the rest", LIMIT)
    office.stop()
    check(provider.until_gone() == b"and more", f"{provider.got!r}")
    check(provider.gone in ("EOF", "EIO"), f"{provider.gone}")
    check(not os.path.exists(before) or os.readlink(emulator.link("provider")) != before, "the link leads to the old pty")
    emulator.wait_event("provider", "hangup_pty")
    # The kernel tells a reader of the end a moment before it refuses writes.
    wait_until(lambda: not takes_octets(provider.fd), "the dead line cannot be written", LIMIT)
    check(emulator.open("provider").command("AT") == b"\r\nOK\r\n", "the new pty")
    check([one["reason"] for one in emulator.events("provider", "disconnect")] == ["far end"], "reason")


def emulator_has_sent(terminal):
    """True once something waits to be read."""

    return struct.unpack("i", fcntl.ioctl(terminal.fd, termios.FIONREAD, b"\0" * 4))[0] > 0


def unread_at_hangup(folder):
    """octets that nobody reads keep a hung-up pty for half a second at most"""
    emulator = Emulator(folder, *NUMBER)
    office, provider = call(emulator)
    provider.local(False)
    office.write(b"unread")
    wait_until(lambda: emulator_has_sent(provider), "octets", LIMIT)
    begun = time.monotonic()
    office.stop()
    emulator.wait_event("provider", "hangup_pty")
    watched = select.poll()
    watched.register(provider.fd, 0)
    check(watched.poll(LIMIT * 1000), "never hung up")
    check(time.monotonic() - begun < 5, "hung up late")


def cuts(folder):
    """a cut call carries exactly its octets, then both lose the carrier; the next call is not cut"""
    emulator = Emulator(folder, *NUMBER, "--delay", "50", "--cut-octets", "4321", "--cut-calls", "1")
    office, provider = call(emulator)
    office.local(False)
    provider.local(False)
    reader = threading.Thread(target=provider.pump, args=(b"y" * 3000, lambda: False, "end"))
    reader.start()
    office.pump(b"x" * 9000, lambda: False, "end")
    reader.join()
    check(len(office.got) + len(provider.got) == 4321, f"{len(office.got)} and {len(provider.got)}")
    gone = emulator.wait_event("office", "disconnect")
    check(gone["reason"] == "cut" and gone["octets_there"] + gone["octets_back"] == 4321, f"{gone}")
    office.stop()
    provider.stop()
    office, provider = call(emulator)
    office.write(b"x" * 5000 + b"END")
    provider.expect(b"END")


def cut_by_time(folder):
    """a call is cut that many seconds after CONNECT"""
    emulator = Emulator(folder, *NUMBER, "--cut-seconds", "10")
    office, provider = call(emulator)
    office.expect(rb"NO CARRIER\r\n")
    provider.expect(rb"NO CARRIER\r\n")
    took = emulator.wait_event("office", "disconnect")["time"] - emulator.wait_event("office", "connect")["time"]
    check(0.19 < took < 2, f"{took} s for 10 at a scale of 0.02")


def scale(folder):
    """a second lasts as long as the time scale says"""
    emulator = Emulator(folder, *NUMBER, "--connect-time", "10", scale="0.05")
    call(emulator)
    took = emulator.wait_event("office", "connect")["time"] - emulator.wait_event("provider", "off_hook")["time"]
    check(0.49 < took < 2, f"{took} s for 10 at a scale of 0.05")


class Server:
    """Takes one connection, says hello, returns what comes in upper case until QUIT, and closes."""

    def __init__(self):
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.got = b""
        self.thread = threading.Thread(target=self._serve, daemon=True)
        self.thread.start()

    def _serve(self):
        connection, _ = self.listening.accept()
        with connection:
            connection.sendall(b"220 hello\r\n")
            while not self.got.endswith(b"quit"):
                octets = connection.recv(4096)
                if not octets:
                    return
                self.got += octets
                connection.sendall(octets.upper())


def server(folder):
    """a number may lead to a server, and either side may end it"""
    one, two = Server(), Server()
    free = socket.create_server(("127.0.0.1", 0))
    unused = free.getsockname()[1]
    free.close()
    emulator = Emulator(folder, "--number", f"1=tcp:127.0.0.1:{one.port},tcp:127.0.0.1:{two.port},tcp:127.0.0.1:{unused}",
                        "--delay", "100")
    office = emulator.open("office")
    office.command("ATE0")
    office.command("ATDT1", rb"CONNECT 33600/ARQ\r\n220 hello\r\n")
    office.write(b"a" * 5000 + b"quit")
    office.expect(rb"^A{5000}QUIT\r\nNO CARRIER\r\n$")
    check(emulator.wait_event("office", "connect")["peer"] == f"tcp:127.0.0.1:{one.port}", "peer")
    office.command("ATDT1", rb"CONNECT 33600/ARQ\r\n220 hello\r\n")
    office.write(b"bye")
    office.expect(b"BYE")
    office.stop()
    two.thread.join(LIMIT)
    check(not two.thread.is_alive() and two.got == b"bye", f"the server was not left: {two.got!r}")
    office = emulator.open("office")
    check(office.command("ATDT1", rb"\r\n[A-Z ]+\r\n") == b"\r\nNO CARRIER\r\n", "nobody listens there")


def faults(folder):
    """a modem is mute, echoes, talks noise or is stuck in its call"""
    emulator = Emulator(folder, *NUMBER, "--fault", "mute=mute", "--fault", "echo=echo", "--fault", "noise=garbage",
                        "--fault", "office=stuck", modems=("office", "provider", "mute", "echo", "noise"))
    mute, echo, noise = (emulator.open(name) for name in ("mute", "echo", "noise"))
    for one in (mute, echo, noise):
        one.write(b"ATE0\r")
    check(len(noise.expect(rb".{20}")) == 20, "no noise")
    check(echo.expect(rb".{5}") == b"ATE0\r", "no echo")
    check(b"OK" not in noise.got + echo.got + mute.got, "OK")
    check(mute.got == b"", "the mute one speaks")
    office, provider = call(emulator)
    office.stop()
    emulator.wait_event("office", "dtr", 2)
    provider.write(b"still there")
    check(not emulator.events("office", "on_hook"), "the stuck one hung up")
    provider.stop()
    emulator.wait_event("office", "disconnect")


def modem_lines(folder):
    """with a lines file DTR comes from there and DCD, CTS and RI are to be seen there"""
    path = os.path.join(folder, "lines")
    with open(path, "wb") as file:
        file.write(struct.pack("<II", 0, TIOCM_DTR | TIOCM_RTS))
    emulator = Emulator(folder, *NUMBER, "--lines", f"provider={path}")

    def lines():
        with open(path, "rb") as file:
            return struct.unpack("<I", file.read(4))[0]

    wait_until(lambda: lines() & TIOCM_CTS, "CTS", LIMIT)
    check(not lines() & TIOCM_CAR, "DCD without a call")
    office, provider = emulator.open("office"), emulator.open("provider")
    provider.command("ATE0")
    office.command("ATE0")
    office.write(b"ATDT5550100\r")
    provider.expect(b"RING")
    wait_until(lambda: lines() & TIOCM_RNG, "RI", LIMIT)
    provider.command("ATA", CONNECT)
    office.expect(CONNECT)
    wait_until(lambda: lines() & TIOCM_CAR, "DCD", LIMIT)
    with open(path, "r+b") as file:
        file.seek(4)
        file.write(struct.pack("<I", TIOCM_RTS))
    wait_until(lambda: not lines() & TIOCM_CAR, "loss of DCD", LIMIT)
    office.expect(rb"NO CARRIER\r\n")
    check(emulator.events("provider", "dtr")[-1]["on"] is False, "DTR")


def many_calls(folder):
    """after many calls, hung-up ptys and sockets no descriptor is left behind"""
    servers = [Server() for _ in range(5)]
    targets = ",".join(f"tcp:127.0.0.1:{one.port}" for one in servers)
    emulator = Emulator(folder, *NUMBER, "--number", f"1={targets}", "--connect-time", "0.1")
    open_files = f"/proc/{emulator.popen.pid}/fd"
    first = emulator.open("office")
    first.command("AT")
    first.stop()
    before = len(os.listdir(open_files))
    for turn in range(1, 11):
        office, provider = call(emulator)
        provider.local(False)
        office.stop()
        provider.until_gone()
        provider.stop()
        emulator.wait_event("office", "closed", turn + 1)
    for _ in servers:
        office = emulator.open("office")
        office.command("ATDT1", rb"220 hello\r\n")
        office.stop()
    wait_until(lambda: len(os.listdir(open_files)) <= before, f"{before} descriptors", LIMIT)
    check(len(emulator.events("provider", "hangup_pty")) == 10, "hang-ups")


def end(folder):
    """SIGTERM removes the links and ends with 0; nothing is burnt while nobody is there; wrong usage is 100"""
    emulator = Emulator(folder)
    office = emulator.open("office")
    office.command("AT")
    office.stop()
    emulator.wait_event("office", "closed")
    before = emulator.processor_seconds()
    threading.Event().wait(1.0)
    check(emulator.processor_seconds() - before < 0.2, "it burns processor time with nobody there")
    emulator.popen.send_signal(signal.SIGTERM)
    check(emulator.popen.wait(LIMIT) == 0, "status")
    check(not os.path.lexists(emulator.link("office")) and not os.path.lexists(emulator.link("provider")), "links are left")
    program = os.path.join(BIN, "modem-emulator")
    wrong = subprocess.run([program, "--modem", "office"], capture_output=True, timeout=LIMIT, check=False)
    check(wrong.returncode == 100 and wrong.stderr.count(b"\n") == 1, f"{wrong}")
    taken = os.path.join(folder, "taken")
    with open(taken, "w", encoding="ascii"):
        pass
    wrong = subprocess.run([program, "--modem", f"a={taken}"], capture_output=True, timeout=LIMIT, check=False)
    check(wrong.returncode == 100 and b"no symbolic link" in wrong.stderr and os.path.isfile(taken), f"{wrong}")


main(dialogue, both_ways, slow_reader, targets, abort, hang_up_by_close, left_behind, speed_zero, escape, carrier_and_clocal,
     unread_at_hangup, cuts, cut_by_time, scale, server, faults, modem_lines, many_calls, end)
