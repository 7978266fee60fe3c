#!/bin/sh
# SPDX-License-Identifier: MIT
#
# `make check-layers` itself, on little trees: where it must say no.
# shellcheck source=tests/cli.sh
. tests/cli.sh
here=$PWD

# Fills $dir/tree anew, with nothing wrong in it.
plant()
{
	rm -rf "$dir/tree"
	for folder in base result attach pyabi heap stacks report tui cli
	do
		mkdir -p "$dir/tree/src/$folder"
	done
	ln -s "$here/tests" "$dir/tree/tests"
	grows report/version.h
	grows base/addr.h
	grows attach/mem.h base/addr.h
	grows pyabi/object.h attach/mem.h
	grows heap/census.h pyabi/object.h result/dump.h
	grows stacks/native.h pyabi/object.h
	grows result/dump.h base/addr.h
	grows report/out.h base/addr.h
	grows report/text.c report/out.h result/dump.h
	grows tui/panel.c result/dump.h
	grows cli/main.c heap/census.h report/out.h attach/mem.h
}

# grows FILE INCLUDED...
grows()
{
	file=$dir/tree/src/$1
	shift
	for included
	do
		printf '#include "%s"\n' "$included"
	done >>"$file"
}

layers()
{
	make -s -C "$dir/tree" -f "$here/Makefile" check-layers \
		>"$dir/err" 2>&1
}

# refuses WHAT WORDS: it does, in one line that has these.
refuses()
{
	layers && fail "$1: passed" && return
	check "$1" grep -qxF "$2" "$dir/err"
}

plant
check 'who looks down only is fine' layers

plant
grows report/text.c heap/census.h
refuses 'a format that includes the engine' \
	'src/report/text.c: report may not see src/heap/census.h'

plant
grows tui/panel.c stacks/native.h
refuses 'a panel that includes what reads stacks' \
	'src/tui/panel.c: tui may not see src/stacks/native.h'

plant
grows result/dump.h attach/mem.h
refuses 'a format that gets at memory through a result' \
	'src/report/text.c > src/result/dump.h: report may not see src/attach/mem.h'

plant
grows report/out.h cli/near.h
grows cli/near.h heap/census.h
refuses 'a format that goes over the roof' \
	'src/report/text.c > src/report/out.h: report may not see src/cli/near.h'

plant
grows report/text.c ../heap/census.h
refuses 'a format that includes by a way of its own' \
	'src/report/text.c: report may not see src/heap/census.h'

plant
printf ' #\tinclude  "heap/census.h"\n' >>"$dir/tree/src/tui/panel.c"
refuses 'a panel whose include looks odd' \
	'src/tui/panel.c: tui may not see src/heap/census.h'

plant
grows heap/census.h stacks/native.h
refuses 'a heap that includes stacks beside it' \
	'src/heap/census.h: heap may not see src/stacks/native.h'

plant
grows pyabi/object.h cli/near.h
grows cli/near.h
refuses 'who includes the command line' \
	'src/pyabi/object.h: pyabi may not see src/cli/near.h'

plant
grows attach/live.h attach/mem.h
grows cli/main.c attach/live.h
check 'who looks for processes may see one' layers
grows attach/near.h attach/live.h
grows pyabi/object.h attach/near.h
refuses 'who can tell a process from a core file' \
	'src/pyabi/object.h > src/attach/near.h: pyabi may not see src/attach/live.h'

plant
mkdir "$dir/tree/src/extra"
grows extra/new.h
refuses 'a folder that is no layer' 'src/extra/new.h: its folder is no layer'

plant
grows report/text.c heap/gone.h
refuses 'what is included and not there' \
	'src/report/text.c:3: no file "heap/gone.h" here'

# --- what is compiled for formats and panels ---------------------------------

# compiles FILE: as the Makefile does it, among the true headers.
compiles()
{
	rm -rf "$dir/tree"
	mkdir -p "$dir/tree/src/${1%/*}"
	for folder in base result attach
	do
		ln -s "$here/src/$folder" "$dir/tree/src/$folder"
	done
	ln -s "$here/tests" "$dir/tree/tests"
	grows "$1" attach/mem.h
	make -C "$dir/tree" -f "$here/Makefile" B="$dir/tree/build" \
		"$dir/tree/build/src/${1%.c}.o" >"$dir/err" 2>&1
}

for c in report/text.c tui/panel.c
do
	compiles $c && fail "$c compiles, and reads memory"
	check "$c that reads memory does not compile" \
		grep -q 'never read a target' "$dir/err"
done
check 'who may read memory compiles' compiles pyabi/object.c

exit $status
