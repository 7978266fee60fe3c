/* SPDX-License-Identifier: MIT */
#include "grow/faultrec.h"

#include <linux/perf_event.h>
#include <string.h>

const uint64_t faultrec_sample_type =
	PERF_SAMPLE_TID | PERF_SAMPLE_TIME | PERF_SAMPLE_ADDR |
	PERF_SAMPLE_PERIOD | PERF_SAMPLE_REGS_USER | PERF_SAMPLE_STACK_USER;

#if defined(__x86_64__)
/* By the kernel's number of a register, DWARF's; ascending, as they come. */
static const struct {
	unsigned kernel, dwarf;
} registers[] = {
	{ 0, 0 }, { 1, 3 }, { 2, 2 }, { 3, 1 }, { 4, 4 }, { 5, 5 }, { 6, 6 },
	{ 7, 7 }, { 8, 16 }, { 16, 8 }, { 17, 9 }, { 18, 10 }, { 19, 11 },
	{ 20, 12 }, { 21, 13 }, { 22, 14 }, { 23, 15 },
};
const uint64_t faultrec_regs = 0xff01ff;
enum { N_REGISTERS = ARRAY_SIZE(registers) };
#else
static const struct {
	unsigned kernel, dwarf;
} registers[1];
const uint64_t faultrec_regs = 0;
enum { N_REGISTERS = 0 };
#endif

/* What is left of a record; reading beyond it is remembered. */
struct rest {
	const uint8_t *p;
	size_t len;
	bool short_of;
};

static const uint8_t *rest_bytes(struct rest *rest, uint64_t n)
{
	const uint8_t *p = rest->p;

	if (rest->short_of || n > rest->len) {
		rest->short_of = true;
		return NULL;
	}
	rest->p += n;
	rest->len -= n;
	return p;
}

static uint64_t rest_u64(struct rest *rest)
{
	const uint8_t *p = rest_bytes(rest, sizeof(uint64_t));
	uint64_t value = 0;

	if (p)
		memcpy(&value, p, sizeof(value));
	return value;
}

static pid_t rest_pid(struct rest *rest)
{
	const uint8_t *p = rest_bytes(rest, sizeof(uint32_t));
	uint32_t value = 0;

	if (p)
		memcpy(&value, p, sizeof(value));
	return (pid_t)value;
}

/* Of a thread of the kernel there are none. */
static void take_registers(struct rest *rest, struct fault *fault)
{
	fault->has_regs = rest_u64(rest) != PERF_SAMPLE_REGS_ABI_NONE;
	fault->regs.call = -1;
	for (size_t i = 0; fault->has_regs && i < N_REGISTERS; i++)
		fault->regs.v[registers[i].dwarf] = rest_u64(rest);
}

/* As much room as was asked for, and how much of it was filled. */
static void take_stack(struct rest *rest, struct fault *fault)
{
	uint64_t room = rest_u64(rest), used;

	fault->stack = rest_bytes(rest, room);
	used = room ? rest_u64(rest) : 0;
	rest->short_of |= used > room;
	fault->stack_len = used;
}

static void take_fault(struct rest *rest, struct faultrec *ret)
{
	struct fault *fault = &ret->fault;

	fault->pid = rest_pid(rest);
	fault->tid = rest_pid(rest);
	fault->time_ns = rest_u64(rest);
	fault->addr = rest_u64(rest);
	fault->weight = rest_u64(rest);
	take_registers(rest, fault);
	take_stack(rest, fault);
	ret->kind = rest->short_of ? FAULTREC_BROKEN : FAULTREC_FAULT;
}

size_t faultrec_parse(const uint8_t *p, size_t len, struct faultrec *ret)
{
	struct perf_event_header head;
	struct rest rest;

	memset(ret, 0, sizeof(*ret));
	ret->kind = FAULTREC_BROKEN;
	if (len < sizeof(head))
		return 0;
	memcpy(&head, p, sizeof(head));
	if (head.size < sizeof(head) || head.size > len)
		return 0;
	rest = (struct rest){ p + sizeof(head), head.size - sizeof(head),
			      false };
	switch (head.type) {
	case PERF_RECORD_SAMPLE:
		take_fault(&rest, ret);
		break;
	case PERF_RECORD_LOST:
		rest_u64(&rest);	/* of which event */
		ret->lost = rest_u64(&rest);
		ret->kind = rest.short_of ? FAULTREC_BROKEN : FAULTREC_LOST;
		break;
	case PERF_RECORD_THROTTLE:
		ret->kind = FAULTREC_THROTTLED;
		break;
	default:
		ret->kind = FAULTREC_OTHER;
	}
	return ret->kind == FAULTREC_BROKEN ? 0 : head.size;
}
