#!/usr/bin/env python3
"""Each operation meets a full disk (ENOSPC) and a broken one (EIO) at each of its calls: nothing acknowledged is lost.

A call fails once, or from its point on at every time. Then the disk is well again and a plain run delivers everything.
OPERATION...: only those. OFFHOOK_CHECK=full: every point, else a sample; OFFHOOK_SEED: which one.
"""
import campaign
import tracing

SHORT = 60
KINDS = (("ENOSPC", False), ("EIO", False), ("ENOSPC", True), ("EIO", True))


def fault(folder, name):
    runs = campaign.Campaign(folder, name, "fault")
    operation = runs.operation
    calls = [point for point in tracing.points(runs.record()) if tracing.touches(point.call, operation.root)]
    # write(2) also wakes our own threads and speaks to sockets, which a disk never hinders: it fails one time.
    everything = [(point, *kind) for point in calls for kind in KINDS if not (kind[1] and point.name == "write")]

    def fail_at(point, error, onwards):
        def act():
            runs.status = operation.act(tracing.faulter(runs.log, point.name, point.number, error, onwards))
            runs.missed += not tracing.was_reached(runs.log)

        def judge():
            wrong = [operation.bad_status(runs.status)]
            operation.restart()
            # What cannot be unlinked any more may be delivered although it was refused.
            return [text for text in wrong if text] + operation.faults(not (onwards and "unlink" in point.name))

        runs.point(f"{error}{' from now on' if onwards else ''} at {point}", act, judge)

    for point in campaign.sample(everything, SHORT):
        fail_at(*point)
    runs.finish(len(everything), operation.remarks())


if __name__ == "__main__":
    campaign.run(fault)
