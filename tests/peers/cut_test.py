#!/usr/bin/env python3
"""The line is cut after each of many octets of a flush of ten messages: none is lost, and none is doubled but what was in doubt."""
import os
import shutil

from kit import (FULL, CuttingProxy, Failed, ScriptedServer, after, check, copies, flush, letter, main, office, spool_file)

MESSAGES = 10
CUTS = 300 if FULL else 20
CHUNKING = {"EHLO": ScriptedServer.CHUNKING}
SLOW = {"EHLO": after(0.06, ScriptedServer.DEFAULTS["EHLO"]), "end": after(0.05, "250 taken")}  # leaves a line idle
PLAIN = {"EHLO": "250-scripted\r\n250 8BITMIME"}  # a server that does not know PIPELINING


def filled_office(folder):
    host = office(folder)
    letters = [letter(number) for number in range(MESSAGES)]
    for number, message in enumerate(letters):
        spool_file(host, number, message)
    return host, letters


class Way:
    """A server with these replies, reached without TLS.

    in_doubt: how many bodies a cut may leave so; None where time bounds them and not number (mta/mail/flight_bound.h).
    """

    def __init__(self, replies, *options, in_doubt=1):
        self._replies, self._options, self.in_doubt = replies, options, in_doubt

    def server(self):
        return ScriptedServer(self._replies)

    def flush(self, host, port):
        return flush(host, port, *self._options)


def flush_cut(folder, way, limit):
    """One flush cut after `limit` octets, then flushes over a good line until the spool is empty.

    Returns the octets that passed, how many messages were doubled, and how many were told to be in doubt.
    """
    os.makedirs(folder)
    host, letters = filled_office(folder)
    server = way.server()
    proxy = CuttingProxy(server.port, limit)
    last = first = way.flush(host, proxy.port)
    for _ in range(3):
        if not host.spooled("provider"):
            break
        last = way.flush(host, server.port)
    proxy.stop()
    server.stop()
    left = len(host.spooled("provider"))
    check(not left, f"cut after {limit} octets: {left} files stay in the spool: {last.stderr.decode()!r}")
    counts = copies(letters, server.messages())
    check(all(counts), f"cut after {limit} octets: lost {counts.count(0)} of {MESSAGES}")
    unknown = first.stderr.decode().count("unknown outcome")
    check(way.in_doubt is None or unknown <= way.in_doubt, f"cut after {limit} octets: {unknown} in doubt")
    check(sum(counts) <= MESSAGES + unknown, f"cut after {limit} octets: {sum(counts) - MESSAGES} doubled")
    check(sum(counts) == len(server.messages()), f"cut after {limit} octets: something arrived that was not sent")
    if limit is None:
        check(first.returncode == 0, f"an uncut flush ended with {first.returncode}: {first.stderr.decode()!r}")
    shutil.rmtree(folder)
    return proxy.passed, sum(counts) - MESSAGES, unknown


def spread(folder, way, cuts=CUTS):
    whole, _, _ = flush_cut(os.path.join(folder, "whole"), way, None)
    doubled, unknown, faults = 0, 0, []
    for index in range(cuts):
        limit = 1 + index * (whole - 1) // cuts
        try:
            _, more, doubts = flush_cut(os.path.join(folder, str(index)), way, limit)
            doubled, unknown = doubled + more, unknown + doubts
        except Failed as fault:
            faults.append(str(fault))
    check(not faults, "; ".join(faults))
    print(f"{cuts} cuts over {whole} octets: none lost, {doubled} doubled, {unknown} unknown")


def pipelining(folder):
    """cuts of a session with PIPELINING"""
    spread(folder, Way({}))


def chunking(folder):
    """cuts of a session with CHUNKING: what is doubled was in doubt and is told"""
    spread(folder, Way(CHUNKING, in_doubt=None))


def connections(folder):
    """cuts of a flush over several connections: what is doubled was in doubt and is told, a body a connection at most"""
    spread(folder, Way(SLOW, "--connections", 3, in_doubt=3))


def one_by_one(folder):
    """cuts of a session without PIPELINING"""
    spread(folder, Way(PLAIN), max(CUTS // 4, 5))


if __name__ == "__main__":
    main(pipelining, chunking, connections, one_by_one)
