/* SPDX-License-Identifier: MIT */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include <pthread.h>

static inline void lock_init(pthread_mutex_t *lock, int type)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, type);
	pthread_mutex_init(lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

/** Make @lock one that who holds it may take again: where reading one thing
 *  takes a look at another of its kind. */
static inline void lock_init_recursive(pthread_mutex_t *lock)
{
	lock_init(lock, PTHREAD_MUTEX_RECURSIVE);
}

/** Make @lock one that is held for so short a time that waiting for it beats
 *  going to sleep. */
static inline void lock_init_brief(pthread_mutex_t *lock)
{
	lock_init(lock, PTHREAD_MUTEX_ADAPTIVE_NP);
}

#endif
