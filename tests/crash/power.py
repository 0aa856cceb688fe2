"""A model of what a power cut leaves of a folder: names and octets that were not synced may be gone, or be there in part.

The model is fed with the recorded calls of programs and turns the folder at their start into the folders that may be found
after a cut, each a pure function of the calls so far. What it takes for granted of a file system, and no more:

- the octets and the length of a file are safe after fsync or fdatasync of that file, or syncfs;
- a name (made, removed, renamed, linked) is safe after fsync of a directory that it stands in, or syncfs;
- rename is atomic, and of the changes to one name none is kept without those before it.
"""
import os
import shutil
import stat

from kit import Failed, check
from tracing import CHANGES, touches

SECTOR = 512  # a torn write ends at one, or anywhere


class Inode:
    def __init__(self, mode, is_folder):
        self.mode, self.is_folder = mode, is_folder
        self.names, self.safe_names = {}, {}        # of a folder: name -> Inode
        self.octets, self.safe_octets = b"", b""    # of a file
        self.pending = []                           # of a file: (offset, octets), or (None, length) for a truncation

    def apply(self, change):
        self.octets = applied(self.octets, change)
        self.pending.append(change)

    def sync(self):
        self.safe_octets, self.pending = self.octets, []


def applied(octets, change):
    offset, data = change
    if offset is None:
        return octets[:data].ljust(data, b"\0")
    return octets[:offset].ljust(offset, b"\0") + data + octets[offset + len(data):]


class Change:
    """A change of names: every (folder, name, inode or None) of it, together or not at all."""

    def __init__(self, *steps):
        self.steps = steps

    def keys(self):
        return {(id(folder), name) for folder, name, _ in self.steps}

    def touches(self, folder):
        return any(one is folder for one, _, _ in self.steps)

    def apply_to(self, names_of):
        for folder, name, inode in self.steps:
            if inode is None:
                names_of(folder).pop(name, None)
            else:
                names_of(folder)[name] = inode


class Tree:
    """The folder `root`, as programs see it and as the disk has it."""

    def __init__(self, root):
        self.root_path = os.path.normpath(root)
        self.changes = []  # of names, not safe yet, in order
        self.inodes = []
        self.root = self._scan(self.root_path)

    def _new(self, mode, is_folder):
        self.inodes.append(Inode(mode, is_folder))
        return self.inodes[-1]

    def _scan(self, path):
        """The start: all that is there is safe."""
        mode = os.lstat(path).st_mode
        inode = self._new(stat.S_IMODE(mode), stat.S_ISDIR(mode))
        if inode.is_folder:
            for name in os.listdir(path):
                below = os.path.join(path, name)
                if stat.S_ISDIR(os.lstat(below).st_mode) or stat.S_ISREG(os.lstat(below).st_mode):
                    inode.names[name] = inode.safe_names[name] = self._scan(below)
        else:
            with open(path, "rb") as file:
                inode.octets = inode.safe_octets = file.read()
        return inode

    def find(self, path):
        """What stands at this path now; None: nothing, or not below the root."""
        check(os.path.isabs(path), f"the model cannot tell where {path} is")
        path = os.path.normpath(path)
        if path != self.root_path and not path.startswith(self.root_path + os.sep):
            return None
        inode = self.root
        for part in filter(None, path[len(self.root_path):].split(os.sep)):
            if inode is None or not inode.is_folder:
                return None
            inode = inode.names.get(part)
        return inode

    def _place(self, path):
        return self.find(os.path.dirname(path)), os.path.basename(path)

    def _change(self, *steps):
        change = Change(*steps)
        change.apply_to(lambda folder: folder.names)
        self.changes.append(change)

    # What the calls do

    def make(self, path, mode, is_folder):
        folder, name = self._place(path)
        if folder is not None and name not in folder.names:
            self._change((folder, name, self._new(mode, is_folder)))

    def remove(self, path):
        folder, name = self._place(path)
        if folder is not None:
            self._change((folder, name, None))

    def link(self, source, target):
        folder, name = self._place(target)
        self._change((folder, name, self.find(source)))

    def rename(self, source, target):
        inode, (old_folder, old_name), (folder, name) = self.find(source), self._place(source), self._place(target)
        self._change((old_folder, old_name, None), (folder, name, inode))

    def sync(self, inode):
        if not inode.is_folder:
            inode.sync()
            return
        # A change that is made safe brings with it what happened to its names before.
        safe, keys = [], set()
        for change in reversed(self.changes):
            if change.touches(inode) or change.keys() & keys:
                safe.append(change)
                keys |= change.keys()
        for change in reversed(safe):
            change.apply_to(lambda folder: folder.safe_names)
        self.changes = [change for change in self.changes if change not in safe]

    def sync_all(self):
        for change in self.changes:
            change.apply_to(lambda folder: folder.safe_names)
        self.changes = []
        for inode in self.inodes:
            inode.sync()

    # What a cut leaves

    def uncut(self):
        """The folder as programs see it."""
        def walk(inode, path):
            found = {path: None if inode.is_folder else inode.octets}
            for name, below in inode.names.items():
                found.update(walk(below, os.path.join(path, name)))
            return found

        return walk(self.root, "")

    def after_cut(self, keep_name, kept_octets):
        """{path below the root: (mode, octets, or None for a folder)}.

        keep_name(): whether the next unsafe change of names is kept; kept_octets(inode): a file's octets.
        """
        views, lost = {}, set()
        for change in self.changes:
            if change.keys() & lost or not keep_name():
                lost |= change.keys()
            else:
                change.apply_to(lambda folder: views.setdefault(id(folder), dict(folder.safe_names)))
        found, octets = {}, {}

        def walk(inode, path):
            if not inode.is_folder:
                if id(inode) not in octets:
                    octets[id(inode)] = kept_octets(inode)
                found[path] = (inode.mode, octets[id(inode)])
                return
            found[path] = (inode.mode, None)
            for name, below in sorted(views.get(id(inode), inode.safe_names).items()):
                walk(below, os.path.join(path, name))

        walk(self.root, "")
        return found


def nothing_unsafe(tree):
    """All that was not synced is gone."""
    return tree.after_cut(lambda: False, lambda inode: inode.safe_octets)


def names_only(tree):
    """Every name is kept, and no octet that was not synced: what a file system that writes names first leaves."""
    return tree.after_cut(lambda: True, lambda inode: inode.safe_octets)


def octets_only(tree):
    """Every octet is kept, and no name that was not synced."""
    return tree.after_cut(lambda: False, lambda inode: inode.octets)


def some(tree, random):
    """Any part of the rest is kept."""
    likely = random.choice((0.2, 0.5, 0.8))

    def part(inode):
        octets = inode.safe_octets
        for offset, data in inode.pending:
            fate = random.random()
            if fate < 0.4:
                octets = applied(octets, (offset, data))
            elif offset is not None and fate < 0.6:
                end = random.randrange(len(data) + 1)
                octets = applied(octets, (offset, data[:end - end % SECTOR if random.random() < 0.5 else end]))
            elif offset is not None and fate < 0.7:
                octets = applied(octets, (offset, bytes(len(data))))  # the length is there, the octets are not
        return octets

    return tree.after_cut(lambda: random.random() < likely, part)


def build(found, root):
    """Puts such a folder in the place of the one that is there."""
    shutil.rmtree(root, ignore_errors=True)
    for path, (mode, octets) in found.items():
        target = os.path.join(root, path) if path else root
        if octets is None:
            os.mkdir(target)
        else:
            with open(target, "wb") as file:
                file.write(octets)
        os.chmod(target, mode)


class Feed:
    """Gives a tree the calls that programs made."""

    def __init__(self, tree):
        self.tree = tree
        self.positions = {}  # (pid, descriptor) -> where write(2) goes on

    def take(self, call):
        """True if the call changed the tree, or what of it is safe."""
        if call.result < 0 or call.name == "exit":
            return False
        method = getattr(self, "_" + call.name, None)
        if method is None and call.name in CHANGES and touches(call, self.tree.root_path):
            raise Failed(f"the model does not know {call!r}")
        return bool(method and method(call))

    def _file(self, call):
        path = call.path(0)
        inode = self.tree.find(path) if path else None
        return inode

    @staticmethod
    def _key(call):
        return call.pid, call.arguments[0].partition("<")[0]

    def _openat(self, call):
        if not call.opened:
            return False
        path, flags = call.below(0), call.arguments[2]
        self.positions[call.pid, str(call.result)] = 0
        before = self.tree.find(path)
        if before is None and "O_CREAT" in flags:
            self.tree.make(path, int(call.arguments[3], 8), False)
            return self.tree.find(path) is not None
        if before is not None and "O_TRUNC" in flags and before.octets:
            before.apply((None, 0))
            return True
        return False

    def _write(self, call):
        inode = self._file(call)
        if inode is None:
            return False
        offset = self.positions[self._key(call)]  # a descriptor that we did not see opened would be a hole in the model
        inode.apply((offset, call.string(1)[:call.result]))
        self.positions[self._key(call)] = offset + call.result
        return True

    def _read(self, call):
        if self._key(call) in self.positions:
            self.positions[self._key(call)] += call.result
        return False

    def _lseek(self, call):
        self.positions[self._key(call)] = call.result
        return False

    def _pwrite64(self, call):
        inode = self._file(call)
        if inode is None:
            return False
        inode.apply((int(call.arguments[3]), call.string(1)[:call.result]))
        return True

    def _ftruncate(self, call):
        inode = self._file(call)
        if inode is None or len(inode.octets) == int(call.arguments[1]):
            return False
        inode.apply((None, int(call.arguments[1])))
        return True

    def _fsync(self, call):
        inode = self._file(call)
        if inode is None:
            return False
        self.tree.sync(inode)
        return True

    _fdatasync = _fsync

    def _syncfs(self, _):
        self.tree.sync_all()
        return True

    def _mkdir(self, call):
        return self._make_folder(os.fsdecode(call.string(0)), call.arguments[1])

    def _mkdirat(self, call):
        return self._make_folder(call.below(0), call.arguments[2])

    def _make_folder(self, path, mode):
        self.tree.make(path, int(mode, 8), True)
        return self.tree.find(path) is not None

    def _fchmod(self, call):
        return self._set_mode(self._file(call), call.arguments[1])

    def _chmod(self, call):
        return self._set_mode(self.tree.find(os.fsdecode(call.string(0))), call.arguments[1])

    @staticmethod
    def _set_mode(inode, mode):
        if inode is not None:
            inode.mode = int(mode, 8)
        return False

    def _unlink(self, call):
        return self._remove(os.fsdecode(call.string(0)))

    def _unlinkat(self, call):
        return self._remove(call.below(0))

    def _remove(self, path):
        if self.tree.find(path) is None:
            return False
        self.tree.remove(path)
        return True

    def _renameat(self, call):
        if self.tree.find(call.below(0)) is None:
            return False
        self.tree.rename(call.below(0), call.below(2))
        return True

    _renameat2 = _renameat

    def _rename(self, call):
        if self.tree.find(os.fsdecode(call.string(0))) is None:
            return False
        self.tree.rename(os.fsdecode(call.string(0)), os.fsdecode(call.string(1)))
        return True

    def _linkat(self, call):
        if self.tree.find(call.below(0)) is None:
            return False
        self.tree.link(call.below(0), call.below(2))
        return True
