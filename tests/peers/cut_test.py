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


def flush_cut(folder, replies, limit, in_doubt=1, options=()):
    """One flush cut after `limit` octets, then flushes over a good line until the spool is empty. Returns the proxy."""
    os.makedirs(folder)
    host, letters = filled_office(folder)
    server = ScriptedServer(replies)
    proxy = CuttingProxy(server.port, limit)
    last = first = flush(host, proxy.port, *options)
    for _ in range(3):
        if not host.spooled("provider"):
            break
        last = flush(host, server.port)
    proxy.stop()
    server.stop()
    left = len(host.spooled("provider"))
    check(not left, f"cut after {limit} octets: {left} files stay in the spool: {last.stderr.decode()!r}")
    counts = copies(letters, server.messages())
    check(all(counts), f"cut after {limit} octets: lost {counts.count(0)} of {MESSAGES}")
    unknown = first.stderr.decode().count("unknown outcome")
    check(unknown <= in_doubt, f"cut after {limit} octets: {unknown} in doubt")
    check(sum(counts) <= MESSAGES + unknown, f"cut after {limit} octets: {sum(counts) - MESSAGES} doubled")
    check(sum(counts) == len(server.messages()), f"cut after {limit} octets: something arrived that was not sent")
    if limit is None:
        check(first.returncode == 0, f"an uncut flush ended with {first.returncode}: {first.stderr.decode()!r}")
    shutil.rmtree(folder)
    return proxy, sum(counts) - MESSAGES


def spread(folder, replies, cuts, in_doubt=1, options=()):
    proxy, _ = flush_cut(os.path.join(folder, "whole"), replies, None, in_doubt, options)
    whole, doubled, faults = proxy.passed, 0, []
    for index in range(cuts):
        limit = 1 + index * (whole - 1) // cuts
        try:
            doubled += flush_cut(os.path.join(folder, str(index)), replies, limit, in_doubt, options)[1]
        except Failed as fault:
            faults.append(str(fault))
    check(not faults, "; ".join(faults))
    print(f"{cuts} cuts over {whole} octets: none lost, {doubled} doubled")


def pipelining(folder):
    """cuts of a session with PIPELINING"""
    spread(folder, {}, CUTS)


def chunking(folder):
    """cuts of a session with CHUNKING: what is doubled was in doubt and is told"""
    spread(folder, CHUNKING, CUTS, in_doubt=MESSAGES)  # as many as leave within twice the shortest answer time


def connections(folder):
    """cuts of a flush over several connections: what is doubled was in doubt and is told, a body a connection at most"""
    spread(folder, SLOW, CUTS, in_doubt=3, options=("--connections", 3))


def one_by_one(folder):
    """cuts of a session without PIPELINING"""
    spread(folder, PLAIN, max(CUTS // 4, 5))


if __name__ == "__main__":
    main(pipelining, chunking, connections, one_by_one)
