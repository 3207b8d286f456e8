import dataclasses
import enum
import re


class Op(enum.Enum):
    PUSH = "push"
    ADD = "add"
    SUB = "sub"
    MUL = "mul"
    DUP = "dup"
    SWAP = "swap"
    JNZ = "jnz"
    PRINT = "print"
    HALT = "halt"


@dataclasses.dataclass
class Instruction:
    op: Op
    argument: int | None = None


def assemble(source):
    labels, out = {}, []
    for number, line in enumerate(source.splitlines(), 1):
        line = line.split(";")[0].strip()
        if not line:
            continue
        if match := re.fullmatch(r"(\w+):", line):
            labels[match[1]] = len(out)
            continue
        name, *rest = line.split()
        try:
            out.append((Op(name), rest[0] if rest else None, number))
        except ValueError:
            raise SyntaxError(f"line {number}: no instruction {name!r}") from None
    return [Instruction(op, labels[a] if a in labels else int(a) if a is not None else None) for op, a, _ in out]


def run(program, limit=10_000):
    stack, at, output = [], 0, []
    for _ in range(limit):
        i = program[at]
        at += 1
        match i:
            case Instruction(Op.PUSH, n):
                stack.append(n)
            case Instruction(Op.ADD | Op.SUB | Op.MUL as kind):
                b, a = stack.pop(), stack.pop()
                stack.append({Op.ADD: a + b, Op.SUB: a - b, Op.MUL: a * b}[kind])
            case Instruction(Op.DUP):
                stack.append(stack[-1])
            case Instruction(Op.SWAP):
                stack[-1], stack[-2] = stack[-2], stack[-1]
            case Instruction(Op.JNZ, target):
                if stack[-1]:
                    at = target
            case Instruction(Op.PRINT):
                output.append(stack.pop())
            case Instruction(Op.HALT):
                return output
    raise TimeoutError(f"no halt within {limit} steps")


factorial = """
    push 1
    push 10     ; n
loop:
    dup
    print
    push -1
    add
    jnz loop
    halt
"""
print(assemble(factorial)[:3])
print(run(assemble(factorial)))
for bad in ("push 1\nfly", "push x", "loop:\npush 1\njnz loop", "add"):
    try:
        run(assemble(bad))
    except (SyntaxError, ValueError, TimeoutError, IndexError) as error:
        print(type(error).__name__, error)
