#!/usr/bin/env python3
"""The model of a power cut itself: what it keeps, what it drops, and that it notices a sync left out."""
import os
import random
import re

import campaign
import kit
import power
import power_test
import tracing
from kit import check, main


def model_of(folder):
    root = os.path.join(folder, "root")
    for part in ("tmp", "new"):
        os.makedirs(os.path.join(root, part))
    with open(os.path.join(root, "kept"), "wb") as file:
        file.write(b"before")
    return power.Tree(root), root


def octets(found, path):
    """A file's octets after a cut; None: it is not there."""
    return found[path][1] if path in found else None


def written(tree, path, content, sync):
    tree.make(path, 0o600, False)
    tree.find(path).apply((0, content))
    if sync:
        tree.sync(tree.find(path))


def unsynced(folder):
    """what was never synced may be gone, be without its octets, or be without its name"""
    tree, root = model_of(folder)
    written(tree, f"{root}/tmp/a", b"octets", False)
    check(octets(power.nothing_unsafe(tree), "tmp/a") is None, "an unsafe name was kept")
    check(octets(power.names_only(tree), "tmp/a") == b"", "unsafe octets were kept")
    check(octets(power.octets_only(tree), "tmp/a") is None, "an unsafe name was kept with its octets")
    tree.sync(tree.find(f"{root}/tmp/a"))
    check(octets(power.nothing_unsafe(tree), "tmp/a") is None, "a file's sync made its name safe")
    check(octets(power.names_only(tree), "tmp/a") == b"octets", "a file's sync did not make its octets safe")


def renamed(folder):
    """a rename is safe with its folder, takes the name's past with it, and is there wholly or not at all"""
    tree, root = model_of(folder)
    written(tree, f"{root}/tmp/a", b"octets", True)
    tree.rename(f"{root}/tmp/a", f"{root}/new/a")
    for seed in range(20):
        found = power.some(tree, random.Random(seed))
        check(not ("tmp/a" in found and "new/a" in found), "both names are there")
    tree.sync(tree.find(f"{root}/new"))
    found = power.nothing_unsafe(tree)
    check(octets(found, "new/a") == b"octets" and "tmp/a" not in found, "the synced rename is not there")


def replaced(folder):
    """a file that was renamed over is the old or the new one"""
    tree, root = model_of(folder)
    written(tree, f"{root}/other", b"after", True)
    tree.rename(f"{root}/other", f"{root}/kept")
    check(octets(power.nothing_unsafe(tree), "kept") == b"before", "not the old one")
    check(octets(power.names_only(tree), "kept") == b"after", "not the new one")
    check({octets(power.some(tree, random.Random(seed)), "kept") for seed in range(40)} == {b"before", b"after"}, "neither")


def below(folder):
    """a folder whose own name is lost takes everything with it, however well synced"""
    tree, root = model_of(folder)
    tree.make(f"{root}/made", 0o700, True)
    written(tree, f"{root}/made/a", b"octets", True)
    tree.sync(tree.find(f"{root}/made"))
    check("made/a" not in power.nothing_unsafe(tree), "it is still there")
    tree.sync_all()
    check(octets(power.nothing_unsafe(tree), "made/a") == b"octets", "syncfs did not make it safe")


def torn(folder):
    """a write that was not synced may be there in part, and a truncation may not have happened"""
    tree, root = model_of(folder)
    inode = tree.find(f"{root}/kept")
    inode.apply((6, b"x" * 3000))
    lengths = {len(octets(power.some(tree, random.Random(seed)), "kept")) for seed in range(60)}
    check({6, 3006} < lengths and any(6 < length < 3006 for length in lengths), f"only these lengths: {sorted(lengths)}")
    inode.sync()
    inode.apply((None, 0))
    kept = {octets(power.some(tree, random.Random(seed)), "kept")[:6] for seed in range(40)}
    check(kept == {b"before", b""}, "a truncation is always there, or never")


NEEDED = {  # of which folder or file a sync must not be left out, by operation
    "commit": {"the new entry": r"/queue/tmp/[^/]+", "the queue's new/": r"/queue/new", "a maildir's new/": r"/Maildir/new"},
    "local": {"a maildir's tmp/": r"/Maildir/tmp", "the file in tmp/": r"/Maildir/tmp/[^/]+", "the record": r"/queue/new/[^/]+"},
    "flush-accepted": {"the journal": r"/\.offhook/journal", "the spool's new/": r"/spool/provider/new"},
}


def teeth(folder):
    """a sync left out of what was recorded loses mail, or doubles it"""
    tracing.need_strace()
    for name, needed in NEEDED.items():
        below = os.path.join(folder, name)
        os.mkdir(below)
        runs = campaign.Campaign(below, name, "power")
        recorded, _, uncut = power_test.record(runs)
        for what, pattern in needed.items():
            calls = [call for call in recorded if call.name != "fsync" or not re.search(pattern + "$", call.path(0) or "")]
            check(len(calls) < len(recorded), f"{name}: no sync of {what} was recorded")
            runs.operation.reset()
            found = power_test.folders(runs, calls, power.Tree(runs.operation.root), uncut)
            check(any(wrong_after(runs.operation, one) for one in found), f"{name}: nobody missed the sync of {what}")


def wrong_after(operation, one):
    _, left, said = one
    power.build(left, operation.root)
    operation.begin_after_cut(said)
    try:
        operation.restart()
    except kit.Failed:
        return True
    return bool(operation.faults())


if __name__ == "__main__":
    main(unsynced, renamed, replaced, below, torn, teeth)
