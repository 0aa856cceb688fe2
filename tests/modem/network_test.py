#!/usr/bin/env python3
"""Modems behind a server on the network: real ser2net in front of the emulator, raw and by RFC 2217, and scripted servers."""
import os
import socket
import sys
import threading

TESTS = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(TESTS, "peers"), os.path.join(TESTS, "pppctl")]
from kit import (BIN, BUILD, PEERS, Listening, MailHost, Process, check, free_port, keep, main, namespaces,  # noqa: E402
                 peer, peer_env, skip, wait_until)
from phone_line import QUICK_MODEM, Answerer, Emulator, locks, modem_profile  # noqa: E402
from line_office import LineOffice  # noqa: E402

IAC, SB, SE, WILL, WONT, DO, DONT = 255, 250, 240, 251, 252, 253, 254
COM_PORT = 44
DCD, DSR, CTS = 128, 32, 16
SHIM_DEVICE = "/dev/ttyEMU0"

SER2NET = """\
connection: &modem
  accepter: {accepter},tcp,127.0.0.1,{port}
  connector: serialdev,{device},115200n81{options}
"""


def is_taken(port):
    """Not asked by a connection: the server would open its device for that."""
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def ser2net(folder, kind, device, options="", env=None):
    """Real ser2net with one port; returns the profile's name for it. It finds its parts only in the place they were built for."""
    program = peer("usr/sbin/ser2net")
    port = free_port()
    config = os.path.join(folder, f"ser2net-{kind}.yaml")
    accepter = {"rfc2217": "telnet(rfc2217)", "tcp": None}[kind]
    text = SER2NET.format(accepter=accepter, port=port, device=device, options=options)
    with open(config, "w", encoding="ascii") as file:
        file.write(text.replace("None,", ""))
    command = [program, "-n", "-d", "-u", "-c", config]
    unpacked = os.path.join(PEERS, "usr", "libexec")
    if program.startswith(PEERS) and os.path.isdir(unpacked):
        command = [*namespaces("--mount"), "sh", "-c", 'mount --bind "$0" /usr/libexec && exec "$@"', unpacked, "env",
                   *(f"{name}={value}" for name, value in {**peer_env(), **(env or {})}.items()), *command]
    server = Process(command, os.path.join(folder, f"ser2net-{kind}.log"))
    wait_until(lambda: is_taken(port) or server.popen.poll() is not None, "ser2net listens")
    check(server.popen.poll() is None, "ser2net has ended")
    return f"{kind}:127.0.0.1:{port}"


class Office:
    """A host with one profile, `line`, and perhaps an emulated modem."""

    def __init__(self, folder, *emulator):
        self.folder, self.lock_dir = folder, os.path.join(folder, "locks")
        self.host = keep(MailHost(os.path.join(folder, "office"), "office.example", BIN))
        self.emulator = keep(Emulator(BIN, os.path.join(folder, "line"), ("office",), {}, "--time-scale", 0.02, *emulator)) \
            if emulator is not None else None

    def profile(self, port, **keys):
        modem_profile(self.host, "line", port, self.lock_dir, **{**QUICK_MODEM, **keys})

    def hang_up(self):
        return self.host.run("modemctl", "hangup", "line")

    def hangs_up(self):
        done = self.hang_up()
        check(done.returncode == 0 and not done.stderr, f"modemctl hangup ended with {done.returncode}: {done.stderr.decode()}")
        check(not locks(self.lock_dir), f"left behind: {locks(self.lock_dir)}")

    def refused(self, status, *words):
        done = self.hang_up()
        said = done.stderr.decode()
        check(done.returncode == status and said.count("\n") == 1 and all(word in said for word in words), f"{done}")
        check(not locks(self.lock_dir), f"left behind: {locks(self.lock_dir)}")


# Real ser2net


def test_idle_rfc2217(folder):
    """ser2net by RFC 2217: speed and idle modem are in our hands, the port is closed and unlocked afterwards"""
    office = Office(folder)
    office.profile(ser2net(folder, "rfc2217", office.emulator.port("office")), flow="none", carrier_detect=False, speed=57600)
    office.hangs_up()
    wait_until(lambda: office.emulator.events("office", "dtr")[-1:] and not office.emulator.events("office", "dtr")[-1]["on"],
               "DTR has fallen")


def test_idle_raw(folder):
    """ser2net raw: an idle modem answers, the port is closed and unlocked afterwards"""
    office = Office(folder)
    office.profile(ser2net(folder, "tcp", office.emulator.port("office"), ",local"))
    office.hangs_up()
    wait_until(lambda: office.emulator.events("office", "closed"), "ser2net has closed the device")


def whole_call(folder, kind, **keys):
    line = LineOffice(folder)
    port = ser2net(folder, kind, line.emulator.port("office"), ",local")
    line.set_modem(port=port, carrier_detect=False, **keys)
    # Everything that telnet could take for its own, and the escape sequence.
    letters = line.submit(3, more=bytes(range(1, 256)).replace(b"\r", b"").replace(b"\n", b"") + b"\n+++ATH0\n")
    done = line.session()
    check(done.returncode == 0, f"pppctl session ended with {done.returncode}: {done.stderr.decode()}")
    check(not line.waiting() and line.arrived(letters) == [1, 1, 1], f"copies: {line.arrived(letters)}")
    line.check_at_rest(rows=1)
    check(line.calls()[0]["result"] == "ok", f"{line.calls()}")


def test_call_rfc2217(folder):
    """a whole call through ser2net by RFC 2217 delivers its mail unchanged, and leaves the modem on-hook"""
    whole_call(folder, "rfc2217", flow="none", speed=115200)


def test_call_raw(folder):
    """a whole call through ser2net's raw port delivers its mail unchanged, and is hung up by escape and ATH0"""
    whole_call(folder, "tcp")


def test_lines(folder):
    """a whole call through ser2net by RFC 2217 on a device with modem lines: DCD is followed, DTR hangs up"""
    library = os.path.join(BUILD, "tests", "libmodem_shim.so")
    if not os.path.exists(library):
        skip(f"the shim is not built: {library}")
    lines = os.path.join(folder, "lines")
    line = LineOffice(folder, "--lines", f"office={lines}")
    env = {"LD_PRELOAD": library, "OFFHOOK_SHIM_LINES": lines,
           "OFFHOOK_SHIM_PORT": f"{SHIM_DEVICE}={line.emulator.port('office')}"}
    line.set_modem(port=ser2net(folder, "rfc2217", SHIM_DEVICE, env=env), flow="none", speed=115200,
                   dtr_low="200ms")
    letters = line.submit(2)
    done = line.session()
    check(done.returncode == 0, f"pppctl session ended with {done.returncode}: {done.stderr.decode()}")
    check(line.arrived(letters) == [1, 1], f"copies: {line.arrived(letters)}")
    line.check_at_rest(rows=1)
    events = [event["event"] for event in line.emulator.events("office", "dtr", "disconnect", "closed")]
    check("disconnect" in events and events[events.index("disconnect") - 1] == "dtr" and
          "closed" not in events[:events.index("disconnect")], f"the end of the call: {events}")


def test_lock(folder):
    """a port on the network is locked by a name that no device has, for both ways to it"""
    office = Office(folder)
    port = ser2net(folder, "rfc2217", office.emulator.port("office"))
    office.profile(port, flow="none", carrier_detect=False)
    answerer = keep(Answerer(office.host, "line", "cat"))
    wait_until(lambda: office.emulator.events("office", "result") or answerer.process.poll() is not None, "the modem is armed")
    check(answerer.process.poll() is None, f"modemctl answer ended: {answerer.log()}")
    server = port.removeprefix("rfc2217:")
    check(locks(office.lock_dir) == [f"LCK..net:{server}"], f"{locks(office.lock_dir)}")
    for other in (port, f"tcp:{server}"):
        office.profile(other)
        done = office.hang_up()
        check(done.returncode == 111 and f"modemctl (pid {answerer.process.pid})" in done.stderr.decode(), f"{done}")


# Scripted servers


def telnet(*octets):
    return bytes((IAC, *octets))


def com_port(command, value):
    return telnet(SB, COM_PORT, command) + value.replace(b"\xff", b"\xff\xff") + telnet(SE)


class ComPort(Listening):
    """A server of RFC 2217 with a modem of its own: DTR, DCD and the octets are the test's. `mute` acknowledges nothing."""

    armed = b"ATS2"  # the last command before a call

    def __init__(self, mute=False):
        self.mute, self.dcd, self.ended = mute, False, False
        self.dtr, self.octets, self._typed, self.command = [], b"", b"", b""
        self._client, self._changed = None, threading.Condition()
        super().__init__()

    def accepted(self, client):
        self._client = client
        client.sendall(telnet(DO, COM_PORT) + telnet(DO, 0) + telnet(WILL, 0))
        threading.Thread(target=self._serve, args=(client.makefile("rb", buffering=0),), daemon=True).start()

    def send(self, octets):
        self._client.sendall(octets.replace(b"\xff", b"\xff\xff"))

    def set_dcd(self, on):
        self.dcd = on
        self._client.sendall(com_port(107, bytes((DSR | CTS | (DCD if on else 0),))))

    def _serve(self, stream):
        def take():
            octet = stream.read(1)
            if not octet:
                raise EOFError
            return octet[0]
        try:
            while True:
                octet = take()
                if octet == IAC:
                    octet = take()
                    if octet == SB:
                        self._order(self._rest(take))
                        continue
                    if octet != IAC:
                        take()
                        continue
                self._type(octet)
        except (EOFError, OSError):
            self.ended = True

    @staticmethod
    def _rest(take):
        value = b""
        while True:
            octet = take()
            if octet == IAC:
                octet = take()
                if octet == SE:
                    return value
            value += bytes((octet,))

    def _order(self, value):
        command, value = value[1], value[2:]
        if not self.mute:
            self._client.sendall(com_port(command + 100, value))
        if command == 5 and value[0] in (8, 9):
            self.dtr.append(value[0] == 8)
            if value[0] == 9 and self.dcd:
                self.set_dcd(False)
        if command == 11:
            self.set_dcd(self.dcd)

    def _type(self, octet):
        self.octets += bytes((octet,))
        if self.dcd:
            return  # the far side's
        if octet != 13:
            self._typed += bytes((octet,))
            return
        self.command, self._typed = self._typed, b""
        command = self.command
        if command == b"ATA":
            self.send(b"\r\nCONNECT 33600/ARQ\r\n")
            self.set_dcd(True)
        elif command.upper().startswith(b"AT"):
            self.send(b"\r\nOK\r\n")


class Says(Listening):
    """A server that says something, over and over if told to, and closes after it unless told to stay."""

    def __init__(self, octets, stays=False, endless=False):
        self._octets, self._stays, self._endless = octets, stays, endless
        self._kept = []
        super().__init__()

    def accepted(self, client):
        self._kept.append(client)
        try:
            client.sendall(self._octets)
            while self._endless:
                client.sendall(self._octets)
        except OSError:
            pass
        if not self._stays:
            client.close()


def on_line(server, answerer):
    """A caller has rung, and the program has said back what he said."""
    wait_until(lambda: server.command.startswith(server.armed) or answerer.process.poll() is not None, "the modem is armed")
    server.send(b"\r\nRING\r\n")
    wait_until(lambda: server.dcd, "the call is taken")
    said = len(server.octets)
    server.send(b"hello\n")
    wait_until(lambda: b"hello\n" in server.octets[said:] or answerer.process.poll() is not None, "the program's answer")
    check(answerer.process.poll() is None, f"modemctl answer ended: {answerer.log()}")


def test_dcd(folder):
    """the loss of the carrier, told by the server, ends the program on the line; DTR hangs up, and the modem is armed again"""
    office = Office(folder)
    server = ComPort()
    office.profile(f"rfc2217:127.0.0.1:{server.port}", flow="none")
    answerer = keep(Answerer(office.host, "line", "cat"))
    on_line(server, answerer)
    server.set_dcd(False)
    wait_until(lambda: "call 1: " in answerer.log() and "carrier lost" in answerer.log(), "the call has ended")
    on_line(server, answerer)
    before = len(server.dtr)
    answerer.stop()
    check(server.dtr[before:before + 1] == [False], f"DTR: {server.dtr}")
    wait_until(lambda: server.ended and not server.dtr[-1], "DTR off at the close")
    check(not locks(office.lock_dir), f"left behind: {locks(office.lock_dir)}")


def test_mute(folder):
    """a server that acknowledges nothing is gone on with"""
    office = Office(folder)
    server = ComPort(mute=True)
    office.profile(f"rfc2217:127.0.0.1:{server.port}", flow="none", speed=9600)
    office.hangs_up()
    check(False in server.dtr, f"DTR: {server.dtr}")


def test_wrong_servers(folder):
    """a server that is none of RFC 2217, refuses it, is in use, or floods us is told in one line, in a bounded time"""
    office = Office(folder)
    for octets, stays, endless, status, words in (
            (b"login: ", True, False, 111, ("does not answer as RFC 2217 does", "tcp:")),
            (telnet(DONT, COM_PORT), True, False, 100, ("refuses RFC 2217",)),
            (telnet(DO, COM_PORT, IAC, WONT, 0), True, False, 100, ("all octets",)),
            (b"Port already in use\r\n", False, False, 111, ("it said: Port already in use",)),
            (telnet(SB, COM_PORT, 100) + b"x" * 4096, False, True, 111, ("garbage",)),
            (telnet(DO, 99), False, True, 111, ("rfc2217:127.0.0.1:",))):
        server = Says(octets, stays, endless)
        office.profile(f"rfc2217:127.0.0.1:{server.port}", flow="none")
        office.refused(status, *words)
        server.stop()
    office.profile(f"rfc2217:127.0.0.1:{free_port()}", flow="none")
    office.refused(111, "unable to connect")


def test_no_carrier_text(folder):
    """over octets alone NO CARRIER and silence end the call, the same words within a letter do not"""
    office = Office(folder)

    class Raw(ComPort):
        armed = b"ATE0V1"

        def accepted(self, client):
            self._client = client
            threading.Thread(target=self._serve, args=(client.makefile("rb", buffering=0),), daemon=True).start()

        def send(self, octets):
            self._client.sendall(octets)

        def set_dcd(self, on):
            self.dcd = on

    server = Raw()
    office.profile(f"tcp:127.0.0.1:{server.port}")
    answerer = keep(Answerer(office.host, "line", "cat"))
    on_line(server, answerer)
    server.send(b"a letter\r\nNO CARRIER\r\nand more\r\n")
    wait_until(lambda: b"and more\r\n" in server.octets or answerer.process.poll() is not None, "the program's answer")
    check("call 1: " not in answerer.log().split("CONNECT")[-1], answerer.log())
    server.dcd = False
    server.send(b"\r\nNO CARRIER\r\n")
    wait_until(lambda: "carrier lost" in answerer.log(), "the call has ended")
    answerer.stop()
    check(not locks(office.lock_dir), f"left behind: {locks(office.lock_dir)}")


def test_gone(folder):
    """a server that goes away in a call ends it, and is told"""
    office = Office(folder)
    server = ComPort()
    office.profile(f"rfc2217:127.0.0.1:{server.port}", flow="none")
    answerer = keep(Answerer(office.host, "line", "cat"))
    on_line(server, answerer)
    server.dcd = False
    server._client.shutdown(2)
    wait_until(lambda: "call 1: " in answerer.log() and "the server closed the connection" in answerer.log(), "it is told")


main(test_dcd, test_mute, test_wrong_servers, test_no_carrier_text, test_gone, test_idle_rfc2217, test_idle_raw, test_lock,
     test_call_rfc2217, test_call_raw, test_lines)
