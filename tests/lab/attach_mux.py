"""In a guest: hands a serial line to the kernel's multiplexer (n_gsm), which makes /dev/gsmtty1 of it, and stays for its sake."""
import fcntl
import os
import signal
import struct
import sys
import tty

TIOCSETD, N_GSM0710 = 0x5423, 21
CONFIG = struct.Struct("11I8I")  # linux/gsmmux.h
GETCONF, SETCONF = ((way << 30) | (CONFIG.size << 16) | (ord("G") << 8) | number for way, number in ((2, 0), (1, 1)))
INITIATOR, T2, N2, MRU, MTU = 2, 4, 6, 7, 8  # of its members
MOST_DATA = 127  # octets of a frame

line = os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY)
tty.setraw(line)
fcntl.ioctl(line, TIOCSETD, struct.pack("i", N_GSM0710))
config = list(CONFIG.unpack(fcntl.ioctl(line, GETCONF, bytes(CONFIG.size))))
config[0:2] = 1, 0  # convergence layer 1, basic option
config[INITIATOR] = 1
# Linux 6.1 waits for the answer to its own command in the path that would receive it: until so many hundredths of a second, and
# tries, have passed.
config[T2], config[N2] = 1, 2
config[MRU] = config[MTU] = MOST_DATA
fcntl.ioctl(line, SETCONF, CONFIG.pack(*config))
print("ready", flush=True)
signal.pause()
