# SPDX-License-Identifier: MIT
"""Which target runs how, and on which interpreters."""
from .script import LAYOUTS
from .target import Target


class Scene:
    """A script of targets/, with its arguments and environment.

    @only: names of interpreters, or None for all of them.
    @since: the first version that can do it.
    @extension: what it imports, in C.
    """

    def __init__(self, name, about, script=None, only=None, since=(3, 6),
                 env=None, args=(), extension=None):
        self.name = name
        self.about = about
        self.script = script or name + ".py"
        self.only = only
        self.since = since
        self.env = env
        self.args = args
        self.extension = extension

    def fits(self, interpreter):
        if interpreter.version < self.since:
            return False
        if self.only is None:
            # The venv is another pyenv interpreter, with packages.
            return not interpreter.name.startswith("venv")
        return interpreter.name in self.only

    def start(self, interpreter):
        return Target(interpreter, self.script, self.env, self.args,
                      extension=self.extension)


VENV = ["venv-3.11"]

SCENES = [
    Scene("memeater", "the seed case: 12,345 strings in a dict"),
    Scene("builtins", "every built-in type at several sizes",
          script="builtins_all.py"),
    Scene("classes", "instances, slots, metaclasses, names"),
    Scene("suspended", "generators, coroutines, frames, threads"),
    Scene("library", "C types of the standard library"),
    Scene("foreign", "C types that nobody described", extension="foreign",
          only=LAYOUTS),
    Scene("collector", "frozen, disabled, with garbage"),
    Scene("interpreters", "several interpreters in one process",
          since=(3, 8)),
    Scene("pointing", "words that name every place of data segments"),
    Scene("forked", "a worker whose heap grew after the fork"),
    Scene("churn", "a heap with a past, made and dropped at random"),
    Scene("held_by_frames", "objects that only running functions hold"),
    Scene("long", "tables of several megabytes", only=LAYOUTS),
    Scene("million", "a million mixed objects", only=LAYOUTS),
    Scene("arrays", "numpy arrays, and pandas", only=[
        "venv-3.11", "sid-3.14", "sid-3.15"]),
    Scene("flask", "a Flask service with threads, after some load",
          script="flask_service.py", only=VENV),
    Scene("django", "a Django application, after some requests",
          script="django_service.py", only=VENV),
    Scene("gunicorn", "a worker of a preforked, preloaded gunicorn",
          script="gunicorn_service.py", only=VENV),
    Scene("ansible", "ansible, after a play", script="ansible_play.py",
          only=VENV),
]
