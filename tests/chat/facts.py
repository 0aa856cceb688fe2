"""What chat(8) does, fact by fact: each holds for ours, and for chat of ppp where that is at hand."""
import dataclasses
import signal
import termios

from dialogue import Dialogue

NULL = b"\0"
BIT_8 = 0x80
SHOWN = ("-v", "-s")
SHORT = ("-t", "1")


@dataclasses.dataclass(frozen=True)
class Fact:
    dialogue: Dialogue
    wanted: dict  # fields of Seen; a callable judges the field
    ours_alone: bool = False  # chat 2.4.9 does otherwise: docs/differences-chat.md


FACTS = []


def fact(name, *words, answers=(), ours_alone=False, wanted=None, **more):
    fields = {key: more.pop(key) for key in list(more) if key in
              ("sent", "stderr", "unread", "status", "modes", "modes_restored", "syslog", "seconds")}
    if "reports" in more:
        fields["files"] = (("a.report", more.pop("reports")),)
    FACTS.append(Fact(Dialogue(name, tuple(words), tuple(answers), **more), fields | (wanted or {}), ours_alone))


def has(text):
    return lambda seen: text in seen


def lacks(text):
    return lambda seen: text not in seen


def between(least, most):
    return lambda seconds: least <= seconds < most


def at_once(*pieces):
    return [(b"", piece) for piece in pieces]


# Place and contract
fact("exit status 0 says that the line is ready", "", "ATZ", "OK", r"\c", answers=[(b"ATZ\r", b"OK")], status=0)
fact("the terminal gets IGNBRK, ISTRIP and IGNPAR in addition", "", "A", "OK", "", answers=[(b"A\r", b"OK")],
     input_flags=termios.INLCR,
     modes=lambda m: m[0] == termios.INLCR | termios.IGNBRK | termios.ISTRIP | termios.IGNPAR)
fact("output and local flags of the terminal become 0", "", "A", "OK", "", answers=[(b"A\r", b"OK")],
     modes=lambda m: m[1] == 0 and m[3] == 0)
fact("VMIN is 1 and VTIME, VERASE and VKILL are 0", "", "A", "OK", "", answers=[(b"A\r", b"OK")],
     modes=lambda m: (m[6][termios.VMIN], m[6][termios.VTIME], m[6][termios.VERASE], m[6][termios.VKILL]) ==
     (1, 0, NULL, NULL))
fact("speed and control flags of the terminal stay", "", "A", "OK", "", answers=[(b"A\r", b"OK")],
     modes=lambda m: (m[2], m[4], m[5]) == (termios.CREAD | termios.CS8 | termios.B38400,) + (termios.B38400,) * 2)
fact("with ICRNL every CR becomes LF and an expected CR never matches", *SHORT, r"A\r", "x", answers=at_once(b"A\r"),
     input_flags=termios.ICRNL, status=3)
fact("with ICRNL an expected LF matches the CR", *SHORT, r"A\n", "x", answers=at_once(b"A\r"), input_flags=termios.ICRNL,
     status=0)
fact("at a regular end the terminal has its old modes", "", "A", "OK", "", answers=[(b"A\r", b"OK")],
     input_flags=termios.IXON, modes_restored=True)
fact("at a failure the terminal has its old modes too", *SHORT, "OK", "", modes_restored=True, status=3)
fact("what came before the start is not flushed", "OK", r"\c", before=b"OK\r\n", status=0, unread=b"\r\n")
fact("what was not read is not flushed at the end", "OK", r"\c", answers=at_once(b"OKrest\r\n"), unread=b"rest\r\n")
fact("bit 8 of all input is dropped", *SHORT, "OK", r"\c", answers=at_once(b"\xcf\xcb"), status=0)
fact("an expect string with bit 8 never matches", *SHORT, r"\311", "x", answers=at_once(b"\xc9"), status=3)
fact("all 8 bits are sent", "", r"\311\377\200", sent=b"\xc9\xff\x80\r")

# The command line
fact("flags are grouped and values attached", "-Svst2", "-T555", "", r"\T", sent=b"555\r",
     stderr=b"send (555^M)\n", syslog=b"")
fact("two dashes end the options", "--", "-x", "y", sent=b"y\r")
fact("the first word without a dash ends the options", "", "a", "-v", "b", sent=b"a\rb\r", stderr=b"")
fact("a lone dash is a word", "-", "x", sent=b"x\r")
fact("-f reads the script from a file", "-f", "SCRIPT", script=b'"" ATZ', sent=b"ATZ\r")
fact("-f excludes script words", "-f", "SCRIPT", "OK", script=b'"" ATZ', sent=b"", status=1)
fact("a -t that begins with a number is that limit", "-t", "1x", "OK", "", status=3, seconds=between(0.9, 8))
fact("a -t without a number is no limit", "-t", "x", "", "A", "OK", "", signal_after=b"A\r", signal_later=1.5, status=2)
fact("-t 0 waits without an end", "-t", "0", "", "A", "OK", "", signal_after=b"A\r", signal_later=1.5, status=2)
fact("-t 1 passes after a second", "-t", "1", "OK", "", status=3, seconds=between(0.9, 8))
fact("reports are appended to -r's file", "-r", "a.report", "REPORT", "A", "A", "", answers=at_once(b"A1\r"),
     files=(("a.report", b"old\n"),), reports=b"old\nchat:  A1\n")
fact("a report file that cannot be opened is standard error, without a word", "-r", "/nonexistent/x", "REPORT", "A", "A", "",
     answers=at_once(b"A1\r"), stderr=b"chat:  A1\n", status=0)
fact("-v before -r writes the file's opening and closing into it", "-v", "-r", "a.report", "", "x",
     reports=b'Opening "a.report"...\nClosing "a.report".\n')
fact("-v behind -r writes only its closing", "-r", "a.report", "-v", "", "x", reports=b'Closing "a.report".\n')
fact("-e echoes from the start", "-e", "OK", "", answers=at_once(b"hi OK"), stderr=b"hi OK\n")
fact("-E replaces variables in expects, sends and values", "-E", "$X", "$X", "SAY", r"$X\c", environment=(("X", "hi"),),
     answers=at_once(b"hi"), sent=b"hi\r", stderr=b"hi")
fact("without -E a dollar is a dollar", "$X", "$X", environment=(("X", "hi"),), answers=at_once(b"$X"), sent=b"$X\r")
fact("-v logs every step to syslog at info level", "-v", "ABORT", "B", "", "x", stderr=b"",
     syslog=b"150 abort on (B)\n150 send (x^M)\n")
fact("-v with -s logs to standard error too", "-v", "-s", "", "x", stderr=b"send (x^M)\n", syslog=b"150 send (x^M)\n")
fact("-V shows on standard error what is received as it comes", "-V", "OK", "", answers=at_once(b"a\tb\r\nOK"),
     stderr=b"a^Ib\nOK")
fact("-s shows errors on standard error", "-s", "", "@none", stderr=b"none -- open failed: No such file or directory\n",
     status=1)
fact("-S logs nothing to syslog", "-S", "-v", "", "@none", syslog=b"", stderr=b"", status=1)
fact("-T and -U are the values of \\T and \\U", "-T", "5551212", "-U", "#99", "", r"ATD\T,\U", sent=b"ATD5551212,#99\r",
     status=0)
fact("an unknown option is usage and status 1", "-x", "OK", status=1, stderr=lambda text: b"sage: " in text)
fact("a missing value is usage and status 1", "-t", status=1, stderr=lambda text: b"sage: " in text)

# Script words
fact("words are expect and send in turn, beginning with expect", "A", "b", "C", "d", answers=[*at_once(b"A"), (b"b\r", b"C")],
     sent=b"b\rd\r")
fact("blanks and tabs separate words of a file", "-f", "SCRIPT", script=b'"" \t x\t"" y', sent=b"x\ry\r")
fact("a pair may span lines", "-f", "SCRIPT", script=b'""\n\nx\n', sent=b"x\r")
fact("a number sign in the first column makes a comment", "-f", "SCRIPT", script=b'# "a\n"" x\n', sent=b"x\r")
fact("a number sign elsewhere is part of a word", "-f", "SCRIPT", script=b'"" x#y\n "" #z\n', sent=b"x#y\r#z\r")
fact("a word in quotes runs to the same quote", "-f", "SCRIPT", script=b"\"\" \"a 'b\" '' 'c \"d'", sent=b"a 'b\rc \"d\r")
fact("a backslash in quotes protects the next character and stays for the escapes", "-f", "SCRIPT", script=b'"" "a\\"b\\sc"',
     sent=b'a"b c\r')
fact("a closing quote ends the word without a blank", "-f", "SCRIPT", script=b'"" "AB""" CD', sent=b"AB\rCD\r")
fact("a quote inside a bare word is plain", "-f", "SCRIPT", script=b"\"\" a\"b'c", sent=b"a\"b'c\r")
fact("a quote that stays open is fatal with its line", "-s", "-f", "SCRIPT", script=b'"" x\n"" "y\n', status=1,
     stderr=lambda text: b"unterminated quote" in text and b"2" in text)
fact("a script with a quote that stays open sends nothing", "-f", "SCRIPT", script=b'"" x\n"" "y\n', status=1, sent=b"",
     ours_alone=True)
fact("a backslash at a line's end belongs to the word", "-f", "SCRIPT", script=b'"" x\\\n"" y', sent=b"x\\\ry\r")
fact("a CR is no blank: a send of a CR LF file goes out with two", "-f", "SCRIPT", script=b'"" x\r\n', sent=b"x\r\r")
fact("an empty line of a CR LF file is a word", *SHORT, "-f", "SCRIPT", script=b'"" x\r\n\r\n""', sent=b"x\r\r", status=3)
fact("a word over the 1023rd octet of a line is cut into two", "-f", "SCRIPT", script=b'""' + b" " * 1019 + b"abcd",
     answers=[(b"ab\r", b"cd")], sent=b"ab\r")
fact("a last expect without a send is fine", "OK", answers=at_once(b"OK"), status=0)
fact("no words at all is status 0", status=0, sent=b"")
fact("an empty expect neither waits nor reads", "", "x", "", "y", answers=at_once(b"rest"), sent=b"x\ry\r", unread=b"rest")

# Sub-expects
fact("when the limit passes the sub-send goes out and the next expect is awaited", *SHORT, "A-b-C", "d",
     answers=[(b"b\r", b"C")], sent=b"b\rd\r", status=0)
fact("the first match ends the word", "A-b-C", "d", answers=at_once(b"A"), sent=b"d\r")
fact("an empty sub-send is a bare CR", *SHORT, "ogin:--ogin:", "ppp", answers=[(b"\r", b"login: ")], sent=b"\rppp\r", status=0)
fact("nothing after a sub-send counts as matched", *SHORT, "OK-ATH", "NEXT", sent=b"ATH\rNEXT\r", status=0)
fact("a dash at the end changes nothing", *SHORT, "OK-", "x", sent=b"", status=3)
fact("two dashes at the end are a bare CR and success", *SHORT, "OK--", "x", sent=b"\rx\r", status=0)
fact("an empty part before the first dash matches at once", "--", "-x", "y", sent=b"y\r", seconds=between(0, 5))
fact("an escaped dash is a plain one, in expect and sub-send", *SHORT, r"O\-K-A\-B-C", "x", answers=[(b"A-B\r", b"C")],
     sent=b"A-B\rx\r")
fact("each part has the whole limit", *SHORT, "A-b-C-d-E", "x", sent=b"b\rd\r", status=3, seconds=between(2.9, 12))
fact("a sub-send knows escapes", *SHORT, r"A-b\sc\c-A", "x", answers=[(b"b c", b"A")], sent=b"b cx\r")
fact("a sub-send reads a file", *SHORT, "A-@f-A", "x", files=(("f", b"b\n"),), answers=[(b"b\r", b"A")], sent=b"b\rx\r")
fact("a sub-send can be EOT", *SHORT, "A-EOT-A", "x", answers=[(b"\4", b"A")], sent=b"\4x\r")
fact("a sub-send can be BREAK", *SHORT, "A-BREAK", "x", sent=b"x\r")
fact("quoting a word does not switch the dash off", *SHORT, "-f", "SCRIPT", script=b'"A-b" x', sent=b"b\rx\r")
fact("an abort string ends the script without the sub-send", "ABORT", "NO", "A-b-C", "d", answers=at_once(b"NO"), sent=b"",
     status=4)
fact("a dash in a send is plain", "", "a-b-c", sent=b"a-b-c\r")

# Keywords
fact("a keyword is the whole word in expect position", "ABORTS", "x", answers=at_once(b"ABORTS"), sent=b"x\r")
fact("a quoted keyword is one", "-f", "SCRIPT", script=b'"ABORT" BUSY OK x', answers=at_once(b"BUSY"), status=4)
fact("a keyword in lower case is text", "abort", "x", answers=at_once(b"abort"), sent=b"x\r")
fact("an escaped keyword is text", r"\ABORT", "x", answers=at_once(b"ABORT"), sent=b"x\r")
fact("a keyword in send position is text", "", "ABORT", "", "SAY", sent=b"ABORT\rSAY\r")
fact("a keyword without a value as last word does nothing", "", "x", "TIMEOUT", status=0)
fact("a keyword's value knows escapes", "ABORT", r"a\sb", "OK", "x", answers=at_once(b"a b"), status=4)
fact("50 abort strings are taken", *["ABORT", "z"] * 49, "ABORT", "BUSY", "OK", "x", answers=at_once(b"BUSY"), status=53)
fact("the 51st abort string is refused with status 2", "-s", *["ABORT", "z"] * 51, stderr=b"Too many ABORT strings\n", status=2)
fact("an abort string of 49 characters is taken", "ABORT", "a" * 49, "", "x", status=0)
fact("an abort string of 50 characters is refused with status 1", "-s", "ABORT", "a" * 50, status=1,
     stderr=b"Illegal or too-long ABORT string ('" + b"a" * 50 + b"')\n")
fact("an empty abort string matches on the first octet that does not complete the expect", "ABORT", "", "O", "x",
     answers=at_once(b"abO"), status=4, unread=b"bO")
fact("an empty abort string loses against the expect", "ABORT", "", "O", "x", answers=at_once(b"O"), status=0)
fact("CLR_ABORT removes the entry", "ABORT", "A", "CLR_ABORT", "A", "OK", "x", answers=at_once(b"AOK"), status=0)
fact("CLR_ABORT of an unknown string does nothing", "ABORT", "A", "CLR_ABORT", "B", "OK", "x", answers=at_once(b"A"), status=4)
fact("after CLR_ABORT the later entries have lower statuses", "ABORT", "A", "ABORT", "B", "CLR_ABORT", "A", "OK", "x",
     answers=at_once(b"B"), status=4)
fact("of several equal abort strings CLR_ABORT leaves some armed", "ABORT", "A", "ABORT", "A", "ABORT", "A", "CLR_ABORT", "A",
     "OK", "x", answers=at_once(b"AOK"), status=4)
fact("the 51st report string is refused with status 2", "-s", *["REPORT", "z"] * 51, stderr=b"Too many REPORT strings\n",
     status=2)
fact("a report string of 50 characters is refused with status 1", "REPORT", "a" * 50, status=1)
fact("CLR_REPORT removes the entry", "REPORT", "A", "CLR_REPORT", "A", "OK", "x", answers=at_once(b"A1\rOK"), stderr=b"")
fact("CLR_REPORT after a report does nothing", "REPORT", "A", "OK", "x", "CLR_REPORT", "A", "", "y", answers=at_once(b"A1\rOK"),
     stderr=b"chat:  A1\n", sent=b"x\ry\r", status=0, ours_alone=True)
fact("TIMEOUT is the limit for everything that follows", "TIMEOUT", "1", "OK", "x", status=3, seconds=between(0.9, 8))
fact("TIMEOUT takes a leading number", "-s", "-v", "TIMEOUT", "3x", stderr=b"timeout set to 3 seconds\n")
fact("TIMEOUT 0, a negative one or no number is 45", "-s", "-v", "TIMEOUT", "0", "TIMEOUT", "-3", "TIMEOUT", "x",
     stderr=b"timeout set to 45 seconds\n" * 3)
fact("ECHO ON echoes from there on", "A", "x", "ECHO", "ON", "B", "y", answers=at_once(b"1A2B"), stderr=b"2B\n")
fact("every other value of ECHO switches it off", "-e", "ECHO", "on", "A", "x", answers=at_once(b"A"), stderr=b"")
fact("HANGUP OFF ignores SIGHUP", *SHORT, "HANGUP", "OFF", "", "A", "OK", "", signal_after=b"A\r", signal=signal.SIGHUP, status=3)
fact("every other value of HANGUP lets SIGHUP end chat again", *SHORT, "HANGUP", "OFF", "HANGUP", "x", "", "A", "OK", "",
     signal_after=b"A\r", signal=signal.SIGHUP, status=2)
fact("SAY writes to standard error with a CR", "SAY", "hi", stderr=b"hi\r")
fact("SAY ends without CR after \\c", "SAY", r"hi\c", stderr=b"hi")
fact("SAY makes LF of \\n and knows \\T", "-T", "555", "SAY", r"\T\n\c", stderr=b"555\n")
fact("SAY writes \\d, \\p and \\K as two characters", "SAY", r"\d\p\K\c", stderr=rb"\d\p\K", seconds=between(0, 5))
fact("a later ABORT does not apply to what was consumed", "A", "x", "ABORT", "NO", "B", "y", answers=at_once(b"NOAB"), status=0)
fact("a later ABORT applies to what was received and is not read yet", "A", "x", "ABORT", "NO", "B", "y",
     answers=at_once(b"ANOB"), status=4)
