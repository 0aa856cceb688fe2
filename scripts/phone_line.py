"""An emulated telephone line between hosts in folders: modem-emulator, a modem that answers, sessions that dial.

For the demo and for the tests; stands on mailhost.py.
"""
import json
import os
import signal
import subprocess

from mailhost import read, stop, wait_until

# Our own pauses, short: the emulated modem needs none of them.
QUICK_MODEM = {"settle": "1ms", "command_timeout": "2s", "command_pause": "1ms", "reset_pause": "1ms", "pace": "0ms",
               "dtr_low": "40ms", "carrier_off": "2s", "guard_time": "40ms", "connect_timeout": "20s"}
QUICK_LINK = {"silence": "20s", "grace": "2s", "redial": "0s"}

SCRIPT = """\
ABORT BUSY
ABORT 'NO CARRIER'
ABORT 'NO DIALTONE'
ABORT 'NO ANSWER'
ABORT ERROR
TIMEOUT {timeout}
'' ATDT\\T
CONNECT \\c
"""


def toml(values, within=""):
    """Text, numbers, booleans and lists of them as TOML keys; a dictionary is a table."""
    keys = "".join(f"{key} = {json.dumps(value, ensure_ascii=False)}\n" for key, value in values.items()
                   if not isinstance(value, dict))
    return keys + "".join(f"[{within}{key}]\n{toml(value, f'{within}{key}.')}"
                          for key, value in values.items() if isinstance(value, dict))


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def modem_profile(host, name, port, lock_dir, **keys):
    os.makedirs(lock_dir, exist_ok=True)
    write(os.path.join(host.config, "modems", f"{name}.toml"), toml({"port": port, "lock_dir": lock_dir, **keys}))


def link_profile(host, name, chat_timeout=60, script=SCRIPT, **keys):
    write(os.path.join(host.config, "chat", name), script.format(timeout=chat_timeout))
    write(os.path.join(host.config, "links", f"{name}.toml"), toml({"kind": "line", "chat": name, **keys}))


class Emulator:
    """modem-emulator with its modems' links in `folder`; `modems` are names, `numbers` maps a number to targets."""

    def __init__(self, programs, folder, modems, numbers, *arguments, prefix=()):
        self._folder = folder
        self._log = os.path.join(folder, "emulator.json")
        os.makedirs(folder, exist_ok=True)
        command = [*prefix, os.path.join(programs, "modem-emulator"), "--log", self._log]
        for name in modems:
            command += ["--modem", f"{name}={self.port(name)}"]
        for number, target in numbers.items():
            command += ["--number", f"{number}={target}"]
        self._errors = open(os.path.join(folder, "emulator.log"), "ab")
        self.process = subprocess.Popen(command + [str(argument) for argument in arguments], stdin=subprocess.DEVNULL,
                                        stdout=subprocess.PIPE, stderr=self._errors)
        said = self.process.stdout.readline()
        if said.strip() != b"ready":
            raise RuntimeError(f"modem-emulator said {said!r}: {self.errors()}")

    def port(self, name):
        return os.path.join(self._folder, name)

    def errors(self):
        return read(os.path.join(self._folder, "emulator.log")).decode(errors="replace")

    def events(self, modem=None, *kinds):
        """What has happened so far: all of it, or that of one modem, or of some kinds."""
        lines = read(self._log).split(b"\n")[:-1] if os.path.exists(self._log) else []
        found = [json.loads(line) for line in lines]
        return [event for event in found
                if (modem is None or event.get("modem") == modem) and (not kinds or event["event"] in kinds)]

    def on_hook(self, modem):
        hooks = self.events(modem, "on_hook", "off_hook")
        return not hooks or hooks[-1]["event"] == "on_hook"

    def stop(self):
        status = stop(self.process)
        self.process.stdout.close()
        self._errors.close()
        return status


class Answerer:
    """modemctl answer on a host: a program on every call that comes in; `options` stand in front of it."""

    def __init__(self, host, profile, *program, env=None, options=()):
        self._path = os.path.join(host.folder, f"answer-{profile}.log")
        with open(self._path, "ab") as log:
            self.process = subprocess.Popen([host.program("modemctl"), "answer", profile, *options,
                                             *(["--", *program] if program else [])],
                                            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                            env={**host.env, **(env or {})})

    def log(self):
        return read(self._path).decode(errors="replace")

    def stop(self):
        return stop(self.process)


def answer_mail(host, emulator, modem, profile="line"):
    """The host's mta-smtpd on every call to this modem; returns when the modem is armed."""
    armed = len(emulator.events(modem, "command"))
    answerer = Answerer(host, profile, host.program("mta-smtpd"))

    def ready():
        if answerer.process.poll() is not None:
            raise RuntimeError(f"modemctl answer ended with {answerer.process.returncode}: {answerer.log()}")
        commands = emulator.events(modem, "command", "result")[armed:]
        return len(commands) >= 2 and commands[-1]["event"] == "result"

    wait_until(ready, f"modemctl answers on {modem}")
    return answerer


def history(host, link=None):
    """The calls in the ledger, as pppctl history --json tells them."""
    done = host.run("pppctl", "history", *([link] if link else []), "--last", "1000", "--json")
    if done.returncode != 0:
        raise RuntimeError(f"pppctl history ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    return json.loads(done.stdout)


def locks(lock_dir):
    return sorted(name for name in os.listdir(lock_dir) if name.startswith(("LCK.", "LTMP.")))


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.wait()
