# SPDX-License-Identifier: MIT
"""pyheapspy on a real terminal: a tmux of our own, its keys and its screen."""
import os
import re
import shutil
import subprocess
import tempfile
import time

from . import dump
from .target import Skip, die_with_us

PATIENCE = 120		# seconds for anything to appear

# What the terminal was set to before and after, and how it ended.
RUN = """\
trap : INT QUIT
stty -g >%(dir)s/before
sh -c 'echo $$ >%(dir)s/pid; exec env %(env)s %(program)s attach %(args)s' \
	2>%(dir)s/stderr
echo $? >%(dir)s/status.new
stty -g >%(dir)s/after
mv %(dir)s/status.new %(dir)s/status
exec cat >/dev/null
"""


class Terminal:
    """A terminal of @columns x @rows in which attach runs."""

    def __init__(self, pid, *options, columns=100, rows=30, env="",
                 term="screen-256color"):
        if not shutil.which("tmux"):
            raise Skip("no tmux")
        self.dir = tempfile.mkdtemp(prefix="pyheapspy-term-")
        script = os.path.join(self.dir, "run")
        with open(script, "w") as f:
            f.write(RUN % {
                "dir": self.dir, "env": env, "program": dump.PROGRAM,
                "args": " ".join([str(pid)] + list(options))})
        with open(os.path.join(self.dir, "conf"), "w") as f:
            f.write("set -g default-terminal %s\nset -g status off\n"
                    "set -g escape-time 0\n" % term)
        environment = dict(os.environ, LC_ALL="C.UTF-8", TERM="xterm")
        environment.pop("NO_COLOR", None)
        environment.pop("TMUX", None)
        self.base = ["tmux", "-u", "-S", os.path.join(self.dir, "socket"),
                     "-f", os.path.join(self.dir, "conf")]
        # In the foreground, so that it ends with us.
        self.server = subprocess.Popen(
            self.base + ["-D"], env=environment, preexec_fn=die_with_us,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        self.wait(lambda: os.path.exists(os.path.join(self.dir, "socket")),
                  "tmux")
        self.tmux("new-session", "-d", "-x", columns, "-y", rows,
                  "sh " + script)

    def tmux(self, *args):
        done = subprocess.run(self.base + [str(a) for a in args],
                              stdin=subprocess.DEVNULL,
                              stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=PATIENCE)
        return done.stdout.decode("utf-8", "replace")

    def wait(self, ready, what):
        """Until ready() is true; what it is then."""
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            found = ready()
            if found:
                return found
            time.sleep(0.02)
        raise TimeoutError("no %s within %d s; on the screen:\n%s%s"
                           % (what, PATIENCE, self.text(), self.stderr()))

    def lines(self):
        return self.text().split("\n")

    def text(self):
        return self.tmux("capture-pane", "-p")

    def press(self, *keys):
        """Keys by tmux's names, or text."""
        self.tmux("send-keys", *keys)

    def until(self, pattern):
        """Wait until the screen has it: the match."""
        return self.wait(lambda: re.search(pattern, self.text(),
                                           re.MULTILINE),
                         repr(pattern))

    def without(self, pattern):
        self.wait(lambda: not re.search(pattern, self.text(), re.MULTILINE),
                  "screen without %r" % pattern)

    def resize(self, columns, rows):
        self.tmux("resize-window", "-x", columns, "-y", rows)

    def read(self, name):
        try:
            with open(os.path.join(self.dir, name)) as f:
                return f.read()
        except OSError:
            return ""

    def stderr(self):
        return self.read("stderr")

    def pid(self):
        """Of pyheapspy."""
        return int(self.wait(lambda: self.read("pid").strip(), "PID"))

    def end(self):
        """It has ended: its exit status; 128 + n for a signal."""
        return int(self.wait(lambda: self.read("status").strip(), "end"))

    def as_before(self):
        """What is not as it was before: a list, empty is good."""
        wrong = []
        if self.read("before") != self.read("after"):
            wrong.append("stty is %s, was %s" % (self.read("after").strip(),
                                                 self.read("before").strip()))
        state = self.tmux("display-message", "-p", "#{alternate_on} "
                          "#{cursor_flag} #{keypad_flag} #{mouse_any_flag}")
        if state.split() != ["0", "1", "0", "0"]:
            wrong.append("alternate screen, cursor, keypad, mouse: "
                         + state.strip())
        return wrong

    def close(self):
        self.tmux("kill-server")
        self.server.kill()
        self.server.wait()
        shutil.rmtree(self.dir, ignore_errors=True)
