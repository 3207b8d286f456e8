import io
import unittest
from unittest import mock


class Mailer:
    def send(self, to, text):
        raise OSError("no network")


class Shop:
    def __init__(self, mailer):
        self.mailer, self.orders = mailer, []

    def order(self, who, what, count=1):
        if count < 1:
            raise ValueError("at least one")
        self.orders.append((who, what, count))
        self.mailer.send(who, f"{count} x {what}")
        return len(self.orders)


class ShopTest(unittest.TestCase):
    def setUp(self):
        self.mailer = mock.create_autospec(Mailer, instance=True)
        self.shop = Shop(self.mailer)
        self.addCleanup(lambda: self.shop.orders.clear())

    def test_order_sends_mail(self):
        self.assertEqual(self.shop.order("ana", "pen", 2), 1)
        self.mailer.send.assert_called_once_with("ana", "2 x pen")

    def test_zero_is_refused(self):
        with self.assertRaisesRegex(ValueError, "at least"):
            self.shop.order("ana", "pen", 0)
        self.mailer.send.assert_not_called()

    def test_many(self):
        for count in (1, 2, 3):
            with self.subTest(count=count):
                self.assertNotEqual(count, 2)

    def test_patched(self):
        with mock.patch.object(Mailer, "send", side_effect=[None, RuntimeError("full")]) as send:
            shop = Shop(Mailer())
            shop.order("a", "b")
            self.assertRaises(RuntimeError, shop.order, "a", "b")
            self.assertEqual(send.call_count, 2)

    @unittest.skip("not today")
    def test_skipped(self):
        self.fail()

    @unittest.expectedFailure
    def test_known(self):
        self.assertAlmostEqual(0.1 + 0.2, 0.4)


out = io.StringIO()
result = unittest.TextTestRunner(out, verbosity=2).run(unittest.defaultTestLoader.loadTestsFromTestCase(ShopTest))
print(result.testsRun, len(result.failures), len(result.errors), len(result.skipped), len(result.expectedFailures))
print("\n".join(line for line in out.getvalue().splitlines() if line.startswith(("test_", "  test_"))))
print(result.failures[0][1].strip().splitlines()[-1])
