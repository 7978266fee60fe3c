/* SPDX-License-Identifier: MIT */
#include "account/kinpage.h"

#include <string.h>

/* How many words of each sort differ, and of KIN_REST do not. */
struct comparison {
	unsigned differ[3], same;
};

static struct comparison kin_compare(const struct kin_page *page)
{
	struct comparison c = { 0 };

	for (unsigned i = 0; i < KIN_WORDS; i++) {
		if (page->mine[i] != page->theirs[i])
			c.differ[page->sort[i]]++;
		else
			c.same += page->sort[i] == KIN_REST && page->mine[i];
	}
	return c;
}

/* Lay it to the words of @sort; @differing: to those that do. */
static void kin_lay(const struct kin_page *page, enum kin_word sort,
		    bool differing, struct kin_share *ret)
{
	for (unsigned i = 0; i < KIN_WORDS; i++) {
		if (page->sort[i] != sort ||
		    (differing && page->mine[i] == page->theirs[i]))
			continue;
		ret->n += !ret->laid[i];
		ret->laid[i] = true;
	}
}

static void kin_lay_written(const struct kin_page *page,
			    const struct comparison *c, struct kin_share *ret)
{
	kin_lay(page, KIN_REST, true, ret);
	kin_lay(page, KIN_COUNT, true, ret);
	/* A neighbour in its list went. */
	if (!c->differ[KIN_REST] && !c->differ[KIN_COUNT])
		kin_lay(page, KIN_LINK, true, ret);
}

static void kin_lay_unchanged(const struct kin_page *page,
			      struct kin_share *ret)
{
	kin_lay(page, KIN_COUNT, false, ret);
	if (!ret->n)
		kin_lay(page, KIN_REST, false, ret);
}

void kin_judge(const struct kin_page *page, bool collected,
	       struct kin_share *ret)
{
	const struct comparison c = kin_compare(page);
	const bool written = c.differ[KIN_REST] || c.differ[KIN_COUNT];

	memset(ret, 0, sizeof(*ret));
	ret->verdict = KIN_STRANGE;
	/* Of two that hold nothing none can tell. */
	if (!c.same || c.same < c.differ[KIN_REST])
		return;
	if (!written && collected && (page->tracked || c.differ[KIN_LINK])) {
		ret->verdict = KIN_COLLECTED;
		kin_lay(page, KIN_LINK, c.differ[KIN_LINK] > 0, ret);
	} else if (written || c.differ[KIN_LINK]) {
		ret->verdict = KIN_WRITTEN;
		kin_lay_written(page, &c, ret);
	} else {
		ret->verdict = KIN_UNCHANGED;
		kin_lay_unchanged(page, ret);
	}
}

enum family_cause kin_cause(const struct kin_page *page,
			    const struct kin_share *share, unsigned word)
{
	if (share->verdict == KIN_COLLECTED)
		return FAMILY_COLLECTOR;
	if (share->verdict == KIN_UNCHANGED)
		return FAMILY_UNCHANGED;
	return page->sort[word] == KIN_COUNT ? FAMILY_REFERENCES :
					       FAMILY_CONTENTS;
}
