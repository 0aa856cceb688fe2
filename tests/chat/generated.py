"""Dialogues made by chance from a seed: scripts of everything that chat(8) knows, and a far end that mostly plays along.

Left out is what docs/differences-chat.md lists, and what hangs on the moment: an answer and a limit at the same time.
"""
import random
import re
import signal

from dialogue import Dialogue
from peer import Case

LETTERS = "ABab"  # few, so that strings overlap
EVERYWHERE = "\\^-$\"' ,.@#crnsbtTUKpx17"  # of words that nobody thought about
FOLDER = re.compile(r"((?:^|-)@[ \t]*)\.{1,2}(?=$|-)")
WITHOUT_LOG = "N0"  # may be NUL in a send, which the logs show differently
PIECES = [b"\r\n", b"\r", b"\n", b"\t", b" ", b"\0", b"\x01", b"\x1b", b"\x7f", b"\xc1", b"\xff", b"A", b"B", b"a", b"b",
          b"AB", b"x" * 81, b"OK\r\n", b"BUSY"]
VALUES = ("5551212", "1\\p2", "a\\\\b", "^A", "-1", "x\\cy", "A$B", "")
ENVIRONMENT = (("A", "b"), ("AB", "A-B"), ("B1", "\\s^A"), ("EMPTY", ""))


def make(seed, number):
    return _Maker(random.Random(f"{seed}/{number}"), f"generated {seed}/{number}").case()


class _Maker:
    def __init__(self, dice, name):
        self.dice, self.name = dice, name
        self.words, self.answers, self.strings = [], [], []
        self.more = {}
        self.options = self._options()

    def chance(self, share):
        return self.dice.random() < share

    def case(self):
        self.words += ["TIMEOUT", self.dice.choice(["1", "1", "1x", " 1"])]
        for _ in range(self.dice.choice([0, 1, 1, 2, 3])):
            self._keyword(clears_reports=True)
        first = self._expect()
        self.answers.append((b"", self._answer(first)))
        for _ in range(self.dice.choice([1, 1, 2, 2, 3, 4])):
            self.words.append(self._send())
            if self.chance(0.15):
                self._keyword(clears_reports=False)
            self.answers.append((b"\r", self._answer(self._expect())))
        self._end()
        words, script = self.options + self.words, None
        if self.chance(0.4):
            words, script = self.options + ["-f", "SCRIPT"], self._script()
        elif self.words[0].startswith("-"):
            words = self.options + ["--"] + self.words
        dialogue = Dialogue(self.name, tuple(words), tuple(self.answers), script, files=(("f", b"Z\\qA\\x^A\n"),
                            ("g", b"\\qZ b\r\n\n"), ("h", b"Z\\qT")), environment=ENVIRONMENT, **self.more)
        # Whether the modes are back already when an answer is due is a matter of moments.
        return Case(dialogue, ignored=("modes",))

    def _options(self):
        options = []
        self.logs, self.expands = self.chance(0.8), self.chance(0.2)
        if self.logs:
            options.append(self.dice.choice(["-v", "-sv", "-vs"]))
        elif self.chance(0.5):
            options.append("-s")
        for flag, share in (("-e", 0.2), ("-V", 0.15), ("-S", 0.1)):
            if self.chance(share):
                options.append(flag)
        if self.expands:
            options.append("-E")
        for flag in ("-T", "-U"):
            if self.chance(0.3):
                options += [flag, self.dice.choice(VALUES)] if self.chance(0.6) else [flag + "12" + self.dice.choice(VALUES)]
        if self.chance(0.2):
            options += ["-r", "a.report"]
        return options

    # Words

    def _text(self, most):
        return "".join(self.dice.choice(LETTERS) for _ in range(self.dice.randint(1, most)))

    def _written(self, text):
        """The text with some of its characters as escapes."""
        return "".join(self._escaped(c) if self.chance(0.15) else "\\-" if c == "-" else c for c in text)

    def _escaped(self, c):
        forms = [f"\\{ord(c):03o}"]
        if c == "B":
            forms += ["\\B"]
        if c == "\r":
            forms += ["\\r", "^M", "^m"]
        return self.dice.choice(forms)

    def _odd(self, more=""):
        odd = "".join(self.dice.choice(EVERYWHERE + LETTERS + more) for _ in range(self.dice.randint(1, 6)))
        return FOLDER.sub(r"\1g", odd)  # a file that is a folder is a listed difference

    def _keyword(self, clears_reports):
        kinds = ["ABORT", "ABORT", "REPORT", "CLR_ABORT", "ECHO", "SAY", "TIMEOUT", "HANGUP"]
        kind = self.dice.choice(kinds + (["CLR_REPORT"] if clears_reports else []))
        value = {"ECHO": ["ON", "ON", "OFF", "on", ""], "HANGUP": ["ON", "ON", "x"],
                 "TIMEOUT": ["1", "2", "1 2"], "SAY": ["hi", "hi\\n\\c", "a\\d^A\\T", "@f", "\\q\\p"]}.get(kind)
        if value is None:
            value = [self._string(kind)]
        self.words += [kind, self.dice.choice(value)]

    def _string(self, kind):
        if kind.startswith("CLR_") and self.strings and self.chance(0.7):
            return self._written(self.dice.choice(self.strings))
        if self.chance(0.05):
            return ""
        text = self._text(3)
        if text in self.strings:  # of several equal strings CLR_ABORT takes other ones
            text += "\r"
        self.strings.append(text)
        return self._written(text)

    def _expect(self):
        """Adds an expect word; what it waits for, as far as that is known."""
        kind = self.dice.random()
        if kind < 0.1:
            self.words.append("")
            return b""
        if kind < 0.15:
            self.words.append(self._odd("q"))
            return b""
        text = self._text(4) + self.dice.choice(["", "", "", "\r", "\r\n", "-B", " A"])
        word, wanted = self._written(text), text
        while self.chance(0.2):
            text = self._text(3)
            wanted = self.dice.choice([wanted, text])
            word += "-" + self.dice.choice(["", "A", "a\\c\r", "EOT", "@f", "BREAK", "\\qZQ"]) + "-" + self._written(text)
        if self.chance(0.1):
            word += self.dice.choice(["-", "--", "-A"])
        self.words.append(word)
        return wanted.encode()

    def _send(self):
        kind = self.dice.random()
        if kind < 0.15:
            return self.dice.choice(["", "EOT", "BREAK", "\\c", "eot", "@f", "@ g", "@h", "@", "@missing", "\\K\\pA", "\\d\\dA"])
        if kind < 0.45:
            return self._odd("" if self.logs else WITHOUT_LOG)
        if kind < 0.5:
            return "\\qZ" + self._written(self._text(4))
        return self._written(self._text(8)) + self.dice.choice(["", "", "", "\\c", "\\T", "\\U", "$A", "$AB.", "\\$B1"])

    def _answer(self, wanted):
        pieces = [self.dice.choice(PIECES) for _ in range(self.dice.choice([0, 1, 2, 3, 5]))]
        if self.strings and self.chance(0.15):
            pieces.append(self.dice.choice(self.strings).encode())
        if wanted and self.chance(0.93):
            pieces.insert(self.dice.randint(0, len(pieces)), wanted)
        if self.chance(0.1):
            pieces = [bytes(octet | 0x80 for octet in piece) for piece in pieces]
        return b"".join(pieces)

    def _end(self):
        """What ends some of them from outside, while they wait for what does not come."""
        kind = self.dice.random()
        if kind < 0.06 and "REPORT" not in self.words:
            self.words += ["\\qZZZ", "TIMEOUT", "9", "NEVER", ""]
            self.more = {"signal_after": b"ZZZ\r", "signal": self.dice.choice([signal.SIGTERM, signal.SIGINT, signal.SIGHUP])}
        elif kind < 0.12 and "REPORT" not in self.words:
            self.answers.append((b"ZZZ\r", None))
            self.words += ["ZZZ", "TIMEOUT", "9", "NEVER", ""]
        elif self.chance(0.7):
            self.words.append(self._send())

    # Files

    def _script(self):
        out = ""
        for word in self.words:
            if self.chance(0.1):
                out += self.dice.choice(["\n# \"a comment\n", "\n#\n", "\n\n"])
            out += self._quoted(word) + self.dice.choice([" ", " ", "\t", "\n", " \t\n "])
        return out.encode()

    def _quoted(self, word):
        """The word as it can stand in a file; one that cannot is another word there."""
        word = word.replace("\n", "\\n")
        forms = [word] if word and word[0] not in "\"'#" and " " not in word and "\t" not in word else []
        protects = (len(word) - len(word.rstrip("\\"))) % 2 == 1  # the quote that would end it
        forms += [quote + word + quote for quote in "\"'" if quote not in word and not protects]
        return self.dice.choice(forms or ["x"])
