"""An office whose link is PPP, with a pppd that stands in and a provider that takes mail over loopback.

    office = PppOffice(folder)
    office.scenario("say PAP authentication failed", "exit 19")
    done = office.session()
"""
import json
import os
import sys

from line_office import check, read
from network_office import NetworkOffice, program

STANDIN = os.path.join(os.path.dirname(os.path.abspath(__file__)), "standin_pppd.py")


def is_running(pid):
    """One that has ended and that nobody has asked for yet does not run."""
    try:
        return read(f"/proc/{pid}/stat").rpartition(b") ")[2][:1] != b"Z"
    except OSError:
        return False


def write_standin(folder):
    """The pppd that plays the scenario of that folder."""
    return program(folder, "pppd", f'exec {sys.executable} -B {STANDIN} {folder} "$@"\n')


class PppOffice(NetworkOffice):
    def __init__(self, folder, *emulator, link=None, ppp=None, target="program:peer", **more):
        self.standin = os.path.join(folder, "pppd")
        os.makedirs(self.standin)
        self.pppd = write_standin(self.standin)
        self.ppp = {"pppd": self.pppd, "up_limit": "20s", **(ppp or {})}
        super().__init__(folder, "ppp", "--program", "peer=cat", *emulator, link=link, target=target, **more)

    def set_link(self, **keys):
        ppp = {**self.ppp, **keys.pop("ppp", {})}
        super().set_link(**keys, ppp=ppp)

    def scenario(self, *steps):
        with open(os.path.join(self.standin, "scenario"), "w", encoding="utf-8") as file:
            file.write("\n".join(steps))

    def go_on(self, name):
        """Lets a scenario's wait end."""
        open(os.path.join(self.standin, name), "w", encoding="utf-8").close()

    def runs(self):
        """What pppd was given, each time."""
        path = os.path.join(self.standin, "runs")
        return [json.loads(line) for line in read(path).splitlines()] if os.path.exists(path) else []

    def options(self):
        """Of the last run, a list of words each."""
        return self.runs()[-1]["options"]

    def running(self):
        """The pppds that are at work."""
        return [run["pid"] for run in self.runs() if is_running(run["pid"])]

    def check_pppd_gone(self, what="after the call"):
        check(not self.running(), f"{what}: pppd {self.running()} is still there")

    def check_at_rest(self, what="after the call", rows=None):
        super().check_at_rest(what, rows)
        self.check_pppd_gone(what)
