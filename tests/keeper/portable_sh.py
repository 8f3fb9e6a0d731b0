"""Refuses what AIX, HP-UX, Solaris or ksh88 lack in a shell script: constructs, commands, options.

A small reader of POSIX shell: it takes a script apart into simple commands, and refuses whatever it does not know.
"""

import re

# Commands and the options that every listed system has. An option's value stands behind "=".
EXTERNAL = {
    "cat": (),
    "date": ("-u",),
    "df": ("-P", "-k"),
    "grep": ("-F", "-e="),
    "id": ("-u",),  # Solaris: the one in /usr/xpg4/bin
    "ls": ("-ln", "-ldn"),
    "mkdir": (),
    "mv": ("-f",),
    "printf": (),
    "ps": ("-e", "-p=", "-o="),  # -e: System V and POSIX alike
    "rm": ("-f",),
    "rmdir": (),
    "sleep": (),
    "tr": (),
}
BUILTIN = {
    ":": (),
    "[": None,
    "break": (),
    "cd": (),
    "continue": (),
    "echo": (),
    "exec": (),
    "exit": (),
    "export": (),
    "kill": None,
    "read": ("-r",),
    "return": (),
    "set": ("-f", "+f", "--"),
    "trap": None,
    "ulimit": ("-f=",),
    "umask": (),
    "unset": (),
    "wait": (),
}
SIGNALS = {"HUP", "INT", "QUIT", "TERM", "USR1", "USR2", "ALRM", "PIPE", "CHLD", "EXIT"}
DATE_LETTERS = set("YmdHMSTjZ%")
TESTS_ONE = {"-n", "-z", "-f", "-d", "-r", "-w", "-x", "-s"}
TESTS_TWO = {"=", "!=", "-eq", "-ne", "-lt", "-le", "-gt", "-ge"}
OPENING = {"if", "then", "else", "elif", "while", "until", "do", "{", "!"}
CLOSING = {"fi", "done", "}", "esac"}
OPERATORS = ["&&", "||", ";;", "<<", ">>", ">&", "<&", "\n", ";", "&", "|", "(", ")", "<", ">"]
FOREIGN = ["<<<", "<<-", "&>", "|&", ">|", "<>", "<(", ">(", "((", ";&", ";;&"]
NAME = r"[A-Za-z_][A-Za-z_0-9]*"


class Refusal(Exception):
    pass


class Reader:
    def __init__(self, text, first_line=1, own=()):
        self.text = text
        self.at = 0
        self.line = first_line
        self.own = set(own)  # functions and commands of the script at hand
        self.found = []
        self.waiting = []  # here-documents whose text is still to come

    def refuse(self, what):
        self.found.append(f"line {self.line}: {what}")

    # ---- words ----------------------------------------------------------------------------------------------------------
    def substitution(self, end):
        """Behind `$(`: the text up to the closing parenthesis, judged as a script of its own."""
        depth, start, quote = 1, self.at, ""
        while depth:
            if self.at >= len(self.text):
                raise Refusal(f"line {self.line}: $( without end")
            char = self.text[self.at]
            if quote:
                quote = "" if char == quote else quote
            elif char in "'\"":
                quote = char
            elif char == "(":
                depth += 1
            elif char == ")":
                depth -= 1
            self.at += 1
        inner = self.text[start : self.at - 1]
        if re.search(r"\bcase\b", inner):
            self.refuse("case inside $( ): ksh88 takes its first ) for the end")
        if end == "))":
            return inner
        reader = Reader(inner, self.line, self.own)
        self.found += reader.judged()
        self.line += inner.count("\n")
        return inner

    def dollar(self):
        rest = self.text[self.at :]
        if rest.startswith("$(("):
            self.at += 2
            inner = self.substitution("))")
            if not inner.endswith(")"):
                self.refuse("$(( without ))")
            self.arithmetic(inner[:-1])
        elif rest.startswith("$("):
            self.at += 2
            self.substitution(")")
        elif rest.startswith("${"):
            end = rest.find("}")
            if end < 0:
                raise Refusal(f"line {self.line}: ${{ without end")
            self.parameter(rest[2:end])
            self.at += end + 1
        elif rest[1:2] in ("'", '"'):
            self.refuse(f"${rest[1]}…{rest[1]} is no POSIX quotation")
            self.at += 1
        else:
            name = re.match(r"\$(" + NAME + r"|[0-9@*#?$!-])?", rest)
            self.at += len(name.group(0))

    def parameter(self, inner):
        allowed = rf"(#?({NAME}|[0-9@*#?$!-]))|(({NAME}|[0-9])(:?[-=?+]|%%?|##?)[^/]*)"
        if not re.fullmatch(allowed, inner) or re.match(rf"{NAME}:[0-9 ]", inner):
            self.refuse(f"${{{inner}}} is more than ksh88 has")
        if inner.startswith("!") or "[" in re.sub(r"[%#].*", "", inner):
            self.refuse(f"${{{inner}}} is more than ksh88 has")

    def arithmetic(self, inner):
        if re.search(r"\+\+|--|\*\*|,|\?|[0-9]#|=(?!=)|<<|>>", inner):
            self.refuse(f"$(({inner})): operators that some shells lack")
        for number in re.findall(r"\d+", inner):
            if int(number) > 2147483647:
                self.refuse(f"{number} does not fit into 32 bits")
            if len(number) > 1 and number.startswith("0"):
                self.refuse(f"{number} is octal in some shells")

    def word(self):
        """The next word as it stands in the script."""
        start = self.at
        while self.at < len(self.text):
            char = self.text[self.at]
            if char == "\\":
                self.line += self.text[self.at + 1 : self.at + 2] == "\n"
                self.at += 2
            elif char == "'":
                end = self.text.find("'", self.at + 1)
                if end < 0:
                    raise Refusal(f"line {self.line}: a single quote without end")
                self.line += self.text.count("\n", self.at, end)
                self.at = end + 1
            elif char == '"':
                self.at += 1
                while self.text[self.at : self.at + 1] not in ('"', ""):
                    if self.text[self.at] == "\\":
                        self.at += 2
                    elif self.text[self.at] == "$":
                        self.dollar_inside_quotes()
                    elif self.text[self.at] == "`":
                        self.refuse("backquotes")
                        self.at += 1
                    else:
                        self.line += self.text[self.at] == "\n"
                        self.at += 1
                self.at += 1
            elif char == "`":
                self.refuse("backquotes")
                self.at += 1
            elif char == "$":
                self.dollar()
            elif char in " \t\n;&|()<>":
                break
            else:
                self.at += 1
        return self.text[start : self.at]

    def dollar_inside_quotes(self):
        if self.text[self.at + 1 : self.at + 2] in ("'", '"'):
            self.at += 1
        else:
            self.dollar()

    # ---- tokens ---------------------------------------------------------------------------------------------------------
    def here_documents(self):
        for mark in self.waiting:
            quoted = mark[:1] in "'\"\\"
            if not quoted:
                self.refuse(f"<<{mark}: unquoted, so its text would be expanded")
            mark = mark.strip("'\"\\")
            end = re.search(rf"^{re.escape(mark)}$", self.text[self.at :], re.MULTILINE)
            if not end:
                raise Refusal(f"line {self.line}: <<{mark} without end")
            self.line += self.text.count("\n", self.at, self.at + end.end() + 1)
            self.at += end.end() + 1
        self.waiting = []

    def tokens(self):
        """(kind, text): kind is "word" or "operator"."""
        while self.at < len(self.text):
            rest = self.text[self.at : self.at + 3]
            if rest[0] in " \t":
                self.at += 1
            elif rest.startswith("\\\n"):
                self.at += 2
                self.line += 1
            elif rest[0] == "#":
                end = self.text.find("\n", self.at)
                self.at = len(self.text) if end < 0 else end
            elif rest[0] in "\n;&|()<>":
                for foreign in FOREIGN:
                    if rest.startswith(foreign):
                        self.refuse(f"{foreign} is not in POSIX or ksh88, or reads differently")
                operator = next(one for one in OPERATORS if rest.startswith(one))
                self.at += len(operator)
                yield "operator", operator
                if operator == "\n":
                    self.line += 1
                    self.here_documents()
            else:
                yield "word", self.word()

    # ---- commands -------------------------------------------------------------------------------------------------------
    def judged(self):
        """What is to be refused in the script."""
        try:
            self.commands()
        except Refusal as problem:
            self.found.append(str(problem))
        return self.found

    def commands(self):
        stream = list_with_lines(self)
        at = 0
        command = []
        in_case = []  # for each open case: whether a pattern comes next

        def finish():
            if command:
                self.command(command)
            command.clear()

        while at < len(stream):
            kind, text, self.line = stream[at]
            at += 1
            if in_case and in_case[-1] and not command:
                if text == "esac":
                    in_case.pop()
                elif kind == "operator" and text == ")":
                    in_case[-1] = False
                continue
            if kind == "operator":
                if text in ("<", ">", ">>", "<<", ">&", "<&"):
                    target = stream[at][1]
                    if command and command[-1].isdigit() and stream[at - 2][1] == command[-1]:
                        command.pop()
                    if text == ">&" and not re.fullmatch(r"[0-9]|-", target):
                        self.refuse(f">&{target} is not a redirection of POSIX")
                    at += 1
                    continue
                if text == "(" and command and stream[at][1] == ")":
                    if len(command) != 1 or not re.fullmatch(NAME, command[0]):
                        self.refuse(f"{' '.join(command)}() is not the name of a function")
                    command.clear()
                    at += 1
                    continue
                if text == "(" and command:
                    self.refuse(f"{command[-1]}( is an array, or not POSIX")
                finish()
                if text == ";;" and in_case:
                    in_case[-1] = True
                continue
            if not command:
                if text == "case":
                    while stream[at][1] != "in":
                        at += 1
                    at += 1
                    in_case.append(True)
                    continue
                if text == "for":
                    while stream[at][1] not in (";", "\n", "do"):
                        at += 1
                    continue
                if text in OPENING:
                    continue
                if text in CLOSING:
                    if text == "esac" and in_case:
                        in_case.pop()
                    continue
                if re.match(rf"{NAME}\+=|{NAME}\[", text):
                    self.refuse(f"{text}: neither += nor arrays")
                    continue
                if re.match(rf"{NAME}=", text):
                    continue
            command.append(text)
        finish()

    def command(self, words):
        name, arguments = words[0], words[1:]
        if name == "exec" and arguments:
            self.command(arguments)
            return
        if name in self.own or name in ('"$shell"',) or name.startswith("/"):
            return
        if name == "[":
            self.test(arguments)
        elif name == "kill":
            self.kill(arguments)
        elif name == "trap":
            self.trap(arguments)
        elif name in BUILTIN or name in EXTERNAL:
            self.options(name, arguments, BUILTIN.get(name, EXTERNAL.get(name)))
        else:
            self.refuse(f"{name}: not a command that every system has")
            return
        if name == "read" and "-r" not in arguments:
            self.refuse("read without -r")
        if name == "echo" and arguments and re.match(r"['\"]?[-\\]", arguments[0]):
            self.refuse("echo whose first word may be an option")
        if name == "echo" and any("\\" in word for word in arguments):
            self.refuse("echo of a backslash")
        if name == "date":
            self.date(arguments)
        if name == "printf" and re.search(r"%[^sd%]", arguments[0] if arguments else "%v"):
            self.refuse(f"printf {arguments[:1]}: formats other than %s and %d")
        if name == "export" and any("=" in word for word in arguments):
            self.refuse("export NAME=VALUE")

    def options(self, name, arguments, allowed):
        value = operand = False
        for word in arguments:
            if value:
                value = False
            elif not re.match(r"[-+].", word):
                operand = True
                if name == "ps":
                    self.refuse(f"ps {word}: an option that some system lacks")
                if name in ("printf", "echo", "exec", "set"):
                    return
            elif operand:
                self.refuse(f"{name} … {word}: only GNU takes options behind operands")
            elif word in allowed:
                if word == "--":
                    return
            elif word + "=" in allowed:
                value = True
            else:
                self.refuse(f"{name} {word}: an option that some system lacks")

    def test(self, arguments):
        if not arguments or arguments[-1] != "]":
            self.refuse("[ without ]")
            return
        inner = arguments[:-1]
        if inner[:1] == ["!"]:
            inner = inner[1:]
        if len(inner) == 2 and inner[0] in TESTS_ONE:
            return
        if len(inner) == 3 and inner[1] in TESTS_TWO:
            return
        self.refuse(f"[ {' '.join(arguments)}: more than every test command knows")

    def kill(self, arguments):
        option = arguments[0] if arguments else ""
        if option != "-0" and not re.fullmatch(r'-("\$' + NAME + r'"|' + "|".join(SIGNALS | {"KILL"}) + ")", option):
            self.refuse(f"kill {option}: signals have names")
        if len(arguments) != 2 or not re.fullmatch(r'"\$(' + NAME + r'|[0-9!])"', arguments[1]):
            self.refuse(f"kill {' '.join(arguments)}: one process, quoted")

    def trap(self, arguments):
        if len(arguments) < 2:
            self.refuse("trap without an action and a signal")
            return
        for word in arguments[1:]:
            if word not in SIGNALS:
                self.refuse(f"trap {word}: not a signal that every shell names so")
        action = arguments[0]
        if action[:1] == "'":
            self.found += Reader(action[1:-1], self.line, self.own).judged()

    def date(self, arguments):
        for word in arguments:
            word = word.strip("'\"")
            for letter in re.findall(r"%(.)", word) if word.startswith("+") else ():
                if letter not in DATE_LETTERS:
                    self.refuse(f"date %{letter}")


def list_with_lines(reader):
    stream = []
    for kind, text in reader.tokens():
        # The mark of a here-document is the word behind <<; its text begins on the next line.
        if stream and stream[-1][1] == "<<" and kind == "word":
            reader.waiting.append(text)
        stream.append((kind, text, reader.line))
    return stream


def refusals(text, own=()):
    """One line for each thing that is not allowed."""
    functions = re.findall(rf"^({NAME})\(\) \{{", text, re.MULTILINE)
    return Reader(text, 1, {*own, *functions}).judged()
