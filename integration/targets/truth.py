# SPDX-License-Identifier: MIT
"""What a tracee says about its own heap, object by object.

A target builds its population and calls wait().  That forks: the parent, the
tracee, goes to sleep in pause(2) at once; the child is a copy of it, address
by address, and has all the time and memory it wants to write the truth down.
So the truth's bookkeeping is in nobody's way, and the tracee waits with
exactly the objects that the truth names.

Why not os.fork(): it runs hooks (random, threading, logging) and clears the
other threads, so that the child would differ.  fork(2) through ctypes does
none of that, and PyDLL keeps the GIL.

What keeps the two equal, to the block:
 - a spare int waits in the free list for the parent's result of fork();
 - nothing is imported, bound or opened by the child before it has taken the
   counters and the lists of the collector, in that order;
 - what the child made meanwhile (its frame, the lists) is left out by id.

The file is tab separated, a line an object:

  id type base size generation tracked refs name

  type, name   `name` for builtins, else module.qualname, unprintable
               characters as backslash escapes; name is a type's own name
  base         the first base that is not a Python class: it decides the
               layout, so it decides whom we believe
  size         - where asking would run Python code or change something
  generation   0 to 2, f if frozen, - if not tracked or not known (3.6, 3.7)
  refs         gc.get_referents(), with repetition; - where the copy differs

and one line that begins with # and holds the counters as JSON.

Runs on every CPython from 3.6 on.
"""
import gc
import json
import os
import signal
import sys
import threading
import time
import types
import weakref

HEAPTYPE = 1 << 9
HAVE_FINALIZE = 1 << 0		# set for every class that Python code makes
FLUSH = 1 << 16

type_module = type.__dict__["__module__"].__get__
type_qualname = type.__dict__["__qualname__"].__get__
type_mro = type.__dict__["__mro__"].__get__
type_dict = type.__dict__["__dict__"].__get__
type_base = type.__dict__["__base__"].__get__
type_flags = type.__dict__["__flags__"].__get__
code_fields = ["co_consts", "co_names", "co_filename", "co_name"]
if sys.version_info < (3, 11):
    # Later these make a new object each time.
    code_fields += ["co_code", "co_varnames", "co_freevars", "co_cellvars"]
else:
    code_fields += ["co_qualname", "co_exceptiontable"]
code_fields += ["co_linetable" if sys.version_info >= (3, 10)
                else "co_lnotab"]
descriptors = (types.GetSetDescriptorType, types.MemberDescriptorType,
               type(str.join), type(object.__init__),
               type(dict.__dict__["fromkeys"]))


def name_of(cls):
    """The name that pyheapspy gives a type."""
    try:
        module = type_module(cls)
    except AttributeError:
        module = None
    if not isinstance(module, str) or module in ("builtins", ""):
        return type_qualname(cls)
    return module + "." + type_qualname(cls)


def layout_base(cls):
    """The nearest base that Python code did not make."""
    made = HEAPTYPE | HAVE_FINALIZE
    while type_flags(cls) & made == made and type_base(cls) is not None:
        cls = type_base(cls)
    return cls


def own_sizeof(cls):
    """Does Python code decide what sys.getsizeof() says?"""
    for base in type_mro(cls) or ():
        if "__sizeof__" in type_dict(base):
            return isinstance(type_dict(base)["__sizeof__"],
                              types.FunctionType)
    return False


def owned(obj, name, get=object.__getattribute__):
    """What an object holds and the collector is not told of.

    Only what exists already: many attributes make a new object at each
    access, which is then no object of the tracee.
    """
    cls = type(obj)
    if issubclass(cls, dict):
        return list(dict.keys(obj))
    if issubclass(cls, type):
        if type_mro(obj) is None:
            return []
        found = gc.get_referents(type_dict(obj))
        found += type.__subclasses__(obj)
        if type_flags(obj) & HEAPTYPE:
            found += [type.__dict__["__name__"].__get__(obj),
                      type_qualname(obj)]
        return found + weakref.getweakrefs(obj)
    if cls is types.CodeType:
        return [get(obj, field) for field in code_fields]
    if cls in descriptors:
        return [obj.__name__, obj.__objclass__]
    if cls is range:
        return [obj.start, obj.stop, obj.step]
    if cls is types.CoroutineType:
        return [obj.cr_origin] if hasattr(obj, "cr_origin") else []
    if name in ("datetime.datetime", "datetime.time"):
        return [obj.tzinfo]
    if name == "numpy.ndarray":
        return [obj.base, obj.dtype] + (
            obj.ravel().tolist() if obj.dtype.kind == "O" else [])
    return []


def escape(text):
    """A name on a line of its own alphabet."""
    text = text.replace("\\", "\\\\").replace("\t", "\\x09")
    text = text.replace("\n", "\\x0a").replace("\r", "\\x0d")
    return text.encode("ascii", "backslashreplace").decode("ascii")


def ours_alone(obj):
    """Code that only the copy runs: running it may give it a cache."""
    return type(obj) is types.CodeType and obj.co_filename == __file__


def is_interned(obj):
    """Is this the dict of interned strings?  The copy adds and drops some."""
    if len(obj) < 1000:
        return False
    for key in obj:
        if type(key) is not str or obj[key] is not key:
            return False
    return True


class Writer:
    """Follows the references of what it is given and writes each object."""

    def __init__(self, fd, without):
        self.fd = fd
        self.seen = set(without)
        self.generation = {}
        self.columns = {}	# by id: a metaclass may define equality
        # Static types that nobody has used yet have neither dict nor mro.
        # sys.getsizeof() of an instance would give them both, in this copy.
        self.unready = set()
        self.lines = []
        self.objects = 0

    def close_over(self, stack):
        """Write the objects of @stack and all that they lead to."""
        seen, add = self.seen, self.seen.add
        referents = gc.get_referents
        while stack:
            obj = stack.pop()
            key = id(obj)
            if key in seen:
                continue
            add(key)
            # In this order: a reference more, and BytesIO says another size.
            size = self.size(obj)
            refs = referents(obj)
            name = self.write(key, obj, size, refs)
            stack.extend(refs)
            if key not in self.unready:
                stack.extend(owned(obj, name))
            stack.append(type(obj))
        self.flush()

    def describe(self, cls):
        """Columns of a type's objects, and whether to ask for their size."""
        if type_mro(cls) is None:
            self.unready.add(id(cls))
        return (escape(name_of(cls)), escape(name_of(layout_base(cls))),
                not own_sizeof(cls) and id(cls) not in self.unready)

    def size(self, obj):
        cls = type(obj)
        if id(cls) not in self.columns:
            self.columns[id(cls)] = self.describe(cls)
        if not self.columns[id(cls)][2] or ours_alone(obj):
            return "-"
        return str(sys.getsizeof(obj))

    def write(self, key, obj, size, refs):
        """One line; returns the type's name."""
        cls = type(obj)
        name, base, _ = self.columns[id(cls)]
        refs = ",".join(["%x" % id(r) for r in refs])
        if cls is dict and is_interned(obj):
            size = refs = "-"
        self.lines.append("\t".join((
            "%x" % key, name, base, size,
            str(self.generation.get(key, "-")),
            "1" if gc.is_tracked(obj) else "0", refs,
            escape(name_of(obj)) if issubclass(cls, type) else "")) + "\n")
        self.objects += 1
        if len(self.lines) > 1000:
            self.flush()
        return name

    def flush(self):
        text = "".join(self.lines).encode("ascii")
        del self.lines[:]
        while text:
            text = text[os.write(self.fd, text):]

    def counters(self, values):
        self.lines.append("#" + json.dumps(values) + "\n")
        self.flush()


def collector_lists(without):
    """generation -> its objects, the frozen ones under "f".

    @without: ids of what this process made since the fork; grows by what is
    made here.
    """
    lists = {}
    without.update((id(lists), id(without), id(sys._getframe())))
    if sys.version_info >= (3, 8):
        for n in range(3):
            lists[n] = gc.get_objects(generation=n)
            without.add(id(lists[n]))
    else:
        lists["-"] = gc.get_objects()
        without.add(id(lists["-"]))
    if hasattr(gc, "unfreeze"):
        known = set()
        known.add(id(known))
        for objects in lists.values():
            known.update(map(id, objects))
        known |= without
        gc.unfreeze()
        later = gc.get_objects()
        lists["f"] = but_for(later, known)
        without.update((id(known), id(later), id(lists["f"])))
    for n in list(lists):
        lists[n] = but_for(lists[n], without)
    return lists


def but_for(objects, ids):
    """Apart, for the caller of a comprehension owns cells: new objects."""
    return [o for o in objects if id(o) not in ids]


def held_by_frames():
    """The locals of running frames, where frames are no objects (3.11+)."""
    found = []
    for frame in sys._current_frames().values():
        frames = []
        while frame is not None:
            frames.append(frame)
            if frame.f_code.co_filename == __file__ and (
                    frame.f_code.co_name in ("child", "tell_here")):
                del frames[:]	# what runs inside is our own doing
            frame = frame.f_back
        for frame in frames:
            found.extend(dict(frame.f_locals).values())
    return found


def tell(fd, lists, without, values):
    """Write everything this interpreter has, the counters last."""
    writer = Writer(fd, without)
    stack = []
    values["generations"] = {n: len(lists[n]) for n in lists}
    for n, objects in lists.items():
        for obj in objects:
            writer.generation[id(obj)] = n
        stack.extend(objects)
    # Static types are in no list of the collector; subclasses lead to them.
    stack.append(object)
    writer.close_over(stack)
    if sys.version_info >= (3, 11):
        # Late, for it makes frame objects, and generators then show them.
        writer.close_over(held_by_frames())
    values["objects"] = writer.objects
    writer.counters(values)


def drop_callers(lists, path):
    """Without what came with the source text that called us.

    @path is a constant of it; up to 3.12 the parser keeps a list of those.
    """
    drop = []
    frame = sys._getframe(2)
    while frame is not None:
        code = frame.f_code
        drop += [code, code.co_consts, code.co_names]
        frame = frame.f_back
    for n in lists:
        lists[n] = [o for o in lists[n] if not any(o is d for d in drop) and
                    not (type(o) is types.FunctionType and
                         any(o.__code__ is d for d in drop)) and
                    not (type(o) is list and any(e is path for e in o))]


def tell_here(path):
    """tell(), for another interpreter of the process."""
    count = gc.get_count()
    enabled = gc.isenabled()
    gc.disable()
    without = set((id(count),))
    frame = sys._getframe()
    while frame is not None:
        without.add(id(frame))
        frame = frame.f_back
    lists = collector_lists(without)
    drop_callers(lists, path)
    fd = os.open(path, os.O_WRONLY | os.O_APPEND)
    tell(fd, lists, without, {
        "interpreter": "other", "count": count, "enabled": enabled,
        "threshold": gc.get_threshold(), "stats": gc.get_stats(),
        "garbage": len(gc.garbage)})
    os.close(fd)


def child(path, blocks, count, enabled, more):
    """The copy: write the truth, then answer questions until told to end."""
    gc.disable()
    without = set((id(count), id(sys._getframe())))
    lists = collector_lists(without)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o666)
    tell(fd, lists, without, {
        "interpreter": "main", "pid": os.getppid(), "blocks": blocks,
        "count": count, "enabled": enabled, "threshold": gc.get_threshold(),
        "stats": gc.get_stats(), "garbage": len(gc.garbage),
        "version": sys.version_info[:3],
    })
    os.close(fd)
    # Up to 3.8 all interpreters share one collector: all is told already.
    for run in more if sys.version_info >= (3, 9) else ():
        run("import truth; truth.tell_here(%r)" % path)
    practise()
    os.write(1, b"ready %d %d\n" % (os.getppid(), os.getpid()))
    while answer():
        pass


held = []


def look_at(words):
    """JSON lines of what is at the addresses @words."""
    import ctypes
    # Hold all of them first, lest an answer frees what comes later.
    kept = [ctypes.cast(int(word, 16), ctypes.py_object).value
            for word in words]
    held.append(kept)
    for word, obj in zip(words, kept):
        yield json.dumps({
            "address": word.decode(), "type": name_of(type(obj)),
            "size": sys.getsizeof(obj), "tracked": gc.is_tracked(obj),
            "refs": ["%x" % id(r) for r in gc.get_referents(obj)]})


def answer(source=0, sink=1):
    """One question: addresses to look at, as if they were objects.

    The one who asks has made sure that they look like objects.
    """
    line = b""
    while not line.endswith(b"\n"):
        more = os.read(source, 1 << 16)
        if not more:
            return False
        line += more
    for reply in look_at(line.split()):
        os.write(sink, reply.encode() + b"\n")
    os.write(sink, b"done\n")
    return True


def practise():
    """Answer once, to nobody.

    New names push others out of the cache of methods; what only that cache
    held would be gone by the time we are asked for it.
    """
    source, question = os.pipe()
    nobody = os.open("/dev/null", os.O_WRONLY)
    for i in range(2):
        os.write(question, b"%x %x\n" % (id(None), id(child)))
        answer(source, nobody)


def wait_for_threads(n):
    """Until only @n threads of this process are left, all others asleep."""
    me = str(threading.get_native_id()) \
        if hasattr(threading, "get_native_id") else str(os.getpid())
    while os.path.isdir("/proc/self/task"):
        states = []
        tasks = os.listdir("/proc/self/task")
        for tid in tasks:
            if tid != me:
                try:
                    with open("/proc/self/task/%s/stat" % tid) as f:
                        states.append(f.read().rsplit(")", 1)[1].split()[0])
                except (FileNotFoundError, ProcessLookupError):
                    states.append("gone")
        if len(tasks) == n and set(states) <= {"S"}:
            return
        time.sleep(0.01)
    time.sleep(1)	# no /proc in a bare chroot


def wait(more=()):
    """Have the truth told, and sleep until a signal ends the process.

    @more: functions that run source code in another interpreter, which must
    have imported this module already.
    """
    import ctypes	# not above: other interpreters share its state badly
    path = os.environ["PYHEAPSPY_TRUTH"]
    libc = ctypes.PyDLL(None)
    fork = libc.fork
    stats, blocks = sys._debugmallocstats, sys.getallocatedblocks
    count, enabled, pause = gc.get_count, gc.isenabled, signal.pause
    # The first calls specialise code, fill caches and free lists.
    blocks(), count(), enabled(), libc.getpid()
    if sys.version_info >= (3, 8):
        gc.get_objects(generation=0)	# keeps its keywords as a tuple
    Writer(0, ())	# instances make their type remember attributes
    spare = int("123456789")
    del spare
    if fork():
        while True:
            pause()
    try:
        stats()
        child(path, blocks(), count(), enabled(), more)
    except BaseException:
        import traceback
        os.write(1, traceback.format_exc().encode("utf-8", "replace"))
    finally:
        os._exit(0)
