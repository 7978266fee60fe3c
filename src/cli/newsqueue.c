/* SPDX-License-Identifier: MIT */
#include "cli/newsqueue.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

bool newsqueue_init(struct newsqueue *q, struct err *err)
{
	*q = (struct newsqueue){ .fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK) };
	q->last = &q->first;
	pthread_mutex_init(&q->lock, NULL);
	return q->fd >= 0 || err_sys(err, errno, "cannot make an eventfd");
}

void newsqueue_fini(struct newsqueue *q)
{
	while (q->first) {
		struct news *news = q->first;

		q->first = news->next;
		news_free(news);
	}
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
	if (*at)
		news_free(unlink_at(q, at));
}

void newsqueue_put(struct newsqueue *q, struct news *news)
{
	if (!news)
		return;
	pthread_mutex_lock(&q->lock);
	news->next = NULL;
	*q->last = news;
	q->last = &news->next;
	q->n_samples += news->kind == NEWS_SAMPLE;
	if (q->n_samples > NEWSQUEUE_SAMPLES)
		drop_oldest_sample(q);
	eventfd_write(q->fd, 1);
	pthread_mutex_unlock(&q->lock);
}

struct news *newsqueue_take(struct newsqueue *q)
{
	struct news *news = NULL;
	eventfd_t ignored;

	pthread_mutex_lock(&q->lock);
	if (q->first)
		news = unlink_at(q, &q->first);
	if (!q->first)
		(void)eventfd_read(q->fd, &ignored);
	pthread_mutex_unlock(&q->lock);
	return news;
}
