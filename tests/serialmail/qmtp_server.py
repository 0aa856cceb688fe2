"""A QMTP server on loopback that answers as a test tells it to."""
import socket
import threading

from spool import Listening


class Ended(Exception):
    pass


def netstring(octets):
    return str(len(octets)).encode() + b":" + octets + b","


class QmtpServer(Listening):
    """`answer` makes the response to one recipient: a function of its number (from 0, over all sessions) and the recipient, or
    one value. A response is text that is put into a netstring, octets that go out as they are before the connection ends, or
    None: it ends at once. `hold`, an event, is waited for before the first response; `small` makes its receive buffer small and
    `slow` its reading: so many octets at a time, with a pause between. `cut_in` closes inside a package, after so many octets.

    What came is in `packages`, as (message, sender, recipients), complete ones only; `taken` are the messages whose
    recipient was answered K, whether or not that answer got through. `most_unanswered` is how far a client went ahead.
    """

    def __init__(self, answer="Kok", hold=None, small=False, slow=None, cut_in=None, answers_at_end=0, port=0):
        self.answer, self.hold, self.slow, self.cut_in, self.answers_at_end = answer, hold, slow, cut_in, answers_at_end
        self.packages, self.taken, self.sessions, self.octets, self.most_unanswered = [], [], 0, 0, 0
        self._answers = 0
        self._lock = threading.Lock()
        self._small = small
        super().__init__(port)

    def accepted(self, connection):
        with self._lock:
            self.sessions += 1
        if self._small:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        threading.Thread(target=self._session, args=(connection,), daemon=True).start()

    def _session(self, connection):
        with connection:
            try:
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                reader = Reader(connection, self)
                waiting = []  # recipients that a late server has not answered yet
                while True:
                    message, sender, envelope = reader.netstring(), reader.netstring(), reader.netstring()
                    recipients = split(envelope)
                    with self._lock:
                        self.packages.append((message, sender, recipients))
                    waiting += [(message, recipient) for recipient in recipients]
                    with self._lock:
                        self.most_unanswered = max(self.most_unanswered, len(waiting))
                    if len(waiting) < self.answers_at_end:
                        continue
                    if self.hold:
                        self.hold.wait(30)
                    for message, recipient in waiting:
                        self._respond(connection, message, recipient)
                    waiting = []
            except (OSError, Ended):
                pass  # the other end is gone, as a test may want it to be

    def _respond(self, connection, message, recipient):
        with self._lock:
            number, self._answers = self._answers, self._answers + 1
        answer = self.answer(number, recipient.decode(errors="replace")) if callable(self.answer) else self.answer
        if answer is None:
            raise Ended
        if isinstance(answer, str):
            if answer.startswith("K"):
                with self._lock:
                    self.taken.append(message[1:])
            connection.sendall(netstring(answer.encode()))
        else:
            connection.sendall(answer)
            raise Ended

    def count(self, octets):
        """Octets of a session on their way in; how many of them are to be looked at."""
        with self._lock:
            self.octets += len(octets)
            if self.cut_in is not None and self.octets >= self.cut_in:
                self.cut_in = None
                raise Ended


class Reader:
    def __init__(self, connection, server):
        self._connection, self._server, self._octets = connection, server, b""

    def _more(self):
        slow = self._server.slow
        octets = self._connection.recv(slow or 65536)
        if not octets:
            raise Ended
        if slow:
            threading.Event().wait(0.001)  # what is tested is a reader that is slower than the writer
        self._server.count(octets)
        self._octets += octets

    def netstring(self):
        while b":" not in self._octets:
            self._more()
        digits, _, self._octets = self._octets.partition(b":")
        length = int(digits)
        while len(self._octets) <= length:
            self._more()
        content, end, self._octets = self._octets[:length], self._octets[length:length + 1], self._octets[length + 1:]
        if end != b",":
            raise Ended
        return content


def split(octets):
    found = []
    while octets:
        digits, _, octets = octets.partition(b":")
        length = int(digits)
        found.append(octets[:length])
        octets = octets[length + 1:]
    return found
