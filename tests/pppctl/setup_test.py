#!/usr/bin/env python3
"""pppctl setup: from no configuration at all to a call that delivers mail; what is there is not written over."""
import os
import pty
import select
import subprocess

from line_office import NUMBER, SOURCE, Canary, LineOffice, check, kit, letter, main, read, wait_until

EXAMPLES = os.path.join(SOURCE, "conf", "examples")
SECRET = "canary-20bd-" + "behind-what-malloc-writes-" + "and-longer-than-any-register-" * 4


def answers(line, **more):
    """A file of answers for the office's end of the line."""
    keys = {"name": "office.example", "kind": "line", "modem": "line", "port": line.emulator.port("office"), "base": "usr",
            "phone": NUMBER, "tariff": "none", **more}
    path = os.path.join(line.folder, "answers.toml")
    with open(path, "w", encoding="utf-8") as file:
        for key, value in keys.items():
            if value is not None:
                file.write(f"{key} = {str(value).lower() if isinstance(value, (bool, int)) else repr(value)}\n")
    os.chmod(path, 0o600)
    return path


TALK_LIMIT = 5.0  # for each answer of the other side


def setup(line, *options, **more):
    return line.office.run("pppctl", "setup", "provider", "--examples", EXAMPLES, "--answers", answers(line, **more), *options)


def empty(folder):
    """An office that has not a single file of configuration yet."""
    line = LineOffice(folder)
    for path, folders, files in os.walk(line.office.config, topdown=False):
        for name in files:
            os.unlink(os.path.join(path, name))
        for name in folders:
            os.rmdir(os.path.join(path, name))
    return line


def from_nothing(folder):
    """a file of answers makes a configuration that passes its check, and a call with it delivers mail"""
    line = empty(folder)
    done = setup(line)
    said = done.stdout.decode() + done.stderr.decode()
    check(done.returncode == 0 and "wrote" in said and "Next: `pppctl session provider" in said, f"{done.returncode} {said}")
    check("provider: permanent" not in said and "modem line was not asked" not in said, said)
    os.makedirs(os.path.join(line.office.config, "users"))
    line.office.mailboxes("anna")
    message = letter(1)
    line.office.start_qmgr()
    check(line.office.sendmail(message, "bert@provider.example", sender="anna@office.example").returncode == 0, "sendmail")
    wait_until(line.waiting, "the mail waits in the route's spool")
    done = line.session("--verbose")
    check(done.returncode == 0, f"the call: {done.returncode} {done.stderr.decode()}")
    wait_until(lambda: line.provider.received("bert"), "the provider has it")
    line.check_at_rest(rows=1)
    line.office.stop_qmgr()


def what_is_there(folder):
    """the same answers change nothing; others are refused with the file's name, and written with --replace"""
    line = empty(folder)
    check(setup(line).returncode == 0, "the first time")
    path = os.path.join(line.office.config, "links", "provider.toml")
    before = read(path)
    done = setup(line)
    check(done.returncode == 0 and b"wrote" not in done.stdout, f"again: {done.stdout}")
    done = setup(line, phone="0555999")
    check(done.returncode == 100 and path.encode() in done.stderr and b"--replace" in done.stderr, f"{done.stderr}")
    check(read(path) == before, "it was changed")
    done = setup(line, "--replace", phone="0555999")
    check(done.returncode == 0 and b"0555999" in read(path), f"{done.returncode} {done.stderr} {read(path)}")


def secrets(folder):
    """a password goes into a file of mode 0600, and is said nowhere; answers that others may read are refused"""
    canary = Canary(folder, SECRET)
    line = empty(folder)
    done = setup(line, login=True, user="office", password=SECRET)
    path = os.path.join(line.office.config, "secrets", "provider-login")
    check(read(path) == SECRET.encode() + b"\n" and os.stat(path).st_mode & 0o777 == 0o600, "the secret's file")
    check(done.returncode == 0, f"{done.stdout} {done.stderr}")
    canary.check(done.stdout, done.stderr, but=[path, os.path.join(line.folder, "answers.toml")])
    os.chmod(answers(line), 0o644)
    done = line.office.run("pppctl", "setup", "provider", "--answers", os.path.join(line.folder, "answers.toml"))
    check(done.returncode == 100 and b"open to others" in done.stderr, f"{done.stderr}")


def mistakes(folder):
    """a key that is none, one that is missing, a value that cannot be: named with the file, and nothing is written"""
    line = empty(folder)
    for more, words in (({"fone": "1"}, ["fone", "phone"]), ({"phone": None}, ["phone", "needed"]),
                        ({"kind": "lime"}, ["kind", "did you mean line"])):
        done = setup(line, **more)
        said = done.stderr.decode()
        check(done.returncode == 100 and "answers.toml" in said and all(word in said for word in words), f"{more}: {said}")
    check(not os.path.exists(os.path.join(line.office.config, "links")), "something was written")
    done = line.office.run("pppctl", "setup")
    check(done.returncode == 100 and b"--answers" in done.stderr, f"without a terminal: {done.stderr}")


def a_person(folder):
    """on a terminal each question is asked, a wrong answer again, the password unseen and in memory once, and writing over needs a yes"""
    canary = Canary(folder, SECRET)
    line = empty(folder)
    ours, theirs = pty.openpty()
    process = subprocess.Popen([line.office.program("pppctl"), "setup", "provider", "--examples", EXAMPLES], stdin=theirs,
                               stdout=theirs, stderr=theirs, env=line.office.env)
    os.close(theirs)
    said = b""

    def talk(*dialogue):
        """Waits for each prompt behind the one before it, and answers."""
        nonlocal said
        for prompt, text in dialogue:
            start = len(said)
            while prompt.encode() not in said[start:]:
                check(select.select([ours], [], [], TALK_LIMIT)[0], f"it does not ask for {prompt}: {said.decode()}")
                said += os.read(ours, 4096)
            if text is not None:
                os.write(ours, text.encode() + b"\n")

    def copies():
        """How often the password is in the program's memory; malloc writes over the first octets of what is freed."""
        found = 0
        with open(f"/proc/{process.pid}/maps", encoding="utf-8") as maps, open(f"/proc/{process.pid}/mem", "rb") as memory:
            for region in maps:
                limits, rights = region.split()[:2]
                if rights.startswith("rw") and "[vv" not in region:
                    begin, end = (int(limit, 16) for limit in limits.split("-"))
                    memory.seek(begin)
                    found += memory.read(end - begin).count(SECRET[32:].encode())
        return found

    talk(("Name of this host", "office.example"), ("or by PPP", "lime"), ("or by PPP (line, ppp) [ppp]", "line"),
         ("Name of the modem", ""), ("Its port", line.emulator.port("office")), ("Ask the modem", "no"), ("inherits", "usr"),
         ("Speed", ""), ("Number to dial", NUMBER), ("ask for a name", "yes"), ("log in with", "office"), ("Password", SECRET),
         ("free of errors", None))
    # The one that is to be written.
    check(os.getuid() != 0 or copies() == 1, f"{copies()} copies of the password")
    talk(("", ""), ("spool", ""), ("Domain", ""), ("Tariff", ""))
    try:
        while block := os.read(ours, 4096):
            said += block
    except OSError:
        pass  # the terminal's last user has gone
    shown = said.decode(errors="replace")
    check(process.wait() == 0, f"it ended with {process.returncode}: {shown}")
    check("did you mean line?" in shown and "wrote" in shown, shown)
    canary.check(shown, but=[os.path.join(line.office.config, "secrets", "provider-login")])


if __name__ == "__main__":
    main(from_nothing, what_is_there, secrets, mistakes, a_person)
