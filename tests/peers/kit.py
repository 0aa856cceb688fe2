"""What the tests against real programs share: hosts in folders, a scripted server, a proxy that cuts, peers, skips.

A test is a script: it exits 0 when all that it proves holds, 1 with what did not, 77 with what was missing to run it.
"""
import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import traceback

SOURCE = os.environ.get("OFFHOOK_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.environ.get("OFFHOOK_BUILD") or os.path.join(SOURCE, "build")
BIN = os.environ.get("OFFHOOK_BIN") or os.path.join(BUILD, "bin")
PEERS = os.environ.get("OFFHOOK_PEERS") or os.path.join(SOURCE, "build", "peers")
FULL = os.environ.get("OFFHOOK_CHECK") == "full"

sys.path.insert(0, os.path.join(SOURCE, "scripts"))
from listener import Listener, TcpServer, find_tcpserver  # noqa: E402,F401
from mailhost import (MailHost, accepts, body, free_port, header_lines, maildir_files, read, stop,  # noqa: E402,F401
                      unchanged, wait_until)

OFFICE, PROVIDER = "office.example", "provider.example"
SPOOL, PREFIX = "provider", "alias-ppp-"


# Checks and skips


class Failed(Exception):
    pass


def check(condition, text):
    if not condition:
        raise Failed(text)


class Skipped(SystemExit):
    """Outside of main() it ends the script with 77."""

    def __init__(self, reason):
        super().__init__(77)
        self.reason = reason


def skip(reason):
    print(reason, flush=True)
    raise Skipped(reason)


def main(*tests):
    """Runs the functions of a script one after the other; each has a folder of its own as its argument."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    failed, skipped, reasons = 0, 0, []
    for test in tests:
        what = (test.__doc__ or test.__name__).strip().splitlines()[0]
        folder = tempfile.mkdtemp(prefix="offhook-test-")
        try:
            test(folder)
            print(f"ok: {what}", flush=True)
        except Skipped as end:
            skipped += 1
            reasons.append(end.reason)
            print(f"not run: {what}: {end.reason}", flush=True)
        except Exception as failure:  # one part that fails does not keep the others from being tried
            failed += 1
            print(f"FAILED: {what}: {failure}", flush=True)
            if not isinstance(failure, (Failed, TimeoutError)):
                traceback.print_exc(file=sys.stdout)
            _show_logs(folder)
        finally:
            _stop_all()
            shutil.rmtree(folder, ignore_errors=True)
    if failed:
        sys.exit(1)
    if skipped:
        print(f"{skipped} of {len(tests)} parts not run: {'; '.join(sorted(set(reasons)))}")
    if skipped == len(tests):
        sys.exit(77)


def _show_logs(folder):
    for path, _, names in os.walk(folder):
        for name in names:
            if name.endswith(".log"):
                text = read(os.path.join(path, name)).decode(errors="replace")
                if text:
                    print(f"--- {name} of {os.path.basename(path)}\n{text[-4000:]}", flush=True)


_running = []  # what a test started and has to be stopped at its end, however it ends


def _stop_all():
    while _running:
        _running.pop().stop()


atexit.register(_stop_all)


def keep(stoppable):
    """Registers something with a stop() for the end of the test."""
    _running.append(stoppable)
    return stoppable


class Process:
    """A peer that runs beside the test; its output goes to a log in the test's folder."""

    def __init__(self, command, log, env=None, **options):
        with open(log, "ab") as file:
            self.popen = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file,
                                          env={**os.environ, **(env or {})}, **options)
        keep(self)

    def stop(self):
        return stop(self.popen)


# Peers: other people's programs, from PATH or unpacked by ./check below build/peers


def peer(path):
    """A peer's program by its path in its package (usr/sbin/smtp-sink)."""
    unpacked = os.path.join(PEERS, path)
    if os.access(unpacked, os.X_OK):
        return unpacked
    found = shutil.which(os.path.basename(path), path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    if not found:
        skip(f"{os.path.basename(path)} is not here: neither on PATH nor below build/peers")
    return found


def peer_env():
    """Where unpacked programs find their unpacked libraries and modules."""
    parts = ("usr/lib/x86_64-linux-gnu", "lib/x86_64-linux-gnu", "usr/lib/aarch64-linux-gnu", "lib/aarch64-linux-gnu",
             "usr/lib/postfix", "usr/lib")
    libraries = [os.path.join(PEERS, part) for part in parts]
    perl = [os.path.join(PEERS, "usr", "share", "perl5")]
    for folder in libraries[:1] + libraries[2:3]:
        perl += sorted(os.path.join(folder, name) for name in (os.listdir(folder) if os.path.isdir(folder) else [])
                       if name.startswith("perl5"))
    perl += [os.path.join(path, name) for path in perl[1:] for name in os.listdir(path)] if len(perl) > 1 else []
    old = os.environ.get("LD_LIBRARY_PATH")
    return {"LD_LIBRARY_PATH": ":".join(libraries + ([old] if old else [])), "PERL5LIB": ":".join(perl)}


def faketime():
    """libfaketime's library, for LD_PRELOAD."""
    for top in (PEERS, "/"):
        for folder in ("x86_64-linux-gnu", "aarch64-linux-gnu"):
            path = os.path.join(top, "usr", "lib", folder, "faketime", "libfaketime.so.1")
            if os.path.exists(path):
                return path
    return skip("libfaketime is not here: neither installed nor below build/peers")


def sanitized():
    """True if our programs were built with the address sanitizer, which some preloaded libraries do not bear."""
    with open(os.path.join(BIN, "mta-qmgr"), "rb") as file:
        return b"libasan.so" in file.read()


def namespaces(*flags):
    """A command that runs another in private namespaces, or a skip where this machine refuses them."""
    command = ["unshare", *flags]
    try:
        done = subprocess.run([*command, "true"], capture_output=True, check=False)
    except FileNotFoundError:
        return skip("unshare is not here")
    if done.returncode != 0:
        skip(f"no private namespaces here: {done.stderr.decode(errors='replace').strip()}")
    return command


# Hosts


def office(folder, *relay):
    """A host whose outside mail all goes to one spool."""
    host = MailHost(os.path.join(folder, "office"), OFFICE, BIN)
    host.control("locals", OFFICE)
    host.mailboxes("anna")
    host.routes(" ".join(["*", SPOOL, PREFIX, *relay]))
    return keep(host)


def provider(folder, *staff):
    """A host that takes mail for its own domain."""
    host = MailHost(os.path.join(folder, "provider"), f"mx.{PROVIDER}", BIN)
    host.control("locals", PROVIDER)
    host.control("rcpthosts", PROVIDER)
    host.mailboxes(*(staff or ("bert",)))
    return keep(host)


def letter(number, text=None, to=f"bert@{PROVIDER}", subject="Test"):
    """A message that can be told from every other."""
    content = text if text is not None else f"Message {number}.\n.line with a dot\nEnd of {number}.\n".encode()
    return (f"From: anna@{OFFICE}\nTo: {to}\nSubject: {subject} {number}\nDate: Mon, 23 Nov 2026 09:00:00 +0100\n"
            f"Message-ID: <{number}.test@{OFFICE}>\n\n").encode() + content


def spool_file(host, number, message, sender=f"anna@{OFFICE}", recipient=f"bert@{PROVIDER}", age=10):
    """Puts a file into the spool as the queue manager would, `age` seconds ago; returns its name."""
    spool = host.spool(SPOOL)
    for part in ("tmp", "new", "cur"):
        os.makedirs(os.path.join(spool, part), exist_ok=True)
    now = int(os.stat(host.folder).st_mtime)
    name = f"{now - age}.M{number}P1Q{number:x}R0.{OFFICE}"
    path = os.path.join(spool, "tmp", name)
    with open(path, "wb") as file:
        file.write(b"Return-Path: <" + sender.encode() + b">\nDelivered-To: " + PREFIX.encode() + recipient.encode() + b"\n")
        file.write(message)
    os.utime(path, (now - age, now - age))
    os.rename(path, os.path.join(spool, "new", name))
    return name


def submit(host, count, to=f"bert@{PROVIDER}"):
    """Sends that many letters by sendmail, waits until they are in the spool, returns them."""
    letters = [letter(number, to=to) for number in range(count)]
    before = len(host.spooled(SPOOL))
    for message in letters:
        done = host.sendmail(message, to, sender=f"anna@{OFFICE}")
        check(done.returncode == 0, f"sendmail ended with {done.returncode}: {done.stderr!r}")
    wait_until(lambda: len(host.spooled(SPOOL)) == before + count and not host.queued(), f"{count} messages in the spool")
    return letters


def flush(host, port, *options, server="127.0.0.1", timeout=120, **more):
    """maildirsmtp over one connection, unless told otherwise: however slow this machine is just now."""
    if "--connections" not in options:
        options = ("--connections", 1) + options
    return host.run("maildirsmtp", *options, "--port", port, host.spool(SPOOL), PREFIX, server, OFFICE, timeout=timeout, **more)


def copies(sent, received):
    """How often each sent letter is among those received."""
    return [sum(unchanged(one, other) for other in received) for one in sent]


# Servers and lines


class Listening:
    """A socket on loopback; accepted() gets each connection, one after the other, in a thread of its own."""

    def __init__(self, port=0):
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self._socket.listen(16)
        self.port = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        keep(self)

    def stop(self):
        try:
            self._socket.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self._socket.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self.accepted(connection)


class ScriptedServer(Listening):
    """An SMTP server on loopback that says what a test tells it to.

    `replies` maps a step (connect, EHLO, MAIL, RCPT, DATA, end, BDAT, QUIT, RSET) to one reply, or to a list of which the first is
    used up at each time and the last stays. A reply is text without its CR LF, or None: it closes the connection instead. Without
    `swallows` the octets of a BDAT that is refused are taken for commands. What came is in `transactions`, as (sender, recipients, mail data with CR LF), when its end was answered positively.
    """

    DEFAULTS = {"connect": "220 scripted ESMTP", "EHLO": "250-scripted\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 SIZE 0",
                "HELO": "250 scripted", "MAIL": "250 2.1.0 ok", "RCPT": "250 2.1.5 ok", "DATA": "354 go on",
                "end": "250 2.0.0 taken", "BDAT": "250 2.0.0 taken", "RSET": "250 2.0.0 ok", "NOOP": "250 ok", "QUIT": "221 bye"}

    CHUNKING = "250-scripted\r\n250-PIPELINING\r\n250-8BITMIME\r\n250 CHUNKING"  # an answer to EHLO

    def __init__(self, replies=None, port=0, swallows=True):
        self.replies = {**self.DEFAULTS, **(replies or {})}
        self._swallows = swallows
        self.transactions, self.commands, self.sessions, self.received = [], [], 0, b""
        self._lock = threading.Lock()
        super().__init__(port)

    def accepted(self, connection):
        with self._lock:
            self.sessions += 1
        threading.Thread(target=self._session, args=(connection,), daemon=True).start()

    def _choose(self, step):
        """The step's reply as octets and its code, or None twice when the connection is to be closed."""
        with self._lock:
            reply = self.replies[step]
            if isinstance(reply, list):
                reply = reply.pop(0) if len(reply) > 1 else reply[0]
        if callable(reply):
            reply = reply()
        if reply is None:
            return None, None
        return reply if isinstance(reply, bytes) else reply.encode() + b"\r\n", int(reply[:3])

    def _reply(self, connection, step):
        octets, code = self._choose(step)
        if octets is not None:
            connection.sendall(octets)
        return code

    def _session(self, connection):
        with connection, connection.makefile("rb") as lines:
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # or each reply of a group waits for an ACK
                if self._reply(connection, "connect") in (None, 421):
                    return
                self._dialogue(connection, lines)
            except OSError:
                pass  # the other end is gone, as a test may want it to be

    def _dialogue(self, connection, lines):
        sender, recipients = None, []
        for line in lines:
            with self._lock:
                self.commands.append(line.rstrip(b"\r\n").decode(errors="replace"))
                self.received += line
            verb = line.split()[0].decode(errors="replace").upper() if line.split() else ""
            if verb not in self.replies:
                connection.sendall(b"502 5.5.1 what?\r\n")
                continue
            if verb == "BDAT":
                taken = self._chunk(connection, lines, line, sender, recipients)
                if taken is None:
                    return
                sender, recipients = (None, []) if taken else (sender, recipients)
                continue
            if verb in ("RCPT", "DATA") and (sender is None or (verb == "DATA" and not recipients)):
                connection.sendall(b"503 5.5.1 order\r\n")
                continue
            code = self._reply(connection, verb)
            if code is None or verb == "QUIT":
                return
            argument = line.decode(errors="replace").partition("<")[2].rpartition(">")[0]
            if verb in ("RSET", "EHLO", "HELO"):
                sender, recipients = None, []
            elif verb == "MAIL" and code == 250:
                sender, recipients = argument, []
            elif verb == "RCPT" and code // 100 == 2:
                recipients.append(argument)
            elif verb == "DATA" and code == 354:
                data = self._mail_data(lines)
                if data is None:
                    return
                octets, code = self._choose("end")
                if octets is None:
                    return
                if code // 100 == 2:  # taken, whether or not the reply gets through
                    with self._lock:
                        self.transactions.append((sender, recipients, data))
                connection.sendall(octets)
                sender, recipients = None, []

    def _chunk(self, connection, lines, command, sender, recipients):
        """BDAT n LAST. True when the message was taken, None when the connection is to be closed."""
        octets, code = self._choose("BDAT") if recipients else (b"503 5.5.1 no recipients\r\n", 503)
        if octets is None:
            return None
        if code // 100 == 2 or self._swallows:
            size = int(command.split()[1])
            data = lines.read(size)
            with self._lock:
                self.received += data
            if len(data) < size:
                return None
            if code // 100 == 2:  # taken, whether or not the reply gets through
                with self._lock:
                    self.transactions.append((sender, recipients, data))
        connection.sendall(octets)
        return code // 100 == 2

    def _mail_data(self, lines):
        data = b""
        for line in lines:
            with self._lock:
                self.received += line
            if line == b".\r\n":
                return data
            data += line[1:] if line.startswith(b".") else line
        return None

    def messages(self):
        """The messages taken, one for each recipient, with LF line ends."""
        with self._lock:
            return [data.replace(b"\r\n", b"\n") for _, recipients, data in self.transactions for _ in recipients]


def after(seconds, reply):
    """A reply of a ScriptedServer that takes its time, as a long line would make it."""
    return lambda: reply if not threading.Event().wait(seconds) else None


class CuttingProxy(Listening):
    """Passes octets between a client and a server, and cuts the connection for good after `limit` octets.

    `direction` says which octets count: "up" (client to server), "down", or "both". Nothing passes beyond the limit, and both
    ends see the connection end at once. `passed` counts what went through in that direction.
    """

    def __init__(self, port, limit=None, direction="both"):
        self._port, self._direction = port, direction
        self.limit, self.passed, self.cut = limit, 0, False
        self._lock = threading.Lock()
        super().__init__()

    def accepted(self, client):
        if self.cut:
            client.close()  # the line is down
            return
        server = socket.create_connection(("127.0.0.1", self._port))
        for source, target, way in ((client, server, "up"), (server, client, "down")):
            source.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._pass, args=(source, target, way), daemon=True).start()

    def _pass(self, source, target, way):
        try:
            while True:
                octets = source.recv(65536)
                if not octets:
                    target.shutdown(socket.SHUT_WR)
                    return
                allowed = self._allow(len(octets), way)
                target.sendall(octets[:allowed])
                if allowed < len(octets) or self.cut:
                    self._end(source, target)
                    return
        except OSError:
            pass  # one of the ends is gone

    def _allow(self, count, way):
        with self._lock:
            if self.cut:
                return 0
            if self._direction not in (way, "both"):
                return count
            allowed = count if self.limit is None else min(count, self.limit - self.passed)
            self.passed += allowed
            self.cut = self.limit is not None and self.passed >= self.limit
            return allowed

    @staticmethod
    def _end(*sockets):
        for one in sockets:
            try:
                one.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass
