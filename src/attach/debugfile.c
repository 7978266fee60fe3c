/* SPDX-License-Identifier: MIT */
#include "attach/debugfile.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "attach/elffile.h"
#include "attach/process.h"
#include "base/bounds.h"

enum { ID_MAX = 64 };

struct search {
	const struct process *proc;
	uint8_t id[ID_MAX];
	size_t id_len;
	char link[NAME_MAX + 1];	/* name in .gnu_debuglink, or "" */
	uint32_t crc;
};

static void read_link(struct search *se, struct elffile *elf)
{
	char buf[NAME_MAX + 8] = "";
	size_t len = elffile_section_bytes(elf, ".gnu_debuglink", buf,
					   sizeof(buf));
	size_t name = strnlen(buf, len);
	size_t at = (name + 4) & ~(size_t)3;

	/* A file name, no path: it says where to look, not what to open. */
	if (name == 0 || at + 4 > len || memchr(buf, '/', name) ||
	    name >= sizeof(se->link))
		return;
	memcpy(se->link, buf, name);
	memcpy(&se->crc, buf + at, sizeof(se->crc));
}

static uint32_t crc_of(uint32_t crc, const uint8_t *p, size_t len)
{
	crc = ~crc;
	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

static bool has_crc(int fd, uint32_t want)
{
	uint8_t buf[1 << 16];
	uint32_t crc = 0;
	off_t at = 0;
	ssize_t got;

	while ((got = pread(fd, buf, sizeof(buf), at)) > 0) {
		crc = crc_of(crc, buf, (size_t)got);
		at += got;
		if (at > MAX_DEBUG_FILE)
			return false;
	}
	return crc == want;
}

/* Debug files keep the headers of segments whose bytes they left out. */
static size_t id_in_section(struct elffile *elf, uint8_t *id)
{
	uint8_t note[sizeof(Elf64_Nhdr) + 4 + ID_MAX];
	size_t len = elffile_section_bytes(elf, ".note.gnu.build-id", note,
					   sizeof(note));
	Elf64_Nhdr nh;

	if (len < sizeof(nh) + 4)
		return 0;
	memcpy(&nh, note, sizeof(nh));
	if (nh.n_type != NT_GNU_BUILD_ID || nh.n_namesz != 4 ||
	    nh.n_descsz > len - sizeof(nh) - 4)
		return 0;
	memcpy(id, note + sizeof(nh) + 4, nh.n_descsz);
	return nh.n_descsz;
}

static bool is_it(const struct search *se, int fd, bool by_link)
{
	struct elffile elf;
	struct err err;
	uint8_t id[ID_MAX];
	int copy = dup(fd);
	size_t len;

	if (copy < 0 || !elffile_open(&elf, copy, &err))
		return false;
	len = elffile_build_id(&elf, id, sizeof(id));
	if (len == 0)
		len = id_in_section(&elf, id);
	elffile_close(&elf);
	if (se->id_len > 0 && len > 0)
		return len == se->id_len && memcmp(id, se->id, len) == 0;
	return by_link && has_crc(fd, se->crc);
}

/* Looked at before it is opened: it may be a device that does things then. */
static int open_regular(int dir, const char *name)
{
	auto_close int path_fd = openat(dir, name, O_PATH | O_CLOEXEC);
	struct stat st;
	char self[40];

	if (path_fd < 0 || fstat(path_fd, &st) != 0 || !S_ISREG(st.st_mode) ||
	    st.st_size > MAX_DEBUG_FILE)
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", path_fd);
	return open(self, O_RDONLY | O_CLOEXEC);
}

static int try_path(const struct search *se, int dir, const char *name,
		    bool by_link)
{
	int fd = open_regular(dir, name);

	if (fd >= 0 && !is_it(se, fd, by_link)) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* The tracee's root, then ours: @path begins with a slash. */
static int try_roots(const struct search *se, const char *path, bool by_link)
{
	char name[PATH_MAX + 8];
	int fd = -1;

	if (snprintf(name, sizeof(name), "root%s", path) < (int)sizeof(name) &&
	    se->proc)
		fd = try_path(se, se->proc->mm_fd, name, by_link);
	return fd >= 0 ? fd : try_path(se, AT_FDCWD, path, by_link);
}

static int by_build_id(const struct search *se)
{
	char path[64 + 2 * ID_MAX] = "/usr/lib/debug/.build-id/";
	char *at = path + strlen(path);

	if (se->id_len < 2)
		return -1;
	at += sprintf(at, "%02x/", se->id[0]);
	for (size_t i = 1; i < se->id_len; i++)
		at += sprintf(at, "%02x", se->id[i]);
	memcpy(at, ".debug", sizeof(".debug"));
	return try_roots(se, path, false);
}

static int by_name(const struct search *se, const char *path)
{
	static const struct {
		const char *before, *after;
	} places[] = {
		{ "", "" }, { "", ".debug/" }, { "/usr/lib/debug", "" },
	};
	const char *slash = strrchr(path, '/');
	char name[PATH_MAX];
	int fd = -1;

	if (!se->link[0] || path[0] != '/')
		return -1;
	for (size_t i = 0; i < ARRAY_SIZE(places) && fd < 0; i++) {
		if (snprintf(name, sizeof(name), "%s%.*s%s%s",
			     places[i].before, (int)(slash + 1 - path), path,
			     places[i].after, se->link) < (int)sizeof(name))
			fd = try_roots(se, name, true);
	}
	return fd;
}

int debugfile_open(const struct process *proc, struct elffile *elf,
		   const char *path)
{
	struct search se = { .proc = proc };
	int fd;

	se.id_len = elffile_build_id(elf, se.id, sizeof(se.id));
	fd = by_build_id(&se);
	if (fd >= 0)
		return fd;
	read_link(&se, elf);
	return by_name(&se, path);
}
