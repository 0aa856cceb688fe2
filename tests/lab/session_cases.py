"""`pppctl session` over real PPP: what a call does with the mail, and what is left after everything that can go wrong with it."""
import signal

import ppp
from guest import SYSLOG
from lab import LINES, NUMBER, PLAIN, check, wait_until
from office import Site

TO_PROVIDER = {NUMBER: "modem:provider"}
PERMANENT, TEMPORARY = 100, 111
LONG = "A line of a letter that takes its time on the line.\n" * 4000  # 2.5 s of the lab's line


def pap_without_lines(lab):
    "a session by a port without modem lines: mgetty and PAP at the provider, the mail is there once, everything at rest"
    site = Site(lab, PLAIN, auth="require-pap")
    letters = site.spool(3)
    with lab.network(TO_PROVIDER) as emulator:
        ppp.mgetty(lab)
        site.session()
        site.check_at_rest(emulator, 1)
    site.check_mail(letters)


def chap_with_lines(lab):
    "a session by a port with modem lines: modemctl and CHAP at the provider, the mail is there once, everything at rest"
    site = Site(lab, LINES)
    letters = site.spool(3)
    with lab.network(TO_PROVIDER) as emulator:
        ppp.modemctl_answers(lab, emulator, PLAIN)
        site.session()
        site.check_at_rest(emulator, 1)
    site.check_mail(letters)


def stopped_by_password(lab):
    "a wrong password is tried once, and the link is stopped"
    site = Site(lab, PLAIN, password=lab.wrong)
    letters = site.spool(1)
    with lab.network(TO_PROVIDER) as emulator:
        ppp.modemctl_answers(lab, emulator, PLAIN)
        site.session(status=PERMANENT)
        check(site.dials(emulator) == 1, f"{site.dials(emulator)} dials")
        site.check_at_rest(emulator, 1)
    check(len(site.office.spooled()) == len(letters), "mail is gone")


def busy_then_free(lab):
    "busy, then nobody answers, then the third call sends the mail"
    site = Site(lab, PLAIN)
    letters = site.spool(1)
    with lab.network({NUMBER: "busy,no-answer,modem:provider"}) as emulator:
        ppp.modemctl_answers(lab, emulator, PLAIN)
        for reason in ("BUSY", "NO ANSWER"):
            site.session(status=TEMPORARY)
            check(reason in site.reason(), site.reason())
        site.session()
        site.check_at_rest(emulator, 3)
    site.check_mail(letters)


def cut_call(lab, port, octets, *network, more="", count=1):
    """A first call that is cut after so many octets, and a second one that is not. Yields what the cut one said."""
    site = Site(lab, port)
    letters = site.spool(count, more)
    with lab.network(TO_PROVIDER, "--cut-octets", str(octets), "--cut-calls", "1", *network) as emulator:
        answerer = ppp.modemctl_answers(lab, emulator, PLAIN)
        said = site.session(status=TEMPORARY).err
        site.check_at_rest(emulator, 1)
        wait_until(lambda: "call 1: 1 pass" in answerer.log(), "the provider is ready for the next call", 60)
        site.session()
        site.check_at_rest(emulator, 2)
        carried = emulator.events(site.modem, "disconnect")
    site.check_mail(letters)
    return said, carried


def cut_in_lcp(lab):
    "the carrier is cut in LCP: the call fails, and the next one sends the mail"
    said, _ = cut_call(lab, PLAIN, 60)
    check("authentication" not in said, said)


def cut_in_ipcp(lab):
    "the carrier is cut in IPCP: the call fails, and the next one sends the mail"
    octets = 640
    for _ in range(4):  # a request that had to be repeated moves the rest
        said, _ = cut_call(lab, PLAIN, octets)
        is_authenticated, is_up = ("authentication succeeded" in said, "remote IP address" in said)
        if is_authenticated and not is_up:
            return
        octets += -40 if is_up else 40
    check(False, f"never cut in IPCP: {said}")


def cut_with_lines(lab):
    "the carrier is cut in the flush on a port with modem lines: it is noticed at once, and the next call sends the mail"
    said, _ = cut_call(lab, LINES, 20_000, more=LONG)
    check("Modem hangup" in said and "No response" not in said, said)


def cut_in_flush(lab):
    "the carrier is cut in a great message: the next call goes on where it was cut"
    size = 60_000
    text = "".join(f"Line {number:06} of a long letter.\n" for number in range(size // 30))
    _, carried = cut_call(lab, PLAIN, 40_000, more=text)
    check(carried[-1]["octets_there"] < size * 0.7, f"the second call carried {carried[-1]}")


def flushing(lab, site):
    """A session in the middle of its flush."""
    session = site.start_session()
    lab.wait_for_octets(lab.provider, 10_000, session)
    return session


def trouble_in_flush(lab, trouble, status=TEMPORARY):
    """A session meets that trouble in its flush, ends, leaves nothing behind, and the next one sends the mail once."""
    site = Site(lab, PLAIN)
    letters = site.spool(1, LONG)
    with lab.network(TO_PROVIDER) as emulator:
        answerer = ppp.modemctl_answers(lab, emulator, PLAIN)
        session = flushing(lab, site)
        trouble(session)
        ended = session.wait(60)
        check(ended == status, f"the session ended with {ended}: {session.log()}")
        reason = site.reason()
        site.check_at_rest(emulator, 1)
        wait_until(lambda: "call 1: 1 pass" in answerer.log(), "the provider is ready for the next call", 60)
        site.session("--always")
        site.check_at_rest(emulator, 2)
    site.check_mail(letters)
    return reason


def peer_silent(lab):
    "a peer that falls silent is noticed by LCP echo, and the call ends"
    site = Site(lab, PLAIN)
    letters = site.spool(1, LONG)
    with lab.network(TO_PROVIDER) as emulator:
        ppp.modemctl_answers(lab, emulator, PLAIN)
        session = flushing(lab, site)
        lab.mute("provider")
        ended = session.wait(60)
        check(ended == TEMPORARY, f"the session ended with {ended}: {session.log()}")
        check("No response" in site.reason(), site.reason())
        site.check_at_rest(emulator, 1)
    check(len(site.office.spooled()) == len(letters), "mail is gone")


def pppd_killed(lab):
    "pppd is killed in the flush: the session ends at once, the line is on-hook, and the next one sends the mail"
    trouble_in_flush(lab, lambda _: lab.office.must("pkill", "-KILL", "-x", "pppd"))


def session_ended(lab):
    "SIGTERM in the flush: the job may end what it has in hand, pppd is ended, and the next session sends what is left"
    trouble_in_flush(lab, lambda session: session.signal(signal.SIGTERM))


def session_killed(lab):
    "a session is killed while it dials, in LCP, in the flush: after pppctl recover nothing is left of it, and the next sends the mail"
    site = Site(lab, PLAIN)
    letters = site.spool(1, LONG)
    with lab.network(TO_PROVIDER) as emulator:
        answerer = ppp.modemctl_answers(lab, emulator, PLAIN)
        said = ("dialling", "pppd: Connect", "remote IP address")
        for number, text in enumerate(said, 1):
            session = site.start_session()
            wait_until(lambda: text in session.log() or session.status() is not None, f"the session says {text!r}", 60)
            session.signal(signal.SIGKILL)
            session.wait()
            site.recover()
            site.check_at_rest(emulator, number)
            calls = answerer.log().count("user /AutoPPP/, /")
            wait_until(lambda: answerer.log().count("1 pass") == calls, "the provider is ready for the next call", 60)
            lab.office.must("rm", "/tmp/session.log")
        site.session()
        site.check_at_rest(emulator, len(said) + 1)
    site.check_mail(letters)


def daemon_killed(lab):
    "the daemon is killed in LCP, in the flush: its session hangs up in order, and the next daemon sends the mail within its ceiling"
    at_once = {"first": "0s"}
    site = Site(lab, PLAIN, link={"when": {"dials_per_hour": 3, "soon": at_once, "later": at_once}})
    letters = site.spool(1, LONG)
    with lab.network(TO_PROVIDER) as emulator:
        answerer = ppp.modemctl_answers(lab, emulator, PLAIN)
        moments = (lambda _: wait_until(lambda: "Connect: ppp0" in lab.office.read(SYSLOG), "LCP begins", 60),
                   lambda daemon: lab.wait_for_octets(lab.provider, 10_000, daemon))
        for number, moment in enumerate(moments, 1):
            daemon = site.start_daemon()
            moment(daemon)
            daemon.signal(signal.SIGKILL)
            daemon.wait()
            wait_until(lambda: site.calls()[0]["ended"], "its session has ended", 60)
            check(site.calls()[0]["result"] == "stopped", f"{site.calls()[0]}")
            site.check_at_rest(emulator, number)
            wait_until(lambda: answerer.log().count("1 pass") == number, "the provider is ready for the next call", 60)
        daemon = site.start_daemon()
        wait_until(lambda: not site.office.spooled(), "the mail has gone", 60)
        daemon.signal(signal.SIGTERM)
        check(daemon.wait(60) == 0, daemon.log())
        # The session of the second daemon may have ended the letter that it had in hand.
        dials = site.dials(emulator)
        check(dials in (2, 3), f"{dials} dials")
        site.check_at_rest(emulator, dials)
    site.check_mail(letters)


def two_at_once(lab):
    "a second session on the same port says who has it, and does not disturb the first"
    site = Site(lab, PLAIN)
    letters = site.spool(1, LONG)
    with lab.network(TO_PROVIDER) as emulator:
        ppp.modemctl_answers(lab, emulator, PLAIN)
        first = flushing(lab, site)
        done = site.session(status=TEMPORARY)
        check(f"pid {first.pid}" in done.err, f"{done}")
        check(first.wait(60) == 0, f"the first ended with {first.status()}: {first.log()}")
        site.check_at_rest(emulator, 1)
    site.check_mail(letters)


def lock_of_pppd(lab):
    "while somebody else's pppd has the port a session does not dial and says who has it"
    site = Site(lab, PLAIN)
    letters = site.spool(1)
    ppp.secret_files(lab.office, "office", lab.password)
    with lab.network(TO_PROVIDER) as emulator:
        answerer = ppp.modemctl_answers(lab, emulator, PLAIN)
        call = ppp.Call(lab.office, PLAIN)
        call.is_up()
        done = site.session(status=TEMPORARY)
        check(f"pppd (pid {call.program.pid})" in done.err, f"{done}")
        call.hang_up()
        wait_until(lambda: "call 1: 1 pass" in answerer.log(), "the provider is ready for the next call", 60)
        site.session()
        site.check_at_rest(emulator, 2)
    site.check_mail(letters)


TARIFF = 'currency = "EUR"\nbegin = "connect"\nprice = "0.01"\nstep = "1s"\n'
SLOW = ("--rate", "4800")  # 96,000 bit/s on the lab's time scale: 20 s for LONG


def budget(lab):
    "a cap that is reached in mid-flush ends the call before the step that would pass it, and a call that may go on sends the rest"
    # Before pppd dials, what the dial and the way up may take is reserved: 20 s.
    site = Site(lab, LINES, link={"tariff": "sheet", "caps": {"call": "0.25"}}, modem={"connect_timeout": "8s"},
                ppp_keys={"up_limit": "12s", "echo_interval": "10s", "echo_failure": 3})
    site.set_tariff(TARIFF)
    letters = site.spool(1, LONG)
    with lab.network(TO_PROVIDER, *SLOW) as emulator:
        answerer = ppp.modemctl_answers(lab, emulator, PLAIN)
        site.session(status=TEMPORARY)
        check("budget reached" in site.reason(), site.reason())
        site.check_at_rest(emulator, 1)
        call, = site.bill()
        check(call["settled"] and 0 < float(call["cost"]) <= 0.25, f"the bill: {call}")
        wait_until(lambda: "call 1: 1 pass" in answerer.log(), "the provider is ready for the next call", 60)
        site.set_link()
        site.session()
        site.check_at_rest(emulator, 2)
    site.check_mail(letters)


CASES = (pap_without_lines, chap_with_lines, stopped_by_password, busy_then_free, cut_in_lcp, cut_in_ipcp, cut_with_lines,
         cut_in_flush, peer_silent, pppd_killed, session_ended, session_killed, daemon_killed, two_at_once, lock_of_pppd, budget)
