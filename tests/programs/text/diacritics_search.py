import bisect
import collections
import re
import unicodedata

documents = {"a": "The café on the corner sells crêpes and coffee.", "b": "Coffee tables are sold at the corner store.", "c": "Crepes, crêpes & cafés: a guide."}


def fold(text):
    return "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))


index = collections.defaultdict(lambda: collections.defaultdict(list))
for name, text in documents.items():
    for position, word in enumerate(re.findall(r"\w+", fold(text))):
        index[word][name].append(position)


def search(query):
    words = re.findall(r"\w+", fold(query))
    found = set.intersection(*(set(index.get(w, {})) for w in words)) if words else set()
    return sorted(found, key=lambda n: (-sum(len(index[w][n]) for w in words), n))


def phrase(query):
    first, *rest = re.findall(r"\w+", fold(query))
    return [n for n, at in index.get(first, {}).items() if any(all(p + i + 1 in index.get(w, {}).get(n, ()) for i, w in enumerate(rest)) for p in at)]


for query in ("Crêpes", "coffee corner", "CAFÉ", "nothing", ""):
    print(repr(query), search(query))
print(phrase("the corner"), phrase("corner sells"), phrase("guide a"))
vocabulary = sorted(index)
at = bisect.bisect_left(vocabulary, "co")
print([w for w in vocabulary[at:] if w.startswith("co")], len(vocabulary), dict(index["crepes"]))
