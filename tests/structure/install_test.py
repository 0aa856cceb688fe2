#!/usr/bin/env python3
"""`cmake --install` puts every program, and nothing but programs, under usr/lib/offhook/bin."""
import os
import subprocess
import sys
import tempfile

BIN, BUILD = os.environ["OFFHOOK_BIN"], os.environ["OFFHOOK_BUILD"]


def main():
    with tempfile.TemporaryDirectory(prefix="offhook-install-") as folder:
        done = subprocess.run(["cmake", "--install", BUILD, "--prefix", "/usr"], env=dict(os.environ, DESTDIR=folder),
                              capture_output=True, check=False)
        if done.returncode != 0:
            print(done.stdout.decode(), done.stderr.decode())
            return 1
        target = os.path.join(folder, "usr", "lib", "offhook", "bin")
        installed = set(os.listdir(target)) if os.path.isdir(target) else set()
        built = set(os.listdir(BIN))
        faults = [f"built and not installed: {name}" for name in sorted(built - installed)]
        faults += [f"installed and not built: {name}" for name in sorted(installed - built)]
        for name in sorted(installed):
            shown = subprocess.run([os.path.join(target, name), "--version"], stdin=subprocess.DEVNULL, capture_output=True,
                                   timeout=30, check=False)
            if shown.returncode != 0 or not shown.stdout or shown.stderr:
                faults.append(f"{name} --version: status {shown.returncode}, {shown.stdout!r} {shown.stderr!r}")
        if not installed:
            faults.append("nothing was installed")
    print("\n".join(faults) or f"{len(installed)} programs installed")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
