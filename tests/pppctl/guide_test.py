#!/usr/bin/env python3
"""docs/guide-office.md: its commands one after the other in one shell, with an emulated modem for the administrator's."""
import contextlib
import os
import re
import signal
import subprocess

from line_office import BIN, SOURCE, LineOffice, check, kit, main, read, wait_until

PORT = "/dev/serial/by-id/usb-YOUR_MODEM"
END = "guide-block-ended"


class Shell:
    """A shell that is given one block after the other."""

    def __init__(self, folder, env):
        self._log = open(os.path.join(folder, "shell.log"), "w+b")
        self.process = subprocess.Popen(["bash"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, cwd=folder,
                                        env=env, start_new_session=True)

    def run(self, block):
        """What it printed; every command of the block has to succeed, warnings of a check included."""
        self.process.stdin.write(f"set -e\n{block}\nset +e\necho {END}\n".encode())
        self.process.stdin.flush()
        said = []
        for line in iter(self.process.stdout.readline, b""):
            if line.strip() == END.encode():
                return "".join(said)
            said.append(line.decode())
        self._log.seek(0)
        check(False, f"it ended in\n{block}\n{''.join(said)}\n{self._log.read().decode()}")

    def stop(self):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)  # what it left in the background too
        self.process.wait(30)


def blocks():
    with open(os.path.join(SOURCE, "docs", "guide-office.md"), encoding="utf-8") as file:
        return re.findall(r"^```sh\n(.*?)^```$", file.read(), re.MULTILINE | re.DOTALL)


def the_guide(folder):
    """every command of the guide does what the guide says, from no configuration to mail that has arrived"""
    line = LineOffice(folder)
    home = os.path.join(folder, "home")
    os.makedirs(home)
    env = {name: value for name, value in os.environ.items() if not name.startswith("OFFHOOK")}
    shell = kit.keep(Shell(home, {**env, "HOME": home, "PATH": f"{BIN}:{os.environ['PATH']}",
                                  "EXAMPLES": os.path.join(SOURCE, "conf", "examples")}))
    spool = os.path.join(home, "office", "var", "spool", "provider", "new")
    said = {}
    for block in blocks():
        said[block] = shell.run(block.replace(PORT, line.emulator.port("office")))
        if "mta-qmgr &" in block:
            wait_until(lambda: os.path.exists(os.path.join(home, "office", "run", "qmgr.sock")), "the queue manager is there")
        if "| sendmail" in block:
            wait_until(lambda: os.path.isdir(spool) and os.listdir(spool), "the mail waits in its spool")

    def told(command):
        return next(text for block, text in said.items() if command in block)

    check("wrote" in told("pppctl setup"), told("pppctl setup"))
    check("permanent" not in told("pppctl check") and "nothing calls by itself" in told("pppctl check"), told("pppctl check"))
    check("1 message" in told("pppctl plan") and "cost: about 0.03" in told("pppctl plan"), told("pppctl plan"))
    check("provider: ok since" in told("pppctl status") and "CONNECT" in told("pppctl status"), told("pppctl status"))
    wait_until(lambda: line.provider.received("bert"), "the provider has the mail")
    check(any(b"Hello from the office." in mail for mail in line.provider.received("bert")), "what came is not what was sent")
    check(os.stat(os.path.join(home, "answers.toml")).st_mode & 0o077 == 0, "the answers are open to others")
    check(b"inherits" in read(os.path.join(home, "office", "etc", "modems", "modem.toml")), "the profile")


if __name__ == "__main__":
    main(the_guide)
