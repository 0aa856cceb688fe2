"""Mail on the hosts of the lab: ours with its queue manager and its SMTP server, and Dovecot for who reads it."""
from lab import PROGRAMS, check, wait_until

OFFICE, PROVIDER = "office.example", "provider.example"
SPOOL, PREFIX = "provider", "alias-ppp-"
BETWEEN = "====="
# The password comes from standard input; what is printed are the messages, each behind a line of BETWEEN.
READ_MAIL = f"""\
import poplib, sys
there = poplib.POP3(sys.argv[1], timeout=30)
there.user("anna")
there.pass_(sys.stdin.read().strip())
for number in range(1, there.stat()[0] + 1):
    print("{BETWEEN}")
    print(b"\\n".join(there.retr(number)[1]).decode())
    there.dele(number)
there.quit()
"""
MAIL_USER = 1000  # Dovecot lets nobody read as root
DOVECOT = """\
protocols = pop3
listen = *
ssl = no
disable_plaintext_auth = no
log_path = /var/log/dovecot.log
first_valid_uid = {uid}
mail_location = maildir:~/Maildir
passdb {{
  driver = passwd-file
  args = scheme=plain username_format=%n /etc/dovecot/users
}}
userdb {{
  driver = static
  args = uid={uid} gid={uid} home={homes}/%n
}}
"""


def letter(number, text="", to=f"bert@{PROVIDER}"):
    """A message that can be told from every other."""
    return (f"From: anna@{OFFICE}\nTo: {to}\nSubject: Test {number}\nDate: Mon, 23 Nov 2026 09:00:00 +0100\n"
            f"Message-ID: <{number}.lab@{OFFICE}>\n\nMessage {number}.\n.line with a dot\n{text}End of {number}.\n")


class MailHost:
    """Our programs on a guest, with everything below one folder and `users` as its mailboxes. `name`: of the mail host."""

    def __init__(self, guest, name, users, domain, routes=()):
        self.guest, self.folder = guest, f"/srv/{guest.name}"
        guest.must("rm", "-rf", self.folder)
        self.config = f"{self.folder}/etc"
        self.env = {"OFFHOOK_CONFIG": self.config, "OFFHOOK_STATE": f"{self.folder}/var", "OFFHOOK_RUN": f"{self.folder}/run"}
        homes = [self.home(user) for user in users]
        assign = [f"={user}:root:0:0:{home}:::" for user, home in zip(users, homes)]
        files = {"control/me": [name], "control/locals": [domain], "control/rcpthosts": [domain], "routes": routes,
                 "users/assign": [*assign, "."]}
        for path, lines in files.items():
            guest.write(f"{self.config}/{path}", "".join(line + "\n" for line in lines))
        maildirs = [f"{home}/Maildir/{part}" for home in homes for part in ("tmp", "new", "cur")]
        guest.must("mkdir", "-p", f"{self.folder}/var", f"{self.folder}/run", *maildirs)

    def start_queue(self):
        self.start("mta-qmgr", log=f"/tmp/qmgr-{self.guest.name}.log")
        wait_until(lambda: self.guest.run("test", "-S", f"{self.folder}/run/qmgr.sock").status == 0, "the queue is open")

    def home(self, user):
        return f"{self.folder}/home/{user}"

    def run(self, program, *arguments, **more):
        return self.guest.run(f"{PROGRAMS}/{program}", *arguments, env=self.env, **more)

    def start(self, program, *arguments, log):
        return self.guest.start(f"{PROGRAMS}/{program}", *arguments, env=self.env, log=log)

    def send(self, message, *to, sender=f"anna@{OFFICE}"):
        done = self.run("sendmail", "-i", "-f", sender, "--", *to, text=message)
        check(done.status == 0, f"sendmail: {done}")

    def serve_smtp(self):
        """mta-smtpd for whoever connects, under tcpserver."""
        self.guest.start("tcpserver", "-HRl0", "0", "25", f"{PROGRAMS}/mta-smtpd", env={**self.env, "CUSTOMER": "office"},
                         log="/tmp/smtpd.log")

    def spool(self, letters, sender=f"anna@{OFFICE}", recipient=f"bert@{PROVIDER}"):
        """Puts them where the queue manager would."""
        spool = f"{self.folder}/var/spool/{SPOOL}"
        self.guest.must("mkdir", "-p", *(f"{spool}/{part}" for part in ("tmp", "new", "cur")))
        for number, message in enumerate(letters):
            text = f"Return-Path: <{sender}>\nDelivered-To: {PREFIX}{recipient}\n{message}"
            self.guest.write(f"{spool}/new/{1700000000 + number}.M{number}P1Q{number:x}R0.{OFFICE}", text)

    def _files(self, *folders):
        return self.guest.must("find", *folders, "-type", "f").splitlines()

    def received(self, user):
        """The messages in a mailbox."""
        maildir = f"{self.home(user)}/Maildir"
        return [self.guest.read(path) for path in self._files(f"{maildir}/new", f"{maildir}/cur")]

    def spooled(self):
        """The names of what waits in the spool."""
        spool = f"{self.folder}/var/spool/{SPOOL}"
        there = self.guest.run("test", "-d", f"{spool}/new").status == 0
        return self._files(f"{spool}/new", f"{spool}/cur") if there else []

    def queued(self):
        return self._files(f"{self.folder}/var/queue/new")


def copies(sent, received):
    """How often each sent message is among those received, by its body."""
    bodies = [message.partition("\n\n")[2] for message in received]
    return [bodies.count(message.partition("\n\n")[2]) for message in sent]


def messages_of(printed):
    """Those that READ_MAIL has printed, with the line end that POP3 has taken."""
    return [text.rstrip("\n") + "\n" for text in printed.split(BETWEEN + "\n")[1:]]


def serve_pop3(guest, homes, users):
    """Real Dovecot on port 110 of a guest, for mailboxes below the folder `homes`; `users`: name and password."""
    for account, number in (("dovecot", 901), ("dovenull", 902), ("mailuser", MAIL_USER)):
        for path, line in (("/etc/passwd", f"{account}:x:{number}:{number}::/:/bin/false"), ("/etc/group", f"{account}:x:{number}:")):
            if f"\n{account}:" not in guest.read(path):
                guest.write(path, guest.read(path) + line + "\n")
    guest.write("/etc/dovecot/users", "".join(f"{name}:{password}\n" for name, password in users.items()), 0o600)
    guest.must("chown", "dovecot", "/etc/dovecot/users")
    guest.write("/etc/dovecot/dovecot.conf", DOVECOT.format(uid=MAIL_USER, homes=homes))
    guest.must("chown", "-R", f"{MAIL_USER}:{MAIL_USER}", homes)
    program = guest.start("dovecot", "-F", log="/tmp/dovecot.log")
    wait_until(lambda: program.status() is not None or accepts(guest, 110), "Dovecot accepts connections")
    check(program.status() is None, f"Dovecot ended: {program.log()}")


def accepts(guest, port, address="127.0.0.1"):
    """Whether somebody takes connections there."""
    return guest.run("bash", "-c", f": </dev/tcp/{address}/{port}").status == 0
