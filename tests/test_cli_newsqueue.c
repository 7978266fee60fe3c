/* SPDX-License-Identifier: MIT */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>

#include "cli/newsqueue.h"

static bool is_readable(const struct newsqueue *q)
{
	struct pollfd fd = { .fd = q->fd, .events = POLLIN };

	return poll(&fd, 1, 0) == 1;
}

static struct news *numbered(enum news_kind kind, uint32_t id)
{
	struct news *news = news_new(kind);

	assert_non_null(news);
	news->id = id;
	return news;
}

static uint32_t take_id(struct newsqueue *q)
{
	struct news *news = newsqueue_take(q);
	uint32_t id;

	assert_non_null(news);
	id = news->id;
	news_free(news);
	return id;
}

static void news_come_out_in_order_and_say_so(void **state)
{
	struct newsqueue q;
	struct err err;

	(void)state;
	assert_true(newsqueue_init(&q, &err));
	assert_false(is_readable(&q));
	assert_null(newsqueue_take(&q));
	newsqueue_put(&q, numbered(NEWS_EVENT, 1));
	newsqueue_put(&q, numbered(NEWS_SAMPLE, 2));
	assert_true(is_readable(&q));
	assert_int_equal(take_id(&q), 1);
	assert_true(is_readable(&q));
	assert_int_equal(take_id(&q), 2);
	assert_false(is_readable(&q));
	newsqueue_put(&q, numbered(NEWS_EVENT, 3));
	assert_true(is_readable(&q));
	newsqueue_fini(&q);
}

/* A screen that hangs must not make us grow; what it missed it missed. */
static void old_samples_go_and_events_stay(void **state)
{
	struct newsqueue q;
	struct news *news;
	struct err err;
	
	(void)state;
	assert_true(newsqueue_init(&q, &err));
	for (uint32_t i = 0; i < 1000; i++) {
		newsqueue_put(&q, numbered(NEWS_SAMPLE, i));
		if (i % 100 == 0)
			newsqueue_put(&q, numbered(NEWS_EVENT, 5000 + i));
	}
	for (uint32_t i = 0; i < 10; i++) {
		news = newsqueue_take(&q);
		assert_int_equal(news->id, 5000 + 100 * i);
		news_free(news);
	}
	news = newsqueue_take(&q);
	assert_int_equal(news->id, 1000 - NEWSQUEUE_SAMPLES);
	assert_int_equal(news->sample->dump.warnings.n, 1);
	assert_string_equal(news->sample->dump.warnings.v[0],
			    "936 samples before this one were dropped: nobody "
			    "took them in time");
	news_free(news);
	for (uint32_t i = 1001 - NEWSQUEUE_SAMPLES; i < 1000; i++) {
		news = newsqueue_take(&q);
		assert_int_equal(news->id, i);
		assert_int_equal(news->sample->dump.warnings.n, 0);
		news_free(news);
	}
	assert_null(newsqueue_take(&q));
	newsqueue_fini(&q);
}

/* Or whoever waits for the outcome of a look waits for ever. */
static void news_that_there_was_no_memory_for_are_told(void **state)
{
	struct newsqueue q;
	struct news *news;
	struct err err;

	(void)state;
	assert_true(newsqueue_init(&q, &err));
	newsqueue_put(&q, NULL);
	newsqueue_put(&q, NULL);
	assert_true(is_readable(&q));
	news = newsqueue_take(&q);
	assert_non_null(news);
	assert_int_equal(news->event.kind, EVENT_NOMEM);
	news_free(news);
	assert_null(newsqueue_take(&q));
	/* There is memory again. */
	newsqueue_put(&q, numbered(NEWS_EVENT, 1));
	newsqueue_put(&q, NULL);
	assert_int_equal(take_id(&q), 1);
	news = newsqueue_take(&q);
	assert_int_equal(news->event.kind, EVENT_NOMEM);
	news_free(news);
	newsqueue_put(&q, NULL);
	newsqueue_fini(&q);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(news_come_out_in_order_and_say_so),
		cmocka_unit_test(old_samples_go_and_events_stay),
		cmocka_unit_test(
			news_that_there_was_no_memory_for_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
