import csv
import io

rows = "\n".join(f"{n},name{n},{n * 1.5},note {n % 7}" for n in range(20_000))
source = f'DATA = """id,name,value,note\n{rows}"""\n'
space = {}
exec(compile(source, "data", "exec"), space)
table = list(csv.DictReader(io.StringIO(space["DATA"])))
print(len(table), table[-1], round(sum(float(r["value"]) for r in table), 1))
numbers = "X = [\n" + ",\n".join(map(str, range(30_000))) + "]\n"
exec(numbers, space)
print(sum(space["X"]))
functions = "\n".join(f"def f{n}(a, b={n}):\n    return a * b + {n}\n" for n in range(2000))
exec(functions, space)
print(space["f1999"](2), sum(space[f"f{n}"](1) for n in range(2000)))
text = "x" * 1_000_000 + "needle" + "y" * 1_000_000
print(text.find("needle"), text.count("x"), text.replace("x", "zz").find("needle"), len(text.split("e")), text.rfind("x"), "needles" in text)
mapping = "M = {" + ",".join(f"'k{n}': ({n}, 'v{n}', [{n}])" for n in range(5000)) + "}"
exec(mapping, space)
print(len(space["M"]), space["M"]["k4999"])
