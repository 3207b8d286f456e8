from unittest import mock
import datetime
import json
import os

m = mock.Mock(return_value=5, name="m")
print(m(1, k=2), m.call_args, m.mock_calls, m.called)
m.child.method.return_value = "deep"
print(m.child.method("x"), m.method_calls)
magic = mock.MagicMock()
magic.__len__.return_value = 3
magic.__getitem__.side_effect = lambda k: k * 2
print(len(magic), magic["ab"], bool(magic), list(magic))
with mock.patch("os.getcwd", return_value="/fake"):
    print(os.getcwd())
with mock.patch.dict(os.environ, {"TOKEN": "t"}, clear=True):
    print(dict(os.environ))
with mock.patch("builtins.open", mock.mock_open(read_data='{"a": 1}')) as opened:
    print(json.load(open("config.json")), opened.call_args)
with mock.patch(f"{__name__}.datetime") as fake:
    fake.date.today.return_value = "never"
    print(datetime.date.today())
try:
    m.assert_called_with(9)
except AssertionError as error:
    print(error)
spec = mock.Mock(spec=["run"])
try:
    spec.walk()
except AttributeError as error:
    print(error)
print(mock.call(1) == mock.call(1), mock.ANY == object(), mock.sentinel.x is mock.sentinel.x)
seal = mock.Mock(side_effect=ValueError("no"))
try:
    seal()
except ValueError as error:
    print(error)
