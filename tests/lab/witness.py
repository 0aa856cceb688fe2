"""In a guest: keeps what is logged by syslog(3), and looks for a secret in the arguments and the environment of every process.

    witness.py SECRETS FOUND LOG

A line of SECRETS is a text that must be nowhere; where one is seen is a line of FOUND.
"""
import os
import re
import socket
import sys

LOOK_SECONDS = 0.1


def look(secrets, found, known):
    for pid in filter(str.isdigit, os.listdir("/proc")):
        for place in ("cmdline", "environ"):
            try:
                with open(f"/proc/{pid}/{place}", "rb") as file:
                    octets = file.read()
            except OSError:
                continue  # it has ended
            if any(secret in octets for secret in secrets) and (pid, place) not in known:
                known.add((pid, place))
                found.write(f"{place} of process {pid}: {octets[:300]!r}\n")


def main(secrets_path, found_path, log_path):
    with open(secrets_path, "rb") as file:
        secrets = file.read().split()
    log_socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    log_socket.bind("/dev/log")
    os.chmod("/dev/log", 0o666)
    log_socket.settimeout(LOOK_SECONDS)
    known = set()
    with open(found_path, "a", encoding="utf-8", buffering=1) as found, open(log_path, "ab", buffering=0) as log:
        print("ready", flush=True)
        while True:
            look(secrets, found, known)
            try:
                while True:
                    log.write(re.sub(rb"^<\d+>", b"", log_socket.recv(65536)).rstrip(b"\n\0") + b"\n")
            except TimeoutError:
                pass


if __name__ == "__main__":
    main(*sys.argv[1:])
