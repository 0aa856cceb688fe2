"""The facts of sends, matching, time, statuses, log, echo, reports and signals."""
import signal

from facts import SHORT, SHOWN, at_once, between, fact, has, lacks

# Send strings
fact("CR is appended", "", "ATZ", sent=b"ATZ\r")
fact("\\c at the very end keeps the CR away", "", r"ATZ\c", sent=b"ATZ")
fact("\\c elsewhere is the letter and the CR is sent", "", r"AT\cZ", sent=b"ATcZ\r", status=0)
fact("octets are sent one by one about 10 ms apart", "", "x" * 99, seconds=between(1.0, 8))
fact("\\\\ is a backslash in a send", "", r"\\", sent=b"\\\r")
fact("\\b \\n \\r \\t \\s are BS LF CR TAB and blank in a send", "", r"\b\n\r\t\s", sent=b"\b\n\r\t \r")
fact("\\d pauses a second", "", r"a\db", sent=b"ab\r", seconds=between(1.0, 8))
fact("\\p pauses 10 ms", "", r"\p" * 50 + r"\c", sent=b"", seconds=between(0.5, 5))
fact("\\K sends a break and no octet", "", r"a\Kb", sent=b"ab\r")
fact("\\q hides the send in the log", *SHOWN, "", r"a\qb", sent=b"ab\r", stderr=b"send (??????)\n")
fact("\\N, \\0 and \\000 are NUL in a send", "", r"a\Nb\0c\000d", sent=b"a\0b\0c\0d\r")
fact("an octal backslash is a real one", "", r"a\Nb\0c\134d", sent=b"a\0b\0c\\d\r", status=0)
fact("\\T and \\U without a value are the letters in a send", "", r"\T\U", sent=b"TU\r")
fact("one to three octal digits are an octet modulo 256", "", r"\7\101\1011\501", sent=b"\x07AA1A\r")
fact("\\$ is a dollar", "-E", "", r"\$X", environment=(("X", "no"),), sent=b"$X\r")
fact("a backslash before any other character is that character", "", r"\x\-\@\"", sent=b'x-@"\r')
fact("a backslash at the end of a send is one", "", "a\\", sent=b"a\\\r")
fact("a circumflex makes a control character", "", "^M^[^a^A^^", sent=b"\r\x1b\x01\x01\x1e\r")
fact("^? is octet 1F", "", "^?", sent=b"\x1f\r")
fact("^@ vanishes", "", "a^@b", sent=b"ab\r")
fact("a circumflex at the end is one", "", "a^", sent=b"a^\r")
fact("\\^ is a circumflex", "", r"\^M", sent=b"^M\r")
fact("\\\\ \\b \\n \\r \\t \\s are the same in an expect", r"\\\b\n\r\t\s", "x", answers=at_once(b"\\\b\n\r\t "), sent=b"x\r")
fact("\\c \\d \\p \\K \\N are letters in an expect", r"\c\d\p\K\N", "x", answers=at_once(b"cdpKN"), sent=b"x\r")
fact("\\q and NUL vanish in an expect", r"a\qb\0c\000d^@e", "x", answers=at_once(b"abcde"), sent=b"x\r")
fact("\\T and \\U are literal in an expect", "-T", "1", r"\T\U", "x", answers=at_once(b"\\T\\U"), sent=b"x\r")
fact("octal digits and control characters are the same in an expect", r"\101^A^?\^\$\-", "x",
     answers=at_once(b"A\x01\x1f^$-"), sent=b"x\r")
fact("a backslash at the end of an expect vanishes", "a\\", "x", answers=at_once(b"a"), sent=b"x\r")
fact("a circumflex at the end of an expect is one", "a^", "x", answers=at_once(b"a^"), sent=b"x\r")
fact("a value with \\p pauses and is not seen", "-T", "1\\p2", "", r"\T", sent=b"12\r")
fact("^A and \\s in a value stay ^A and s", "-T", "^A\\s", "", r"\T", sent=b"^As\r")
fact("\\c at the end of a value does not keep the CR away", "-T", "1\\c", "", r"\T", sent=b"1c\r")
fact("a variable's value is not expanded again", "-E", "", "$X", environment=(("X", "^A$Y"), ("Y", "no")), sent=b"^A$Y\r")
fact("a variable's name is the longest run of letters, digits and underscores", "-E", "", "$X_1.", environment=(("X", "no"),
     ("X_1", "yes")), sent=b"yes.\r")
fact("a variable that is not set is nothing", "-E", "", "a$NONE-", sent=b"a-\r")
fact("a keyword's value that grew by a variable is taken", "-E", "ABORT", "$X", "OK", "x", environment=(("X", "longer"),),
     answers=at_once(b"longer"), status=4, ours_alone=True)
fact("EOT is octet 4 without CR", "", "EOT", sent=b"\4")
fact("BREAK is a break without octet and CR", "", "BREAK", sent=b"")
fact("eot and EOT\\c are text", "", "eot", "", r"EOT\c", sent=b"eot\rEOT")
fact("a send of @ names a file", "", "@f", files=(("f", b"hello\n"),), sent=b"hello\r")
fact("blanks and tabs before the file's name are skipped", "", "@ \tf", files=(("f", b"hello\n"),), sent=b"hello\r")
fact("a FIFO can be named", "", "@f", fifos=(("f", b"hello\n"),), sent=b"hello\r")
fact("up to 1023 octets of a file are sent", "--", "", r"\c", "", "@f", files=(("f", b"a" * 1030),), sent=b"a" * 1023 + b"\r")
fact("one trailing LF of a file is dropped", "", "@f", files=(("f", b"a\n\n"),), sent=b"a\n\r")
fact("escapes, EOT and BREAK apply in a file", "", "@f", "", "@g", "", "@h",
     files=(("f", b"a\\sb\\c\n"), ("g", b"EOT\n"), ("h", b"BREAK\n")), sent=b"a b\4")
fact("a missing file is named, status 1", "-s", "", "@none", status=1,
     stderr=b"none -- open failed: No such file or directory\n")
fact("a lone @ is text", "", "@", sent=b"@\r")
fact("an escaped @ is text", "", r"\@f", sent=b"@f\r")
fact("a file is read at each use", "", "@f", "", "@f", files=(("f", b"once\n"),), sent=b"once\ronce\r")
fact("what a file holds is not logged", *SHOWN, "", "@f", files=(("f", b"hello\n"),), stderr=b"send (??????)\n", ours_alone=True)

# Matching
fact("arrival order decides between expect and abort", "ABORT", "BUSY", "CONNECT", r"\c", answers=at_once(b"CONNECT\r\nBUSY\r\n"),
     status=0, unread=b"\r\nBUSY\r\n")
fact("complete on the same octet the expect wins", "ABORT", "NO CARRIER", "CARRIER", "x", answers=at_once(b"NO CARRIER"), status=0)
fact("an abort string that is a prefix of the expect strikes first", "ABORT", "NO", "", "ATD1", "NO CARRIER", "x",
     answers=[(b"ATD1\r", b"NO CARRIER")], status=4)
fact("of two abort strings on one octet the first declared counts", "ABORT", "CARRIER", "ABORT", "NO CARRIER", "OK", "x",
     answers=at_once(b"NO CARRIER"), status=4)
fact("of equal abort strings the first number counts", "ABORT", "z", "ABORT", "A", "ABORT", "A", "OK", "x", answers=at_once(b"A"),
     status=5)
fact("a comparison is case-sensitive", *SHORT, "OK", "x", answers=at_once(b"ok"), status=3)
fact("a match may span line ends", r"A\r\nB", "x", answers=at_once(b"A\r\nB"), status=0)
fact("any length of text may stand before a match", "OK", "x", answers=at_once(*[b"noise " * 50] * 10, b"OK"), status=0)
fact("the buffer starts empty at each expect", *SHORT, "AB", "x", "BC", "y", answers=at_once(b"ABC"), status=3)
fact("the buffer starts empty at each sub-expect", *SHORT, "AB-x-BC", "y", answers=[(b"", b"zB"), (b"x\r", b"C")], status=3)
fact("everything up to the match is consumed", *SHORT, "B", "x", "A", "y", answers=at_once(b"AB"), status=3)
fact("between expects nothing is read", "A", "", "B", r"\c", answers=at_once(b"ArestBmore"), status=0, unread=b"more")
fact("what follows CONNECT stays for the next program", "", "ATZ", "OK", "ATDT5551212", "CONNECT", "", status=0,
     answers=[(b"ATZ\r", b"OK\r\n"), (b"1212\r", b"CONNECT 9600\r\n")], sent=b"ATZ\rATDT5551212\r\r", unread=b" 9600\r\n")
fact("a NUL in the input is an octet that matches nothing", *SHORT, "OK", "x", answers=at_once(b"O\0K"), status=3)
fact("an expect of more than 1024 octets is too long, status 1", "-s", "a" * 1025, "x", status=1,
     stderr=b"expect string is too long\nFailed\n")

# Time
fact("one limit holds for the whole expect and not between octets", *SHORT, "OK", "", answers=[(b"", b"a")], trickle=0.3, status=3,
     seconds=between(0.9, 8))
fact("the limit covers a send: status 1 and what was sent until then", "-s", "TIMEOUT", "1", "", r"AB\d\d\dCD", sent=b"AB",
     stderr=b"Failed\n", status=1, seconds=between(2.9, 9))
fact("100 octets do not fit into TIMEOUT 1", "TIMEOUT", "1", "", "x" * 120, status=1)
fact("a pause at the end may outlast the limit", "TIMEOUT", "1", "", r"\d\d\c", status=0, seconds=between(1.9, 9))

# Exit statuses
fact("status 1 is for a script file that cannot be read", "-s", "-f", "none", status=1,
     stderr=b"none -- open failed: No such file or directory\n")
fact("status 3 is for an expect that was not seen in time", *SHORT, "OK", "", status=3)
fact("abort string n has status 4 + n", "ABORT", "BUSY", "ABORT", "NO CARRIER", "", "ATD1", "CONNECT", r"\c", status=5,
     answers=[(b"ATD1\r", b"NO CARRIER\r\n")])
fact("a hang-up of the controlling terminal is SIGHUP and status 2", "-s", "", "A", "OK", "", answers=[(b"A\r", None)],
     controlling=True, status=2, stderr=b"SIGHUP\nCan't restore terminal parameters: Input/output error\n")
fact("a hang-up of another terminal is a failed read and status 2", "-s", "", "A", "OK", "", answers=[(b"A\r", None)], status=2,
     stderr=b"Failed\nCan't restore terminal parameters: Input/output error\n")
fact("HANGUP OFF does not help once the line is gone", "HANGUP", "OFF", "", "A", "OK", "", answers=[(b"A\r", None)],
     controlling=True, status=2)

# The log
fact("syslog gets the identity chat[PID] and the facility local2", "-v", "", "x", syslog=b"%d send (x^M)\n" % (18 * 8 + 6))
fact("fatal errors go to syslog at err level without -v", "ABORT", "a" * 50, status=1,
     syslog=b"147 Illegal or too-long ABORT string ('" + b"a" * 50 + b"')\n")
fact("without -v the final Failed is not in syslog", *SHORT, "ABORT", "B", "OK", "x", answers=at_once(b"B"), syslog=b"")
fact("with -s the final Failed is on standard error without -v", "-s", "ABORT", "B", "OK", "x", answers=at_once(b"B"),
     stderr=b"Failed (B)\n")
fact("control characters are logged as ^M, bit 8 as M-, DEL as ^?, TAB as itself", *SHOWN, "", r"^A\177\t\311\200",
     stderr=b"send (^A^?\tM-IM-^@^M)\n")
fact("keywords are logged by their names", *SHOWN, "ABORT", "BUSY", "CLR_ABORT", "BUSY", "REPORT", "R", "CLR_REPORT", "R",
     "TIMEOUT", "3", stderr=b"abort on (BUSY)\nclear abort on (BUSY)\nreport (R)\nclear report (R)\ntimeout set to 3 seconds\n")
fact("a send is logged with its CR", *SHOWN, "", "ATZ", stderr=b"send (ATZ^M)\n")
fact("escapes that act later are logged as they are written", *SHOWN, "", r"ATDT\s1\d", stderr=b"send (ATDT 1\\d^M)\n")
fact("a send of only \\c is logged as nothing", *SHOWN, "", r"\c", stderr=b"send ()\n")
fact("received text is logged line by line", *SHOWN, "OK", r"\c", answers=at_once(b"one\ntwo\nOK"),
     syslog=b"150 expect (OK)\n150 one\n150 two\n150 OK\n150  -- got it\n\n150 send ()\n")
fact("a received line is cut at 80 characters", *SHOWN, "OK", r"\c", answers=at_once(b"x" * 90 + b"OK"),
     stderr=has(b"\n" + b"x" * 80 + b"\n" + b"x" * 10 + b"OK\n"))
fact("an unfinished line is logged only on a match", *SHOWN, *SHORT, "OK", "", answers=at_once(b"one\ntwo"),
     stderr=b"expect (OK)\none\nalarm\nFailed\n")
fact("a match is logged as got it with an empty line", *SHOWN, "OK", r"\c", answers=at_once(b"OK"),
     stderr=b"expect (OK)\nOK\n -- got it\n\nsend ()\n")
fact("an abort is logged as failed, with the string", *SHOWN, "ABORT", "B", "OK", "", answers=at_once(b"B"),
     stderr=b"abort on (B)\nexpect (OK)\nB\n -- failed\nFailed (B)\n")
fact("a time-out is logged as alarm", *SHOWN, *SHORT, "OK", "", stderr=b"expect (OK)\nalarm\nFailed\n")
fact("an empty expect logs nothing", *SHOWN, "", r"\c", stderr=b"send ()\n")

# Echo
fact("echo drops CR, keeps LF and shows control characters", "-e", "OK", r"\c", answers=at_once(b"a\r\nb\x01\t\x7fOK"),
     stderr=b"a\nb^A^I^?OK\n")
fact("echo adds the LF that the last line lacks", "-e", r"OK\n", r"\c", answers=at_once(b"OK\n"), stderr=b"OK\n")
fact("echo shows text without bit 8", "-e", "OK", r"\c", answers=at_once(b"\xe1OK"), stderr=b"aOK\n")
fact("-V adds no final LF", "-V", "OK", r"\c", answers=at_once(b"OK"), stderr=b"OK")
fact("-V does not show sends", "-V", "", "hello", stderr=b"")

# Reports
fact("a report runs from its string to the next control character", "REPORT", "CONNECT", "", "A", "CONNECT", r"\c", "OK", r"\c",
     answers=[(b"A\r", b"CONNECT 9600\r\nOK")], stderr=b"chat:  CONNECT 9600\n", status=0)
fact("a report has local month, day and time behind two blanks", "REPORT", "A", "A", r"\c", answers=at_once(b"A1\r"),
     frozen="2026-12-01 09:08:07", stderr=b"chat:  Dec 01 09:08:07 A1\n")
fact("each report fires once", "REPORT", "A", "OK", r"\c", answers=at_once(b"A1\rA2\rOK"), stderr=b"chat:  A1\n")
fact("two equal report strings fire twice", "REPORT", "A", "REPORT", "A", "OK", r"\c", answers=at_once(b"A1\rA2\rA3\rOK"),
     stderr=b"chat:  A1\nchat:  A2\n")
fact("only one report is collected at a time", "REPORT", "A", "REPORT", "B", "OK", r"\c", answers=at_once(b"A1B2\rOK"),
     stderr=b"chat:  A1B2\n")
fact("at the end a report is read on to a control character", "REPORT", "CONNECT", "CONNECT", r"\c",
     answers=at_once(b"CONNECT 9600\r\n"), stderr=b"chat:  CONNECT 9600\n", unread=b"\n")
fact("at the end a report is read on for a second of silence", "REPORT", "CONNECT", "CONNECT", r"\c",
     answers=at_once(b"CONNECT 9600"), stderr=b"chat:  CONNECT 9600\n", unread=b"", seconds=between(0.9, 8))
fact("a report of 250 characters is whole", "REPORT", "A", "OK", r"\c", answers=at_once(b"A" + b"x" * 240 + b"\rOK"),
     stderr=b"chat:  A" + b"x" * 240 + b"\n")
fact("a report does not change the exit status", "REPORT", "NO", "ABORT", "CARRIER", "OK", "", answers=at_once(b"NO CARRIER\r"),
     stderr=b"chat:  NO CARRIER\n", status=4)

# Signals
for _signal in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    fact(f"{_signal.name} restores the modes, is named and is status 2", "-s", "", "A", "OK", "", signal_after=b"A\r",
         signal=_signal, stderr=_signal.name.encode() + b"\n", modes_restored=True, status=2)
    fact(f"{_signal.name} ends a pause", "-s", "", r"A\d\d\d\d\d\d\d\d\d", signal_after=b"A", signal=_signal, status=2,
         seconds=between(0, 8))

# Whole conversations
fact("a silent log-in prompt is woken by a CR", "TIMEOUT", "1", "ogin:--ogin:", "ppp", answers=[(b"\r", b"login: ")],
     sent=b"\rppp\r", status=0)
fact("a cleared abort string lets the next one strike", "ABORT", "BUSY", "ABORT", "NO CARRIER", "CLR_ABORT", "BUSY", "", "A", "OK",
     "B", answers=[(b"A\r", b"BUSY NO CARRIER")], status=4, stderr=lacks(b"BUSY"))
