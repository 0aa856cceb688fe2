"""Other people's programs that empty a queue over the bench's line, and ours, behind one face.

Each is a function of a Job; it returns when the queue is empty and gives the seconds that took. A program that is not here skips.
"""
import contextlib
import os
import shutil
import smtplib
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, "..", "peers"), os.path.join(HERE, "..", "serialmail")]
import postfix_test  # noqa: E402
from kit import BIN, PEERS, SOURCE, Process, free_port, peer, peer_env, skip, stop, wait_until  # noqa: E402
from private_host import accounts  # noqa: E402
from spool import HELO, PREFIX, Spool  # noqa: E402

SENDER = "anna@office.example"
UNPACKED = os.path.join(SOURCE, "build", "bench-peers")
PATIENCE = 900  # seconds for one program


class Job:
    """Letters to be sent to a port: (recipients, text with LF line ends), the oldest first."""

    def __init__(self, folder, port, letters):
        self.folder, self.port, self.letters = folder, port, letters
        os.makedirs(folder)

    def spool(self):
        """One file a recipient, as the queue manager would spool them."""
        spool = Spool(self.folder)
        now = int(time.time())
        for number, (recipients, text) in enumerate(self.letters):
            for index, recipient in enumerate(recipients):
                age = len(self.letters) - number
                spool.put(f"{now - age}.M{number}P1Q{number:x}R{index}.office.example", text, SENDER, recipient, age)
        return spool


class Ours:
    """A run of our flush programs; `program` is maildirsmtp or maildirqmtp. A later one knows what the one before learnt of its server."""

    def __init__(self, program, *options, is_later=False):
        self._program, self._options, self.is_later = program, options, is_later
        self._memory = None
        self.usage = None

    def __call__(self, job):
        spool = job.spool()
        memory = os.path.join(spool.path, ".offhook", "flights")
        if self._memory:
            os.mkdir(os.path.dirname(memory))
            shutil.copy(self._memory, memory)
        self._memory = memory if self.is_later else None
        command = [os.path.join(BIN, self._program), "--port", str(job.port), *self._options, spool.path, PREFIX, "127.0.0.1"]
        if self._program == "maildirsmtp":
            command.append(HELO)
        return self.run(command, spool)

    def run(self, command, spool, status=0, watched=None):
        """watched: is given the process while it runs."""
        log = os.path.join(spool.folder, "flush.log")
        with open(log, "wb") as said:
            began = time.monotonic()
            process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=said, stderr=said, env=spool.env)
            try:
                if watched:
                    watched(process)
                _, ended, self.usage = os.wait4(process.pid, 0)
            except BaseException:
                stop(process)
                raise
            process.returncode = os.waitstatus_to_exitcode(ended)
        took = time.monotonic() - began
        if process.returncode != status:
            with open(log, encoding="utf-8", errors="replace") as file:
                raise RuntimeError(f"{command[0]} ended with {process.returncode}: {file.read()[-500:]}")
        self.began = began
        return took


def fetch():
    """nullmailer and msmtp below build/bench-peers, as ./check does it with its peers: unpacked and never installed."""
    script = 'root=$1; . "$root/scripts/packages.sh"; peer_packages="nullmailer msmtp"; peers_folder=bench-peers; fetch_peers'
    subprocess.run(["sh", "-c", script, "sh", SOURCE], check=False)


def bench_peer(path):
    program = os.path.join(UNPACKED, path)
    if not os.access(program, os.X_OK):
        found = shutil.which(os.path.basename(path), path=os.environ.get("PATH", "") + ":/usr/sbin")
        return found or skip(f"{os.path.basename(path)} is not here")
    return program


def msmtp(job):
    """msmtp has no daemon: its queue scripts run it once a message."""
    program = bench_peer("usr/bin/msmtp")
    env = {**os.environ, "HOME": job.folder,
           "LD_LIBRARY_PATH": os.path.join(UNPACKED, "usr", "lib", f"{os.uname().machine}-linux-gnu")}
    began = time.monotonic()
    for recipients, text in job.letters:
        subprocess.run([program, "--host=127.0.0.1", f"--port={job.port}", "--tls=off", "--auth=off", f"--domain={HELO}",
                        f"--from={SENDER}", "--", *recipients], input=text, env=env, check=True, capture_output=True, timeout=PATIENCE)
    return time.monotonic() - began


# nullmailer's folders are compiled in: it sees its own over /etc, /var/spool and /usr/lib, in a mount namespace.
NULLMAILER = """
set -e
mount -t overlay overlay -o lowerdir="$1/etc":/etc /etc
mount -t overlay overlay -o lowerdir="$2/usr/lib":/usr/lib /usr/lib
mkdir -p "$1/spool"
mount --bind "$1/spool" /var/spool
exec "$3"
"""


def nullmailer(job):
    program = bench_peer("usr/sbin/nullmailer-send")
    etc, queue = (os.path.join(job.folder, part) for part in ("etc/nullmailer", "spool/nullmailer/queue"))
    for made in (etc, queue, os.path.join(job.folder, "spool/nullmailer/tmp"), os.path.join(job.folder, "spool/nullmailer/failed")):
        os.makedirs(made)
    os.mkfifo(os.path.join(job.folder, "spool/nullmailer/trigger"))
    for name, text in (("nullmailer/remotes", f"127.0.0.1 smtp --port={job.port}\n"), ("mailname", "office.example\n"),
                       ("nullmailer/me", f"{HELO}\n"), ("nullmailer/helohost", f"{HELO}\n")):
        with open(os.path.join(job.folder, "etc", name), "w", encoding="ascii") as file:
            file.write(text)
    for number, (recipients, text) in enumerate(job.letters):
        with open(os.path.join(queue, f"{number:06}.1"), "wb") as file:
            file.write("".join(f"{line}\n" for line in [SENDER, *recipients, ""]).encode() + text)
    began = time.monotonic()
    process = Process(["unshare", "--mount", "--propagation", "private", "sh", "-c", NULLMAILER, "sh", job.folder, UNPACKED, program],
                      os.path.join(job.folder, "nullmailer.log"))
    try:
        wait_until(lambda: not os.listdir(queue) or process.popen.poll() is not None, "nullmailer's queue is empty", PATIENCE)
        if os.listdir(queue):
            with open(os.path.join(job.folder, "nullmailer.log"), encoding="utf-8", errors="replace") as file:
                skip(f"nullmailer does not run here: {file.read()[-200:].strip()}")
        return time.monotonic() - began
    finally:
        process.stop()


def postfix_accounts(folder):
    """Postfix's users, in this namespace alone."""
    accounts(folder, {"postfix": postfix_test.USER}, {"postdrop": postfix_test.GROUP})


def start_relaying_postfix(folder, relay_port, **more):
    """A Postfix that takes mail on a port and sends it all to another one; the folder of its configuration, and the port."""
    peer("usr/sbin/postfix")
    if not os.path.isdir(os.path.join(PEERS, "usr", "lib", "postfix", "sbin")):
        skip("Postfix is not unpacked below build/peers")
    port = free_port()
    top = postfix_test.start_postfix(
        folder, port, services="smtp      unix  - - n - -  smtp\nrelay     unix  - - n - -  smtp\n",
        relayhost=f"[127.0.0.1]:{relay_port}", mynetworks="127.0.0.0/8", virtual_mailbox_domains="", myorigin="office.example",
        smtp_helo_name=HELO, smtp_tls_security_level="none", smtp_host_lookup="native", **more)
    return top, port


def submit(port, letters):
    with smtplib.SMTP("127.0.0.1", port, local_hostname=HELO) as client:
        for recipients, text in letters:
            client.sendmail(SENDER, recipients, text.replace(b"\n", b"\r\n"))


def waits_in(top, *queues):
    return any(names for queue in queues for _, _, names in os.walk(os.path.join(top, "queue", queue)))


def postfix(limit):
    """Postfix with so many connections at once; from its first connection on, which is told by the line."""
    def run(job):
        top, port = start_relaying_postfix(job.folder, job.port, smtp_destination_concurrency_limit=limit,
                                           initial_destination_concurrency=limit, smtp_connection_cache_on_demand="yes")
        began = time.monotonic()
        submit(port, job.letters)
        wait_until(lambda: not waits_in(top, "incoming", "active", "deferred"), "Postfix's queue is empty", PATIENCE)
        return time.monotonic() - began
    return run


@contextlib.contextmanager
def deferred_in_postfix(folder, relay_port):
    """A message that Postfix could not send yet, for nobody listens there; gives what runs its `sendmail -q`."""
    os.makedirs(folder)
    top, port = start_relaying_postfix(folder, relay_port)
    submit(port, [(["bert@provider.example"], b"Subject: Test\n\nText\n")])
    wait_until(lambda: waits_in(top, "deferred") and not waits_in(top, "incoming", "active"), "Postfix has deferred it")
    yield lambda: subprocess.run([os.path.join(PEERS, "usr", "sbin", "sendmail"), "-q"], check=True,
                                 env={**os.environ, **peer_env(), "MAIL_CONFIG": top})
