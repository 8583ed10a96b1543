"""Runs sequences one after the other until one differs, and makes that one short."""

import time
from collections import namedtuple

import sequences
from actors import Lost, Twins
from comparison import Comparison
from shrink import Shrinker

# How often a sequence is run again to see whether it fails each time.
_RERUNS = 3

Failure = namedtuple("Failure", "seed sequence said")


class Search:
    def __init__(self, reference, mounted):
        self._twins = Twins(reference, mounted)
        self.sequences = 0
        self.operations = 0

    def run(self, seed, seconds, draw=sequences.draw):
        """The Failure of the first sequence from `seed` on that fails, or None if none did in that time."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            sequence = draw(seed)
            failure = self.replay(sequence, seed)
            if failure:
                return failure
            self.sequences += 1
            self.operations += len(sequence)
            seed += 1
        return None

    def replay(self, sequence, seed=None):
        """Runs one sequence: its Failure, in a short sequence, or None."""
        try:
            found = self._difference(sequence)
            return found and self._shrunk(seed, sequence, found)
        except Lost as e:
            return Failure(seed, sequence, f"{e}: no more can be done.")

    def end(self):
        self._twins.end()

    def _difference(self, sequence):
        return self._twins.run(sequence, Comparison().observe)

    def _shrunk(self, seed, sequence, found):
        def fails(shorter):
            again = self._difference(shorter)
            return again is not None and again.kind() == found.kind()

        if not all(fails(sequence) for _ in range(_RERUNS)):
            return Failure(seed, sequence, f"{found}\nIt does not fail each time, so it was not made short.")
        sequence = Shrinker(fails).shrink(sequence)
        return Failure(seed, sequence, str(self._difference(sequence) or found))
