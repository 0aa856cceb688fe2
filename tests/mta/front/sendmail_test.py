"""sendmail and mailq: options, sysexits, and what reaches the queue program."""
import re
import subprocess
import sys

import office as lab
from office import QueueManager, equal, netstring

RECORDER = """#!/bin/sh
# Plays the queue program: keeps both descriptors and exits as told.
cat > "$RECORD/message"
cat <&1 > "$RECORD/envelope"
exit ${STATUS:-0}
"""


class Recorder:
    def __init__(self, office):
        self.office = office
        self.folder = office.root / "record"
        self.folder.mkdir(exist_ok=True)
        script = office.root / "recorder"
        script.write_text(RECORDER)
        script.chmod(0o755)
        self.env = {"QMAILQUEUE": str(script), "RECORD": str(self.folder)}

    def sendmail(self, *argv, stdin=b"Subject: x\n\nbody\n", status=0, **more):
        for name in ("message", "envelope"):
            (self.folder / name).unlink(missing_ok=True)
        return self.office.run("sendmail", *argv, stdin=stdin, STATUS=str(status), **self.env, **more)

    def message(self):
        return (self.folder / "message").read_bytes()

    def envelope(self):
        return (self.folder / "envelope").read_bytes().split(b"\0")

    def sender(self):
        return self.envelope()[0][1:]

    def recipients(self):
        return [part[1:] for part in self.envelope()[1:-2]]

    def called(self):
        return (self.folder / "message").exists()


def body_of(message):
    return message.partition(b"\n\n")[2]


def test_what_is_absent_is_added_and_the_body_is_untouched(office):
    recorder = Recorder(office)
    done = recorder.sendmail("ann@y.example", stdin=b"To: ann\nBcc: secret@z\n\n\xe4 body\n..\n.x\n")
    equal((done.returncode, done.stdout, done.stderr), (0, b"", b""))
    header = recorder.message().partition(b"\n\n")[0]
    equal(re.search(rb"^Date: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d \+0000$", header, re.M) is not None, True, header)
    equal(re.search(rb"^Message-ID: <\d+\.\d+\.\d+@office\.example>$", header, re.M) is not None, True, header)
    equal(re.search(rb"^From: joe@office\.example$", header, re.M) is not None, True, header)
    equal(b"secret" in header, False)
    equal(body_of(recorder.message()), b"\xe4 body\n..\n.x\n")
    equal(recorder.sender(), b"joe@office.example")
    equal(recorder.recipients(), [b"ann@y.example"])


def test_t_takes_the_headers_recipients_beside_the_arguments(office):
    recorder = Recorder(office)
    office.control("defaultdomain", "domain.example")
    office.control("plusdomain", "plus.example")
    message = b"To: Joe <a@b.c>, \"x, y\" <bob@host>\nCc: grp: c@h+;\nBcc: d (comment)\nSubject: x\n\nbody\n"
    equal(recorder.sendmail("-t", "e@f.g", "a@b.c", stdin=message).returncode, 0)
    equal(recorder.recipients(), [b"e@f.g", b"a@b.c", b"bob@host.domain.example", b"c@h.plus.example", b"d@office.example"])
    equal(b"Bcc" in recorder.message(), False)


def test_options_and_recipients_mix(office):
    recorder = Recorder(office)
    equal(recorder.sendmail("user", "-f", "x@y.z", "-oi", "-odb", "-F", "Joe Q. Doe", "-N", "never", "a@b.c").returncode, 0)
    equal(recorder.sender(), b"x@y.z")
    equal(recorder.recipients(), [b"user@office.example", b"a@b.c"])
    equal(b'From: "Joe Q. Doe" <joe@office.example>' in recorder.message(), True)


def test_senders_of_every_kind(office):
    recorder = Recorder(office)
    for given, wanted in (("", b""), ("<>", b""), ("<a@b.c>", b"a@b.c"), ("ann", b"ann@office.example"), ("#@[]", b"#@[]"),
                          ("list-@host.example-@[]", b"list-@host.example-@[]"), ('"a b"@c.d', b"a b@c.d")):
        equal(recorder.sendmail("-f", given, "a@b.c").returncode, 0, given)
        equal(recorder.sender(), wanted, given)
    for given in ("a@b.c, d@e.f", "a b", "a@", "x" * 1001, "a\nb"):
        equal(recorder.sendmail("-f", given, "a@b.c").returncode, 64, given)
        equal(recorder.called(), False)


def test_the_user_is_found_by_user_then_logname(office):
    recorder = Recorder(office)
    equal(recorder.sendmail("a@b.c", USER="", LOGNAME="ann").returncode, 0)
    equal(recorder.sender(), b"ann@office.example")
    equal(recorder.sendmail("a@b.c", USER="a\nb").returncode, 64)


def test_line_ends_become_lf_and_a_lone_dot_ends_the_message(office):
    recorder = Recorder(office)
    equal(recorder.sendmail("a@b.c", stdin=b"Subject: x\r\n\r\none\rtwo\r\n.\r\nafter\n").returncode, 0)
    equal(body_of(recorder.message()), b"one\ntwo\n")
    for option in ("-i", "-oi"):
        equal(recorder.sendmail(option, "a@b.c", stdin=b"Subject: x\n\none\n.\nafter").returncode, 0)
        equal(body_of(recorder.message()), b"one\n.\nafter\n")


def test_a_long_body_passes_whole(office):
    recorder = Recorder(office)
    body = b"".join(b"%d line\n" % n for n in range(200_000))
    equal(recorder.sendmail("a@b.c", stdin=b"Subject: x\n\n" + body).returncode, 0)
    equal(body_of(recorder.message()) == body, True)


def test_bad_mail_is_refused_as_data_and_not_queued(office):
    recorder = Recorder(office)
    for message in (b"Subject: x\n\nbo\0dy\n", b"Subject: x\0\n\nbody\n", b"X: " + b"x" * 300_000 + b"\n\n"):
        equal(recorder.sendmail("a@b.c", stdin=message).returncode, 65)
        equal(recorder.called(), False)
    equal(recorder.sendmail("a@b.c", stdin=b"Subject: x\n\n" + b"x\n" * 200_000 + b"\0").returncode, 65)
    equal(recorder.sendmail("-t", stdin=b"To: a b c\n\n").returncode, 65)
    equal(recorder.sendmail("-t", stdin=b"Subject: nobody\n\n").returncode, 65)


def test_a_nul_far_into_the_body_leaves_nothing_in_the_queue(office):
    done = office.run("sendmail", "a@b.c", stdin=b"Subject: x\n\n" + b"x\n" * 200_000 + b"\0")
    equal(done.returncode, 65)
    equal(office.drop(), [])


def test_bad_recipients_have_their_own_status(office):
    recorder = Recorder(office)
    for recipient in ("a@", "a b c", "a\nb@c", "a\rb@c", "x" * 1001, "a@b.c\n", "<>"):
        equal(recorder.sendmail("ok@b.c", recipient).returncode, 67, recipient)
        equal(recorder.called(), False)


def test_a_leading_dash_needs_two_dashes(office):
    recorder = Recorder(office)
    equal(recorder.sendmail("-zoe@b.c").returncode, 64)
    equal(recorder.sendmail("--", "-zoe@b.c").returncode, 0)
    equal(recorder.recipients(), [b"-zoe@b.c"])


def test_usage_errors(office):
    recorder = Recorder(office)
    for argv in ((), ("-z", "a@b.c"), ("-f",), ("-bd",), ("-bi",), ("-",), ("",)):
        done = recorder.sendmail(*argv)
        equal(done.returncode, 64, argv)
        equal(done.stderr.count(b"\n"), 1, argv)
    link = office.root / "newaliases"
    link.symlink_to(lab.BIN / "sendmail")
    equal(subprocess.run([str(link)], env=office.env, capture_output=True, timeout=lab.LIMIT).returncode, 64)
    for option in ("--help", "--version"):
        done = recorder.sendmail(option)
        equal(done.returncode, 0)
        equal(b"sendmail" in done.stdout and done.stderr == b"", True)


def test_the_queue_programs_codes_become_sysexits(office):
    recorder = Recorder(office)
    for status, wanted in ((0, 0), (11, 69), (31, 69), (53, 75), (54, 75), (62, 75), (71, 75), (91, 75), (111, 75)):
        done = recorder.sendmail("a@b.c", status=status)
        equal(done.returncode, wanted, status)
        equal(done.stderr.count(b"\n"), 1 if wanted else 0, status)
    done = office.run("sendmail", "a@b.c", QMAILQUEUE="/nonexistent/queue")
    equal(done.returncode, 71, done.stderr)


def test_a_failure_of_the_queue_is_one_line_with_its_cause(office):
    (office.root / "state/drop").rmdir()
    done = office.run("sendmail", "a@b.c")
    equal(done.returncode, 75, done.stderr)
    equal(done.stderr.count(b"\n"), 1, done.stderr)
    for word in (b"sendmail: fatal: queue: ", b"no queue manager", b"state/drop"):
        equal(word in done.stderr, True, done.stderr)


def test_configuration_trouble_is_named(office):
    recorder = Recorder(office)
    (office.root / "etc/control/me").unlink()
    done = recorder.sendmail("a@b.c")
    equal(done.returncode, 78)
    equal(b"control/me" in done.stderr, True, done.stderr)
    (office.root / "etc/control/me").mkdir()
    equal(recorder.sendmail("a@b.c").returncode, 75)


def test_without_a_queue_manager_the_mail_is_dropped(office):
    equal(office.run("sendmail", "a@b.c", stdin=b"Subject: x\n\nbody\n").returncode, 0)
    [path] = office.drop()
    octets = path.read_bytes()
    equal(octets.endswith(b"\n\nbody\nFjoe@office.example\0Ta@b.c\0\0"), True, octets)


def test_with_a_queue_manager_it_goes_over_the_socket(office):
    manager = QueueManager(office, netstring(b"K1"))
    equal(office.run("sendmail", "a@b.c", stdin=b"Subject: x\n\nbody\n").returncode, 0)
    manager.finish()
    equal(manager.envelope(), [b"Fjoe@office.example\0Ta@b.c\0\0"])
    equal(body_of(manager.message()), b"body\n")


def test_no_name_server_is_asked(office):
    # strace shows that no socket but the queue manager's is made.
    trace = office.root / "trace"
    probe = subprocess.run(["sh", "-c", "command -v strace >/dev/null && strace -f -o /dev/null true"], capture_output=True)
    if probe.returncode != 0:
        print("       (strace cannot be used here: not looked at)")
        return
    options = office.env.get("ASAN_OPTIONS", "")
    env = office.env | {"ASAN_OPTIONS": options + ":detect_leaks=0"}  # the leak check cannot work under strace
    done = subprocess.run(["strace", "-f", "-e", "trace=socket,connect", "-o", str(trace), str(lab.BIN / "sendmail"), "a@b.c"],
                          input=b"\nbody\n", env=env, capture_output=True, timeout=lab.LIMIT)
    equal(done.returncode, 0, done.stderr)
    calls = [line for line in trace.read_text().splitlines() if "socket(" in line]
    equal([line for line in calls if "AF_UNIX" not in line], [])


def test_mailq_prints_what_the_queue_manager_lists(office):
    for argv in (("mailq",), ("sendmail", "-bp")):
        manager = QueueManager(office, netstring(b"one") + netstring(b"two") + netstring(b""))
        done = office.run(*argv)
        equal((done.returncode, done.stdout), (0, b"one\ntwo\n"), argv)
        equal(manager.finish(), [b"list 1"])
        (office.root / "run/qmgr.sock").unlink()


def test_mailq_without_a_queue_manager_says_so_and_looks_itself(office):
    office.run("sendmail", "a@b.c")
    done = office.run("mailq")
    equal(done.returncode, 0, done.stderr)
    equal(done.stdout.startswith(b"the queue manager is not running ("), True, done.stdout)
    equal(b"drop directory: 1 submission" in done.stdout, True, done.stdout)


def test_q_asks_the_queue_manager_to_run_the_queue(office):
    manager = QueueManager(office, netstring(b"K"))
    equal(office.run("sendmail", "-q").returncode, 0)
    equal(manager.finish(), [b"poke 1"])
    (office.root / "run/qmgr.sock").unlink()
    equal(office.run("sendmail", "-q").returncode, 75)


lab.main(sys.modules[__name__])
