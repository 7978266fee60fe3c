/* SPDX-License-Identifier: MIT */
#ifndef TUI_MODEL_H
#define TUI_MODEL_H

#include <time.h>

#include "base/addrmap.h"
#include "base/err.h"
#include "result/account_rows.h"
#include "result/holder_names.h"
#include "result/holders.h"
#include "result/trend.h"
#include "tui/history.h"
#include "tui/sample.h"

/**
 * All that is known of the tracee: the last news of each kind, and how the
 * numbers went.  It knows nothing of screens.
 *
 * Owner: model_fini().
 */
enum metric {
	METRIC_RSS, METRIC_SWAP, METRIC_HEAP, METRIC_OBJECTS,
	METRIC_COLLECTIONS,	/* of all generations */
	METRIC_ARENAS,		/* bytes of them */
	METRIC_GENERATION,	/* objects of generation 0, 1, 2... */
	METRIC_COLLECTIONS_OF = METRIC_GENERATION + 4,	/* likewise */
	METRIC_N = METRIC_COLLECTIONS_OF + 4
};

enum { MODEL_GENERATIONS = 4 };

struct model_cpu {
	int64_t tid, cpu_ms, permille;	/* permille -1: not known yet */
};

struct model {
	struct tui_sample *last;	/* of any kind; NULL: none yet */
	struct tui_sample *heap;	/* with a census */
	struct tui_sample *stacks;	/* with stacks */
	struct tui_sample *memory;	/* that tells private from shared */
	struct tui_sample *account;	/* with an account */
	struct history types, kinds;
	/** Of the account: its leaves, by model_leaf_name(), its rows, by
	 *  model_row_name(), and by that of ACCOUNT_ROWS all together. */
	struct history leaves;
	struct holders holders;	/* containers, census by census */
	struct holder_names names;	/* of some of them, as last told */
	char *names_trouble;	/* why others have none, or NULL */
	uint64_t names_ns;	/* when that was told */
	struct trend held;	/* against the limit of the cgroup */
	struct series metric[METRIC_N];
	/* CPU of threads, in tenths of a percent: now, and from when on. */
	struct addrmap cpu_row;		/* tid: row of @cpu */
	VEC(struct model_cpu) cpu;
	uint64_t cpu_ns;

	struct event condition;		/* the last that lasts */
	bool has_condition;
	char *trouble;			/* the last look failed, or NULL */
	char *note;			/* to be told for a while, or NULL */
	uint64_t note_ns;
	/* Last answers, or NULL. */
	struct news *instances, *fields, *referrers;
	/* When samples were taken: the last and those compared with. */
	struct model_times {
		time_t last, first, baseline;
	} types_time, kinds_time, leaves_time;
	uint32_t changes;		/* grows when anything changed */

	/* The clock, set by whoever lets time pass. */
	uint64_t now_ns;		/* CLOCK_MONOTONIC */
};

void model_fini(struct model *model);

/** Takes @news over, also when it fails (ERR_NOMEM). */
MUST_CHECK bool model_add(struct model *model, struct news *news,
			  struct err *err);

/** Tell something for a while; @text is copied. */
void model_note(struct model *model, const char *fmt, ...) PRINTF_LIKE(2, 3);

void model_baseline(struct model *model);
void model_clear_baseline(struct model *model);

/** Of the thread, in tenths of a percent of a core; -1: not known. */
int64_t model_cpu(const struct model *model, int64_t tid);

/** What model.leaves calls them; a path is cut if it is too long. */
enum { MODEL_LEAF_TEXT = 1024 };
const char *model_leaf_name(char buf[MODEL_LEAF_TEXT],
			    const struct account_leaf *leaf);
const char *model_row_name(char buf[MODEL_LEAF_TEXT],
			   enum account_row_id id);

/** Is it a leaf, and no row? */
bool model_is_leaf(const struct history_row *row);

/** Has it ended? */
bool model_is_gone(const struct model *model);

#endif
