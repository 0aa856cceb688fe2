"""An office whose mail goes over a network: the provider listens on loopback. For links of the kinds always and command; ppp_office.py
stands on it.

    office = NetworkOffice(folder, "command", keys={"command": {"up": [program(folder, "up", "exit 0")], …}})
"""
import os

from line_office import LINK, PREFIX, SPOOL, LineOffice, keep, kit


def program(folder, name, text):
    """A program of the administrator's; returns its path."""
    path = os.path.join(folder, name)
    with open(path, "w", encoding="utf-8") as file:
        file.write("#!/bin/sh\n" + text)
    os.chmod(path, 0o755)
    return path


class SilentServer(kit.Listening):
    """Takes connections and says nothing."""
    asked = False

    def accepted(self, connection):
        self.kept = connection
        self.asked = True


def silent_server(office):
    """The route leads to it."""
    server = keep(SilentServer())
    office.route_to(server.port)
    return server


class NetworkOffice(LineOffice):
    """`keys` are the link's in whatever it is set to; the rest is LineOffice's."""

    def __init__(self, folder, kind, *emulator, keys=None, **more):
        self.keys = {"kind": kind, **(keys or {})}
        super().__init__(folder, *emulator, answers=False, **more)
        self.listener = keep(kit.Listener(self.provider, os.path.join(folder, "listener.log")))
        self.route_to(self.listener.port)

    def route_to(self, port):
        self.office.routes(f"* {SPOOL} {PREFIX} 127.0.0.1:{port}")

    def set_link(self, name=LINK, **keys):
        super().set_link(name, **{**self.keys, **keys})

