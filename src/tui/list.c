/* SPDX-License-Identifier: MIT */
#include "tui/list.h"

#include <stdlib.h>
#include <string.h>

void list_fini(struct list *list)
{
	free(list->key);
	memset(list, 0, sizeof(*list));
}

void list_reset(struct list *list)
{
	free(list->key);
	list->key = NULL;
	list->at = list->top = 0;
}

void list_go(struct list *list, size_t at)
{
	if (at >= list->n)
		at = list->n ? list->n - 1 : 0;
	list->at = at;
}

void list_move(struct list *list, long by)
{
	if (by < 0 && (size_t)-by > list->at)
		list_go(list, 0);
	else
		list_go(list, list->at + (size_t)by);
}

void list_hold(struct list *list, const char *key)
{
	char *copy = key ? strdup(key) : NULL;

	free(list->key);
	list->key = copy;
}

void list_update(struct list *list, size_t n, size_t at)
{
	size_t shown = list->at - list->top;

	list->n = n;
	if (list->key && at < n) {
		/* It keeps its place on the screen, too. */
		list->at = at;
		list->top = at > shown ? at - shown : 0;
	}
	list_go(list, list->at);
}

void list_show(struct list *list, size_t rows)
{
	if (!rows)
		rows = 1;
	if (list->at < list->top)
		list->top = list->at;
	if (list->at >= list->top + rows)
		list->top = list->at - rows + 1;
	if (list->top + rows > list->n)
		list->top = list->n > rows ? list->n - rows : 0;
}
