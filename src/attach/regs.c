/* SPDX-License-Identifier: MIT */
#include "attach/regs.h"

#include <elf.h>
#include <errno.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>

#define ROW(type, member) (offsetof(type, member) / sizeof(uint64_t))

#if defined(__x86_64__)

typedef struct user_regs_struct kernel_regs;

/* Where the kernel puts them; the place in the table is DWARF's number. */
static const uint8_t place[] = {
	ROW(kernel_regs, rax), ROW(kernel_regs, rdx), ROW(kernel_regs, rcx),
	ROW(kernel_regs, rbx), ROW(kernel_regs, rsi), ROW(kernel_regs, rdi),
	ROW(kernel_regs, rbp), ROW(kernel_regs, rsp), ROW(kernel_regs, r8),
	ROW(kernel_regs, r9),  ROW(kernel_regs, r10), ROW(kernel_regs, r11),
	ROW(kernel_regs, r12), ROW(kernel_regs, r13), ROW(kernel_regs, r14),
	ROW(kernel_regs, r15), ROW(kernel_regs, rip),
};

const unsigned regs_n = ARRAY_SIZE(place);
const unsigned regs_pc = 16, regs_sp = 7, regs_fp = 6;
const unsigned regs_red_zone = 128;

static void take_rest(const kernel_regs *kernel, struct regs *ret)
{
	ret->thread_pointer = kernel->fs_base;
	ret->call = (int64_t)kernel->orig_rax >= 0 ? (int64_t)kernel->orig_rax
						   : -1;
	ret->call_argument = kernel->rdi;
}

/* They are all in one set. */
static void read_rest(pid_t tid, struct regs *ret)
{
	(void)tid;
	(void)ret;
}

/* ModRM says with /2 "call", and how many bytes follow it. */
static bool is_indirect_call(const uint8_t *at, size_t len)
{
	static const uint8_t displacement[] = { 0, 1, 4, 0 };
	uint8_t mod, rm;
	size_t more;

	if (len < 2 || at[0] != 0xff || (at[1] >> 3 & 7) != 2)
		return false;
	mod = at[1] >> 6;
	rm = at[1] & 7;
	more = displacement[mod];
	if (mod == 0 && rm == 5)
		more = 4;
	if (mod != 3 && rm == 4)	/* a SIB byte */
		more += len > 2 && mod == 0 && (at[2] & 7) == 5 ? 5 : 1;
	return len == 2 + more;
}

bool regs_ends_with_call(const uint8_t *end, size_t len)
{
	if (len >= 5 && end[-5] == 0xe8)
		return true;
	for (size_t n = 2; n <= REGS_CALL_MAX && n <= len; n++) {
		if (is_indirect_call(end - n, n))
			return true;
	}
	return false;
}

#elif defined(__aarch64__)

typedef struct user_regs_struct kernel_regs;

#define X(n) ROW(kernel_regs, regs) + (n)
static const uint8_t place[] = {
	X(0), X(1), X(2), X(3), X(4), X(5), X(6), X(7), X(8), X(9), X(10),
	X(11), X(12), X(13), X(14), X(15), X(16), X(17), X(18), X(19), X(20),
	X(21), X(22), X(23), X(24), X(25), X(26), X(27), X(28), X(29), X(30),
	ROW(kernel_regs, sp), ROW(kernel_regs, pc),
};

const unsigned regs_n = ARRAY_SIZE(place);
const unsigned regs_pc = 32, regs_sp = 31, regs_fp = 29;
const unsigned regs_red_zone = 0;

/* The first argument of a call is overwritten by its result: unknown. */
static void take_rest(const kernel_regs *kernel, struct regs *ret)
{
	(void)kernel;
	ret->call = -1;
}

static void read_rest(pid_t tid, struct regs *ret)
{
	uint64_t tls = 0;
	struct iovec io = { &tls, sizeof(tls) };

	if (ptrace(PTRACE_GETREGSET, tid, NT_ARM_TLS, &io) == 0)
		ret->thread_pointer = tls;
}

/* BL, BLR and the authenticated BLRAA, BLRAB. */
bool regs_ends_with_call(const uint8_t *end, size_t len)
{
	uint32_t word;

	if (len < 4)
		return false;
	memcpy(&word, end - 4, sizeof(word));
	return (word & 0xfc000000) == 0x94000000 ||
	       (word & 0xfffffc1f) == 0xd63f0000 ||
	       (word & 0xfefff800) == 0xd63f0800;
}

#else
#error "regs.c: say where this processor keeps its registers"
#endif

bool regs_take(struct regs *ret, const void *bytes, size_t len)
{
	kernel_regs kernel;
	uint64_t words[sizeof(kernel) / sizeof(uint64_t)];

	memset(ret, 0, sizeof(*ret));
	if (len != sizeof(kernel))
		return false;
	memcpy(&kernel, bytes, len);
	memcpy(words, bytes, len);
	for (unsigned i = 0; i < regs_n; i++)
		ret->v[i] = words[place[i]];
	take_rest(&kernel, ret);
	return true;
}

bool regs_read(pid_t tid, struct regs *ret, struct err *err)
{
	kernel_regs kernel;
	struct iovec io = { &kernel, sizeof(kernel) };

	memset(ret, 0, sizeof(*ret));
	memset(&kernel, 0, sizeof(kernel));
	if (ptrace(PTRACE_GETREGSET, tid, NT_PRSTATUS, &io) != 0) {
		if (errno == ESRCH)
			return err_set(err, ERR_GONE, "thread %d has exited",
				       (int)tid);
		return err_sys(err, errno, "cannot read the registers of "
			       "thread %d", (int)tid);
	}
	if (!regs_take(ret, &kernel, io.iov_len))
		return err_set(err, ERR_BADDATA,
			       "thread %d runs 32-bit code", (int)tid);
	read_rest(tid, ret);
	return true;
}
