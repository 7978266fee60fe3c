/* SPDX-License-Identifier: MIT */
/* Packed files: whole, cut, damaged, and not packed at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <lz4frame.h>
#include <lzma.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

#include <cmocka.h>

#include "attach/unpack.h"
#include "fakecore.h"

enum { LEN = 3 << 20, PACKED = 4 << 20, ZEROS = 1 << 20 };

static uint8_t plain[LEN], packed[2 * PACKED], back[2 * LEN];
static struct err err;

static size_t pack_zstd(uint8_t *to)
{
	return ZSTD_compress(to, PACKED, plain, LEN, 1);
}

static size_t pack_lz4(uint8_t *to)
{
	return LZ4F_compressFrame(to, PACKED, plain, LEN, NULL);
}

static size_t pack_xz(uint8_t *to)
{
	size_t n = 0;

	assert_int_equal(lzma_easy_buffer_encode(0, LZMA_CHECK_CRC32, NULL,
						 plain, LEN, to, &n, PACKED),
			 LZMA_OK);
	return n;
}

static size_t pack_gzip(uint8_t *to)
{
	z_stream z = { .next_in = plain, .avail_in = LEN, .next_out = to,
		       .avail_out = PACKED };

	assert_int_equal(deflateInit2(&z, 1, Z_DEFLATED, 16 + MAX_WBITS, 8,
				      Z_DEFAULT_STRATEGY), Z_OK);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	deflateEnd(&z);
	return z.total_out;
}

static size_t (*const packers[])(uint8_t *to) = {
	pack_zstd, pack_lz4, pack_xz, pack_gzip,
};

/* Text that packs a little, a hole, and more. */
static int set_up(void **state)
{
	uint32_t x = 1;

	(void)state;
	for (size_t i = 0; i < LEN; i++) {
		x = x * 1664525 + 1013904223;
		plain[i] = i >= ZEROS && i < 2 * ZEROS ? 0 : (x >> 24) % 16 + 1;
	}
	err = (struct err){ 0 };
	return 0;
}

static bool unpack_bytes(size_t len, size_t *ret_len, enum unpack_end *ret_end)
{
	int fd;

	if (!unpack(fakecore_file_of(packed, len), NULL, NULL, &fd, ret_end,
		    &err))
		return false;
	*ret_len = (size_t)lseek(fd, 0, SEEK_END);
	assert_true(*ret_len <= sizeof(back));
	assert_int_equal(pread(fd, back, *ret_len, 0), *ret_len);
	close(fd);
	return true;
}

static void what_is_packed_comes_out(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packers); i++) {
		size_t len;
		enum unpack_end end;

		assert_true(unpack_bytes(packers[i](packed), &len, &end));
		assert_int_equal(len, LEN);
		assert_memory_equal(back, plain, LEN);
		assert_int_equal(end, UNPACK_WHOLE);
	}
}

static void two_behind_each_other_are_one(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packers); i++) {
		size_t n = packers[i](packed), len;
		enum unpack_end end;

		memcpy(packed + n, packed, n);
		assert_true(unpack_bytes(2 * n, &len, &end));
		assert_int_equal(len, 2 * LEN);
		assert_memory_equal(back + LEN, plain, LEN);
		assert_int_equal(end, UNPACK_WHOLE);
	}
}

static void what_is_cut_gives_what_there_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packers); i++) {
		size_t n = packers[i](packed), len;
		enum unpack_end end;

		assert_true(unpack_bytes(n * 3 / 4, &len, &end));
		assert_true(len > LEN / 4 && len < LEN);
		assert_memory_equal(back, plain, len);
		assert_int_equal(end, UNPACK_CUT);
		assert_true(unpack_bytes(n - 1, &len, &end));
		assert_int_equal(end, UNPACK_CUT);
	}
}

static void what_is_damaged_is_told(void **state)
{
	size_t len;
	enum unpack_end end;

	(void)state;
	for (size_t i = 0; i < ARRAY_SIZE(packers); i++) {
		size_t n = packers[i](packed);

		memset(packed + n / 2, 0x5a, 4096);
		if (unpack_bytes(n, &len, &end)) {
			/* Who has no checksum of it cannot know. */
			assert_ptr_equal(packers[i], pack_lz4);
			continue;
		}
		assert_int_equal(err.code, ERR_BADDATA);
		assert_non_null(strstr(err.text, "damaged"));
	}
	/* Its first block is longer than a block can be. */
	pack_lz4(packed);
	memset(packed + 7, 0x5a, 4);
	assert_false(unpack_bytes(4096, &len, &end));
	assert_int_equal(err.code, ERR_BADDATA);
}

static void behind_the_end_gzip_may_have_zeros(void **state)
{
	enum unpack_end end;
	size_t n, len;

	(void)state;
	memset(packed, 0, sizeof(packed));
	n = pack_gzip(packed);
	/* More than is read at a time. */
	assert_true(unpack_bytes(n + (2 << 20), &len, &end));
	assert_int_equal(len, LEN);
	assert_memory_equal(back, plain, LEN);
	assert_int_equal(end, UNPACK_WHOLE);
	pack_gzip(packed + n + 5);
	assert_true(unpack_bytes(n + 5 + n, &len, &end));
	assert_int_equal(len, 2 * LEN);
	assert_int_equal(end, UNPACK_WHOLE);
}

static void what_else_is_there_is_told_and_left_alone(void **state)
{
	enum unpack_end end;
	size_t n, len;

	(void)state;
	memset(packed, 0, sizeof(packed));
	n = pack_gzip(packed);
	memset(packed + n + 100, 'x', 2 << 20);
	packed[n + 100 + (1 << 20)] = 0x1f;
	assert_true(unpack_bytes(n + 100 + (2 << 20), &len, &end));
	assert_int_equal(len, LEN);
	assert_memory_equal(back, plain, LEN);
	assert_int_equal(end, UNPACK_GARBAGE);
}

static void pages_of_zeros_take_no_room(void **state)
{
	struct stat st;
	enum unpack_end end;
	int fd;

	(void)state;
	memset(plain, 0, LEN);
	plain[LEN - 1] = 1;
	assert_true(unpack(fakecore_file_of(packed, pack_zstd(packed)), NULL,
			   NULL, &fd, &end, &err));
	assert_int_equal(fstat(fd, &st), 0);
	assert_int_equal(st.st_size, LEN);
	assert_true(st.st_blocks * 512 < LEN / 4);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(st.st_nlink, 0);
	close(fd);
}

static void what_is_not_packed_stays(void **state)
{
	int fd = fakecore_file_of("\x7f" "ELF, say", 9), same;
	enum unpack_end end;

	(void)state;
	assert_true(unpack(fd, NULL, NULL, &same, &end, &err));
	assert_int_equal(same, fd);
	assert_int_equal(end, UNPACK_WHOLE);
	close(fd);
}

static bool no_more(void *arg, uint64_t done, uint64_t total)
{
	uint64_t *seen = arg;

	assert_true(done <= total);
	*seen = done;
	return false;
}

static void it_can_be_called_off(void **state)
{
	uint64_t seen = 0;
	enum unpack_end end;
	int fd;

	(void)state;
	assert_false(unpack(fakecore_file_of(packed, pack_gzip(packed)),
			    no_more, &seen, &fd, &end, &err));
	assert_int_equal(err.code, ERR_LIMIT);
	assert_int_equal(fd, -1);
	assert_true(seen > 0);
}

static void a_folder_that_is_not_there_is_told(void **state)
{
	enum unpack_end end;
	int fd;

	(void)state;
	setenv("TMPDIR", "/nonexistent", 1);
	assert_false(unpack(fakecore_file_of(packed, pack_gzip(packed)), NULL,
			    NULL, &fd, &end, &err));
	unsetenv("TMPDIR");
	assert_int_equal(err.code, ERR_OS);
	assert_non_null(strstr(err.text, "/nonexistent"));
}

#define TEST(name) cmocka_unit_test_setup(name, set_up)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_packed_comes_out),
		TEST(two_behind_each_other_are_one),
		TEST(what_is_cut_gives_what_there_is),
		TEST(what_is_damaged_is_told),
		TEST(behind_the_end_gzip_may_have_zeros),
		TEST(what_else_is_there_is_told_and_left_alone),
		TEST(pages_of_zeros_take_no_room),
		TEST(what_is_not_packed_stays),
		TEST(it_can_be_called_off),
		TEST(a_folder_that_is_not_there_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
