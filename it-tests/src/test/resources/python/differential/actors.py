"""Two directories, and for each the processes of several users who make system calls there."""

import multiprocessing
import os
import traceback

import tree
from calls import Calls
from laws import become
from sequences import ACTORS, NOTHING, TIMES, targets

# A call that takes longer hangs.
_TIME_LIMIT_SECONDS = 60


class Lost(Exception):
    """A process does not answer: it hangs in a call, or has ended."""


class _Actor:
    """A process of one user that does what it is told."""

    _pipes = []

    def __init__(self, identity, is_reference):
        self._pipe, theirs = multiprocessing.Pipe()
        self._pipes.append(self._pipe)
        self._child = os.fork()
        if self._child == 0:
            # An actor ends when nobody else has the other end of its pipe.
            for pipe in self._pipes:
                pipe.close()
            try:
                _serve(theirs, identity, is_reference)
            except EOFError:
                pass
            finally:
                os._exit(0)
        theirs.close()

    def tell(self, *message):
        self._pipe.send(message)

    def answer(self):
        if not self._pipe.poll(_TIME_LIMIT_SECONDS):
            raise Lost("a call does not return")
        try:
            ok, answer = self._pipe.recv()
        except EOFError as e:
            raise Lost("a process ended") from e
        if not ok:
            raise RuntimeError(answer)
        return answer

    def end(self):
        self._pipe.close()
        os.waitpid(self._child, 0)


def _serve(pipe, identity, is_reference):
    if identity != (0, 0, []):
        become(*identity)
    calls = Calls(is_reference)
    actions = {
        "reset": calls.reset,
        "run": lambda batch: [calls.run(*step) for step in batch],
        "make": os.makedirs,
        "walk": tree.walk,
        "remove": tree.remove,
    }
    while True:
        action, *arguments = pipe.recv()
        try:
            pipe.send((True, actions[action](*arguments)))
        except Exception:  # it is an error of this program, or a broken tree: say all there is to say
            pipe.send((False, traceback.format_exc()))


class Twins:
    """Runs a sequence in two directories, a few operations here and the same ones there at the same time."""

    def __init__(self, reference, mounted):
        self._directories = reference, mounted
        self._sides = [
            {actor: _Actor(identity, is_reference) for actor, identity in ACTORS.items()}
            for is_reference in (True, False)
        ]
        self._runs = 0

    def run(self, sequence, observe):
        """Gives observe(operation, result, result of the other side) each operation until it returns something
        that is not None, which is returned. In the end the operation is None and the results are trees."""
        self._runs += 1
        boxes = [os.path.join(directory, f"{os.getpid()}-{self._runs}") for directory in self._directories]
        places = [os.path.join(box, "box") for box in boxes]
        self._both("root", [("make", place) for place in places])
        self._reset(places)
        found = self._observed(sequence, places, observe)
        self._reset(["/"] * 2)
        self._both("root", [("remove", box) for box in boxes])
        return found

    def _observed(self, sequence, places, observe):
        for batch in _batches(sequence):
            results = self._both(batch[0]["by"], [("run", [_step(each) for each in batch])] * 2)
            for operation, *pair in zip(batch, *results):
                found = observe(operation, *pair)
                if found is not None:
                    return found
        self._both("root", [("run", [("seteuid", [0], [], False)])] * 2)
        return observe(None, *self._both("root", [("walk", place) for place in places]))

    def _reset(self, places):
        for side, place in zip(self._sides, places):
            for actor in side.values():
                actor.tell("reset", place)
        for side in self._sides:
            for actor in side.values():
                actor.answer()

    def _both(self, actor, messages):
        for side, message in zip(self._sides, messages):
            side[actor].tell(*message)
        return [side[actor].answer() for side in self._sides]

    def end(self):
        for side in self._sides:
            for actor in side.values():
                actor.end()


def _step(operation):
    """The arguments of Calls.run for an operation."""
    watch = operation["watch"]
    return operation["call"], operation["arguments"], targets(operation) if watch != NOTHING else [], watch == TIMES


def _batches(sequence):
    """Pieces of a sequence that one actor does."""
    batch = []
    for operation in sequence:
        if batch and batch[0]["by"] != operation["by"]:
            yield batch
            batch = []
        batch.append(operation)
    if batch:
        yield batch
