# SPDX-License-Identifier: MIT
"""Whom we hold pyheapspy to, and the few exceptions, each with its reason.

What is not marked must be true, of whatever type.  What is marked, a size as a
bound, references as inferred, must be so for a reason: types that are listed
here may not be.
"""

# Modules whose C types must be exact in size and references.  The name is
# that of the layout: subclasses written in Python are judged by their base.
EXACT_MODULES = frozenset("""
	_asyncio _collections _collections_abc _contextvars _ctypes _decimal
	_elementtree _functools _io _operator _pickle _queue _random _sre _struct
	_thread _weakref abc array asyncio builtins collections contextvars ctypes
	datetime decimal functools io itertools mmap operator os pickle posix
	queue random re resource struct sys threading time types typing weakref
	xml
""".split())

# Whose references only their own C code knows, and it changed between point
# releases: we take the words that point at objects.  Sizes are exact.  Of
# modules and capsules, those that have a state or such code.
OPAQUE_TYPES = frozenset("""
	module PyCapsule _pickle.Pickler _pickle.Unpickler
	xml.etree.ElementTree.TreeBuilder xml.etree.ElementTree.XMLParser
""".split())

# numpy.ndarray is exact too, including the data it owns.
EXACT_TYPES = frozenset(["numpy.ndarray"])

# Of what C compilers can lay out, and CPython has: objects in data segments.
# Two words of a table that look like a header are no object of another type.
STATIC_TYPES = frozenset("""
	NoDefaultType NoneType NotImplementedType Token.MISSING bool bytes code
	complex contextvars.Token.MISSING datetime.timedelta datetime.timezone
	ellipsis float hamt_bitmap_node int moduledef object str tuple type
""".split())

# Whose blocks sys.getsizeof() tells: one, or the object and one buffer.
WITH_BUFFER = ("list", "dict", "set", "frozenset", "bytearray")
WEIGHED = frozenset(WITH_BUFFER) | frozenset("""
	str bytes int float complex tuple function builtin_function_or_method
	cell method property slice range weakref weakref.ReferenceType
	classmethod staticmethod getset_descriptor member_descriptor
	method_descriptor classmethod_descriptor wrapper_descriptor
	method-wrapper generator coroutine traceback mappingproxy
	list_iterator tuple_iterator dict_keyiterator set_iterator
	types.GenericAlias types.SimpleNamespace
""".split())

# C types of extensions that say no module, as if they were built in.
POSERS = ("cython_", "_cython", "fused_cython", "_common_types_metatype")


def is_exact(base):
    """Must the size and the references of this layout be exact?"""
    if base.startswith(POSERS):
        return False
    return ("." not in base or base.split(".")[0] in EXACT_MODULES
            or base in EXACT_TYPES)


def is_opaque(base):
    """Are its references only known to its own C code?"""
    return base in OPAQUE_TYPES


def infers_truly(base):
    """A module's state may hold objects further away, behind pointers of its
    own (the functions of atexit); those we do not see.  But all that we infer
    must be true."""
    return base == "module"


# Of warnings that a target may cause without being misread.  An interpreter
# that setup gets may be of a release younger than these tests.
EXPECTED = ("extension types whose layout is not known",
            "is newer than any release that was checked")


def surprises(warnings):
    """Those of @warnings that nothing here accounts for."""
    return [w for w in warnings if not any(text in w for text in EXPECTED)]
