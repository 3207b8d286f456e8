import csv
import io

rows = [["plain", "with,comma", 'with "quotes"', "two\nlines", "", None, 1.5], ["semi;colon", "tab\there", "'single'", " space ", "é", "yes", 10**20]]
for options in ({}, {"delimiter": ";"}, {"quoting": csv.QUOTE_ALL}, {"quoting": csv.QUOTE_NONNUMERIC}, {"quoting": csv.QUOTE_NONE, "escapechar": "\\"}, {"quotechar": "'"}, {"dialect": "excel-tab"}, {"dialect": "unix"}):
    out = io.StringIO()
    csv.writer(out, **options).writerows(rows)
    print(options, repr(out.getvalue()))
    again = list(csv.reader(io.StringIO(out.getvalue()), **options))
    print(len(again), again[0][:4])
sniffed = csv.Sniffer().sniff("a;b;c\n1;2;3\n4;5;6\n")
print(repr(sniffed.delimiter), csv.Sniffer().has_header("name,age\nana,3\nbo,4\n"))
reader = csv.DictReader(io.StringIO("a,b\n1,2,3\n4\n"), restkey="rest", restval="?")
print(list(reader), reader.line_num)
try:
    csv.writer(io.StringIO(), quoting=csv.QUOTE_NONE).writerow(["a,b"])
except csv.Error as error:
    print(error)
try:
    csv.DictWriter(io.StringIO(), ["a"]).writerow({"a": 1, "z": 2})
except ValueError as error:
    print(error)
