import operator
import re

TOKEN = re.compile(r"\s*(?:(\d+\.?\d*|\.\d+)|(\*\*|[-+*/%()=,])|([A-Za-z_]\w*))")
BINARY = {"+": (1, operator.add), "-": (1, operator.sub), "*": (2, operator.mul), "/": (2, operator.truediv), "%": (2, operator.mod)}


class Parser:
    def __init__(self, text, names):
        self.names, self.tokens, at = names, [], 0
        text = text.rstrip()
        while at < len(text):
            match = TOKEN.match(text, at)
            if not match:
                raise SyntaxError(f"unexpected {text[at:].strip()[0]!r} at {at}")
            self.tokens.append(match.group(match.lastindex) if match.lastindex > 1 else float(match[1]))
            at = match.end()

    def peek(self):
        return self.tokens[0] if self.tokens else None

    def take(self, expected=None):
        if not self.tokens or expected and self.tokens[0] != expected:
            raise SyntaxError(f"expected {expected or 'more'}, found {self.peek()}")
        return self.tokens.pop(0)

    def expression(self, level=0):
        left = self.unary()
        while self.peek() in BINARY and BINARY[self.peek()][0] > level:
            rank, function = BINARY[self.take()]
            left = function(left, self.expression(rank))
        return left

    def unary(self):
        if self.peek() == "-":
            self.take()
            return -self.unary()
        base = self.atom()
        if self.peek() == "**":
            self.take()
            return base ** self.unary()
        return base

    def atom(self):
        token = self.take()
        if isinstance(token, float):
            return token
        if token == "(":
            value = self.expression()
            self.take(")")
            return value
        if token.isidentifier():
            if self.peek() == "(":
                self.take()
                arguments = [self.expression()]
                while self.peek() == ",":
                    self.take()
                    arguments.append(self.expression())
                self.take(")")
                return {"max": max, "min": min, "abs": abs}[token](*arguments)
            return self.names[token]
        raise SyntaxError(f"unexpected {token!r}")


names = {"pi": 3.14159}
for text in ("1 + 2 * 3", "(1 + 2) * 3", "2 ** 3 ** 2", "-2 ** 2", "10 / 4 - 1", "7 % 4 * 2", "max(1, pi * 2, 3)", "1 - 2 - 3", "x", "1 +", "(1", "1 $ 2", "1 / 0", "2 3"):
    try:
        parser = Parser(text, names)
        value = parser.expression()
        print(text, "=", value, "rest:" if parser.tokens else "", *parser.tokens)
    except (SyntaxError, ZeroDivisionError, KeyError) as error:
        print(text, "!", type(error).__name__, error)
