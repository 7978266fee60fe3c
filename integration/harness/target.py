# SPDX-License-Identifier: MIT
"""A target: a program under one interpreter, from its start to its end."""
import ctypes
import os
import shutil
import select
import signal
import subprocess
import tempfile
import time

from . import extension as extensions
from .interpreters import HERE

PR_SET_PDEATHSIG = 1
PR_SET_THP_DISABLE = 41
prctl = ctypes.CDLL(None).prctl

READY = 240		# seconds until a target must have told its truth
PATIENCE = 60		# seconds until it must do anything else
READING = "0 0x0 "	# of /proc/PID/syscall, x86-64: read() from stdin


class Skip(Exception):
    """Cannot be tested here; says why."""


class Lack(Skip):
    """This host cannot do it, whatever the interpreter; says what it lacks."""


class Failed(Exception):
    """The test itself could not be carried out."""


def die_with_us():
    """A target sleeps for ever: it must not outlive a test that was killed."""
    prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def before_exec():
    """What a target is born with.

    The kernel must not join its pages to huge ones at a time of its own, which
    adds to its memory: CPython 3.15 asks for them.
    """
    die_with_us()
    prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0)


class Target:
    """A running target, asleep, its truth written.

    @wait_for: how the line of its output begins that says so; what follows
    are PIDs, that of the tracee first, or nothing.
    @extension: a file of targets/ in C that it imports, without ".c".
    @library: ... that it loads with ctypes.
    """

    def __init__(self, interpreter, script, env=None, args=(),
                 wait_for="ready", user=None, extension=None, library=None):
        self.interpreter = interpreter
        self.dir = tempfile.mkdtemp(prefix="pyheapspy-",
                                    dir=interpreter.root + "/tmp")
        os.chmod(self.dir, 0o777)
        # As seen by the target, which may live in a chroot.
        inside = self.dir[len(interpreter.root):]
        shutil.copytree(os.path.join(HERE, "targets"),
                        os.path.join(self.dir, "targets"))
        if extension or library:
            build = extensions.build if extension else extensions.library
            try:
                build(extension or library,
                      os.path.join(self.dir, "targets"))
            except extensions.CannotBuild as why:
                shutil.rmtree(self.dir)
                raise Skip(str(why))
        self.truth = os.path.join(self.dir, "truth")
        self.errors = os.path.join(self.dir, "stderr")
        full = dict(os.environ, PYTHONDONTWRITEBYTECODE="1",
                    PYHEAPSPY_TRUTH=os.path.join(inside, "truth"),
                    PYTHONHASHSEED="0")
        full.pop("PYTHONPATH", None)
        full.update(env or {})
        # Then pymalloc has no blocks, and all are malloc's.
        self.has_pools = interpreter.kind != "nopools" and not \
            full.get("PYTHONMALLOC", "").startswith("malloc")
        # Then blocks are larger than what is asked for.
        self.has_debug_hooks = "debug" in full.get("PYTHONMALLOC", "")
        with open(self.errors, "wb") as errors:
            self.process = subprocess.Popen(
                interpreter.launch +
                [os.path.join(inside, "targets", script)] + list(args),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
                env=full, cwd=self.dir, start_new_session=True,
                preexec_fn=before_exec,
                **({"user": user} if user is not None else {}))
        self.pid = self.process.pid
        self.pending = b""	# of its output, not a whole line yet
        try:
            # The tracee may be a child of what we started.
            self.said_pids = [int(word) for word in
                              self.await_line(wait_for).split()]
            if self.said_pids:
                self.pid, self.copy = self.said_pids[0], self.said_pids[-1]
        except BaseException:
            self.stop()
            raise

    def line(self, seconds):
        """The next line it prints, or None when the time is up."""
        end = time.monotonic() + seconds
        while b"\n" not in self.pending:
            left = end - time.monotonic()
            if left <= 0 or not select.select([self.process.stdout], [], [],
                                              left)[0]:
                return None
            more = os.read(self.process.stdout.fileno(), 1 << 16)
            if not more:
                return None
            self.pending += more
        text, self.pending = self.pending.split(b"\n", 1)
        return text.decode("utf-8", "replace")

    def await_line(self, wanted):
        said = []
        end = time.monotonic() + READY
        while time.monotonic() < end:
            line = self.line(end - time.monotonic())
            if line is None:
                break
            if line.startswith(wanted):
                return line[len(wanted):]
            if line.startswith("skip "):
                raise Skip(line[5:])
            said.append(line)
        with open(self.errors, errors="replace") as f:
            tail = f.read()[-600:]
        raise Failed("target said no %r: %s %s"
                     % (wanted, " | ".join(said[-8:]), tail))

    def say(self, command, seconds=60):
        """Send a line to a target that answers lines; its answer or None."""
        self.process.stdin.write(command.encode() + b"\n")
        self.process.stdin.flush()
        return self.line(seconds)

    def await_rest(self):
        """Until it waits for a line: its answer is out before that."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            with open("/proc/%d/syscall" % self.pid) as f:
                if f.read().startswith(READING):
                    return
            time.sleep(0.01)
        raise Failed("the target does not come to rest")

    def goes_on(self, command, seconds=60):
        """Does what it counts still grow?"""
        before = self.say(command)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if self.say(command) != before:
                return True
            time.sleep(0.01)
        return False

    def ask(self, addresses):
        """What the copy of the target finds at @addresses: JSON lines."""
        self.process.stdin.write(
            (" ".join("%x" % a for a in addresses) + "\n").encode())
        self.process.stdin.flush()
        lines = []
        while True:
            line = self.line(1)
            if line is None:
                if self.copy_lives():
                    continue
                raise Failed("the copy died of the question for %#x"
                             % addresses[len(lines)])
            if line == "done":
                return lines
            lines.append(line)

    def copy_lives(self):
        """Is the one still there that tells the truth?"""
        try:
            with open("/proc/%d/stat" % self.copy) as f:
                return f.read().rsplit(")", 1)[1].split()[0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False

    def state(self):
        """Fields of /proc/PID/status."""
        with open("/proc/%d/status" % self.pid) as f:
            return dict(line.rstrip("\n").split(":\t", 1)
                        for line in f if ":\t" in line)

    def unharmed(self):
        """What is wrong with it after we have looked: a list, empty is good.

        Right after we let go, a thread may need a moment to sleep again.
        """
        wrong = []
        try:
            state = self.state()
        except OSError:
            return ["the target is gone"]
        end = time.monotonic() + PATIENCE
        while state["State"][0] not in "SR" and time.monotonic() < end:
            time.sleep(0.01)
            state = self.state()
        if state["State"][0] not in "SR":
            wrong.append("target is in state " + state["State"])
        if state["TracerPid"].strip() != "0":
            wrong.append("target is traced by " + state["TracerPid"])
        stop = 1 << (signal.SIGSTOP - 1)
        for field in ("SigPnd", "ShdPnd"):
            if int(state[field], 16) & stop:
                wrong.append("target has a SIGSTOP pending")
        return wrong

    def maps(self):
        """(start, end, permissions, path) of each mapping."""
        found = []
        with open("/proc/%d/maps" % self.pid) as f:
            for line in f:
                part = line.rstrip("\n").split(None, 5)
                start, end = (int(x, 16) for x in part[0].split("-"))
                found.append((start, end, part[1],
                              part[5] if len(part) > 5 else ""))
        return found

    def heap(self):
        """(start, end) of malloc's main heap; of nothing, if it has none."""
        for start, end, _, path in self.maps():
            if path == "[heap]":
                return start, end
        return 0, 0

    def stop(self, keep=False):
        """End it and its copy; forget its files unless @keep."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()
        if not keep:
            shutil.rmtree(self.dir, ignore_errors=True)
