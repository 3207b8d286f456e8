import ast
import textwrap

source = textwrap.dedent("""
    import os, sys as system
    from math import pi

    LIMIT = 10

    class Shape:
        def area(self, r: float = 1.0) -> float:
            '''Of a circle.'''
            return pi * r ** 2

    def unused(x, *args, y=2, **kw):
        if x > LIMIT and not y:
            print(f"big {x!r}")
        return [n for n in args if n]
""")
tree = ast.parse(source)
for node in ast.walk(tree):
    if isinstance(node, ast.FunctionDef):
        print(node.name, node.lineno, [a.arg for a in node.args.args], ast.get_docstring(node))
names = sorted({n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)})
print(names)


class Fold(ast.NodeTransformer):
    def visit_BinOp(self, node):
        self.generic_visit(node)
        if isinstance(node.left, ast.Constant) and isinstance(node.right, ast.Constant):
            value = eval(compile(ast.Expression(node), "<fold>", "eval"))
            return ast.copy_location(ast.Constant(value), node)
        return node


print(ast.unparse(Fold().visit(ast.parse("x = 2 * 3 + y * (4 - 1)"))))
print(ast.dump(ast.parse("a < b", mode="eval")))
print(ast.literal_eval("{'a': [1, (2.5, None)], 'b': {True}, 'c': b'x'}"))
for bad in ("__import__('os')", "1 +", "[1, x]"):
    try:
        ast.literal_eval(bad)
    except (ValueError, SyntaxError) as error:
        print(type(error).__name__, str(error).split(" at 0x")[0].split(" <ast")[0])
print(ast.unparse(tree).splitlines()[:3])
namespace = {}
exec(compile(tree, "<made>", "exec"), namespace)
print(namespace["Shape"]().area(2), namespace["unused"](3, 0, 4))
for text in ("if x\n  y", "f(", "x = = 1", "def f():\nreturn", "'abc", "a b", "1 = x", "print 'x'", "for i in range(3) print(i)", "x = [1, 2", "return 1", "é = 1; 1é"):
    try:
        compile(text, "<t>", "exec")
        print("fine")
    except SyntaxError as error:
        print(type(error).__name__, error.msg, error.lineno, error.offset)
