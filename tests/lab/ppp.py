"""pppd by hand on the hosts of the lab: who calls, who answers."""
import signal

from lab import LINES, MODEMS, NUMBER, PLAIN, PROGRAMS, check, wait_until
from phone_line import QUICK_MODEM, toml

PROVIDER_IP, OFFICE_IP = "10.64.0.1", "10.64.0.2"
# pppd's options by the port: without modem lines it has to be told so.
ON_PORT = {PLAIN: ("local", "nocrtscts"), LINES: ("modem",)}
# One that waits for a request that was lost asks again after a second, not three.
QUICK = ("lcp-restart", "1", "ipcp-restart", "1")
# n_gsm does RTS and CTS by itself and takes no word about it.
MODEM_AT = {PLAIN: {"flow": "none", "carrier_detect": False, "hangup": "escape"}, LINES: {"flow": "none"}}
# The emulated modem's is a second, scaled, but what the ptys between still hold has to be through: 30 KB.
GUARD = "700ms"
DIAL = """\
ABORT BUSY
ABORT 'NO CARRIER'
ABORT 'NO ANSWER'
TIMEOUT 20
'' ATE0
OK ATDT{number}
CONNECT \\c
"""
HANG_UP = "TIMEOUT 3\n'' \\d+++\\p\\p\\c\nOK-\\d+++\\p\\p\\c-OK-\\d+++\\p\\p\\c-OK ATH0\nOK \\c\n"
CHAT_FAILED, HUNG_UP, NOT_ACCEPTED, LINK_DEAD = 8, 16, 19, 15  # pppd's exit statuses
MGETTY_LOG = "/var/log/mgetty/mg_ttyS0.log"
MGETTY = """\
debug 9
data-only yes
toggle-dtr no
ignore-carrier yes
need-dsr no
speed 38400
rings 1
init-chat "" ATZ OK ATE0V1Q0X4S0=0 OK
port-owner root
port-group root
issue-file /dev/null
"""


def port_words(port, options):
    return (*ON_PORT[port], *QUICK, *options)


def secret_files(guest, client, password):
    """The client's line for PAP and CHAP, at either end."""
    for kind in ("pap", "chap"):
        guest.write(f"/etc/ppp/{kind}-secrets", f"{client} * {password} *\n", 0o600)


def serve_by(guest, port, *options):
    """What pppd is told on the answering side."""
    words = ("auth", f"{PROVIDER_IP}:{OFFICE_IP}", "name", "provider", "lcp-echo-interval", "2", "lcp-echo-failure", "2",
             *port_words(port, options))
    guest.write("/etc/ppp/options.server", "\n".join(" ".join(words).split()) + "\n")


def mgetty(lab):
    """Real mgetty on the provider's port without modem lines; it starts pppd where a caller sends frames."""
    guest = lab.provider
    guest.write("/etc/mgetty/mgetty.config", MGETTY)
    guest.write("/etc/mgetty/login.config", "/AutoPPP/ - a_ppp /usr/sbin/pppd file /etc/ppp/options.server nodetach\n", 0o600)
    guest.must("rm", "-f", MGETTY_LOG)  # what it says of an earlier case is no sign of life
    program = guest.start("/sbin/mgetty", "ttyS0", log="/tmp/mgetty.log")
    wait_until(lambda: "waiting..." in guest.read(MGETTY_LOG) or program.status() is not None, "mgetty waits for a call")
    check(program.status() is None, f"mgetty ended: {guest.read(MGETTY_LOG)[-2000:]}")
    return program


def modemctl_answers(lab, emulator, port, guest=None):
    """modemctl answer on a host, with the login table that starts pppd for frames."""
    guest = guest or lab.provider
    guest.write("/etc/offhook/modems/line.toml", toml({"port": port, **QUICK_MODEM, "guard_time": GUARD, **MODEM_AT[port]}))
    guest.write("/etc/offhook/login", "/AutoPPP/ - - /usr/sbin/pppd file /etc/ppp/options.server\n", 0o600)
    program = guest.start(f"{PROGRAMS}/modemctl", "answer", "line", log="/tmp/answer.log")
    modem = guest.name + MODEMS[port]

    def armed():
        check(program.status() is None, f"modemctl answer ended: {program.log()}")
        told = emulator.events(modem, "command", "result")
        return len(told) >= 2 and told[-1]["event"] == "result"

    wait_until(armed, "modemctl has armed the modem")
    return program


class Call:
    """pppd on a host that dials out at a port and says what happens."""

    def __init__(self, guest, port, *options, user="office", number=NUMBER):
        guest.write("/etc/chatscripts/lab", DIAL.format(number=number))
        guest.write("/etc/chatscripts/lab-hang-up", HANG_UP)
        words = ["noauth", "noipdefault", "user", user, "connect", f"{PROGRAMS}/chat -v -f /etc/chatscripts/lab"]
        if port == PLAIN:  # nobody would see DTR fall
            words += ["disconnect", f"{PROGRAMS}/chat -v -f /etc/chatscripts/lab-hang-up"]
        self.guest = guest
        self.program = guest.start("pppd", port, "38400", "nodetach", "logfd", "2", *words, *port_words(port, options),
                                   log="/tmp/pppd.log")

    def says(self, text, seconds=40):
        wait_until(lambda: text in self.program.log() or self.program.status() is not None, f"pppd says {text!r}", seconds)
        check(text in self.program.log(), f"pppd ended with {self.program.status()} and without {text!r}: {self.program.log()}")

    def is_up(self):
        self.says("remote IP address")

    def ends(self, status, *texts):
        ended = self.program.wait()
        said = self.program.log()
        check(ended == status, f"pppd ended with {ended}, not with {status}: {said}")
        for text in texts:
            check(text in said, f"pppd did not say {text!r}: {said}")

    def hang_up(self):
        self.program.signal(signal.SIGTERM)
        self.ends(5, "Connection terminated.")
