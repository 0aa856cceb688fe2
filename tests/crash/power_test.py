#!/usr/bin/env python3
"""The power is cut after each call of each operation, and what was not synced is gone or torn: nothing acknowledged is lost.

No disk is harmed: a model (power.py) follows the recorded calls and builds the folders that a cut may leave.
OPERATION...: only those. OFFHOOK_CHECK=full: every folder, else a sample; OFFHOOK_SEED: which one, and what is torn.
"""
import os
import random

import campaign
import kit
import power
import tracing

SHORT = 60
TORN = 4 if kit.FULL else 2  # folders with any part of the rest kept, at each point
MORE = ("read", "recvfrom", "lseek", "chmod", "fchmod")
WHOLE = 10_000_000


def record(runs):
    """The calls of an undisturbed run, and the model of the folder that it began with."""
    operation, path = runs.operation, runs.log + ".recorded"
    operation.reset()
    tree = power.Tree(operation.root)
    names = tracing.CHANGES + MORE + operation.extra_calls
    operation.act(tracing.recorder(path, names, operation.follows, WHOLE))
    recorded = tracing.calls(path)
    os.unlink(path)
    return recorded, tree, power.Tree(operation.root).uncut()


def folders(runs, recorded, tree, uncut):
    """[(label, folder, what had been said)]: every folder that a cut may leave, each only once."""
    operation, feed, found, seen = runs.operation, power.Feed(tree), [], set()
    chance = random.Random(campaign.SEED)
    kinds = [("nothing unsafe", power.nothing_unsafe), ("names without octets", power.names_only),
             ("octets without names", power.octets_only)]
    kinds += [(f"torn {number}", lambda one: power.some(one, chance)) for number in range(TORN)]
    operation.begin_observing()
    before = operation.said()
    for index, call in enumerate(recorded):
        changed = feed.take(call)
        operation.observe(call)
        said = operation.said()
        if not changed and said == before:
            continue
        before = said
        for kind, make in kinds:
            folder = make(tree)
            key = hash((tuple(sorted(folder.items())), said))
            if key not in seen:
                seen.add(key)
                found.append((f"cut after call {index}, {call!r}, {kind}", folder, said))
    kit.check(tree.uncut() == uncut, "the model does not end where the programs ended: " + difference(tree.uncut(), uncut))
    return found


def difference(model, real):
    paths = [path for path in {**model, **real} if model.get(path, b"-") != real.get(path, b"-")]
    return ", ".join(sorted(paths)[:5])


def cut(folder, name):
    runs = campaign.Campaign(folder, name, "power")
    operation = runs.operation
    recorded, tree, uncut = record(runs)
    runs.check_undisturbed()
    everything = folders(runs, recorded, tree, uncut)

    def after_cut(label, left, said):
        def act():
            power.build(left, operation.root)
            operation.begin_after_cut(said)

        def judge():
            operation.restart()
            return operation.faults()

        runs.point(label, act, judge)

    for one in campaign.sample(everything, SHORT):
        after_cut(*one)
    runs.finish(len(everything))


if __name__ == "__main__":
    campaign.run(cut)
