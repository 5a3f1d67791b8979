"""Errors as cards: what happened in human words, one next step, the real message on one line, the traceback folded.

`install()` is all that the rest of the package needs. `explain(scene)` finds the words and is free of IPython.
"""

from grader.learner.errors.hook import install, scene_from
from grader.learner.errors.recognise import RECOGNISERS, Recogniser, explain
from grader.learner.errors.scene import Scene, Words

__all__ = ["RECOGNISERS", "Recogniser", "Scene", "Words", "explain", "install", "scene_from"]
