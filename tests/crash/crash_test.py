#!/usr/bin/env python3
"""Each operation is killed at each of its system calls that change something, and started again: nothing acknowledged is lost.

OPERATION...: only those. OFFHOOK_CHECK=full: every point, else a sample; OFFHOOK_SEED: which one.
"""
import campaign
import tracing

SHORT = 60


def crash(folder, name):
    runs = campaign.Campaign(folder, name, "crash")
    operation = runs.operation
    everything = tracing.points(runs.record())

    def kill_at(point):
        def act():
            operation.act(tracing.killer(runs.log, point.name, point.number))
            operation.last_killed = tracing.was_reached(runs.log)
            runs.missed += not operation.last_killed

        def judge():
            operation.restart()
            return operation.faults()

        runs.point(f"kill before {point}", act, judge)

    for point in campaign.sample(everything, SHORT):
        kill_at(point)
    runs.finish(len(everything), operation.remarks())


if __name__ == "__main__":
    campaign.run(crash)
