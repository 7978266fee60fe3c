/* SPDX-License-Identifier: MIT */
#include "cli/newsqueue.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

static struct news *new_spare(void)
{
	struct news *news = news_new(NEWS_EVENT);

	if (!news)
		return NULL;
	news->event.kind = EVENT_NOMEM;
	news->event.code = ERR_NOMEM;
	news->event.text = strdup("out of memory");
	if (news->event.text)
		return news;
	news_free(news);
	return NULL;
}

bool newsqueue_init(struct newsqueue *q, struct err *err)
{
	*q = (struct newsqueue){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	q->last = &q->first;
	pthread_mutex_init(&q->lock, NULL);
	if (q->fd < 0)
		return err_sys(err, errno, "cannot make an eventfd");
	q->spare = new_spare();
	return q->spare || err_nomem(err);
}

void newsqueue_fini(struct newsqueue *q)
{
	while (q->first) {
		struct news *news = q->first;

		q->first = news->next;
		news_free(news);
	}
	news_free(q->spare);
	if (q->fd >= 0)
		close(q->fd);
	pthread_mutex_destroy(&q->lock);
}

static struct news *unlink_at(struct newsqueue *q, struct news **at)
{
	struct news *news = *at;

	*at = news->next;
	if (!*at)
		q->last = at;
	q->n_samples -= news->kind == NEWS_SAMPLE;
	news->next = NULL;
	return news;
}

static void drop_oldest_sample(struct newsqueue *q)
{
	struct news **at = &q->first;

	while (*at && (*at)->kind != NEWS_SAMPLE)
		at = &(*at)->next;
	if (!*at)
		return;
	news_free(unlink_at(q, at));
	q->n_dropped++;
}

static void append(struct newsqueue *q, struct news *news)
{
	news->next = NULL;
	*q->last = news;
	q->last = &news->next;
	q->n_samples += news->kind == NEWS_SAMPLE;
	if (q->n_samples > NEWSQUEUE_SAMPLES)
		drop_oldest_sample(q);
	eventfd_write(q->fd, 1);
}

void newsqueue_put(struct newsqueue *q, struct news *news)
{
	pthread_mutex_lock(&q->lock);
	if (!news) {
		/* Unless its own was told already and is not replaced yet. */
		news = q->spare;
		q->spare = NULL;
	} else if (!q->spare) {
		q->spare = new_spare();
	}
	if (news)
		append(q, news);
	pthread_mutex_unlock(&q->lock);
}

static void tell_dropped(struct newsqueue *q, struct news *news)
{
	if (!news || news->kind != NEWS_SAMPLE || !q->n_dropped)
		return;
	dump_warn(&news->sample->dump, "%zu samples before this one were "
		  "dropped: nobody took them in time", q->n_dropped);
	q->n_dropped = 0;
}

struct news *newsqueue_take(struct newsqueue *q)
{
	struct news *news = NULL;
	eventfd_t ignored;

	pthread_mutex_lock(&q->lock);
	if (q->first)
		news = unlink_at(q, &q->first);
	tell_dropped(q, news);
	if (!q->first)
		(void)eventfd_read(q->fd, &ignored);
	pthread_mutex_unlock(&q->lock);
	return news;
}
