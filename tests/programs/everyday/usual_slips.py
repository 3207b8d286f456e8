"""What the usual slips of a beginner say."""
slips = """
name = input
prnt('hi')
[1, 2, 3].push(4)
{'a': 1}.has_key('a')
'abc'.contains('a')
len = 5; len([1])
import maths
x = 5; x()
'5' + 5
5 + '5'
[1] + (2,)
None + 1
int('3.5')
(1, 2, 3)[5]
{}['missing']
'text'[0] = 'T'
def f(a, b): pass\nf(1)
def f(a): pass\nf(1, 2)
def f(*, key): pass\nf(1)
class A: pass\nA().thing
class A:\n    def m(): pass\nA().m()
for i in 5: pass
[x for x in None]
a, b = [1]
a, b = 1
max(3)
sorted([3, 'a', None])
open('/no/file.txt')
1 / 0
0 ** -1
float('x')
[].pop()
'%d' % 'a'
'{} {}'.format(1)
raise 'error'
assert False, 'why'
globals()['nope']
nonexistent.attribute
lambda: (yield)
print('a' if)
if True print('x')
def f():\nprint('x')
x = [1, 2
'unclosed
x = 1 +
return 5
break
x == 1 = 2
f(a=1, 2)
import
class = 3
""".strip().splitlines()
for slip in slips:
    slip = slip.replace("\\n", "\n")
    try:
        exec(slip, {})
        print(repr(slip), "fine")
    except BaseException as error:
        text = str(error).replace("[Errno 44]", "[Errno 2]")
        print(repr(slip), "->", type(error).__name__, text)
