"""pppd by hand at both ends: what the link manager stands on, and what answers it."""
import ppp
from lab import LINES, NUMBER, PLAIN, check, wait_until
from ppp import PROVIDER_IP, Call

TO_PROVIDER = {NUMBER: "modem:provider"}
ECHO_PORT = 7
TALK = """\
import socket, sys
sent = bytes(range(256)) * 40
with socket.create_connection((sys.argv[1], int(sys.argv[2])), 20) as there:
    there.sendall(sent)
    there.shutdown(socket.SHUT_WR)
    came = b""
    while octets := there.recv(65536):
        came += octets
sys.exit(came != sent)
"""


def accounts(lab, password=None):
    ppp.secret_files(lab.provider, "office", lab.password)
    ppp.secret_files(lab.office, "office", password or lab.password)


def octets_pass(lab):
    """10 KiB of all octets go over TCP to the provider and come back."""
    lab.provider.start("tcpserver", "-HRl0", PROVIDER_IP, ECHO_PORT, "cat", log="/tmp/echo.log")
    wait_until(lambda: lab.provider.run("python3", "-c", TALK, PROVIDER_IP, ECHO_PORT).status == 0, "the echo server")
    lab.office.must("python3", "-c", TALK, PROVIDER_IP, ECHO_PORT)


def pap_mgetty(lab):
    "pppd dials with our chat, mgetty answers with pppd: PAP, octets both ways, hung up by the office"
    accounts(lab)
    ppp.serve_by(lab.provider, PLAIN, "require-pap")
    with lab.network(TO_PROVIDER) as emulator:
        ppp.mgetty(lab)
        call = Call(lab.office, PLAIN)
        call.is_up()
        octets_pass(lab)
        call.hang_up()
        check("PAP authentication succeeded" in call.program.log(), call.program.log())
        wait_until(lambda: emulator.on_hook("office"), "the office's modem is on-hook")


def chap_modemctl(lab):
    "pppd dials by a port with modem lines, modemctl answers with pppd: CHAP, octets both ways; both modems on-hook afterwards"
    accounts(lab)
    ppp.serve_by(lab.provider, PLAIN, "require-chap")
    with lab.network(TO_PROVIDER) as emulator:
        answerer = ppp.modemctl_answers(lab, emulator, PLAIN)
        call = Call(lab.office, LINES)
        call.is_up()
        octets_pass(lab)
        call.hang_up()
        check("CHAP authentication succeeded" in call.program.log(), call.program.log())
        for modem in ("office-lines", "provider"):
            wait_until(lambda: emulator.on_hook(modem), f"{modem} is on-hook")
        check(answerer.status() is None, f"modemctl answer ended: {answerer.log()}")


def wrong_password(lab):
    "a wrong password ends pppd with 19 after one try, and the server's end too"
    accounts(lab, lab.wrong)
    ppp.serve_by(lab.provider, PLAIN, "require-chap")
    with lab.network(TO_PROVIDER) as emulator:
        ppp.modemctl_answers(lab, emulator, PLAIN)
        call = Call(lab.office, LINES)
        call.ends(ppp.NOT_ACCEPTED, "CHAP authentication failed")
        check(len(emulator.events("office-lines", "dial")) == 1, "it dialled again")
        wait_until(lambda: emulator.on_hook("provider"), "the provider's modem is on-hook")


CASES = (pap_mgetty, chap_modemctl, wrong_password)
