#!/usr/bin/env python3
"""What a conversation costs chat of the ppp package and ours, by hand: chat_bench.py [RUNS]

A call's script against a peer that answers at once: processor time (getrusage, the mean of RUNS runs), system calls (strace) and
instructions (valgrind's callgrind, where it is installed). Ours with its pace and without; chat of ppp always pauses 10 ms before an
octet. Then noise that no string matches, with 1, 10 and 50 abort strings: the cost of an octet is to be the same.
"""
import os
import re
import select
import shutil
import statistics
import subprocess
import sys
import tempfile
import tty

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(TOP, "chat"))
from peer import OURS, find_peer  # noqa: E402

ABORTS = ("BUSY", "NO CARRIER", "NO DIALTONE", "NO ANSWER", "ERROR")
CALL = (*[word for text in ABORTS for word in ("ABORT", text)], "", "ATZ", "OK", "ATDT5551212", "CONNECT", r"\c", "ogin:", "office",
        "word:", r"\qsecret", ">", "ppp")
ANSWERS = ((b"ATZ\r", b"ATZ\r\r\nOK\r\n"), (b"1212\r", b"ATDT5551212\r\r\nCONNECT 33600\r\n\r\nlogin: "),
           (b"office\r", b"office\r\nPassword: "), (b"secret\r", b"\r\nserver> "))
NOISE_OCTETS = 1 << 20
COUNTED_NOISE_OCTETS = 1 << 15
LINE_BUFFER_OCTETS = 2048  # at once: a terminal throws away what its buffer does not hold


class Conversation:
    """One run; `before` is put in front of the command."""

    def __init__(self, program, words, answers, before=()):
        self.master, slave = os.openpty()
        tty.setraw(slave)
        self.process = subprocess.Popen([*before, program, "-S", *words], stdin=slave, stdout=slave, stderr=subprocess.PIPE)
        os.close(slave)
        self.answers = list(answers)

    def finish(self):
        sent, errors, unsent, at_end = b"", b"", b"", False
        while not at_end:
            while self.answers and self.answers[0][0] in sent:
                awaited, answer = self.answers.pop(0)
                sent, unsent = sent[sent.index(awaited) + len(awaited):], unsent + answer
            readable, writable, _ = select.select([self.master, self.process.stderr], [self.master] if unsent else [], [])
            if writable:
                unsent = unsent[os.write(self.master, unsent[:LINE_BUFFER_OCTETS]):]
            if self.master in readable:
                try:
                    sent += os.read(self.master, 65536)
                except OSError:  # the program has closed its side
                    at_end = True
            if self.process.stderr in readable:
                errors += os.read(self.process.stderr.fileno(), 65536)
        errors += self.process.stderr.read()
        _, status, usage = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        self.process.stderr.close()
        os.close(self.master)
        if self.process.returncode != 0:
            sys.exit(f"{self.process.args}: ended with {self.process.returncode}: {errors.decode(errors='replace')}")
        return usage, errors.decode(errors="replace")


def processor_ms(program, words, answers, runs):
    usages = [Conversation(program, words, answers).finish()[0] for _ in range(runs)]
    return (1000 * statistics.mean(usage.ru_utime for usage in usages), 1000 * statistics.mean(usage.ru_stime for usage in usages))


def system_calls(program, words, answers):
    with tempfile.NamedTemporaryFile(prefix="offhook-bench-") as table:
        Conversation(program, words, answers, ("strace", "-f", "-c", "-o", table.name)).finish()
        total = [line.split() for line in table.read().decode().splitlines() if line.endswith(" total")]
    return int(total[0][3 if len(total[0]) > 3 else 2]) if total else 0


def instructions(program, words, answers):
    """None where there is no valgrind."""
    if not shutil.which("valgrind"):
        return None
    before = ("valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null")
    found = re.search(r"Collected : (\d+)", Conversation(program, words, answers, before).finish()[1])
    return int(found[1]) if found else None


def noise(strings, octets):
    """Abort strings that begin as the noise does, so that none of them is told by its first octet."""
    aborts = [word for number in range(strings) for word in ("ABORT", f"NO CARRIER {number:02d}")]
    text = (b"NO CARRIE\r\nNO CARRIER x" * (octets // 22 + 1))[:octets]
    return (*aborts, "", "A", "END", r"\c"), ((b"A\r", text + b"END"),)


def shown(number):
    return "no valgrind" if number is None else f"{number:,}"


def main():
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    peer = find_peer()
    programs = [("chat 2.4.9", peer, ())] if peer else []
    programs += [("ours, 10 ms an octet", OURS, ()), ("ours, --pace 0", OURS, ("--pace", "0"))]
    print(f"a call, mean of {runs} runs: user ms, system ms, system calls, instructions")
    for name, program, options in programs:
        words = (*options, *CALL)
        user, system = processor_ms(program, words, ANSWERS, runs)
        print(f"  {name:<22} {user:6.2f} {system:6.2f} {system_calls(program, words, ANSWERS):6d}  "
              f"{shown(instructions(program, words, ANSWERS))}")
    print("noise: abort strings, user and system ms a MB, instructions an octet")
    for name, program in ([("chat 2.4.9", peer)] if peer else []) + [("ours", OURS)]:
        nothing = instructions(program, *noise(1, 0))
        for strings in (1, 10, 50):
            user, system = processor_ms(program, *noise(strings, NOISE_OCTETS), max(runs // 10, 1))
            counted = instructions(program, *noise(strings, COUNTED_NOISE_OCTETS))
            each = "no valgrind" if counted is None else f"{(counted - nothing) / COUNTED_NOISE_OCTETS:.0f}"
            print(f"  {name:<12} {strings:3d} {user:8.0f} {system:8.0f}  {each}")


if __name__ == "__main__":
    main()
