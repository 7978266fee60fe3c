/* SPDX-License-Identifier: MIT */
#include "heap/refnames.h"

#include <stdlib.h>

#include "base/bounds.h"

void refnames_fini(struct refnames *names)
{
	vec_free(&names->rows);
	strset_fini(&names->texts);
}

static bool refnames_fill(struct refnames *names, struct pyctx *ctx,
			  const struct ref_name *name,
			  struct dump_ref_name *row, struct err *err)
{
	char text[MAX_TYPE_NAME];
	uint32_t n;

	*row = (struct dump_ref_name){ .how = ref_how_word(name->how),
				       .index = DUMP_UNKNOWN };
	switch (name->how) {
	case REF_KEY:
	case REF_ITEM:
	case REF_STACK:
	case REF_INFERRED:
		row->index = (int64_t)name->index;
		return true;
	case REF_VALUE:
		row->key = name->key;
		return true;
	}
	if (!ref_name_text(ctx, name, text, sizeof(text)))
		return true;
	n = strset_add(&names->texts, text, err);
	if (n == STRSET_NONE)
		return false;
	row->text = names->texts.all.v[n];
	return true;
}

bool refnames_take(struct refnames *names, struct pyctx *ctx,
		   const struct refs *refs, struct err *err)
{
	names->rows.n = 0;
	for (size_t i = 0; i < refs->n; i++) {
		struct dump_ref_name *row = vec_add(&names->rows, err);

		if (!row || !refnames_fill(names, ctx, &refs->names[i], row,
					   err))
			return false;
	}
	return true;
}
