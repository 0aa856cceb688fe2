"""mta-queue against a queue manager: qmail-queue's contract and codes."""
import subprocess
import sys
import threading

import office as lab
from office import QueueManager, equal, netstring

MESSAGE = b"Subject: x\n\n\xe4 body\n"
ENVELOPE = b"Fme@x\0Tann@y\0Tbob@z\0\0"


def test_a_message_and_its_envelope_arrive_octet_for_octet_and_nothing_is_printed(office):
    manager = QueueManager(office, netstring(b"K123"))
    message = bytes(range(256)) * 1000
    done = office.queue(message, ENVELOPE + b"what follows is not looked at")
    manager.finish()
    equal((done.returncode, done.stderr), (0, b""))
    equal(manager.requests[0], b"submit 1")
    equal(manager.message() == message, True, "message")
    equal(max(len(r) for r in manager.requests) <= 65537, True, "chunks")
    equal(manager.envelope(), [ENVELOPE])
    equal(office.drop(), [])


def test_an_empty_message_and_the_null_sender_are_queued(office):
    manager = QueueManager(office, netstring(b"K1"))
    equal(office.queue(b"", b"F\0Ta@b\0\0").returncode, 0)
    manager.finish()
    equal(manager.envelope(), [b"F\0Ta@b\0\0"])


def test_the_queue_managers_codes_come_through(office):
    for answer, status in ((b"Z53 disk full", 53), (b"D31 no", 31), (b"Z71 later", 71), (b"D11 long", 11), (b"Z0", 71)):
        manager = QueueManager(office, netstring(answer))
        done = office.queue(MESSAGE, ENVELOPE)
        manager.finish()
        (office.root / "run/qmgr.sock").unlink()
        equal(done.returncode, status, answer)
        equal(done.stderr.count(b"\n"), 1, "one line")


def test_an_envelope_that_ends_early_or_is_malformed_is_never_sent(office):
    cases = [(ENVELOPE[:cut], 54) for cut in range(len(ENVELOPE))]
    cases += [(b"Xme@x\0Ta@b\0\0", 91), (b"Fme@x\0\0", 91), (b"Fme@x\0Fa@b\0\0", 91), (b"\0", 91)]
    cases += [(b"F\0T" + b"x" * 1001 + b"\0\0", 11), (b"F\0Ta\nb@c\0\0", 31), (b"F\0Ta\rb@c\0\0", 31)]
    for envelope, status in cases:
        manager = QueueManager(office, netstring(b"K1"))
        done = office.queue(MESSAGE, envelope)
        manager.finish()
        (office.root / "run/qmgr.sock").unlink()
        equal(done.returncode, status, envelope)
        equal(manager.envelope(), [], envelope)
        equal(manager.ended, True)
        equal(office.drop(), [])


def test_an_address_of_1000_octets_passes(office):
    manager = QueueManager(office, netstring(b"K1"))
    envelope = b"F\0T" + b"x" * 1000 + b"\0\0"
    equal(office.queue(MESSAGE, envelope).returncode, 0)
    manager.finish()
    equal(manager.envelope(), [envelope])


def test_a_queue_manager_that_dies_midway_leaves_a_temporary_failure(office):
    for after in (1, 2, 3):
        manager = QueueManager(office, None, refuse_after=after)
        done = office.queue(b"x" * 300000, ENVELOPE)
        manager.finish()
        (office.root / "run/qmgr.sock").unlink()
        equal(done.returncode, 74, after)
        equal(office.drop(), [], "what was read cannot be dropped")


def test_a_refusal_in_mid_message_is_told_with_its_own_reason(office):
    manager = QueueManager(office, netstring(b"D31 too much of it"), refuse_after=2)
    done = office.queue(b"x" * 5000000, ENVELOPE)
    manager.finish()
    equal(done.returncode, 31)
    equal(b"too much of it" in done.stderr, True, done.stderr)


def test_garbage_for_an_answer_is_temporary(office):
    for answer in (b"hello", b"99999999:", netstring(b""), netstring(b"k1"), b"3:K12;"):
        manager = QueueManager(office, answer)
        done = office.queue(MESSAGE, ENVELOPE)
        manager.finish()
        (office.root / "run/qmgr.sock").unlink()
        equal(done.returncode, 74, answer)


def test_a_writer_that_dies_in_mid_envelope_queues_nothing(office):
    manager = QueueManager(office, netstring(b"K1"))
    (office.root / "envelope").write_bytes(b"Fme@x\0Tann")
    with open(office.root / "envelope", "rb") as one:
        process = subprocess.Popen([str(lab.BIN / "mta-queue")], stdin=subprocess.PIPE, stdout=one,
                                   stderr=subprocess.PIPE, env=office.env)
        _, errors = process.communicate(MESSAGE, timeout=lab.LIMIT)
    manager.finish()
    equal(process.returncode, 54, errors)
    equal(manager.envelope(), [])


def test_closed_descriptors_are_read_errors_and_reach_no_socket(office):
    for closed in ("<&-", "1<&-"):
        manager = QueueManager(office, netstring(b"K1"))
        (office.root / "envelope").write_bytes(ENVELOPE)
        script = f"exec '{lab.BIN}/mta-queue' </dev/null 1<envelope {closed}"
        done = subprocess.run(["sh", "-c", script], cwd=office.root, env=office.env, stderr=subprocess.PIPE,
                              timeout=lab.LIMIT)
        equal(done.returncode, 54, closed)
        wake = threading.Thread(target=lambda: office.queue(b"", ENVELOPE))  # the one that the manager waits for
        wake.start()
        wake.join()
        manager.finish()
        (office.root / "run/qmgr.sock").unlink()


def test_a_socket_in_a_deep_folder_is_reached(office):
    deep = office.root / ("deep" * 20) / ("deeper" * 20)
    deep.mkdir(parents=True)
    (office.root / "run").rmdir()
    (office.root / "run").symlink_to(deep)
    office.env["OFFHOOK_RUN"] = str(deep)
    manager = QueueManager(office, netstring(b"K1"))
    equal(office.queue(MESSAGE, ENVELOPE).returncode, 0)
    manager.finish()
    equal(manager.envelope(), [ENVELOPE])


lab.main(sys.modules[__name__])
