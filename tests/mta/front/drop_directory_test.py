"""mta-queue without a queue manager: the drop directory."""
import os
import re
import socket
import stat
import sys
import zlib

import office as lab
from office import equal

MESSAGE = b"Subject: x\n\n\xe4 body\n"
ENVELOPE = b"Fme@x\0Tann@y\0\0"
HEADER_BYTES = 128


def check_file(path, message, envelope):
    octets = path.read_bytes()
    line = octets[:HEADER_BYTES].decode()
    equal(octets[HEADER_BYTES:], message + envelope, "content")
    fields = dict(re.findall(r"(\w+)=([0-9a-f]+)", line))
    equal(int(fields["message"]), len(message))
    equal(int(fields["envelope"]), len(envelope))
    equal(int(fields["sum"], 16), zlib.crc32(message + envelope))
    equal(int(fields["uid"]), os.getuid())
    equal(line.endswith("\n"), True)


def test_a_dropped_message_is_one_whole_file_that_only_owner_and_group_read(office):
    for umask in (0o077, 0o000):
        done = office.queue(MESSAGE, ENVELOPE, umask=umask)
        equal((done.returncode, done.stderr), (0, b""))
        [path] = office.drop()
        found = path.lstat()
        equal(stat.S_ISREG(found.st_mode), True)
        equal(stat.S_IMODE(found.st_mode), 0o640, "mode")
        equal(found.st_nlink, 1, "links")
        equal(re.fullmatch("[0-9a-f]{32}", path.name) is not None, True, path.name)
        check_file(path, MESSAGE, ENVELOPE)
        path.unlink()


def test_a_large_message_is_dropped_whole(office):
    message = os.urandom(3_000_000)
    equal(office.queue(message, ENVELOPE).returncode, 0)
    check_file(office.drop()[0], message, ENVELOPE)


def test_a_socket_that_nobody_listens_on_leads_to_the_drop_directory(office):
    here = os.getcwd()
    os.chdir(office.root / "run")
    dead = socket.socket(socket.AF_UNIX)
    dead.bind("qmgr.sock")
    dead.close()
    os.chdir(here)
    equal(office.queue(MESSAGE, ENVELOPE).returncode, 0)
    equal(len(office.drop()), 1)


def test_a_bad_envelope_leaves_nothing_in_the_drop_directory(office):
    for envelope, status in ((ENVELOPE[:-1], 54), (b"", 54), (b"x", 91), (b"F" + b"x" * 1001 + b"\0\0", 11)):
        equal(office.queue(MESSAGE, envelope).returncode, status, envelope)
        equal(office.drop(), [])


def test_without_a_drop_directory_there_is_one_clear_line(office):
    (office.root / "state/drop").rmdir()
    done = office.queue(MESSAGE, ENVELOPE)
    equal(done.returncode, 62)
    equal(done.stderr.count(b"\n"), 1)
    for word in (b"qmgr.sock", b"state/drop", b"No such file"):
        equal(word in done.stderr, True, done.stderr)


def test_without_a_state_directory_it_is_the_home_that_is_in_trouble(office):
    office.env["OFFHOOK_STATE"] = str(office.root / "nothing")
    equal(office.queue(MESSAGE, ENVELOPE).returncode, 61)


def test_a_drop_directory_that_cannot_be_written_is_queue_trouble(office):
    (office.root / "state/drop").rmdir()
    (office.root / "state/drop").write_text("a file in its place")
    equal(office.queue(MESSAGE, ENVELOPE).returncode, 62)
    if os.getuid() == 0:
        return  # no mode keeps root out
    (office.root / "state/drop").unlink()
    (office.root / "state/drop").mkdir(mode=0o500)
    equal(office.queue(MESSAGE, ENVELOPE).returncode, 62)


def test_a_write_that_fails_is_a_write_error_and_leaves_nothing(office):
    # The limit on a file's size stands in for a full disk.
    import resource
    import subprocess
    (office.root / "message").write_bytes(b"x" * 200_000)
    (office.root / "envelope").write_bytes(ENVELOPE)

    def limited():
        import signal
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    with open(office.root / "message", "rb") as zero, open(office.root / "envelope", "rb") as one:
        done = subprocess.run([str(lab.BIN / "mta-queue")], stdin=zero, stdout=one, stderr=subprocess.PIPE,
                              timeout=lab.LIMIT, env=office.env, preexec_fn=limited)
    equal(done.returncode, 53, done.stderr)
    equal(office.drop(), [])


lab.main(sys.modules[__name__])
