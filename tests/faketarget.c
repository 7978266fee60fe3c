/* SPDX-License-Identifier: MIT */
#include "faketarget.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "attach/maps.h"
#include "attach/module.h"
#include "attach/rest.h"
#include "attach/threads.h"
#include "base/container.h"
#include "base/vec.h"

enum { PID = 4711 };

static struct faketarget *fake_of(struct target *t)
{
	return container_of(t, struct faketarget, target);
}

static bool gone(const struct faketarget *ft, struct err *err)
{
	return ft->is_gone && !err_set(err, ERR_GONE, "%s has exited",
				       ft->target.name);
}

static bool fake_maps(struct target *t, struct maps *ret, struct err *err)
{
	const struct faketarget *ft = fake_of(t);

	return !gone(ft, err) &&
	       maps_parse(ret, ft->maps, strlen(ft->maps), err);
}

static bool fake_pages(struct target *t, const struct maps *maps,
		       struct pagetable *ret, struct err *err)
{
	const struct faketarget *ft = fake_of(t);

	(void)maps;
	if (gone(ft, err))
		return false;
	if (!ft->runs)
		return err_set(err, ERR_USAGE, "%s has no page table",
			       t->name);
	for (size_t i = 0; i < ft->n_runs; i++) {
		struct page_run *run = vec_add(&ret->runs, err);

		if (!run)
			return false;
		*run = ft->runs[i];
	}
	return true;
}

static int fake_open_module(struct target *t, const struct module *mod)
{
	const struct faketarget *ft = fake_of(t);

	for (size_t i = 0; i < ft->n_files; i++) {
		if (ft->file[i].inode == mod->inode)
			return fcntl(ft->file[i].fd, F_DUPFD_CLOEXEC, 0);
	}
	errno = ENOENT;
	return -1;
}

static int fake_open_path(struct target *t, const struct foreignfile *want,
			  const char *path)
{
	(void)t;
	(void)want;
	(void)path;
	errno = ENOENT;
	return -1;
}

static bool fake_threads(struct target *t, bool with_futex,
			 struct threads *ret, struct err *err)
{
	const struct faketarget *ft = fake_of(t);

	for (size_t i = 0; i < ft->n_threads; i++) {
		struct thread_info *thread = vec_add(&ret->v, err);

		if (!thread)
			return false;
		*thread = (struct thread_info){
			.tid = ft->tid[i], .inner_tid = ft->tid[i],
			.comm = "fake", .state = 'S', .cpu_ms = -1,
			.has_futex = with_futex,
		};
	}
	return !gone(ft, err);
}

static bool fake_registers(struct target *t, pid_t tid, struct regs *ret,
			   struct err *err)
{
	const struct faketarget *ft = fake_of(t);

	for (size_t i = 0; i < ft->n_threads && ft->is_held; i++) {
		if (ft->tid[i] != tid)
			continue;
		*ret = ft->regs[i];
		return true;
	}
	return err_set(err, ERR_OS, "thread %d is not held", (int)tid);
}

static bool fake_hold(struct target *t, struct stop *stop, stop_work *work,
		      void *arg, struct err *err)
{
	struct faketarget *ft = fake_of(t);
	bool ok;

	if (gone(ft, err))
		return false;
	ft->n_holds++;
	ft->is_held = true;
	ft->switches++;
	if (ft->at_hold)
		ft->at_hold(ft->at_hold_arg);
	ok = stop_standing(ft->tid, ft->n_threads, stop, work, arg, err);
	ft->is_held = false;
	return ok;
}

static bool fake_info(struct target *t, struct process_info *ret,
		      struct err *err)
{
	*ret = (struct process_info){
		.comm = "fake", .state = 'S', .uid = UINT32_MAX,
		.gid = UINT32_MAX, .inner_pid = t->pid, .n_threads = -1,
		.started = -1, .argc = 1,
		.args = strdup("fake"), .argv = calloc(2, sizeof(char *)),
	};
	if (!ret->args || !ret->argv)
		return err_nomem(err);
	ret->argv[0] = ret->args;
	return !gone(fake_of(t), err);
}

static bool fake_memory(struct target *t, bool with_pss,
			struct process_memory *ret, struct err *err)
{
	(void)with_pss;
	*ret = fake_of(t)->memory;
	return !gone(fake_of(t), err);
}

static bool fake_same(struct target *t, struct err *err)
{
	return !gone(fake_of(t), err);
}

static bool fake_rest(struct target *t, bool held, struct rest *ret)
{
	const struct faketarget *ft = fake_of(t);
	struct rest_thread *slot;
	struct err ignored;

	if (!ft->is_asleep || held != ft->is_held)
		return false;
	slot = vec_add(ret, &ignored);
	if (slot)
		*slot = (struct rest_thread){ PID, ft->switches };
	return slot != NULL;
}

static void fake_tell(struct target *t, target_told *told, void *arg)
{
	const struct faketarget *ft = fake_of(t);

	if (ft->tells)
		told(arg, LACKS_MEMORY, ft->tells);
}

static void fake_close(struct target *t)
{
	(void)t;
}

static const struct target_ops fake_target_ops = {
	.source = "core",
	.maps = fake_maps,
	.pages = fake_pages,
	.open_module = fake_open_module,
	.open_path = fake_open_path,
	.threads = fake_threads,
	.registers = fake_registers,
	.hold = fake_hold,
	.info = fake_info,
	.memory = fake_memory,
	.same = fake_same,
	.rest = fake_rest,
	.tell = fake_tell,
	.close = fake_close,
};

void faketarget_init(struct faketarget *ft)
{
	memset(ft, 0, sizeof(*ft));
	fake_init_bytes(&ft->fm, 0, NULL, 0);
	ft->target = (struct target){
		.ops = &fake_target_ops, .mem = &ft->fm.mem, .pid = PID,
		.runs = true, .name = "fake target",
	};
	memset(&ft->memory, 0xff, sizeof(ft->memory));
	ft->memory.user_s = ft->memory.system_s = -1;
}

void faketarget_fini(struct faketarget *ft)
{
	fake_fini(&ft->fm);
}

void faketarget_map_file(struct faketarget *ft, raddr start, uint64_t len,
			 const char *modes, uint64_t offset, const char *path,
			 uint64_t inode)
{
	size_t at = strlen(ft->maps), room = sizeof(ft->maps) - at;
	int n = snprintf(ft->maps + at, room,
			 "%" PRIx64 "-%" PRIx64 " %s %08" PRIx64
			 " 00:01 %" PRIu64 " %s\n",
			 start, start + len, modes, offset, inode, path);

	assert((size_t)n < room);
	(void)n;
	fake_segment(&ft->fm, start, len);
}

void faketarget_map(struct faketarget *ft, raddr start, uint64_t len,
		    const char *modes, const char *path)
{
	faketarget_map_file(ft, start, len, modes, 0, path, 0);
}

void faketarget_file(struct faketarget *ft, uint64_t inode, int fd)
{
	assert(ft->n_files < FAKETARGET_FILES);
	ft->file[ft->n_files].inode = inode;
	ft->file[ft->n_files++].fd = fd;
}

void faketarget_thread(struct faketarget *ft, pid_t tid,
		       const struct regs *regs)
{
	assert(ft->n_threads < FAKETARGET_THREADS);
	ft->tid[ft->n_threads] = tid;
	ft->regs[ft->n_threads++] = *regs;
}
