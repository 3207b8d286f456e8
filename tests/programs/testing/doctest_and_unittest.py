import doctest, io, sys, unittest

def triple(x):
    """
    >>> triple(2)
    6
    >>> triple("a")
    'aaa'
    """
    return x * 3

class Case(unittest.TestCase):
    def test_good(self): self.assertEqual(triple(1), 3)
    def test_bad(self): self.assertEqual(triple(1), 4)
    def test_sub(self):
        for i in range(3):
            with self.subTest(i=i): self.assertNotEqual(i, 1)

out = io.StringIO()
suite = unittest.defaultTestLoader.loadTestsFromTestCase(Case)
result = unittest.TextTestRunner(stream=out, verbosity=2).run(suite)
print([line for line in out.getvalue().splitlines() if "self.assert" in line or "Error" in line])
print(result.testsRun, len(result.failures))
failed = doctest.testmod(verbose=False)
print(failed)
