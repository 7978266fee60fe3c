/* SPDX-License-Identifier: MIT */
#include "tui/history.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/strset.h"

static void row_fini(struct history_row *row)
{
	free(row->name);
	free(row->module);
	free(row->label);
	free(row->ring);
}

void history_fini(struct history *history)
{
	for (size_t i = 0; i < history->rows.n; i++)
		row_fini(&history->rows.v[i]);
	vec_free(&history->rows);
	addrmap_fini(&history->by_hash);
	memset(history, 0, sizeof(*history));
}

struct history_row *history_find(const struct history *history,
				 const char *name)
{
	uint32_t i = addrmap_get(&history->by_hash, strset_hash(name));

	while (i != ADDRMAP_NONE) {
		if (strcmp(history->rows.v[i].name, name) == 0)
			return &history->rows.v[i];
		i = history->rows.v[i].next;
	}
	return NULL;
}

static bool link_row(struct history *history, uint32_t i, struct err *err)
{
	uint64_t key = strset_hash(history->rows.v[i].name);

	history->rows.v[i].next = addrmap_get(&history->by_hash, key);
	return addrmap_put(&history->by_hash, key, i, err);
}

static bool copy(char **ret, const char *s, struct err *err)
{
	*ret = s ? strdup(s) : NULL;
	return *ret || !s || err_nomem(err);
}

static struct history_row *add_row(struct history *history,
				   const struct history_item *item,
				   struct err *err)
{
	struct history_row *row = vec_add(&history->rows, err);

	if (!row)
		return NULL;
	row->count_rate = row->bytes_rate = NAN;
	if (!copy(&row->name, item->name, err) ||
	    !copy(&row->module, item->module, err) ||
	    !copy(&row->label, item->label, err) ||
	    !link_row(history, (uint32_t)(history->rows.n - 1), err)) {
		row_fini(row);
		history->rows.n--;
		return NULL;
	}
	return row;
}

void history_begin(struct history *history, uint64_t t)
{
	timeline_add(&history->line, t);
	history->sample++;
	history->changes++;
}

static void start_over(struct history_row *row)
{
	row->prev_count = row->count;
	row->prev_bytes = row->bytes;
	row->count = row->bytes = row->allocated = row->static_count = 0;
	row->classes = 0;
}

bool history_put(struct history *history, const struct history_item *item,
		 struct err *err)
{
	struct history_row *row = history_find(history, item->name);

	if (!row)
		row = add_row(history, item, err);
	if (!row)
		return false;
	if (row->seen != history->sample)
		start_over(row);
	row->seen = history->sample;
	row->count += item->count;
	row->bytes += item->bytes;
	row->allocated += item->allocated;
	row->static_count += item->static_count;
	row->classes += item->classes;
	return true;
}

/* It was constant until now, so the ring's past is known. */
static struct history_ring *ring_new(const struct history_row *row)
{
	struct history_ring *ring = malloc(sizeof(*ring));

	for (size_t i = 0; ring && i < TIMELINE_SLOTS; i++) {
		ring->count[i] = row->prev_count;
		ring->bytes[i] = row->prev_bytes;
	}
	return ring;
}

static bool has_changed(const struct history_row *row)
{
	return row->count != row->prev_count || row->bytes != row->prev_bytes;
}

static void update_rates(const struct history *history,
			 struct history_row *row)
{
	const struct timeline *line = &history->line;

	if (row->ring) {
		row->ring->count[line->head] = row->count;
		row->ring->bytes[line->head] = row->bytes;
		row->count_rate = timeline_rate(line, row->ring->count);
		row->bytes_rate = timeline_rate(line, row->ring->bytes);
	} else if (history->sample > 1 && !has_changed(row)) {
		row->count_rate = row->bytes_rate = 0;
	} else {
		row->count_rate = row->bytes_rate = NAN;
	}
}

static bool update(struct history *history, struct history_row *row,
		   struct err *err)
{
	if (history->sample == 1) {
		row->first_count = row->base_count = row->count;
		row->first_bytes = row->base_bytes = row->bytes;
		return true;
	}
	if (!row->ring && has_changed(row) &&
	    history->n_rings < HISTORY_RINGS) {
		row->ring = ring_new(row);
		if (!row->ring)
			return err_nomem(err);
		history->n_rings++;
	}
	row->rises = row->bytes > row->prev_bytes ? row->rises + 1 : 0;
	update_rates(history, row);
	return true;
}

static bool is_forgotten(const struct history *history,
			 const struct history_row *row)
{
	return history->sample - row->seen > HISTORY_KEEP &&
	       !row->base_count && !row->first_count && !row->tagged;
}

static bool drop_forgotten(struct history *history, struct err *err)
{
	size_t to = 0;

	for (size_t i = 0; i < history->rows.n; i++) {
		struct history_row *row = &history->rows.v[i];

		if (is_forgotten(history, row)) {
			history->n_rings -= row->ring != NULL;
			row_fini(row);
		} else {
			history->rows.v[to++] = *row;
		}
	}
	if (to == history->rows.n)
		return true;
	history->rows.n = to;
	addrmap_fini(&history->by_hash);
	memset(&history->by_hash, 0, sizeof(history->by_hash));
	for (size_t i = 0; i < to; i++) {
		if (!link_row(history, (uint32_t)i, err))
			return false;
	}
	return true;
}

bool history_end(struct history *history, struct err *err)
{
	for (size_t i = 0; i < history->rows.n; i++) {
		struct history_row *row = &history->rows.v[i];

		if (row->seen != history->sample)
			start_over(row);
		if (!update(history, row, err))
			return false;
	}
	return history->sample % HISTORY_KEEP || drop_forgotten(history, err);
}

void history_tag(struct history *history, struct history_row *row)
{
	row->tagged = !row->tagged;
	history->changes++;
}

void history_baseline(struct history *history)
{
	for (size_t i = 0; i < history->rows.n; i++) {
		history->rows.v[i].base_count = history->rows.v[i].count;
		history->rows.v[i].base_bytes = history->rows.v[i].bytes;
	}
	history->has_baseline = true;
	history->changes++;
}

void history_clear_baseline(struct history *history)
{
	for (size_t i = 0; i < history->rows.n; i++) {
		history->rows.v[i].base_count = history->rows.v[i].first_count;
		history->rows.v[i].base_bytes = history->rows.v[i].first_bytes;
	}
	history->has_baseline = false;
	history->changes++;
}
