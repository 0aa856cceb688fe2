"""Listening for mta-smtpd, which like every network program of Offhook serves one connection on descriptors 0 and 1."""
import os
import shutil
import socket
import subprocess
import threading

from mailhost import accepts, free_port, stop, wait_until


class Listener:
    """A listener of our own, on loopback: one program a connection, with the connection as its descriptors 0 and 1."""

    name = "a listener in Python"

    def __init__(self, host, log, program="mta-smtpd", env=None):
        self._command = [host.program(program)]
        self._env = {**host.env, "PROTO": "TCP", "TCPLOCALIP": "127.0.0.1", "TCPREMOTEIP": "127.0.0.1", **(env or {})}
        self._log = open(log, "ab")
        self._children = []
        self._socket = socket.socket()
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen(64)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return  # stopped
            with connection:
                self._children = [child for child in self._children if child.poll() is None]
                self._children.append(subprocess.Popen(self._command, stdin=connection, stdout=connection,
                                                       stderr=self._log, env=self._env))

    def idle(self):
        """No session is going on."""
        return all(child.poll() is not None for child in self._children)

    def stop(self):
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for child in self._children:
            stop(child)
        self._log.close()


class TcpServer:
    """The real thing: tcpserver of ucspi-tcp."""

    name = "tcpserver"

    def __init__(self, path, host, log, program="mta-smtpd", env=None):
        self.port = free_port()
        with open(log, "ab") as file:
            self._process = subprocess.Popen(
                [path, "-R", "-H", "-l0", "127.0.0.1", str(self.port), host.program(program)], stdin=subprocess.DEVNULL,
                stdout=file, stderr=file, env={**host.env, **(env or {})})
        wait_until(lambda: accepts(self.port) or self._process.poll() is not None, "tcpserver listens")
        if self._process.poll() is not None:
            raise RuntimeError(f"tcpserver ended with {self._process.returncode}")

    def stop(self):
        stop(self._process)


def find_tcpserver(peers):
    """tcpserver from PATH or from the unpacked peers, or None."""
    unpacked = os.path.join(peers, "usr", "bin", "tcpserver")
    return shutil.which("tcpserver") or (unpacked if os.access(unpacked, os.X_OK) else None)


def listen(host, log, peers, env=None):
    path = find_tcpserver(peers)
    return TcpServer(path, host, log, env=env) if path else Listener(host, log, env=env)
