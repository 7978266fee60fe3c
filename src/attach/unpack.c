/* SPDX-License-Identifier: MIT */
/*
 * Unpack a file by the library that knows how: systemd-coredump packs with
 * zstd, lz4 or xz, as it was built; people use gzip.
 *
 * A packer is a row: the bytes its files begin with, and three functions around
 * the library's own streaming state.  Several packed streams behind each other
 * are one, as the programs zstd, lz4, xz and gzip have it.
 *
 * Not believed: that a little file is a little file when unpacked.  So the room
 * that is left is looked at again and again, and what a library may take for
 * itself is bounded, too.
 */
#include "attach/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include "attach/headroom.h"
#include "base/addr.h"

enum {
	PIECE = 1 << 20,	/* bytes read and written at a time */
	LOOK_EVERY = 64 << 20,	/* bytes until we look for room again */
	MAGIC = 6,
	ZSTD_WINDOW_LOG = 27,	/* what the program zstd takes untold */
	XZ_MEMORY = 256 << 20,	/* xz -9 wants 65 MiB */
	STAYS_FREE = 32,	/* a part of that many of the filesystem */
};

struct stream {
	const uint8_t *in;
	size_t in_len;
	uint8_t *out;
	size_t out_len;
	bool ended;		/* a packed stream did, just now */
	bool garbage;		/* what follows is none */
	void *state;
};

/* --- the libraries ------------------------------------------------------- */

static bool zstd_start(struct stream *s)
{
	s->state = ZSTD_createDStream();
	return s->state && !ZSTD_isError(ZSTD_DCtx_setParameter(
			s->state, ZSTD_d_windowLogMax, ZSTD_WINDOW_LOG));
}

static bool zstd_step(struct stream *s)
{
	ZSTD_inBuffer in = { s->in, s->in_len, 0 };
	ZSTD_outBuffer out = { s->out, s->out_len, 0 };
	size_t more = ZSTD_decompressStream(s->state, &out, &in);

	s->in += in.pos;
	s->in_len -= in.pos;
	s->out += out.pos;
	s->out_len -= out.pos;
	s->ended = more == 0;
	return !ZSTD_isError(more);
}

static void zstd_end(struct stream *s)
{
	ZSTD_freeDStream(s->state);
}

static bool lz4_start(struct stream *s)
{
	LZ4F_dctx *ctx = NULL;
	bool ok = !LZ4F_isError(LZ4F_createDecompressionContext(&ctx,
							LZ4F_VERSION));

	s->state = ctx;
	return ok;
}

static bool lz4_step(struct stream *s)
{
	size_t in = s->in_len, out = s->out_len;
	size_t more = LZ4F_decompress(s->state, s->out, &out, s->in, &in,
				      NULL);

	s->in += in;
	s->in_len -= in;
	s->out += out;
	s->out_len -= out;
	s->ended = more == 0;
	return !LZ4F_isError(more);
}

static void lz4_end(struct stream *s)
{
	LZ4F_freeDecompressionContext(s->state);
}

static bool xz_start(struct stream *s)
{
	static const lzma_stream none = LZMA_STREAM_INIT;

	s->state = malloc(sizeof(none));
	if (!s->state)
		return false;
	memcpy(s->state, &none, sizeof(none));
	return lzma_stream_decoder(s->state, XZ_MEMORY, LZMA_CONCATENATED) ==
	       LZMA_OK;
}

static bool xz_step(struct stream *s)
{
	lzma_stream *xz = s->state;
	lzma_ret ret;

	xz->next_in = s->in;
	xz->avail_in = s->in_len;
	xz->next_out = s->out;
	xz->avail_out = s->out_len;
	ret = lzma_code(xz, s->in_len ? LZMA_RUN : LZMA_FINISH);
	s->in = xz->next_in;
	s->in_len = xz->avail_in;
	s->out = xz->next_out;
	s->out_len = xz->avail_out;
	s->ended = ret == LZMA_STREAM_END;
	/* It can go no further without what is not there. */
	return ret == LZMA_OK || ret == LZMA_STREAM_END ||
	       ret == LZMA_BUF_ERROR;
}

static void xz_end(struct stream *s)
{
	if (s->state)
		lzma_end(s->state);
	free(s->state);
}

static bool gzip_start(struct stream *s)
{
	z_stream *z = s->state = calloc(1, sizeof(*z));

	return z && inflateInit2(z, 16 + MAX_WBITS) == Z_OK;
}

/*
 * As gzip(1) has it, zeros behind the end are padding, of tapes, and what begins
 * like no stream is not looked at.  True: there is another stream.
 */
static bool gzip_goes_on(struct stream *s)
{
	while (!s->garbage && s->in_len > 0 && *s->in == 0) {
		s->in++;
		s->in_len--;
	}
	s->garbage |= s->in_len > 0 && *s->in != 0x1f;
	if (s->garbage)
		s->in_len = 0;
	return s->in_len > 0;
}

static bool gzip_step(struct stream *s)
{
	z_stream *z = s->state;
	int ret;

	if (s->ended && !gzip_goes_on(s))
		return true;
	if (s->ended && inflateReset(z) != Z_OK)
		return false;
	z->next_in = (uint8_t *)s->in;
	z->avail_in = (unsigned)s->in_len;
	z->next_out = s->out;
	z->avail_out = (unsigned)s->out_len;
	ret = inflate(z, Z_NO_FLUSH);
	s->in = z->next_in;
	s->in_len = z->avail_in;
	s->out = z->next_out;
	s->out_len = z->avail_out;
	s->ended = ret == Z_STREAM_END;
	return ret == Z_OK || ret == Z_STREAM_END || ret == Z_BUF_ERROR;
}

static void gzip_end(struct stream *s)
{
	if (s->state)
		inflateEnd(s->state);
	free(s->state);
}

static const struct packer {
	const char *name;
	uint8_t magic[MAGIC];
	size_t n_magic;
	bool (*start)(struct stream *s);
	/** Some more in or out; false: it is damaged. */
	bool (*step)(struct stream *s);
	void (*end)(struct stream *s);
} packers[] = {
	{ "zstd", { 0x28, 0xb5, 0x2f, 0xfd }, 4,
	  zstd_start, zstd_step, zstd_end },
	{ "lz4", { 0x04, 0x22, 0x4d, 0x18 }, 4, lz4_start, lz4_step, lz4_end },
	{ "xz", { 0xfd, '7', 'z', 'X', 'Z', 0 }, 6, xz_start, xz_step, xz_end },
	{ "gzip", { 0x1f, 0x8b, 8 }, 3, gzip_start, gzip_step, gzip_end },
};

static const struct packer *packer_of(int fd)
{
	uint8_t magic[MAGIC] = { 0 };

	if (pread(fd, magic, MAGIC, 0) != MAGIC)
		return NULL;
	for (size_t i = 0; i < ARRAY_SIZE(packers); i++) {
		if (memcmp(magic, packers[i].magic, packers[i].n_magic) == 0)
			return &packers[i];
	}
	return NULL;
}

bool unpack_is_packed(int fd)
{
	return packer_of(fd) != NULL;
}

/* --- where it goes ------------------------------------------------------- */

struct unpacking {
	const struct packer *packer;
	int from, to;
	const char *folder;
	uint64_t read, size;	/* of the packed file */
	uint64_t written;	/* of the other; zeros are not written */
	uint64_t look_at;	/* when so many are, we look for room */
	uint8_t *in, *out;
	struct stream stream;
	unpack_progress *progress;
	void *arg;
};

static int temporary_file(const char *folder)
{
	int fd = open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC | O_EXCL, 0600);
	char name[512];

	/* NFS and old filesystems know no files without a name. */
	if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR))
		return fd;
	if (snprintf(name, sizeof(name), "%s/pyheapspy.XXXXXX", folder) >=
	    (int)sizeof(name)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		unlink(name);
	return fd;
}

static bool lives_in_memory(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 &&
	       (fs.f_type == TMPFS_MAGIC || fs.f_type == RAMFS_MAGIC);
}

/* Is there room for what comes until we look again? */
static bool has_room(const struct unpacking *u, struct err *err)
{
	struct statvfs vfs;

	if (lives_in_memory(u->to) &&
	    !headroom_ask(2 * LOOK_EVERY, "to unpack the core file", err))
		return false;
	if (fstatvfs(u->to, &vfs) == 0 && vfs.f_blocks &&
	    vfs.f_bavail * vfs.f_frsize <
	    vfs.f_blocks / STAYS_FREE * vfs.f_frsize + LOOK_EVERY)
		return err_set(err, ERR_LIMIT, "no room in %s to unpack the "
			       "core file: %llu MiB of it are there; TMPDIR "
			       "says where else", u->folder,
			       (unsigned long long)u->written >> 20);
	return true;
}

static bool is_zero(const uint8_t *p, size_t len)
{
	return p[0] == 0 && memcmp(p, p + 1, len - 1) == 0;
}

static bool write_at(struct unpacking *u, const uint8_t *from, size_t len,
		     uint64_t at, struct err *err)
{
	while (len > 0) {
		ssize_t n = pwrite(u->to, from, len, (off_t)at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return err_sys(err, n ? errno : EIO,
				       "cannot write to %s", u->folder);
		from += n;
		at += (uint64_t)n;
		len -= (size_t)n;
	}
	return true;
}

/* What came out, but pages of zeros: they stay holes. */
static bool write_out(struct unpacking *u, size_t len, struct err *err)
{
	size_t from = 0, done = 0;

	while (done < len) {
		size_t page = len - done < ADDR_PAGE ? len - done : ADDR_PAGE;

		done += page;
		if (!is_zero(u->out + done - page, page))
			continue;
		if (!write_at(u, u->out + from, done - page - from,
			      u->written + from, err))
			return false;
		from = done;
	}
	if (!write_at(u, u->out + from, len - from, u->written + from, err))
		return false;
	u->written += len;
	return true;
}

static bool goes_on(struct unpacking *u, struct err *err)
{
	if (u->written > UNPACK_MOST)
		return err_set(err, ERR_LIMIT, "unpacked it has more than "
			       "%llu GiB", UNPACK_MOST >> 30);
	if (u->progress && !u->progress(u->arg, u->read - u->stream.in_len,
					u->size))
		return err_set(err, ERR_LIMIT, "called off");
	if (u->written < u->look_at)
		return true;
	u->look_at = u->written + LOOK_EVERY;
	return has_room(u, err);
}

/* --- unpacking ----------------------------------------------------------- */

static bool read_more(struct unpacking *u, struct err *err)
{
	ssize_t got;

	do
		got = pread(u->from, u->in, PIECE, (off_t)u->read);
	while (got < 0 && errno == EINTR);
	if (got < 0)
		return err_sys(err, errno, "cannot read it");
	u->read += (uint64_t)got;
	u->stream.in = u->in;
	u->stream.in_len = (size_t)got;
	return true;
}

/* Until all is read and nothing comes out any more. */
static bool unpack_all(struct unpacking *u, enum unpack_end *ret_end,
		       struct err *err)
{
	struct stream *s = &u->stream;

	for (;;) {
		size_t had, got;

		if (s->in_len == 0 && !read_more(u, err))
			return false;
		had = s->in_len;
		/* Behind the end of a stream there may be another. */
		if (had == 0 && s->ended)
			break;
		s->out = u->out;
		s->out_len = PIECE;
		if (!u->packer->step(s))
			return err_set(err, ERR_BADDATA, "damaged: %s cannot "
				       "unpack it beyond byte %llu",
				       u->packer->name, (unsigned long long)
				       (u->read - s->in_len));
		got = PIECE - s->out_len;
		if (!write_out(u, got, err) || !goes_on(u, err))
			return false;
		if (had == 0 && got == 0)
			break;
	}
	*ret_end = !s->ended ? UNPACK_CUT : s->garbage ? UNPACK_GARBAGE :
							 UNPACK_WHOLE;
	if (ftruncate(u->to, (off_t)u->written) != 0)
		return err_sys(err, errno, "cannot write to %s", u->folder);
	return true;
}

static bool unpack_start(struct unpacking *u, struct err *err)
{
	const char *folder = getenv("TMPDIR");
	struct stat st;

	u->folder = folder && *folder == '/' ? folder : "/var/tmp";
	u->to = temporary_file(u->folder);
	if (u->to < 0)
		return err_sys(err, errno, "cannot make a file in %s to "
			       "unpack the core file", u->folder);
	u->size = fstat(u->from, &st) == 0 ? (uint64_t)st.st_size : 0;
	u->in = malloc(PIECE);
	u->out = malloc(PIECE);
	return (u->in && u->out && u->packer->start(&u->stream)) ||
	       err_nomem(err);
}

bool unpack(int fd, unpack_progress *progress, void *arg, int *ret_fd,
	    enum unpack_end *ret_end, struct err *err)
{
	struct unpacking u = {
		.packer = packer_of(fd), .from = fd, .to = -1,
		.progress = progress, .arg = arg,
	};
	bool ok;

	*ret_end = UNPACK_WHOLE;
	*ret_fd = fd;
	if (!u.packer)
		return true;
	ok = unpack_start(&u, err) && unpack_all(&u, ret_end, err);
	u.packer->end(&u.stream);
	free(u.in);
	free(u.out);
	close(fd);
	*ret_fd = ok ? u.to : -1;
	if (!ok && u.to >= 0)
		close(u.to);
	return ok;
}
