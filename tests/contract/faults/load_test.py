"""How many rounds of health answers are asked for, and which of them count."""
import unittest
from unittest import mock

import load

GOOD, LATE = load.HEALTH_MEDIAN_S / 2, load.HEALTH_MEDIAN_S * load.PATIENCE * 2


class HealthRounds(unittest.TestCase):
    def rounds(self, *times):
        """The good rounds and all of them, of a server whose answers take `times`, one a round."""
        answers = [time for time in times for _ in range(20)]
        with mock.patch.object(load, "timed_health", side_effect=answers):
            medians, slowest = load.health_times(None)
        self.assertEqual(slowest, max(times[:len(medians)]))
        return load.good_rounds(medians), len(medians)

    def test_three_good_ones_are_enough(self):
        self.assertEqual(self.rounds(GOOD, GOOD, GOOD), (3, 3))
        self.assertEqual(self.rounds(GOOD, LATE, GOOD, LATE, GOOD), (3, 5))

    def test_one_good_one_is_not(self):
        good, asked = self.rounds(GOOD, LATE, LATE, LATE, LATE)
        self.assertEqual(asked, load.HEALTH_ROUNDS)
        self.assertLess(good, load.HEALTH_GOOD_ROUNDS)


if __name__ == "__main__":
    unittest.main()
