/* SPDX-License-Identifier: MIT */
#include "cli/linked.h"

#include <curses.h>
#include <elfutils/version.h>
#include <gnu/libc-version.h>
#include <libunwind.h>
#include <lz4.h>
#include <lzma.h>
#include <sys/stat.h>
#include <zlib.h>
#include <zstd.h>

#include "base/units.h"

#define STRING_(x) #x
#define STRING(x) STRING_(x)

/* Those without a call of their own are as they were when it was built. */
static void write_libraries(struct out *out)
{
	out_printf(out, "glibc %s, elfutils 0." STRING(_ELFUTILS_VERSION)
		   ", libunwind " STRING(UNW_VERSION_MAJOR) "."
		   STRING(UNW_VERSION_MINOR) ", ncurses %s, zstd %s, lz4 %s, "
		   "xz %s, zlib %s\n",
		   gnu_get_libc_version(), NCURSES_VERSION,
		   ZSTD_versionString(), LZ4_versionString(),
		   lzma_version_string(), zlibVersion());
}

void linked_write(struct out *out)
{
#ifdef STATIC_PROGRAM
	char size[UNITS_TEXT];
	struct stat st;

	out_str(out, "one file");
	if (stat("/proc/self/exe", &st) == 0)
		out_printf(out, " of %s", units_bytes(size, st.st_size));
	out_str(out, ", linked statically with ");
#else
	out_str(out, "linked with ");
#endif
	write_libraries(out);
}
