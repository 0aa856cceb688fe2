"""Takes the lab's orders in a guest, by lines of JSON on a serial line, and answers each in the order it came.

{"number": n, "do": "run", "argv": […], "input": text, "env": {…}, "seconds": n} and the other words below; the answer is
{"number": n, "ok": result} or {"number": n, "error": text}. Programs that go on are told by their pid; what they write goes to a
file. What is too long for the line is in a file of RESULTS, whose name then comes as {"file": name}.
"""
import json
import os
import signal
import subprocess
import sys
import tty

ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/tmp", "LC_ALL": "C"}
IDLE_SECONDS = 300  # without an order: who gave them is gone, and the guest goes too
RESULTS = "/lab/results"
MOST_ON_LINE = 1000
MOST_TEXT = 1 << 20  # of a program's output, or of a file, that one answer carries

started = {}  # pid: Popen
staying = set()  # those of them that sweep() leaves alone


def text(octets):
    return octets[-MOST_TEXT:].decode(errors="replace")


def run(order):
    """Runs a program to its end, or kills it after so many seconds, which is an error."""
    process = subprocess.Popen(order["argv"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env={**ENVIRONMENT, **order.get("env", {})}, start_new_session=True)
    try:
        out, err = process.communicate(order.get("input", "").encode(), order["seconds"])
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        out, err = process.communicate()
        raise TimeoutError(f"{order['argv']} did not end within {order['seconds']} s: {text(out)} {text(err)}") from None
    return {"status": process.returncode, "out": text(out), "err": text(err)}


def start(order):
    """A program that goes on, in a session of its own; `log` gets what it says."""
    with open(order["log"], "ab") as log:
        process = subprocess.Popen(order["argv"], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                   env={**ENVIRONMENT, **order.get("env", {})}, start_new_session=True)
    started[process.pid] = process
    if order["stays"]:
        staying.add(process.pid)
    return process.pid


def ended(order):
    """How a program that was started has ended, or null."""
    return started[order["pid"]].poll()


def send_signal(order):
    """To a program that was started, or with "group" to all of its session; one that has ended is left alone."""
    if started[order["pid"]].poll() is None or order.get("group"):
        try:
            (os.killpg if order.get("group") else os.kill)(order["pid"], order["signal"])
        except ProcessLookupError:
            pass


def write(order):
    os.makedirs(os.path.dirname(order["path"]), exist_ok=True)
    with open(os.open(order["path"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC, order["mode"]), "w", encoding="utf-8") as file:
        file.write(order["text"])
    os.chmod(order["path"], order["mode"])


def read(order):
    """A file's text, or null without such a file."""
    try:
        with open(order["path"], "rb") as file:
            return text(file.read())
    except FileNotFoundError:
        return None


def sweep(_order):
    """Kills whatever else runs here, but for the kernel's own."""
    spared = {1, os.getpid(), *staying}
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                if file.read() and pid not in spared:
                    os.kill(pid, signal.SIGKILL)
        except (FileNotFoundError, ProcessLookupError):
            pass  # it has ended by itself
    for process in started.values():
        if process.pid not in staying:
            process.wait()


ORDERS = {"run": run, "start": start, "ended": ended, "signal": send_signal, "write": write, "read": read, "sweep": sweep}


def say(answers, answer):
    octets = json.dumps(answer).encode()
    if len(octets) > MOST_ON_LINE:
        name = f"answer-{answer['number']}"
        with open(f"{RESULTS}/{name}", "wb") as file:
            file.write(octets)
        octets = json.dumps({"file": name}).encode()
    octets += b"\n"
    while octets:
        octets = octets[answers.write(octets):]


def main(line):
    tty.setraw(line)
    with open(line, "rb", closefd=False) as orders, open(line, "wb", buffering=0, closefd=False) as answers:
        say(answers, {"number": 0, "ok": "ready"})
        signal.alarm(IDLE_SECONDS)
        for octets in orders:
            signal.alarm(IDLE_SECONDS)
            order = json.loads(octets)
            if "file" in order:
                with open(f"{RESULTS}/{order['file']}", "rb") as file:
                    order = json.loads(file.read())
                os.remove(file.name)
            number = {"number": order["number"]}
            try:
                say(answers, {**number, "ok": ORDERS[order["do"]](order)})
            except Exception as failure:  # whatever it is, who gave the order hears of it
                say(answers, {**number, "error": f"{type(failure).__name__}: {failure}"})


if __name__ == "__main__":
    main(os.open(sys.argv[1], os.O_RDWR | os.O_NOCTTY))
