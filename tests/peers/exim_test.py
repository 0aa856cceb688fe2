#!/usr/bin/env python3
"""maildirsmtp into a real Exim, unpacked below build/peers: CHUNKING, PIPELINING, limits, STARTTLS and AUTH."""
import os

from kit import PROVIDER, Process, accepts, check, maildir_files, peer_env, read, wait_until
from mail_server import (PASSWORD, USER, Certificates, carries, limits_recipients, limits_size, logs_in, refuses_recipient)
from private_host import run, unpacked

PROGRAM = "usr/sbin/exim4"
ACCOUNT, NUMBER = "Debian-exim", 64903
CONFIGURATION = """\
exim_path = {program}
spool_directory = {top}/spool
log_file_path = {top}/exim.%s.log
log_selector = +pipelining +smtp_connection
pid_file_path = {top}/exim.pid
primary_hostname = mx.{domain}
local_interfaces = 127.0.0.1
daemon_smtp_ports = {port}
deliver_drop_privilege
keep_environment =
add_environment =
host_lookup =
rfc1413_query_timeout = 0s
acl_smtp_rcpt = recipient
acl_smtp_data = accept
allow_domain_literals
{main}
begin acl
recipient:
{acl}
  accept domains = {domain}
  deny message = relay not permitted
begin routers
boxes:
  driver = accept
  transport = box
begin transports
box:
  driver = appendfile
  maildir_format
  directory = {top}/boxes
begin authenticators
{authenticators}
"""
AUTHENTICATORS = """\
plain:
  driver = plaintext
  public_name = PLAIN
  server_prompts = :
  server_condition = ${{if and{{{{eq{{$auth2}}{{{user}}}}}{{eq{{$auth3}}{{{password}}}}}}}}}
  server_set_id = $auth2
login:
  driver = plaintext
  public_name = LOGIN
  server_prompts = <| Username: | Password:
  server_condition = ${{if and{{{{eq{{$auth1}}{{{user}}}}}{{eq{{$auth2}}{{{password}}}}}}}}}
  server_set_id = $auth1
cram:
  driver = cram_md5
  public_name = CRAM-MD5
  server_secret = {password}
  server_set_id = $auth1
"""


class Exim:
    port = 2525

    def __init__(self, folder, size=None, recipients=None, certificates=None, main=()):
        self._top = os.path.join(folder, "exim")
        for path in (self._top, os.path.join(self._top, "spool"), os.path.join(self._top, "boxes")):
            os.makedirs(path)
            os.chown(path, NUMBER, NUMBER)
        os.chmod(folder, 0o755)
        lines, acl, authenticators = list(main), "", ""
        lines += [f"message_size_limit = {size}"] if size else []
        lines += [f"recipients_max = {recipients}"] if recipients else []
        if certificates:
            certificate, key = certificates.issue()
            for path, mode in ((certificates.folder, 0o755), (key, 0o644)):
                os.chmod(path, mode)
            lines += [f"tls_certificate = {certificate}", f"tls_privatekey = {key}", "tls_advertise_hosts = *",
                      "auth_advertise_hosts = ${if def:tls_in_cipher {*}}"]
            acl = "  require message = authentication required\n    authenticated = *"
            authenticators = AUTHENTICATORS.format(user=USER, password=PASSWORD)
        else:
            lines.append("tls_advertise_hosts =")
        config = os.path.join(self._top, "configure")
        with open(config, "w", encoding="ascii") as file:
            file.write(CONFIGURATION.format(program=unpacked(PROGRAM, "Exim"), top=self._top, domain=PROVIDER, port=self.port,
                                            main="\n".join(lines), acl=acl, authenticators=authenticators))
        self._process = Process([unpacked(PROGRAM, "Exim"), "-bdf", "-C", config], os.path.join(folder, "exim.log"), env=peer_env(),
                                start_new_session=True)
        wait_until(lambda: accepts(self.port) or self._process.popen.poll() is not None, "Exim listens")
        check(self._process.popen.poll() is None, f"Exim ended with {self._process.popen.returncode}")

    def stop(self):
        self._process.stop()

    def delivered(self):
        return [read(path) for path in maildir_files(os.path.join(self._top, "boxes"))]

    def received(self):
        """The lines of its log that tell of messages taken."""
        path = os.path.join(self._top, "exim.main.log")
        lines = read(path).decode(errors="replace").splitlines() if os.path.exists(path) else []
        return [line for line in lines if " <= " in line]


def pipelined(line):
    """Exim puts L, with a dot where it would have borne even more, or L- where the client did not."""
    return " L " in line or " L. " in line


def octets(folder):
    """hard letters arrive in Exim once, octet for octet, most of them by CHUNKING (K in its log) and pipelined (L)"""
    server = Exim(folder)
    carries(os.path.join(folder, "office"), server)
    taken = server.received()
    chunked = sum(" K " in line for line in taken)
    check(chunked >= len(taken) - 3 and all(pipelined(line) for line in taken), "\n".join(taken))


def without_chunking(folder):
    """the same where Exim offers PIPELINING alone, and where it offers neither"""
    for name, main in (("pipelining", ["chunking_advertise_hosts ="]),
                       ("neither", ["chunking_advertise_hosts =", "pipelining_advertise_hosts ="])):
        part = os.path.join(folder, name)
        os.makedirs(part)
        os.chmod(folder, 0o755)
        server = Exim(part, main=main)
        carries(os.path.join(part, "office"), server)
        taken = server.received()
        check(not any(" K " in line for line in taken), "\n".join(taken))
        check(all(pipelined(line) == (name == "pipelining") for line in taken), "\n".join(taken))
        server.stop()


def refused(folder):
    """Exim refuses one recipient for good: that message bounces, those around it go"""
    refuses_recipient(os.path.join(folder, "office"), Exim(folder), "550 relay not permitted")


def size(folder):
    """a message beyond Exim's message_size_limit bounces, those around it go"""
    limits_size(os.path.join(folder, "office"), Exim(folder, size=50000), 50000)


def recipients(folder):
    """copies beyond Exim's recipients_max go in further transactions of the same call"""
    server = Exim(folder, recipients=5)
    limits_recipients(os.path.join(folder, "office"), server, 12)
    check(len(server.received()) == 3, "\n".join(server.received()))


def login(folder):
    """PLAIN, LOGIN and CRAM-MD5 log in to Exim under STARTTLS; a wrong password sends nothing and bounces nothing"""
    certificates = Certificates(folder)
    server = Exim(folder, certificates=certificates)
    mechanisms = ["plain", "login", "cram-md5"]
    logs_in(folder, server, certificates, mechanisms)
    used = [line.partition(" A=")[2].split(":")[0] for line in server.received()]
    check(used == ["plain", "login", "cram"] and all(" X=TLS1.3" in line for line in server.received()), f"{used}")


if __name__ == "__main__":
    run(__file__, PROGRAM, "Exim", (octets, without_chunking, refused, size, recipients, login), {ACCOUNT: NUMBER},
        version=["-bV"])
