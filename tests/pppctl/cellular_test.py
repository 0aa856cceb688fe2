#!/usr/bin/env python3
"""pppctl over emulated cellular and satellite modems: what is asked before a dial, and what is never done."""
import os
import select
import tty

from line_office import Canary, LineOffice, check, main

PACKETS, CIRCUIT = "*99#", "0555100"
PIN, WRONG = "47110815", "12349876"
QUICK = {"poll": "20ms", "registration_timeout": "2s"}


def office(folder, state, number=PACKETS, kind="3gpp", pin=None, emulator=(), **cellular):
    """The office's modem is a cellular one in this state of the emulator's; further keys are those of [cellular]."""
    personality = ["--personality", f"office={kind}", "--number", f"{PACKETS}=modem:provider"]
    line = LineOffice(folder, *personality, "--cellular", f"office={state}", *emulator, link={"phone": number})
    if pin is not None:
        write_pin(line, pin)
        cellular["pin_file"] = "sim.pin"
    line.set_modem(kind=kind, cellular={**QUICK, **cellular})
    line.submit(1)
    return line


def places_of_pin(line):
    """The PIN's own file, and the exchange, which tells what the modem was told."""
    return [os.path.join(line.office.config, "sim.pin"), os.path.join(line.folder, "line")]


def write_pin(line, pin):
    path = os.path.join(line.office.config, "sim.pin")
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="ascii") as file:
        file.write(pin + "\n")
    return path


def commands(line):
    return [event["text"] for event in line.emulator.events("office", "command")]


def ask(line, command):
    """A person's command to the office's modem, and its answer."""
    fd = os.open(line.emulator.port("office"), os.O_RDWR | os.O_NOCTTY)
    try:
        tty.setraw(fd)
        os.write(fd, command.encode() + b"\r")
        said = b""
        while b"\r\nOK\r\n" not in said and b"ERROR" not in said:
            check(select.select([fd], [], [], 10)[0], f"no answer to {command}: {said!r}")
            said += os.read(fd, 4096)
        return said.decode()
    finally:
        os.close(fd)


def dialled(line):
    return line.emulator.events("office", "dial")


def fails(line, status, *words):
    """A session that ends so, says so, and dials nothing."""
    done = line.session()
    said = done.stderr.decode()
    check(done.returncode == status, f"{done.returncode} {said!r}")
    for word in words:
        check(word in said, f"'{word}' is not in {said!r}")
    check(not dialled(line), "it dialled")
    line.check_at_rest()
    return said


def session_after_clear(line):
    """Of a link that its last failure has stopped."""
    line.clear()
    return line.session("--always")


def goes(line):
    done = line.session()
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    check(not line.waiting(), "mail waits")
    line.check_at_rest()


def packets(folder):
    """a call of *99# has its SIM, its registration, its signal and its context looked at first, then goes"""
    line = office(folder, "after=2,signal=9,network=Test Net", apn="internet.example")
    status, text = line.session_on_terminal()
    check(status == 0, text)
    check("in its home network Test Net, signal 9 of 31 (-95 dBm)" in text, f"no word of it: {text}")
    asked = commands(line)
    wanted = ["AT+CMEE=1", "AT+CPIN?", "AT+CGREG?", "AT+CSQ", 'AT+CGDCONT=1,"IP","internet.example"', "AT+CGATT?"]
    order = [asked.index(command) for command in wanted]
    check(order == sorted(order), f"{asked}")
    check(dialled(line)[0]["number"] == PACKETS, f"{dialled(line)}")
    check(not [command for command in asked if "COPS=?" in command], "it searched for networks")
    line.check_at_rest()


def circuit(folder):
    """a circuit-switched call has its bearer set and the circuit network looked at"""
    line = office(folder, "after=0", number=CIRCUIT, bearer="71,0,1")
    goes(line)
    asked = commands(line)
    check("AT+CBST=71,0,1" in asked and "AT+CREG?" in asked and "AT+CGREG?" not in asked, f"{asked}")


def pin_once(folder):
    """the PIN is sent once a power-up, from a file of its own, and stands in no output and no state"""
    canary = Canary(folder, PIN)
    line = office(folder, f"after=0,pin={PIN}", pin=PIN)
    said = b""
    for _ in range(2):
        done = line.session("--verbose", "--always")
        check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
        said += done.stdout + done.stderr
    sent = [command for command in commands(line) if command.startswith("AT+CPIN=")]
    check(sent == [f'AT+CPIN="{PIN}"'], f"{sent}")
    canary.check(said, but=places_of_pin(line))


def wrong_pin(folder):
    """a wrong PIN is tried exactly once over three sessions; a corrected one is tried, and it goes"""
    canary = Canary(folder, PIN, WRONG)
    line = office(folder, f"after=0,pin={PIN}", pin=WRONG)
    said = fails(line, 100, "the SIM has refused the PIN in", "sim.pin", "correct the PIN")
    for _ in range(2):
        session_after_clear(line)
    sent = [command for command in commands(line) if command.startswith("AT+CPIN=")]
    check(sent == [f'AT+CPIN="{WRONG}"'], f"{sent}")
    check(line.calls()[0]["class"] == "stop" and "remove" in line.calls()[0]["reason"] + line.status().stdout.decode(),
          f"{line.calls()[0]}")
    check("+CPINR: SIM PIN,2,3" in ask(line, "AT+CPINR"), "the SIM has counted more or less than one")
    check(not dialled(line), "it dialled")
    write_pin(line, PIN)
    done = session_after_clear(line)
    check(done.returncode == 0, f"{done.returncode} {done.stderr!r}")
    line.check_at_rest()
    canary.check(said, done.stderr, but=places_of_pin(line))


def last_attempt(folder):
    """the SIM's last attempt is left to a person"""
    line = office(folder, f"after=0,pin={PIN}", pin="1111")
    fails(line, 100, "refused")
    write_pin(line, "2222")
    session_after_clear(line)
    write_pin(line, PIN)
    done = session_after_clear(line)
    check(done.returncode == 100 and b"the SIM has 1 attempt left" in done.stderr, f"{done.returncode} {done.stderr!r}")
    check(f'AT+CPIN="{PIN}"' not in commands(line), "it was sent")


def no_pin(folder):
    """a SIM that asks for a PIN that nobody gave, or whose file others may read, gets none"""
    line = office(folder, f"after=0,pin={PIN}")
    fails(line, 100, "the SIM asks for its PIN", "pin_file in [cellular]")
    os.chmod(write_pin(line, PIN), 0o644)
    line.set_modem(kind="3gpp", cellular={**QUICK, "pin_file": "sim.pin"})
    done = session_after_clear(line)
    check(done.returncode == 100 and b"is open to others" in done.stderr, f"{done.returncode} {done.stderr!r}")
    write_pin(line, "12x4")
    os.chmod(os.path.join(line.office.config, "sim.pin"), 0o600)
    done = session_after_clear(line)
    check(done.returncode == 100 and b"holds no PIN" in done.stderr, f"{done.returncode} {done.stderr!r}")
    check(not [command for command in commands(line) if command.startswith("AT+CPIN=")], "something was sent")


def puk(folder):
    """a SIM that asks for its PUK is left alone, and the administrator told"""
    line = office(folder, f"after=0,pin={PIN}", pin=PIN)
    for attempt in range(3):
        ask(line, f'AT+CPIN="{attempt}000"')
    fails(line, 100, "asks for its PUK", "a new PIN")
    check(f'AT+CPIN="{PIN}"' not in commands(line), "the PIN was sent")


def no_sim(folder):
    """a modem without a SIM is told as such"""
    fails(office(folder, "sim=no"), 100, "SIM not inserted")


def searching(folder):
    """a modem that still searches is waited for"""
    line = office(folder, "after=25", apn="internet.example")
    goes(line)
    check(commands(line).count("AT+CGREG?") > 1, f"{commands(line)}")


def not_registered(folder):
    """a modem that finds no network is tried again later"""
    line = office(folder, "registration=searching,after=0", registration_timeout="200ms")
    fails(line, 111, "not in a network: searching", "antenna")
    check(line.calls()[0]["class"] == "later", f"{line.calls()[0]}")


def denied(folder):
    """a registration that is denied is a person's matter"""
    fails(office(folder, "registration=denied,after=0"), 100, "registration denied", "operator")


def roaming(folder):
    """in a foreign network nothing is dialled unless the profile allows it"""
    line = office(folder, "registration=roaming,after=0,network=Abroad")
    fails(line, 100, "in a foreign network Abroad, and roaming is not allowed", "roaming = true")
    line.set_modem(kind="3gpp", cellular={**QUICK, "roaming": True})
    line.clear()
    goes(line)


def another_network(folder):
    """the network that the profile names is chosen, and one that is not here is told"""
    line = office(folder, "after=0,code=26202", operator="26201")
    fails(line, 111, "no network service", "operator in")
    line.set_modem(kind="3gpp", cellular={**QUICK, "operator": "26202"})
    goes(line)


def no_signal(folder):
    """without a signal nothing is dialled"""
    line = office(folder, "after=0,signal=0")
    fails(line, 111, "signal 0 of 31 (-113 dBm)", "min_signal")
    check(commands(line).count("AT+CSQ") == 5, f"{commands(line)}")


def satellite(folder):
    """with Iridium three bars will do, and no bar, or fewer than the profile's least, will not"""
    line = office(os.path.join(folder, "three"), "after=0,signal=3", number=CIRCUIT, kind="iridium", bearer="71,0,1")
    status, text = line.session_on_terminal()
    check(status == 0 and "signal 3 of 5" in text, text)
    check(line.calls()[0]["signal"] == "3 of 5", f"the ledger has no signal: {line.calls()[0]}")
    check("signal 3 of 5\n" in line.office.run("pppctl", "history").stdout.decode(), "history tells no signal")
    check("AT+CBST=71,0,1" in commands(line) and "AT+CREG?" in commands(line), f"{commands(line)}")
    line.close()
    for signal, least in ((0, 1), (1, 2)):
        line = office(os.path.join(folder, f"{signal}"), f"after=0,signal={signal},signal-time=1", number=CIRCUIT,
                      kind="iridium", min_signal=least)
        fails(line, 111, f"signal {signal} of 5", "does the antenna see the sky?")
        line.close()


def hardware_failure(folder):
    """a satellite's modem whose transceiver does not work dials nothing"""
    line = office(folder, "after=0", number=CIRCUIT, kind="iridium", emulator=("--fault", "office=hardware@commands:6"))
    fails(line, 111, "HARDWARE FAILURE", "switch it off and on")


if __name__ == "__main__":
    main(packets, circuit, pin_once, wrong_pin, last_attempt, no_pin, puk, no_sim, searching, not_registered, denied, roaming,
         another_network, no_signal, satellite, hardware_failure)
