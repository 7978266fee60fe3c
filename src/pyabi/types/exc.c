/* SPDX-License-Identifier: MIT */
/*
 * Exceptions and tracebacks.
 *
 * Facts: CPython 3.6 to 3.15, Objects/exceptions.c, Python/traceback.c.
 */
#include "pyabi/types/rows.h"

#define EXC								\
	AT(exc_dict), AT(exc_args), AT(exc_notes), AT(exc_traceback),	\
	AT(exc_context), AT(exc_cause)

const struct layout exc_rows[] = {
	{ .name = "BaseException|Exception|GeneratorExit|KeyboardInterrupt"
		  "|ArithmeticError|AssertionError|AttributeError|BufferError"
		  "|EOFError|FloatingPointError|IndexError|KeyError"
		  "|LookupError|MemoryError|NameError|NotImplementedError"
		  "|OverflowError|PythonFinalizationError|RecursionError"
		  "|ReferenceError|RuntimeError|StopAsyncIteration"
		  "|SystemError|TypeError|UnboundLocalError|UnicodeError"
		  "|ValueError|ZeroDivisionError"
		  "|Warning|BytesWarning|DeprecationWarning|EncodingWarning"
		  "|FutureWarning|ImportWarning|PendingDeprecationWarning"
		  "|ResourceWarning|RuntimeWarning|SyntaxWarning"
		  "|UnicodeWarning|UserWarning",
	  .basicsize = AT(exc_sizeof), .visit = { EXC } },
	{ .name = "StopIteration", .basicsize = AT(stopiteration_sizeof),
	  .visit = { EXC, AT(stopiteration_value) } },
	{ .name = "SystemExit", .basicsize = AT(systemexit_sizeof),
	  .visit = { EXC, AT(systemexit_code) } },
	{ .name = "ImportError|ModuleNotFoundError|ImportCycleError",
	  .basicsize = AT(importerror_sizeof),
	  .visit = { EXC, AT(importerror_msg), AT(importerror_name),
		     AT(importerror_path), AT(importerror_name_from) } },
	{ .name = "OSError|BlockingIOError|BrokenPipeError|ChildProcessError"
		  "|ConnectionAbortedError|ConnectionError"
		  "|ConnectionRefusedError|ConnectionResetError"
		  "|FileExistsError|FileNotFoundError|InterruptedError"
		  "|IsADirectoryError|NotADirectoryError|PermissionError"
		  "|ProcessLookupError|TimeoutError",
	  .basicsize = AT(oserror_sizeof),
	  .visit = { EXC, AT(oserror_myerrno), AT(oserror_strerror),
		     AT(oserror_filename), AT(oserror_filename2) } },
	{ .name = "SyntaxError|IndentationError|TabError|_IncompleteInputError",
	  .basicsize = AT(syntaxerror_sizeof),
	  .visit = { EXC, AT(syntaxerror_msg), AT(syntaxerror_filename),
		     AT(syntaxerror_lineno), AT(syntaxerror_offset),
		     AT(syntaxerror_end_lineno), AT(syntaxerror_end_offset),
		     AT(syntaxerror_text),
		     AT(syntaxerror_print_file_and_line),
		     AT(syntaxerror_metadata) } },
	{ .name = "UnicodeDecodeError|UnicodeEncodeError"
		  "|UnicodeTranslateError",
	  .basicsize = AT(unicodeerror_sizeof),
	  .visit = { EXC, AT(unicodeerror_encoding), AT(unicodeerror_object),
		     AT(unicodeerror_reason) } },
	{ .name = "NameError|UnboundLocalError",
	  .basicsize = AT(nameerror_sizeof),
	  .visit = { EXC, AT(nameerror_name) } },
	{ .name = "AttributeError", .basicsize = AT(attributeerror_sizeof),
	  .visit = { EXC, AT(attributeerror_obj), AT(attributeerror_name) } },
	{ .name = "BaseExceptionGroup|ExceptionGroup",
	  .basicsize = AT(excgroup_sizeof),
	  .visit = { EXC, AT(excgroup_msg), AT(excgroup_excs),
		     AT(excgroup_excs_str) } },
	{ .name = "traceback", .basicsize = AT(traceback_sizeof),
	  .visit = { AT(traceback_tb_next), AT(traceback_tb_frame) } },
	{ 0 }
};
