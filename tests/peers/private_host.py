"""Servers that want root and accounts of their own run in private mount and network namespaces, which end with the test.

The namespaces see a passwd and a group file of the test's, loopback, and port numbers below 1024 that are free.
"""
import os
import subprocess
import sys
import tempfile

from kit import PEERS, main, namespaces, peer, peer_env, skip

PASSWD = ["root:x:0:0::/root:/bin/sh", "nobody:x:65534:65534::/:/bin/false"]
GROUP = ["root:x:0:", "nogroup:x:65534:"]


def unpacked(path, name):
    """A server's program, which has to be below build/peers: one that is installed has the machine's configuration."""
    peer(path)
    if not os.path.exists(os.path.join(PEERS, path)):
        skip(f"{name} is not unpacked below build/peers")
    return os.path.join(PEERS, path)


def outside(script, path, name):
    """Runs the script again in namespaces of its own."""
    unpacked(path, name)
    if os.getuid() != 0:
        skip(f"{name} needs root, if only in a namespace of its own")
    command = namespaces("--mount", "--net", "--propagation", "private")
    return subprocess.run([*command, sys.executable, "-B", script, "--inside"], check=False).returncode


def accounts(folder, users, groups):
    """Bind mounts of a passwd and a group file over the host's, in this namespace alone. `users`, `groups`: their numbers."""
    both = {**users, **groups}
    lines = {"passwd": PASSWD + [f"{user}:x:{number}:{number}::/:/bin/false" for user, number in users.items()],
             "group": GROUP + [f"{group}:x:{number}:" for group, number in both.items()]}
    for name, entries in lines.items():
        path = os.path.join(folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.writelines(line + "\n" for line in entries)
        subprocess.run(["mount", "--bind", path, f"/etc/{name}"], check=True)


def runs_here(command):
    """A skip if the server cannot even tell its version; what it tells is printed. Without a configuration some then fail."""
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, env={**os.environ, **peer_env()}, check=False)
    said = (done.stdout + done.stderr).decode(errors="replace").strip().splitlines()
    if done.returncode == 127 or not said:
        skip(f"{command[0]} does not run here: {' '.join(said) or done.returncode}")
    print(said[0], flush=True)


def _lay_over(part):
    """Lays build/peers/`part` over the folder of that name, in this namespace alone."""
    layers = f"lowerdir={os.path.join(PEERS, part)}:/{part}"
    done = subprocess.run(["mount", "-t", "overlay", "overlay", "-o", layers, "/" + part], capture_output=True, check=False)
    if done.returncode != 0:
        skip(f"no overlay file system here: {done.stderr.decode(errors='replace').strip()}")


def run(script, path, name, tests, users, groups=None, version=None, folders=()):
    """The tests inside of the namespaces, or the script again, to be there.

    `version`: arguments with which the server tells it; `folders`: those that the server looks for in their installed places.
    """
    if "--inside" not in sys.argv:
        sys.exit(outside(script, path, name))
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with tempfile.TemporaryDirectory(prefix="offhook-accounts-") as folder:
        accounts(folder, users, groups or {})
        if version:
            runs_here([unpacked(path, name), *version])
        for part in folders:
            _lay_over(part)
        main(*tests)


