/* SPDX-License-Identifier: MIT */
#ifndef TUI_LIST_H
#define TUI_LIST_H

#include <stdbool.h>
#include <stddef.h>

/**
 * The cursor of a list whose rows come, go and change places: it stays on what
 * it was put on, as long as that is there.
 *
 * Until it is moved it stays on the first row, whoever that is.
 * Owner: list_fini().
 */
struct list {
	size_t n;		/* rows */
	size_t at;		/* the one selected */
	size_t top;		/* the first that is visible */
	char *key;		/* what identifies it; NULL: nobody chose */
};

void list_fini(struct list *list);

/** Back to the first row, and nobody chose it. */
void list_reset(struct list *list);

/** Move by @by rows, or as far as there are some. */
void list_move(struct list *list, long by);
void list_go(struct list *list, size_t at);

/** Remember what is selected now; @key is copied.  Short of memory: it is
 *  forgotten. */
void list_hold(struct list *list, const char *key);

/** There are @n rows now, of which what list_hold() named is number @at, or is
 *  gone (@at >= @n): then the cursor keeps its place. */
void list_update(struct list *list, size_t n, size_t at);

/** Of @rows visible ones the selected is to be one. */
void list_show(struct list *list, size_t rows);

#endif
