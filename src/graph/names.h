/* SPDX-License-Identifier: MIT */
#ifndef GRAPH_NAMES_H
#define GRAPH_NAMES_H

#include "graph/thread_locals.h"
#include "pyabi/pycode.h"

/**
 * What roots and the steps from one object to the next are called: as a person
 * would say it who knows the program's source.
 *
 * Texts are foreign: escape them.  Keys of dicts that are no namespaces are the
 * program's data, and told only if that is asked for.
 *
 * Owner: names_fini().  One thread at a time.
 */
enum name_kind {
	NAME_NOTHING,	/* it stands between an object and its attributes */
	NAME_MODULE,	/* .text, as sys.modules has it */
	NAME_ROOT,	/* .text says what: "thread MainThread" */
	NAME_ATTRIBUTE,	/* .text, of .owner, if that is an instance's */
	NAME_KEY,	/* the value of .text, or "key" */
	NAME_ITEM,	/* .index */
	NAME_THREAD,	/* .text is the thread whose attributes come next */
	NAME_OWN,	/* .text is whose variables come: "coroutine poll" */
	NAME_OTHER,	/* .text says what: "local 'rows'", "a key" */
};

enum { NAME_TEXT = 200, NAME_ROOT_MOST = 4 };

struct name {
	uint8_t kind;
	/** Whose instance has that attribute, or NULL. */
	const struct pytype *owner;
	uint64_t index;
	char text[NAME_TEXT];
};

struct names {
	const struct graph *g;
	const struct roots *roots;
	struct looker lk;
	struct pycodes codes;
	struct thread_locals locals;
	struct addrmap of_state;	/* see names_of_state() */
	uint8_t *own;		/* by type: see names_of_object() */
	struct {
		uint32_t above;		/* + 1 */
		bool are;		/* its dicts are those of threads */
	} last;
	bool values;		/* keys may be told */
	uint64_t words;		/* that were looked at, all in all */
};

MUST_CHECK bool names_init(struct names *names, const struct graph *g,
			   const struct roots *roots, struct err *err);
void names_fini(struct names *names);

/** The words for a root, from outside in; how many. */
MUST_CHECK bool names_of_root(struct names *names, const struct root *root,
			      struct name ret[NAME_ROOT_MOST], size_t *ret_n,
			      struct err *err);

/** The same of what the state of an interpreter or of a thread points at, by the
 *  member that does; false: by none that is known. */
bool names_of_state(struct names *names, uint32_t number, struct name ret[2]);

/** A counted reference, of the object @from to another. */
struct names_step {
	struct names *names;
	uint32_t from, to;
	struct ref_name ref;
};

/** Call for each of @from, until @fn returns false. */
void names_each(struct names *names, uint32_t from,
		bool (*fn)(void *arg, const struct names_step *step),
		void *arg);

/** What is it called?  @above holds @from on the way that is told, or
 *  LINK_NONE: a variable is one of a function, not of its closure. */
void names_tell(const struct names_step *step, uint32_t above,
		struct name *ret);

/** The first of those of @from to @to. */
void names_of_step(struct names *names, uint32_t above, uint32_t from,
		   uint32_t to, struct name *ret);

/**
 * What the object says it is, beside how it is held, if it is one of those of
 * which that tells more than its type: a task, a coroutine, a generator.
 * @alike: for many at once, so a number at the end of a task's name is any.
 */
bool names_of_object(struct names *names, uint32_t number, bool alike,
		     struct name *ret);

/** As in a program, to be put behind what holds it: ".queue", "[17]". */
void names_dotted(char text[NAME_TEXT], const struct name *name);

/** One word of a way, for many that are alike: "queue", "[index]".  @after:
 *  the one before, or NULL. */
void names_word(char text[NAME_TEXT], const struct name *name,
		const struct name *after);

/** Is it the dict, or the values, of attributes of a module, a class, an
 *  instance? */
bool names_is_namespace(const struct graph *g, uint32_t number);

#endif
