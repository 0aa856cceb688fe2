"""A scripted SMTP server with TLS and AUTH, certificates good and bad, and a relay's configuration for our clients."""
import base64
import hashlib
import hmac
import itertools
import os
import secrets
import shutil
import socket
import ssl
import subprocess

from spool import PREFIX, ScriptedServer, Spool, skip

USER, PASSWORD = "office", "correct horse, battery"
HOST = "localhost"
AUTHORITY = """\
[ca]
default_ca = d
[d]
database = {0}/index
new_certs_dir = {0}
rand_serial = yes
default_md = sha256
policy = p
unique_subject = no
copy_extensions = copy
[p]
commonName = supplied
[req]
distinguished_name = n
[n]
"""


class Certificates:
    """An authority in a folder and certificates of it, made by the openssl program."""

    def __init__(self, folder):
        if not shutil.which("openssl"):
            skip("the openssl program is not here")
        self.folder = os.path.join(folder, "authority")
        os.makedirs(self.folder)
        with open(self._path("config"), "w", encoding="ascii") as file:
            file.write(AUTHORITY.format(self.folder))
        with open(self._path("index"), "w", encoding="ascii"):
            pass
        self.authority = self._authority("ca")

    def _path(self, name):
        return os.path.join(self.folder, name)

    def _openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], stdin=subprocess.DEVNULL, capture_output=True, check=True)

    def _authority(self, name):
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30", "-subj",
                      f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE", "-keyout", self._path(name + ".key"), "-out",
                      self._path(name + ".pem"), "-config", self._path("config"))
        return self._path(name + ".pem")

    def issue(self, names="DNS:localhost,IP:127.0.0.1", begin="20260101000000Z", end="20991231235959Z", authority="ca"):
        """A certificate for these names: its file and that of its key."""
        if not os.path.exists(self._path(authority + ".pem")):
            self._authority(authority)
        key, request, certificate = (self._path(secrets.token_hex(4) + part) for part in (".key", ".csr", ".pem"))
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=server",
                      "-addext", f"subjectAltName={names}", "-keyout", key, "-out", request, "-config", self._path("config"))
        self._openssl("ca", "-batch", "-notext", "-config", self._path("config"), "-cert", self._path(authority + ".pem"), "-keyfile",
                      self._path(authority + ".key"), "-in", request, "-out", certificate, "-startdate", begin, "-enddate", end)
        return certificate, key

    def context(self, version=None, **more):
        """A server's TLS context with a certificate of issue()."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if version:
            context.minimum_version, context.maximum_version = version
            context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_cert_chain(*self.issue(**more))
        return context


class LoginServer(ScriptedServer):
    """Plays the login itself, and what follows as ScriptedServer does.

    `tls`: a context; with `implicit` from the first octet, else by STARTTLS. `injected`: octets behind STARTTLS's 220. `answer`:
    the reply to AUTH in place of a true one. `logins` holds (mechanism, user or None), `resumed` one bool a handshake.
    """

    def __init__(self, mechanisms="", tls=None, implicit=False, injected=b"", answer=None, replies=None, password=PASSWORD,
                 before="", starttls="220 go ahead"):
        self.mechanisms, self.tls, self.implicit, self.injected, self.answer = mechanisms, tls, implicit, injected, answer
        self.password, self.before, self.starttls = password, before, starttls
        self.logins, self.resumed, self.greeted, self.versions = [], [], [], []
        super().__init__(replies)

    def _encrypt(self, connection):
        encrypted = self.tls.wrap_socket(connection, server_side=True)
        self.resumed.append(encrypted.session_reused)
        self.versions.append(encrypted.version())
        return encrypted

    def _session(self, connection):
        try:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.implicit:
                connection = self._encrypt(connection)
            with connection:
                if self._reply(connection, "connect") in (None, 421):
                    return
                self._login(connection)
        except OSError:
            pass  # the other end is gone, as a test may want it to be

    def _login(self, connection):
        encrypted = self.implicit
        lines = connection.makefile("rb")
        while line := lines.readline():
            words = line.decode().split()
            verb = words[0].upper()
            if verb == "EHLO":
                self.greeted.append(words[1])
                with self._lock:
                    self.commands.append(line.rstrip(b"\r\n").decode())
                offers = ["PIPELINING", "8BITMIME"] + (["STARTTLS"] if self.tls and not encrypted else [])
                mechanisms = self.mechanisms if encrypted or not self.tls else self.before
                offers += [f"AUTH {mechanisms}"] if mechanisms else []
                connection.sendall("\r\n".join(["250-scripted"] + ["250-" + one for one in offers[:-1]]
                                               + ["250 " + offers[-1]]).encode() + b"\r\n")
            elif verb == "STARTTLS":
                connection.sendall(self.starttls.encode() + b"\r\n" + self.injected)
                if not self.starttls.startswith("220"):
                    continue
                encrypted, connection = True, self._encrypt(connection)
                lines = connection.makefile("rb")
            elif verb == "AUTH":
                connection.sendall(self._auth(words, connection, lines).encode() + b"\r\n")
            else:
                return self._dialogue(connection, itertools.chain([line], lines))

    def _auth(self, words, connection, lines):
        mechanism = words[1]
        initial = base64.b64decode(words[2]).decode() if len(words) > 2 else None

        def ask(challenge):
            connection.sendall(b"334 " + base64.b64encode(challenge) + b"\r\n")
            return base64.b64decode(next(lines).rstrip()).decode()

        if self.answer:
            self.logins.append((mechanism, None))
            return self.answer(words[2:]) if callable(self.answer) else self.answer
        method = getattr(self, "_by_" + mechanism.lower().replace("-", "_"))
        user = method(initial, ask)
        self.logins.append((mechanism, user))
        return "235 2.7.0 in" if user else "535 5.7.8 no"

    def _by_plain(self, initial, _):
        _, user, password = initial.split("\0")
        return user if password == self.password else None

    def _by_login(self, _, ask):
        user = ask(b"Username:")
        return user if ask(b"Password:") == self.password else None

    def _by_cram_md5(self, _, ask):
        challenge = b"<1.2@scripted>"
        user, digest = ask(challenge).rsplit(" ", 1)
        return user if digest == hmac.new(self.password.encode(), challenge, "md5").hexdigest() else None

    def _by_scram_sha_256(self, initial, ask):
        bare = initial.split(",", 2)[2]
        user, nonce = (part[2:] for part in bare.split(","))
        first = f"r={nonce}server,s={base64.b64encode(b'salt and more').decode()},i=4096"
        final, _, proof = ask(first.encode()).rpartition(",p=")
        salted = hashlib.pbkdf2_hmac("sha256", self.password.encode(), b"salt and more", 4096)

        def mac(key, text):
            return hmac.new(key, text, "sha256").digest()

        key = mac(salted, b"Client Key")
        text = ",".join((bare, first, final)).encode()
        signature = mac(hashlib.sha256(key).digest(), text)
        if bytes(a ^ b for a, b in zip(key, signature)) != base64.b64decode(proof):
            return None
        ask(b"v=" + base64.b64encode(mac(mac(salted, b"Server Key"), text)))
        return user

    def _by_xoauth2(self, initial, ask):
        user, token = initial.split("\1")[:2]
        if token == f"auth=Bearer {self.password}":
            return user.removeprefix("user=")
        ask(b'{"status":"400"}')
        return None

    def _by_oauthbearer(self, initial, ask):
        parts = initial.split("\1")
        if parts[3] == f"auth=Bearer {self.password}" and parts[2] == f"port={self.port}":
            return parts[0].split(",")[1].removeprefix("a=")
        ask(b'{"status":"invalid_token"}')
        return None


class Relay(Spool):
    """A spool, and a relay `provider` for it."""

    def __init__(self, folder, *servers, tls="starttls", auth="", ca=None, more="", secret=PASSWORD):
        super().__init__(folder)
        self.state = os.path.join(folder, "state")
        self.env["OFFHOOK_STATE"] = self.state
        for part in ("relays", "secrets"):
            os.makedirs(os.path.join(folder, "etc", part))
        self.secret = os.path.join(folder, "etc", "secrets", "provider")
        self.set_secret(secret)
        self.file = os.path.join(folder, "etc", "relays", "provider.toml")
        self.configure(*servers, tls=tls, auth=auth, ca=ca, more=more)

    def set_secret(self, secret):
        with open(self.secret, "w", encoding="ascii") as file:
            file.write(secret + "\n")
        os.chmod(self.secret, 0o600)

    def configure(self, *servers, tls="starttls", auth="", ca=None, more=""):
        hosts = ", ".join(f'"{one}"' if isinstance(one, str) else f'"{HOST}:{one.port}"' for one in servers)
        with open(self.file, "w", encoding="ascii") as file:
            file.write(f'hosts = [{hosts}]\ntls = "{tls}"\n' + (f'ca = "{ca}"\n' if ca else "") + more)
            if auth:
                file.write(f'\n[auth]\nuser = "{USER}"\n{auth}\n')

    def send(self, *options, **more):
        return self.run("maildirsmtp", "--relay", "provider", *options, self.path, PREFIX, **more)

    def memory(self, name):
        path = os.path.join(self.state, "relays", "provider", name)
        if not os.path.exists(path):
            return None
        with open(path, encoding="ascii") as file:
            return file.read()
