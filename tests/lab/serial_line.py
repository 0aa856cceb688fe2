"""What lies between a guest's serial line and an emulated modem: nothing, or the multiplexer of a cellular modem.

A guest's ttyS is a pty whose slave user-mode Linux opened once and never closes, and it has no modem lines. A MultiplexedLine
plays the modem's side of 3GPP TS 27.010 (basic option), of which the guest's n_gsm makes /dev/gsmtty1, with DTR, RTS, DSR, CTS,
RI and DCD: it opens and closes the emulated modem as the guest opens and closes that, and carries the lines of the file that
modem-emulator's --lines maps.
"""
import mmap
import os
import select
import struct
import termios
import threading
import time
import tty

ROOM = 512  # octets that wait for the other side, so that one that does not read holds back the one that writes
LOOK_SECONDS = 0.02  # how often the modem's lines are looked at
TELL_SECONDS = 0.1  # how often they are told again: Linux 6.1 forgets them when the port is opened a second time


class Terminal:
    """A pty whose slave is a serial line of a guest."""

    def __init__(self):
        self.master, self._slave = os.openpty()
        tty.setraw(self._slave)
        os.set_blocking(self.master, False)
        self.name = os.ttyname(self._slave)

    def close(self):
        os.close(self.master)
        os.close(self._slave)


class SerialLine:
    """One serial line of a guest, to which a modem can be plugged."""

    def __init__(self):
        self.terminal = Terminal()
        self._port = self._modem = None
        self._muted = False
        self._to_guest = self._to_modem = b""
        self._lock, self._ends = threading.Lock(), False
        self._thread = threading.Thread(target=self._carry, daemon=True)
        self._thread.start()

    def plug(self, port):
        """Puts a modem, by its link, at the line's end."""
        with self._lock:
            self._port = port
            self._plugged()

    def mute(self):
        """From now on, until it is unplugged, nothing that the guest says passes, and the carrier holds."""
        self._muted = True

    def unplug(self):
        with self._lock:
            self._muted = False
            self._close()
            self._port = None
            self._to_guest = self._to_modem = b""

    def stop(self):
        self._ends = True
        self._thread.join()
        self.unplug()
        self.terminal.close()

    # What a line of another kind does otherwise

    def _plugged(self):
        self._open()

    def _from_guest(self, octets):
        self._send(octets)

    def _send(self, octets):
        self._to_modem += octets if self._modem is not None and not self._muted else b""

    def _from_modem(self, octets):
        self._to_guest += octets

    def _look(self):
        """Now and then."""

    # Octets

    def _open(self):
        if self._modem is None and self._port:
            self._modem = os.open(self._port, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
            tty.setraw(self._modem)
            modes = termios.tcgetattr(self._modem)
            modes[2] |= termios.CLOCAL  # without it the emulator hangs up the pty when the carrier goes
            termios.tcsetattr(self._modem, termios.TCSANOW, modes)

    def _close(self):
        if self._modem is not None:
            os.close(self._modem)
            self._modem = None

    def _carry(self):
        while not self._ends:
            with self._lock:
                ends = [self.terminal.master] + ([self._modem] if self._modem is not None else [])
                reads = [end for end, waiting in zip(ends, (self._to_modem, self._to_guest)) if len(waiting) < ROOM]
                writes = [end for end, waiting in zip(ends, (self._to_guest, self._to_modem)) if waiting]
            try:
                readable, writable, _ = select.select(reads, writes, [], LOOK_SECONDS)
            except OSError:
                continue  # unplugged meanwhile
            with self._lock:
                self._pass_on(readable, writable)
                self._look()

    def _pass_on(self, readable, writable):
        try:
            if self.terminal.master in readable:
                self._from_guest(os.read(self.terminal.master, ROOM))
            if self._modem is not None and self._modem in readable:
                self._from_modem(os.read(self._modem, ROOM))
            if self.terminal.master in writable:
                self._to_guest = self._to_guest[os.write(self.terminal.master, self._to_guest):]
            if self._modem is not None and self._modem in writable:
                self._to_modem = self._to_modem[os.write(self._modem, self._to_modem):]
        except BlockingIOError:
            pass
        except OSError:
            self._close()  # the emulator has ended


# 3GPP TS 27.010

FLAG = 0xF9
SABM, UA, DISC, DM, UIH = 0x2F, 0x63, 0x43, 0x0F, 0xEF
POLL = 0x10
CONTROL, DATA = 0, 1  # channels
MSC, COMMAND = 0xE1, 0x02
MOST_DATA = 127
CRC = [0] * 256
for _octet in range(256):
    _sum = _octet
    for _ in range(8):
        _sum = (_sum >> 1) ^ 0xE0 if _sum & 1 else _sum >> 1
    CRC[_octet] = _sum


def check_sum(header):
    value = 0xFF
    for octet in header:
        value = CRC[value ^ octet]
    return 0xFF - value


def frame(channel, control, data=b"", command=False):
    """One that the modem's side sends: its commands have C/R clear."""
    header = bytes([channel << 2 | (0 if command else 2) | 1, control, len(data) << 1 | 1])
    return bytes([FLAG]) + header + data + bytes([check_sum(header), FLAG])


def take_frame(octets):
    """The first whole frame, as (channel, control, data), or None, and what is behind it."""
    while octets:
        octets = octets.lstrip(bytes([FLAG]))
        if len(octets) < 5:
            return None, octets
        length, head = octets[2] >> 1, 3
        if not octets[2] & 1:
            length, head = length | octets[3] << 7, 4
        if len(octets) < head + length + 2:
            return None, octets
        end = head + length
        if octets[end] == check_sum(octets[:head]) and octets[end + 1] == FLAG:
            return (octets[0] >> 2, octets[1], octets[head:end]), octets[end + 1:]
        octets = octets[1:]  # noise, as at the start
    return None, octets


class MultiplexedLine(SerialLine):
    """`lines`: the file of modem-emulator's --lines for the modem that will be plugged."""

    def __init__(self, lines):
        self._raw, self._is_open, self._told, self._tell_again = b"", False, None, 0
        with open(lines, "wb") as file:
            file.write(bytes(8))
        with open(lines, "r+b") as file:
            self._lines = mmap.mmap(file.fileno(), 8)
        super().__init__()

    def _plugged(self):
        if self._is_open:
            self._open()

    def _from_guest(self, octets):
        self._raw += octets
        while True:
            found, self._raw = take_frame(self._raw)
            if not found:
                return
            channel, control, data = found
            control &= ~POLL
            if control in (SABM, DISC):
                self._to_guest += frame(channel, UA | POLL)
                self._set_open(channel, control == SABM)
            elif control == UIH and channel == DATA:
                self._send(data)
            elif control == UIH and channel == CONTROL and len(data) >= 4 and data[0] == MSC | COMMAND:
                self._to_guest += frame(CONTROL, UIH, bytes([MSC]) + data[1:], command=True)
                self._set_user_lines(data[3])

    def _from_modem(self, octets):
        for start in range(0, len(octets), MOST_DATA):
            self._to_guest += frame(DATA, UIH, octets[start:start + MOST_DATA], command=True)

    def _set_open(self, channel, is_open):
        if channel != DATA:
            return
        self._is_open, self._told = is_open, None
        if is_open:
            self._open()
        else:
            self._set_user_lines(0)
            self._close()

    def _set_user_lines(self, signals):
        dtr, rts = signals & 4, signals & 8
        self._lines[4:8] = struct.pack("<I", (termios.TIOCM_DTR if dtr else 0) | (termios.TIOCM_RTS if rts else 0))

    def _look(self):
        """Tells the guest which lines the modem has."""
        if not self._is_open:
            return
        modem, = struct.unpack("<I", self._lines[:4])
        bits = ((termios.TIOCM_DSR, 4), (termios.TIOCM_CTS, 8), (termios.TIOCM_RNG, 64), (termios.TIOCM_CAR, 128))
        signals = 1 | sum(bit for line, bit in bits if modem & line)
        now = time.monotonic()
        if (signals, True) != (self._told, now < self._tell_again):
            self._told, self._tell_again = signals, now + TELL_SECONDS
            self._to_guest += frame(CONTROL, UIH, bytes([MSC | COMMAND, 2 << 1 | 1, DATA << 2 | 3, signals]), command=True)
