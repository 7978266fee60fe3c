/* SPDX-License-Identifier: MIT */
#ifndef PYABI_RUNTIME_H
#define PYABI_RUNTIME_H

#include "attach/maps.h"
#include "attach/mem.h"
#include "attach/module.h"
#include "base/vec.h"
#include "pyabi/abi.h"

/**
 * The CPython inside a process: which one, and where it keeps its state.
 *
 * runtime_find() believes nothing that the tracee does not bear out: it looks
 * for the runtime by symbol, section, cookie and structure, in this order, asks
 * it for its version, picks a layout, and then wants to see an interpreter
 * whose threads point back at it, whose sys.modules is a dict, and a `type`
 * whose type is itself.  What fails is refused, with what was found.
 *
 * Owner: runtime_fini().  The modules must outlive it.
 */
enum abi_source {
	ABI_SELF,	/* _Py_DebugOffsets spoke, a file filled the gaps */
	ABI_FILE,
	ABI_GIVEN,	/* --offsets */
};

struct runtime {
	struct abi abi;
	enum abi_source source;
	uint32_t version;		/* PY_VERSION_HEX */
	char version_text[64];		/* "3.12.1", "3.15.0rc1" */
	bool free_threaded, debug;
	bool refused;			/* known, and not supported */
	struct module *module;		/* that holds the runtime */
	raddr runtime;			/* &_PyRuntime; 0: 3.6 has none */
	raddr type_type, dict_type;	/* &PyType_Type, &PyDict_Type */
	VEC(raddr) interps;		/* newest first; the last is the main */
	/** The newest release of this minor version that a layout of ours was
	 *  compared with, where this one is newer; else 0. */
	uint32_t newest_checked;
	/** Fields on which file and interpreter disagree, for a warning. */
	char disagreement[256];
};

/**
 * Find the CPython.  @given, if not NULL, is a layout to use instead of ours.
 *
 * ERR_VERSION: no CPython, or none we know; the text says what was found.
 */
MUST_CHECK bool runtime_find(struct runtime *rt, struct modules *mods,
			     struct mem *mem, const struct abi *given,
			     struct err *err);
void runtime_fini(struct runtime *rt);

/** Does one of the files look like holding a CPython, of whatever version? */
bool runtime_is_there(struct modules *mods, struct mem *mem);

/** Read the list of interpreters again: it may have changed. */
MUST_CHECK bool runtime_interps(struct runtime *rt, struct mem *mem,
				struct err *err);

static inline raddr runtime_main_interp(const struct runtime *rt)
{
	return rt->interps.n ? rt->interps.v[rt->interps.n - 1] : 0;
}

/** The address of a variable of the runtime's module, by symbol; 0: none. */
raddr runtime_symbol(const struct runtime *rt, const char *name);

#endif
