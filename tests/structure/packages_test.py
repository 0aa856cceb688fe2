#!/usr/bin/env python3
"""Package set-up installs only what is missing, refuses removals, and without root says which packages to ask for.

apt-get, dpkg-query, id and sudo are small scripts here, first on PATH: nothing is asked of the real ones and nothing is installed.
"""
import os
import subprocess
import sys
import tempfile

SOURCE = os.environ["OFFHOOK_SOURCE"]

APT = """#!/bin/sh
echo "$*" >> "$STUBS/asked"
case "$*" in
  *" update") exit 0 ;;
  -s*) cat "$STUBS/plan" ;;
  *" install "*)
    if [ -e "$STUBS/busy" ]; then
      rm "$STUBS/busy"
      echo "E: Could not get lock /var/lib/apt/lists/lock. It is held by process 1" >&2
      exit 100
    fi
    touch "$STUBS/installed" ;;
esac
"""
DPKG_QUERY = """#!/bin/sh
for last in "$@"; do :; done
[ -e "$STUBS/installed" ] && last=here
case $last in
  here) printf installed ;;
  removed) printf config-files ;;
  *) exit 1 ;;
esac
"""


class Stubs:
    """A machine on which only the package `here` is installed."""

    def __init__(self, folder, uid, sudo=False):
        self._folder = folder
        self._write("apt-get", APT)
        self._write("dpkg-query", DPKG_QUERY)
        self._write("id", f"#!/bin/sh\necho {uid}\n")
        self._write("sudo", '#!/bin/sh\nshift\n"$@"\n' if sudo else "#!/bin/sh\nexit 1\n")
        self._write("sleep", "#!/bin/sh\n")  # the wait for a lock that another holds
        self.plan("Inst missing (1.0 Debian:12 [amd64])\nConf missing\n")

    def _write(self, name, text):
        path = os.path.join(self._folder, name)
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
        os.chmod(path, 0o755)

    def plan(self, text):
        self._write("plan", text)

    def busy(self):
        self._write("busy", "")

    def need(self, *names):
        script = f'root={SOURCE}; . "$root/scripts/packages.sh"; need_packages {" ".join(names)}; echo all here'
        return subprocess.run(["sh", "-uc", script, "demo"], stdin=subprocess.DEVNULL, capture_output=True, timeout=60, check=False,
                              text=True, env={"PATH": f"{self._folder}:/usr/bin:/bin", "STUBS": self._folder})

    def asked(self):
        path = os.path.join(self._folder, "asked")
        if not os.path.exists(path):
            return ""
        with open(path, encoding="ascii") as file:
            return file.read()


def nothing_missing(stubs):
    done = stubs.need("here")
    return done.returncode == 0 and "all here" in done.stdout and not stubs.asked()


def only_missing(stubs):
    done = stubs.need("here", "missing", "removed")
    asked = stubs.asked()
    return done.returncode == 0 and " install missing removed" in asked and " here" not in asked and "--no-remove" in asked


def refuses_removal(stubs):
    stubs.plan("Remv precious [1.0]\nInst missing (1.0)\n")
    done = stubs.need("missing")
    return (done.returncode == 100 and "precious" in done.stderr and "all here" not in done.stdout
            and all(line.startswith("-s ") or line.endswith("update") for line in stubs.asked().splitlines()))


def says_what_to_ask_for(stubs):
    done = stubs.need("here", "missing", "other")
    return done.returncode == 100 and "missing other" in done.stderr and "administrator" in done.stderr and not stubs.asked()


def waits_for_a_lock(stubs):
    stubs.busy()
    done = stubs.need("missing")
    return done.returncode == 0 and stubs.asked().count(" install missing") == 3


CASES = [("nothing is asked of apt when nothing is missing", nothing_missing, {"uid": 0}),
         ("only what is missing is installed", only_missing, {"uid": 0}),
         ("by sudo where that needs no password", only_missing, {"uid": 1000, "sudo": True}),
         ("an install that would remove something is refused", refuses_removal, {"uid": 0}),
         ("without root and sudo the packages are named", says_what_to_ask_for, {"uid": 1000}),
         ("a lock that another apt holds is waited for", waits_for_a_lock, {"uid": 0})]


def main():
    failed = 0
    for what, case, machine in CASES:
        with tempfile.TemporaryDirectory(prefix="offhook-stubs-") as folder:
            stubs = Stubs(folder, **machine)
            good = case(stubs)
            print(f"{'ok' if good else 'FAILED'}: {what}" + ("" if good else f"\n{stubs.asked()}"))
            failed += not good
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
