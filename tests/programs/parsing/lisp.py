import math
import operator as op


def parse(text):
    tokens = text.replace("(", " ( ").replace(")", " ) ").replace("'", " ' ").split()

    def read():
        if not tokens:
            raise SyntaxError("unexpected end")
        token = tokens.pop(0)
        if token == "(":
            out = []
            while tokens and tokens[0] != ")":
                out.append(read())
            if not tokens:
                raise SyntaxError("missing )")
            tokens.pop(0)
            return out
        if token == ")":
            raise SyntaxError("unexpected )")
        if token == "'":
            return ["quote", read()]
        for kind in (int, float):
            try:
                return kind(token)
            except ValueError:
                pass
        return token

    out = []
    while tokens:
        out.append(read())
    return out


class Env(dict):
    def __init__(self, names=(), values=(), outer=None):
        super().__init__(zip(names, values))
        self.outer = outer

    def find(self, name):
        if name in self:
            return self
        if self.outer is None:
            raise NameError(f"unbound: {name}")
        return self.outer.find(name)


world = Env()
world.update({"+": lambda *a: sum(a), "*": lambda *a: math.prod(a), "-": op.sub, "/": op.truediv, "<": op.lt, "=": op.eq, "car": lambda x: x[0], "cdr": lambda x: x[1:], "cons": lambda a, b: [a, *b], "list": lambda *a: list(a), "null?": lambda x: x == [], "map": lambda f, x: list(map(f, x))})


def evaluate(x, env=world):
    while True:
        if isinstance(x, str):
            return env.find(x)[x]
        if not isinstance(x, list):
            return x
        match x:
            case ["quote", value]:
                return value
            case ["if", test, yes, no]:
                x = yes if evaluate(test, env) else no
                continue
            case ["define", [name, *names], body]:
                env[name] = evaluate(["lambda", names, body], env)
                return None
            case ["define", name, value]:
                env[name] = evaluate(value, env)
                return None
            case ["set!", name, value]:
                env.find(name)[name] = evaluate(value, env)
                return None
            case ["lambda", names, body]:
                return lambda *a, e=env: evaluate(body, Env(names, a, e))
            case ["begin", *parts]:
                for part in parts[:-1]:
                    evaluate(part, env)
                x = parts[-1]
                continue
        function, *arguments = (evaluate(part, env) for part in x)
        return function(*arguments)


program = """
(define (fact n) (if (< n 2) 1 (* n (fact (- n 1)))))
(define (counter) (begin (define n 0) (lambda () (begin (set! n (+ n 1)) n))))
(define c (counter))
(define (range a b) (if (< a b) (cons a (range (+ a 1) b)) (quote ())))
(fact 20) (c) (c) (map (lambda (x) (* x x)) (range 0 6)) '(a (b 2.5)) (null? '())
"""
for form in parse(program):
    value = evaluate(form)
    if value is not None:
        print(value)
for bad in ("(+ 1", ")", "(foo)", "(1 2)"):
    try:
        print(evaluate(parse(bad)[0]))
    except (SyntaxError, NameError, TypeError) as error:
        print(type(error).__name__, error)
