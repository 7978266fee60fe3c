/* SPDX-License-Identifier: MIT */
#include "result/trend.h"

#include <math.h>

#define FAR 1e10		/* seconds, three hundred years: it is no rate */

void trend_add(struct trend *t, double seconds, int64_t value)
{
	t->look[t->n % TREND_LOOKS] = (struct trend_look){ seconds,
							   (double)value };
	/* Far from where it would be 0 again. */
	t->n = t->n < 2 * TREND_LOOKS - 1 ? t->n + 1 : TREND_LOOKS;
}

static unsigned kept(const struct trend *t)
{
	return t->n < TREND_LOOKS ? t->n : TREND_LOOKS;
}

static struct trend_look mean(const struct trend *t)
{
	struct trend_look sum = { 0 };

	for (unsigned i = 0; i < kept(t); i++) {
		sum.seconds += t->look[i].seconds / kept(t);
		sum.value += t->look[i].value / kept(t);
	}
	return sum;
}

double trend_rate(const struct trend *t)
{
	struct trend_look middle = mean(t);
	double xx = 0, xy = 0, yy = 0, rate, rest;

	for (unsigned i = 0; i < kept(t); i++) {
		double x = t->look[i].seconds - middle.seconds;
		double y = t->look[i].value - middle.value;

		xx += x * x;
		xy += x * y;
		yy += y * y;
	}
	if (kept(t) < TREND_LEAST || !(xx > 0))
		return NAN;
	rate = xy / xx;
	/* What the line leaves unexplained; rounding may make it less than 0. */
	rest = fmax(yy - rate * xy, 0);
	if (rate != 0 && fabs(rate) <= 2 * sqrt(rest / (kept(t) - 2) / xx))
		return NAN;
	return rate;
}

int64_t trend_seconds_to(const struct trend *t, int64_t more)
{
	double rate = trend_rate(t);

	/* NAN is not above 0. */
	if (!(rate > 0) || (double)more > rate * FAR)
		return -1;
	return more > 0 ? (int64_t)((double)more / rate) : 0;
}
