"""Makes a failing sequence short: operations go, then arguments become simple."""

import sequences

# Enough for what a sequence can need, and an end if none is reached.
_MOST_RUNS = 3000


class Shrinker:
    """Shrinks a sequence as long as it still fails in the same way."""

    def __init__(self, fails):
        """fails(sequence) runs a sequence and says whether it does."""
        self._fails = fails
        self._runs = 0

    def shrink(self, sequence):
        before = None
        while sequence != before and self._runs < _MOST_RUNS:
            before = sequence
            sequence = self._simplify(self._remove(sequence))
        return sequence

    def _holds(self, sequence):
        self._runs += 1
        return self._runs <= _MOST_RUNS and self._fails(sequence)

    def _remove(self, sequence):
        """Delta debugging: removes pieces, of half of the operations at first, of one in the end."""
        size = max(1, len(sequence) // 2)
        while True:
            at = 0
            while at < len(sequence):
                shorter = sequence[:at] + sequence[at + size :]
                if shorter and self._holds(shorter):
                    sequence = shorter
                else:
                    at += size
            if size == 1:
                return sequence
            size //= 2

    def _simplify(self, sequence):
        for i in range(len(sequence)):
            while True:
                for simpler in sequences.simpler(sequence[i]):
                    changed = sequence[:i] + [simpler] + sequence[i + 1 :]
                    if simpler != sequence[i] and self._holds(changed):
                        sequence = changed
                        break
                else:
                    break
        return sequence
