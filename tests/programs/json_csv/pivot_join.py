import csv
import io
import itertools
import operator

people = list(csv.DictReader(io.StringIO("id,name,city\n1,Ana,Rome\n2,Bo,Oslo\n3,Cy,Rome\n4,Di,Bonn\n")))
orders = list(csv.DictReader(io.StringIO("id,person,item,cost\n1,1,pen,3\n2,3,ink,7\n3,1,pad,4\n4,9,cup,8\n5,2,pen,3\n")))
by_id = {p["id"]: p for p in people}
joined = [{**order, **{k: v for k, v in by_id.get(order["person"], {"name": None, "city": None}).items() if k != "id"}} for order in orders]
for row in joined:
    print(row)
key = operator.itemgetter("city")
for city, group in itertools.groupby(sorted((r for r in joined if r["city"]), key=key), key):
    group = list(group)
    print(city, sum(int(r["cost"]) for r in group), [r["item"] for r in group])
print("without orders:", [p["name"] for p in people if not any(o["person"] == p["id"] for o in orders)])
items = sorted({o["item"] for o in orders})
print("      ", *(f"{i:>4}" for i in items))
for person in people:
    print(f"{person['name']:<6}", *(f"{sum(int(o['cost']) for o in orders if o['person'] == person['id'] and o['item'] == i) or '':>4}" for i in items))
print(list(zip(*[[1, 2, 3], [4, 5, 6]])), [list(column) for column in itertools.zip_longest("ab", "cde", fillvalue="-")])
