#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Build with other compilers and flags than `make` does, and each twice: the
# second build has nothing to do, and so has `make install`.
dir=$(mktemp -d) || exit 1
status=0

finish()
{
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM

fail()
{
	echo "FAIL $1"
	sed 's/^/	/' "$dir/log"
	status=1
}

# What an outer make was told is not for this one.
build()
{
	env -u MAKEFLAGS -u MFLAGS -u MAKELEVEL make B="$dir/build" "$@" \
		>"$dir/log" 2>&1
}

is_silent()
{
	! grep -v 'Nothing to be done' "$dir/log" | grep -q .
}

# builds NAME ARGUMENT...
builds()
{
	name=$1
	shift
	rm -rf "$dir/build"
	if ! build -j2 DEVELOPER=1 "$@"
	then
		fail "$name: does not build"
	elif ! "$dir/build/pyheapspy" --version >"$dir/log"
	then
		fail "$name: does not run"
	elif ! build DEVELOPER=1 "$@" || ! is_silent
	then
		fail "$name: the second make has something to do"
	elif ! build install DESTDIR="$dir/root" DEVELOPER=1 "$@" ||
		grep -qE '^  (cc|link)' "$dir/log"
	then
		fail "$name: make install compiles"
	else
		echo "ok   $name"
	fi
}

# A libiberty where there is none: all that is asked of it is to be linked.
stand_in()
{
	mkdir -p "$dir/include/libiberty" "$dir/lib"
	cat >"$dir/include/libiberty/demangle.h" <<-'END'
	enum { DMGL_PARAMS = 1, DMGL_ANSI = 2, DMGL_AUTO = 256 };
	char *cplus_demangle(const char *name, int options);
	END
	cat >"$dir/iberty.c" <<-'END'
	#include <libiberty/demangle.h>
	char *cplus_demangle(const char *name, int options)
	{
		return name && options ? (char *)0 : (char *)0;
	}
	END
	cc -I "$dir/include" -c "$dir/iberty.c" -o "$dir/iberty.o" &&
		ar rcs "$dir/lib/libiberty.a" "$dir/iberty.o"
}

if test -e /usr/include/libiberty/demangle.h
then
	builds 'gcc -O0, with libiberty' CC=gcc CFLAGS=-O0
else
	stand_in
	builds 'gcc -O0, with a stand-in for libiberty' CC=gcc CFLAGS=-O0 \
		IBERTY=yes CPPFLAGS=-I"$dir/include" LDFLAGS=-L"$dir/lib"
fi
if command -v clang >/dev/null
then
	builds 'clang -O0, without libiberty' CC=clang CFLAGS=-O0 IBERTY=
else
	echo 'skip clang: apt-get install clang'
fi
exit $status
