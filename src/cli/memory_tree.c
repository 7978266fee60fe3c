/* SPDX-License-Identifier: MIT */
/*
 * `pyheapspy memory --tree` and `--group`: a whole account of each process, of
 * which all but the first one's sums are let go before the next, so that our
 * own memory is that of one look.
 */
#include "cli/memory_tree.h"

#include <stdlib.h>
#include <string.h>

#include "account/advice.h"
#include "base/bounds.h"
#include "cli/command.h"
#include "cli/ps_list.h"
#include "cli/ps_table.h"

struct tree {
	struct memory_tree *ret;
	const struct account_options *opt;
	const char *offsets_path;
	bool any;		/* could be looked into */
	struct err first;	/* why the first could not */
};

/** Of one of them. */
struct tree_look {
	struct dump dump;
	struct account account;
};

static void tree_look_fini(struct tree_look *look)
{
	account_fini(&look->account);
	dump_fini(&look->dump);
}

/* Who was forked, and has its parent still, is compared with it. */
static struct target *open_parent(const struct ps_row *row, struct dump *dump)
{
	const struct target_spec above = { .pid = row->ppid };
	struct target *parent;
	struct err err;

	if (!row->forked || !row->parent || row->parent != row->ppid)
		return NULL;
	parent = target_open(&above, &err);
	if (!parent) {
		dump->complete = 0;
		dump_warn(dump, "what it shared with its parent is not known: "
			  "%s", err.text);
	}
	return parent;
}

static bool take_account(struct tree *t, const struct ps_row *row,
			 struct family_member *m, struct tree_look *look,
			 struct err *err)
{
	const struct target_spec spec = { .pid = row->pid };
	struct account_options opt = *t->opt;
	struct capture *cap = calloc(1, sizeof(*cap));
	bool ok;

	if (!cap)
		return err_nomem(err);
	opt.progress = NULL;
	opt.member = m;
	opt.parent = open_parent(row, &look->dump);
	ok = capture_open(cap, &spec, t->offsets_path, err) &&
	     account_of(cap, &opt, &look->dump, &look->account, err);
	if (opt.parent)
		target_close(opt.parent);
	capture_close(cap);
	free(cap);
	return ok;
}

static void take_sums(struct family_member *m, const struct dump *dump)
{
	m->rss = dump->memory.rss;
	m->pss = dump->memory.pss;
	m->uss = dump->memory.uss;
	m->objects = dump->objects;
	m->pause_ms = dump->pause_ms;
}

/* What is to be doubted is said of whom. */
static void tell_warnings(struct dump *to, const struct ps_row *row,
			  const struct dump *from)
{
	to->complete &= from->complete;
	for (size_t i = 0; i < from->warnings.n; i++)
		dump_warn(to, "process %d: %s", (int)row->pid,
			  from->warnings.v[i]);
}

static void forget_warnings(struct dump *dump)
{
	for (size_t i = 0; i < dump->warnings.n; i++)
		free(dump->warnings.v[i]);
	dump->warnings.n = 0;
}

/* Its dump is that of all, if it is the first.  Takes @look over. */
static void keep_look(struct tree *t, struct tree_look *look)
{
	struct dump *all = &t->ret->dump;

	if (t->any) {
		tree_look_fini(look);
		return;
	}
	t->any = true;
	forget_warnings(&look->dump);
	dump_warn_too(&look->dump, all);
	look->dump.complete = all->complete;
	dump_fini(all);
	*all = look->dump;
	t->ret->account = look->account;
}

/* It could not be looked into. */
static bool take_problem(struct tree *t, const struct ps_row *row,
			 struct family_member *m, const struct err *why,
			 struct err *err)
{
	if (!t->first.code)
		t->first = *why;
	if (why->code == ERR_NOMEM) {
		*err = *why;
		return false;
	}
	t->ret->dump.complete = 0;
	if (why->code == ERR_GONE) {
		dump_warn(&t->ret->dump, "process %d has exited meanwhile",
			  (int)row->pid);
		family_drop(&t->ret->family);
		return true;
	}
	m->problem = strdup(why->text);
	return m->problem || err_nomem(err);
}

static bool take_member(struct tree *t, const struct ps_row *row,
			struct err *err)
{
	struct family_member *m = family_add(&t->ret->family, err);
	struct tree_look look = { 0 };
	struct err why;

	if (!m)
		return false;
	m->pid = row->pid;
	m->parent = row->parent;
	m->depth = row->depth;
	m->role = ps_role_words[row->role];
	dump_init(&look.dump);
	if (!take_account(t, row, m, &look, &why)) {
		tree_look_fini(&look);
		return take_problem(t, row, m, &why, err);
	}
	take_sums(m, &look.dump);
	tell_warnings(&t->ret->dump, row, &look.dump);
	keep_look(t, &look);
	return true;
}

size_t memory_tree_bound(size_t n, size_t most, struct dump *dump)
{
	if (n <= most)
		return n;
	dump->complete = 0;
	dump_warn(dump, "there are %zu processes: only the first %zu were "
		  "looked into", n, most);
	return most;
}

static bool take_members(struct tree *t, const struct ps_list *list,
			 struct err *err)
{
	size_t n = memory_tree_bound(list->rows.n, MAX_FAMILY, &t->ret->dump);

	for (size_t i = 0; i < n; i++) {
		if (t->opt->progress)
			t->opt->progress(t->opt->progress_arg,
					 "looking into processes", i, n);
		if (!take_member(t, &list->rows.v[i], err))
			return false;
	}
	if (!t->any)
		*err = t->first;
	return t->any;
}

static bool find_whom(struct ps_list *list,
		      const struct memory_tree_whom *whom, struct err *err)
{
	if (!ps_list_find(list, 0, err))
		return false;
	if (whom->top && !ps_list_keep_tree(list, whom->top))
		return option_usage(&cmd_memory, err, "process %d is no "
				    "Python, and none is below it",
				    (int)whom->top);
	if (whom->group && !ps_list_keep_group(list, whom->group))
		return option_usage(&cmd_memory, err, "no Python process is "
				    "called '%.80s'", whom->group);
	return ps_family_order(list->rows.v, list->rows.n, err);
}

bool memory_tree_look(struct memory_tree *ret,
		      const struct memory_tree_whom *whom,
		      const struct account_options *opt,
		      const char *offsets_path, struct err *err)
{
	struct tree t = { .ret = ret, .opt = opt,
			  .offsets_path = offsets_path };
	struct ps_list list = { 0 };
	bool ok;

	*ret = (struct memory_tree){ 0 };
	dump_init(&ret->dump);
	ok = find_whom(&list, whom, err) && take_members(&t, &list, err) &&
	     advice_to_family(&ret->account, &ret->family, err);
	ps_list_fini(&list);
	return ok;
}

void memory_tree_fini(struct memory_tree *tree)
{
	family_fini(&tree->family);
	account_fini(&tree->account);
	dump_fini(&tree->dump);
}
