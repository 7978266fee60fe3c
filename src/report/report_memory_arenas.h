/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_MEMORY_ARENAS_H
#define REPORT_REPORT_MEMORY_ARENAS_H

#include "report/out.h"
#include "result/account.h"

/** How full the arenas of both allocators are, drawn, and who holds those open
 *  that are nearly empty. */
void report_memory_arenas(struct out *out, const struct account *account);

/** What would give memory back. */
void report_memory_advice(struct out *out, const struct account *acc);

#endif
