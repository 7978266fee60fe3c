/* SPDX-License-Identifier: MIT */
#include "result/ways.h"

#include <stdlib.h>

#include "base/nomem.h"

bool way_add_word(struct way *way, const char *word, struct err *err)
{
	char **slot = vec_add(&way->words, err);

	if (!slot)
		return false;
	*slot = nomem_strdup(word);
	if (*slot)
		return true;
	way->words.n--;
	return err_nomem(err);
}

void ways_fini(struct ways *ways)
{
	for (size_t i = 0; i < ways->v.n; i++) {
		struct way *way = &ways->v.v[i];

		for (size_t k = 0; k < way->words.n; k++)
			free(way->words.v[k]);
		vec_free(&way->words);
	}
	vec_free(&ways->v);
	free(ways->type);
}
