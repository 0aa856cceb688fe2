"""The written dialogues that chat programs are compared by: one table, for whoever adds to it.

A dialogue whose `differs` is set is one where ours departs from chat 2.4.9 on purpose: it holds what ours has to show,
and docs/differences-chat.md has the reason.
"""
import signal
import termios

from dialogue import Dialogue
from peer import Case

LOG = ("-v", "-s")
QUICK = LOG + ("TIMEOUT", "1")


CASES = []


def same(name, *words, answers=(), secrets=(), **more):
    CASES.append(Case(Dialogue(name, tuple(words), tuple(answers), **more), None, secrets))


def differs(name, *words, seen, answers=(), **more):
    CASES.append(Case(Dialogue(name, tuple(words), tuple(answers), **more), seen))


# A call as scripts have it
same("a call", *LOG, "", "ATZ", "OK", "ATDT5551212", "CONNECT", "",
     answers=[(b"ATZ\r", b"OK\r\n"), (b"1212\r", b"CONNECT 9600\r\n")])
same("an abort string ends it", *LOG, "ABORT", "BUSY", "ABORT", "NO CARRIER", "", "ATD1", "CONNECT", r"\c",
     answers=[(b"ATD1\r", b"ATD1\r\r\nNO CARRIER\r\n")])
same("what follows the match is not read", *LOG, "ABORT", "BUSY", "", "ATD1", "CONNECT", r"\c",
     answers=[(b"ATD1\r", b"CONNECT\r\nBUSY\r\n")])
same("no log without -v but the last words", "-s", "ABORT", "BUSY", "", "A", "OK", "",
     answers=[(b"A\r", b"BUSY\r\n")])
same("nothing without -s", "ABORT", "BUSY", "", "A", "OK", "", answers=[(b"A\r", b"BUSY\r\n")])
same("a log-in", *QUICK, "ogin:--ogin:", "ppp", r"word:", r"\qsecret", answers=[(b"\r", b"login: "), (b"ppp\r",
     b"Password:")])
same("no words", *LOG)
same("an answer in pieces", *LOG, "OK", "x", answers=[(b"", b"O"), (b"", b"K")])

# Sub-expects
same("a sub-send without expect counts as matched", *QUICK, "OK-ATH", "NEXT")
same("a dash and nothing", *QUICK, "OK-", "x")
same("two dashes and nothing", *QUICK, "OK--", "x")
same("a dash after the sub-send", *QUICK, "OK-A-", "x")
same("only a dash", *QUICK, "-", "x")
same("a dash first", *LOG, "", "-x", "-y", r"\c")
same("three expects", *QUICK, "OK-A-B-C-D", "x", answers=[(b"C\r", b"D")])
same("four parts", *QUICK, "OK-A-B-C", "x")
same("EOT as sub-send", *QUICK, "OK-EOT-B", "x", answers=[(b"\x04", b"B")])
same("BREAK as sub-send", *QUICK, "OK-BREAK-B", "x")
same("escaped dashes", *QUICK, r"O\-K\--A\-B\c-B", "x", answers=[(b"A-B", b"B")])
same("a file as sub-send", *QUICK, "OK-@f-OK", "A", files=(("f", b"hello"),), answers=[(b"hello\r", b"OK")],
     secrets=(b"hello^M",))
same("an abort string while a sub-expect waits", *QUICK, "ABORT", "NO", "OK-A-OK", "x", answers=[(b"A\r", b"NO")])

# Keywords
same("keywords and what the log says of them", *LOG, "ABORT", r"a\sb", "CLR_ABORT", "x", "CLR_ABORT", "a b", "REPORT",
     "r",
     "CLR_REPORT", "r", "TIMEOUT", "0", "TIMEOUT", "-3", "TIMEOUT", "7x", "ECHO", "ON", "HANGUP", "OFF", "ABORT")
same("a cleared entry by its escapes", *LOG, "ABORT", "a b", "CLR_ABORT", r"a\sb", "OK", "x", answers=[(b"", b"a bOK")])
same("later entries move down", *LOG, "ABORT", "A", "ABORT", "B", "CLR_ABORT", "A", "", "s", "OK", "x",
     answers=[(b"s\r", b"AB")])
differs("of several equal entries one is cleared", *LOG, "ABORT", "A", "ABORT", "A", "ABORT", "B", "ABORT", "A",
        "CLR_ABORT",
        "A", "", "s", "OK", "x", answers=[(b"s\r", b"B")],
        seen={"status": 5, "stderr": b"abort on (A)\nabort on (A)\nabort on (B)\nabort on (A)\nclear abort on (A)\n"
                                     b"send (s^M)\nexpect (OK)\nB\n -- failed\nFailed (B)\n"})
same("keywords in send position", *LOG, "", "ABORT", "", "TIMEOUT", "", "SAY", "", "REPORT")
same("a keyword as text", *LOG, r"\ABORT", "x", answers=[(b"", b"ABORT")])
same("a keyword in lower case", *LOG, "abort", "x", answers=[(b"", b"abort")])
same("a quoted keyword", "-s", "-f", "SCRIPT", script=b'"ABORT" BUSY \'\' ATD OK x', answers=[(b"\r", b"BUSY")])
same("an empty abort string", *LOG, "ABORT", "", "O", "x", answers=[(b"", b"abc\rOK")])
same("an empty abort string after the expect", *LOG, "ABORT", "", "a", "x", answers=[(b"", b"abc")])
same("an abort string of 49", *LOG, "ABORT", "a" * 49, "", "x")
same("an abort string of 50", *LOG, "ABORT", "a" * 50, "", "x")
same("51 abort strings", *LOG, *["ABORT", "x"] * 51, "", "A")
same("51 report strings", *LOG, *["REPORT", "x"] * 51, "", "A")
same("SAY", "SAY", r"hi\n\c", "SAY", r"yo\d\T", "SAY", "", "SAY", "@f", "SAY", r"a\\b\$\134\x^A")
same("SAY knows the values", "-T", "555", "SAY", r"dialling \T")
differs("SAY with a NUL", "SAY", r"n\Nm", seen={"stderr": b"n\\\0m\r"})

# Escapes of sends
same("escapes in a send", *LOG, "", r"a\b\n\r\t\sb^Ac\x\d\p^@\^e^?^a\-f\$\377" + "\\")
differs("NUL in a send", *LOG, "", r"a\Nb\0c\134d", seen={"stderr": b"send (a\\^@b\\^@c\\\\d^M)\n"})
same("no CR", *LOG, "", r"\c", "", "a^", "", r"\\c", "", r"\134c", "", r"^\c", "", r"\\\c", "", r"a\c ", "", r"AT\cZ")
same("a hidden send", *LOG, "", r"a\qb", "", r"x\c\q", "", r"abc\q\c")
same("EOT and BREAK", *LOG, "", "EOT", "", "BREAK", "", "eot", "", r"EOT\c")
same("values", "-T", "5551212", "-U", "#99", *LOG, "", r"ATD\T,\U")
same("values go through the second step only", "-T", "a\\", "-U", r"b\dc^A\s\c", *LOG, "", r"1\Td2", "", r"\U")
same("no values", *LOG, "", r"1\T\U")
same("an empty value and one with a dash", "-T", "", "-U", "-5", *LOG, "", r"a\Tb\U")
same("bit 8 is sent", *LOG, "", r"a\211\377\t\200", "O", "x", answers=[(b"\x80\r", b"O")])

# Escapes of expects
same("values in an expect", "-T", "1", *LOG, r"a\Tb", "x", answers=[(b"", b"a\\Tb")])
same("escapes in an expect", *LOG, r"a\cb\Nc\0d\qe\^f^Ag\$h" + "\\", "x", answers=[(b"", b"acbNcde^f\x01g$h")])
same("an expect that vanishes", *LOG, r"\q", "x")
same("a NUL in the input", *LOG, r"O\0K", "x", answers=[(b"", b"O\0KOK")])
same("an expect with bit 8 never matches", *QUICK, r"\311", "x", answers=[(b"", b"\xc9")])
same("an input with bit 8 does", *LOG, "OK", "x", answers=[(b"", b"\xcf\xcb")])
same("an expect of 1024", "-s", "a" * 1024, "x", answers=[(b"", b"a" * 1024)])
same("an expect of 1025", "-s", "a" * 1025, "x")

# The environment
same("the environment", "-E", *LOG, "A$X-b", r"$X\$X$UNSET.$X_Y", environment=(("X", "hi"), ("UNSETX", "2")),
     answers=[(b"", b"Ahi")])
same("an environment value in a send", "-E", *LOG, "", "$X", "", r"\c$X", "", "^$X",
     environment=(("X", r"h\dx^Ai\s\c"),))
same("a dash in a value", "-E", *QUICK, "$D", "x", environment=(("D", "a-b"),), answers=[(b"", b"a-b")])
same("a keyword in a value is none", "-E", *LOG, "$K", "BUSY", "OK", "x", environment=(("K", "ABORT"),),
     answers=[(b"", b"ABORTOK")])
same("a lone dollar", "-E", *LOG, "$", "$", "$$X", "$-", environment=(("X", "high"),), answers=[(b"\r", b"$$high")])
same("keywords' values", "-E", *LOG, "TIMEOUT", "$DDD", "ABORT", "$XYZ", "OK", "x", environment=(("DDD", "4"), ("XYZ",
     "hi")),
     answers=[(b"", b"$XYZhiOK")])
differs("a keyword's value that grows", "-E", *LOG, "ABORT", "$X", "OK", "x", environment=(("X", "high"),),
        answers=[(b"", b"OK")],
        seen={"status": 0, "sent": b"x\r", "unread": b"",
              "stderr": b"abort on ($X)\nexpect (OK)\nOK\n -- got it\n\nsend (x^M)\n"})
same("no -E", *LOG, "$X", "$X", environment=(("X", "hi"),), answers=[(b"", b"$X")])
for _name, _send in (("a file's name is not replaced", "@$F"), ("a file's text is", "@f"), ("@ in a value is text",
"$G"),
                     ("EOT in a value is text", "$H")):
    same(_name, "-E", *LOG, "", _send, files=(("f", b"a$F\n"),), secrets=(b"ax^M",), environment=(("F", "x"), ("G",
    "@f"), ("H", "EOT")))

# Files
same("files", *LOG, "", "@f", "", "@ \tf2", "", "@", "", r"\@f", "", "@f3", "", "@f4", "", "@ ",
     files=(("f", b"hello\\d\\c\n"), ("f2", b"a\nb\n\n"), ("f3", b"EOT\n"), ("f4", b"")),
     secrets=(b"hello\\d", b"a^Jb^J^M", b"^D", b"^M"))
same("a file that hides itself", *LOG, "", "@f", files=(("f", b"ab\\q\n"),))
same("a file with CR LF", *LOG, "", "@f", files=(("f", b"ab\r\n"),), secrets=(b"ab^M^M",))
same("a file names no file", *LOG, "", "@f", files=(("f", b"@g"), ("g", b"no")), secrets=(b"@g^M",))
same("a FIFO", *LOG, "", "@f", "", "A", fifos=(("f", b"secret\n"),), secrets=(b"secret^M",))
same("no file", *LOG, "", "@nof", "", "A")
same("a long file", "-s", "", "@f", "", "A", files=(("f", b"a" * 300 + b"b" * 724 + b"ccc"),))
differs("a folder as file", *LOG, "", "@.", "", "A",
        seen={"status": 1, "sent": b"", "stderr": b". -- read failed: Is a directory\n"})
differs("a NUL in a file", *LOG, "", "@f", files=(("f", b"a\0b\n"),),
        seen={"sent": b"a\0b\r", "stderr": b"send (??????)\n"})

# Matching
same("the expect string wins", *LOG, "ABORT", "NO CARRIER", "CARRIER", "x", answers=[(b"", b"NO CARRIER")])
same("a prefix strikes first", *LOG, "ABORT", "NO", "", "ATD1", "NO CARRIER", "x", answers=[(b"ATD1\r", b"NO CARRIER")])
same("of two abort strings the first declared", *LOG, "ABORT", "CARRIER", "ABORT", "NO CARRIER", "OK", "x",
     answers=[(b"", b"NO CARRIER")])
same("of two equal ones the first", *LOG, "ABORT", "x", "ABORT", "NO CARRIER", "ABORT", "NO CARRIER", "OK", "x",
     answers=[(b"", b"NO CARRIER")])
same("overlaps", *LOG, "aab", "x", answers=[(b"", b"aaab")])
same("overlaps with an abort string", *LOG, "ABORT", "abac", "ababaca", "x", answers=[(b"", b"abababaca")])
same("a half-eaten string is not seen", *QUICK, "AB", "x", "BC", "y", answers=[(b"", b"ABC")])
same("an abort string looks ahead only", *LOG, "OK", "x", "ABORT", "BUSY", "CONNECT", "y",
     answers=[(b"", b"BUSYOKBUSYCONNECT")])
same("a line that makes LF of CR", *QUICK, r"A\r", "x", answers=[(b"", b"A\rB\n")], input_flags=0o400)

# Time
same("a send that takes too long", *QUICK, "", r"AB\d\d\dCD")
same("a send that takes too long without -v", "-s", "-t", "1", "", r"AB\d\d\dCD")
differs("a pause at the end of a send", *QUICK, "", r"\d\d\c",
        seen={"stderr": b"timeout set to 1 seconds\nsend (\\d\\d)\n"})
same("too long with -s", "-s", "TIMEOUT", "1", "OK", "x")
same("a time-out with text", *QUICK, "OK", "x", answers=[(b"", b"line one\r\nsome text")])
same("no limit", *LOG, "-tx", "OK", "", answers=[(b"", b"OK")])

# The command line
same("grouped flags", "-Svst1", "OK", "")
same("a value attached", "-svS", "-t1x", "--", "OK", "")
same("a negative limit", "-t", "-5", *LOG, "OK", "x", answers=[(b"", b"OK")])
same("a dash as first word", "-", "x", answers=[(b"", b"-")])
same("words after --", *LOG, "--", "-x-y", r"\c")

# Scripts in files
same("words of a file", *LOG, "-f", "SCRIPT", answers=[(b"A#b\r", b"#x"), (b"y\r", b"AB"), (b"CD\r", b'e"f'),
     (b"h\"\r", b"OK"),
                                                               (b"l\\\r", b'm""n')],
     script=b'# c\n"" A#b\n #x y\n"AB"CD "e\\"f" \'g\\\'h"\' OK l\\\n m""n')
same("a file with CR LF ends", *LOG, "-t", "1", "-f", "SCRIPT", script=b'"" A\r\n\r\nOK B\r\n')
same("a comment at the border of a long line", "-f", "SCRIPT", script=b'""' + b" " * 1021 + b"#abc def\nx")
same("quotes in quotes", *LOG, "-f", "SCRIPT", script=b'"" \'a"b\' \'\' "c\'d\\\\" "" e\\"f\n')
same("other blanks are none", *LOG, "-f", "SCRIPT", script=b'"" x\t"" y\f \v z', answers=[(b"y\f\r", b"\v")])
same("an empty file", "-f", "SCRIPT", script=b"")
same("no script file", "-s", "-f", "nofile")
differs("an unclosed quote", "-sf", "SCRIPT", script=b'"" A\n"" B "abc\nde" X',
        seen={"sent": b"", "stderr": b"SCRIPT:2: unterminated quote\n"})
differs("a folder as script", "-s", "-f", ".", seen={"status": 1, "stderr": b". -- open failed: Is a directory\n"})

# Echo, -V, log
same("ECHO", "ECHO", "ON", "", "A", "OK", "B", answers=[(b"A\r", b"\r\nx\ty\x01\x7f\xc1OK")])
same("-e and a line that is open at the end", "-e", "", "A", "OK", "B", answers=[(b"A\r", b"\r\nx\r\nOK\n")])
same("-e and a line that is not", "-e", "", "A", r"OK\n", "B", answers=[(b"A\r", b"\r\nx\r\nOK\n")])
same("ECHO OFF in a line", "-e", "", "A", "OK", "B", "ECHO", "OFF", "SAY", "xx", answers=[(b"A\r", b"hi OK\r\n")])
same("ECHO on is off", "-e", "ECHO", "on", "OK", "x", answers=[(b"", b"hiOK")])
same("echo and log", "-e", *LOG, "ABORT", "B", "", "A", "OK", "B", answers=[(b"A\r", b"hi\r\nxB\r\n")])
same("-V", "-V", "", "A", "OK", "B", answers=[(b"A\r", b"\r\nx\ty\x01\x7f\xc1OK")])
same("-V and log", "-V", *LOG, "", "A", "OK", "B", answers=[(b"A\r", b"\r\nx\ty\x01\x7f\xc1OK")])
same("received text in the log", *LOG, "", "A\x7f\t\x01", "OK", "x",
     answers=[(b"\r", b"\r\nab\tc\x01\x7f\0" + b"x" * 100 + b"\nzOK")])
same("lines of 80", *LOG, "OK", "x", answers=[(b"", b"x" * 80 + b"\nyy" + b"z" * 79 + b"\nOK")])
same("a match that ends a line", *LOG, r"OK\n", "x", answers=[(b"", b"abc\nOK\n")])
differs("a long send in the log", *LOG, "", "A" * 1100, seen={"stderr": b"send (" + b"A" * 1100 + b"^M)\n"})

# Reports
same("a report", *LOG, "REPORT", "CONNECT", "", "A", "CONNECT", r"\c", "OK", r"\c", answers=[(b"A\r",
     b"CONNECT 9600\r\nOK")])
same("a report at the end", *LOG, "REPORT", "CONNECT", "", "A", "CONNECT", r"\c", answers=[(b"A\r",
     b"CONNECT 9600\r\nOK")])
same("a report that silence ends", *LOG, "REPORT", "CONNECT", "", "A", "CONNECT", r"\c", answers=[(b"A\r",
     b"CONNECT 9600")])
same("a report and an abort", *LOG, "REPORT", "NO", "ABORT", "CARR", "", "A", "CONNECT", r"\c",
     answers=[(b"A\r", b"NO CARRIER\r\n")])
same("a report and a time-out", *QUICK, "REPORT", "NO", "", "A", "CONNECT", r"\c", answers=[(b"A\r", b"NO CARRIER")])
same("each report fires once", *LOG, "REPORT", "A", "REPORT", "A", "OK", "x", answers=[(b"", b"A1\rA2\rA3\rOK")])
same("one report at a time", *LOG, "REPORT", "A", "REPORT", "B", "OK", "x", answers=[(b"", b"A1B2\rB3\rOK")])
same("an empty report string", *LOG, "REPORT", "", "OK", "x", answers=[(b"", b"abc\rOK")])
same("a report over two expects", *LOG, "REPORT", "A", "X", "x", "OK", "y", answers=[(b"", b"A1X2\xc1\x7f3OK")])
same("report and echo", "-e", "REPORT", "B", "", "A", "OK", "B", answers=[(b"A\r", b"hiBOKabc\r\n")])
same("a report file", *LOG, "-r", "a.report", "REPORT", "OK", "", "A", "OK", "B", answers=[(b"A\r", b"OK x\r\n")])
same("a report file before -v", "-r", "a.report", *LOG, "REPORT", "OK", "", "A", "OK", "B", answers=[(b"A\r",
     b"OK x\r\n")])
same("a report file that is not to be had", "-v", "-r", "/nonexistent/x", "REPORT", "OK", "", "A", "OK", "B",
     answers=[(b"A\r", b"OK x\r\n")])
same("two report files", "-v", "-r", "a.report", "-r", "b.report", "REPORT", "OK", "", "A", "OK", "B",
     answers=[(b"A\r", b"OK x\r\n")])

# Its end
same("SIGTERM", "-s", "", "A", "OK", "", signal_after=b"A\r")
same("SIGTERM in a pause", *LOG, "", r"A\d\dB", "OK", "", signal_after=b"A")
same("a line that is gone", *LOG, "", "A", "OK", "", answers=[(b"A\r", None)])
same("a line that is gone for a write", *LOG, "", "A", "", r"\d\dB", "OK", r"\c", answers=[(b"A\r", None)])
same("a line that is gone is the controlling terminal", *LOG, "", "A", "OK", "", answers=[(b"A\r", None)],
     controlling=True)
same("the line went while nobody read", *LOG, "", "A", "", r"\d\c", "OK", "", answers=[(b"A\r", None)])
same("the line went while nobody read, without -v", "-s", "", "A", "", r"\d\c", "OK", "", answers=[(b"A\r", None)])
differs("the line went and a sub-send stands there", *LOG, "", "A", "", r"\d\c", "OK-A-OK", "", answers=[(b"A\r", None)],
        seen={"stderr": b"send (A^M)\nsend (\\d)\nexpect (OK)\nwarning: read() on stdin returned 0\nFailed\n"
                        b"Can't restore terminal parameters: Input/output error\n"})
same("HANGUP OFF and the controlling terminal is gone", *LOG, "HANGUP", "OFF", "", "A", "OK", "",
     answers=[(b"A\r", None)], controlling=True)
same("a send that takes too long while a report is collected", *LOG, "REPORT", "B", "TIMEOUT", "1", "aB", r"\d\dA", "OK", "",
     answers=[(b"", b"aB B")])
same("a hang-up without a controlling terminal while a report is collected", *LOG, "REPORT", "A", "", "x", "OK", "",
     answers=[(b"x\r", b"A1"), (b"", None)])
same("SIGHUP", *LOG, "", "A", "OK", "", signal_after=b"A\r", signal=signal.SIGHUP)
same("SIGINT with an echoed line that is open", "-v", "-e", "", "A", "hi", "B", "OK", "", answers=[(b"A\r", b"hi")],
     signal_after=b"B\r", signal=signal.SIGINT)
same("SIGHUP is ignored after HANGUP OFF", *LOG, "HANGUP", "OFF", "TIMEOUT", "2", "", "A", "OK", "", signal_after=b"A\r",
     signal=signal.SIGHUP)
same("SIGHUP ends it again after HANGUP ON", *LOG, "HANGUP", "OFF", "HANGUP", "ON", "", "A", "OK", "",
     signal_after=b"A\r", signal=signal.SIGHUP)

# Hidden sends that the far end repeats
differs("a hidden send that comes back", "-e", "-r", "a.report", *LOG, "REPORT", "ere", "word:", r"\qhush", "OK", "x",
        answers=[(b"", b"word:"), (b"hush\r", b"hus hush\r\nhere hush!\r\nOKh")],
        seen={"stderr": b"report (ere)\nexpect (word:)\nword:word:\n -- got it\n\nsend (??????)\nexpect (OK)\n"
                        b"hus ??????\nhus ??????^M\nhere ??????!\nhere ??????!^M\nOKOK\n -- got it\n\nsend (x^M)\n\n",
              "files": (("a.report", b'chat:  ere ??????!\nClosing "a.report".\n'),)})
same("a hidden send that begins as the next expect ends", "-e", *LOG, "word:", r"\qKxyz", "OK", "x", "OK", "y",
     answers=[(b"", b"word:"), (b"xyz\r", b"OKxyOK")])

# What goes to syslog, and what does not
same("syslog gets the steps with -v alone", "-v", "ABORT", "BUSY", "", "A", "OK", "", answers=[(b"A\r", b"x\r\nBUSY\r\n")])
same("-S keeps them from it", "-v", "-S", "ABORT", "BUSY", "", "A", "OK", "", answers=[(b"A\r", b"BUSY\r\n")])
same("faults go there without -v", "ABORT", "a" * 50, "", "A")
same("a missing file goes there without -v", "", "@nof", "", "A")
same("a missing script goes there without -v", "-f", "nofile")
same("what is received is logged by lines", "-v", "OK", "x", answers=[(b"", b"\r\n\r\n1\r\n2\tOK")])
same("a signal goes there without -v", "", "A", "OK", "", signal_after=b"A\r")

# The terminal's modes before the start
for _name, _flags in (("INLCR", termios.INLCR), ("IGNCR", termios.IGNCR), ("IXON", termios.IXON),
                      ("BRKINT and PARMRK", termios.BRKINT | termios.PARMRK), ("INPCK", termios.INPCK)):
    same(f"{_name} stays as it was", *QUICK, "", "A", r"O\r", "x", answers=[(b"A\r", b"O\r\nO\n\x11\xffb")], input_flags=_flags)
same("a report's day", "-r", "a.report", "REPORT", "A", "A", r"\c\n", answers=[(b"", b"A1\r")], frozen="2026-12-01 09:08:07")
same("a report's day of two digits", "REPORT", "A", "A", r"\c\n", answers=[(b"", b"A1\r")], frozen="2026-02-28 23:59:59")
