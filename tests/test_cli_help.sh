#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The texts of --help, byte by byte; `make update-golden` rewrites them.
program=${PYHEAPSPY:-build/pyheapspy}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
status=0

golden()
{
	name=$1
	shift
	if ! "$program" "$@" >"$dir/$name" 2>"$dir/err" || test -s "$dir/err"
	then
		cat "$dir/err"
		echo "FAIL pyheapspy $*"
		status=1
		return
	fi
	test -z "$UPDATE_GOLDEN" || cp "$dir/$name" "tests/golden/$name"
	if diff -u "tests/golden/$name" "$dir/$name"
	then
		echo "ok   pyheapspy $*"
	else
		echo "FAIL pyheapspy $*"
		status=1
	fi
	# A terminal has 80 columns.
	if awk 'length > 80 { exit 1 }' "$dir/$name"
	then
		echo "ok   pyheapspy $*: 80 columns"
	else
		echo "FAIL pyheapspy $*: wider than 80 columns"
		status=1
	fi
}

golden help.txt --help
golden help-attach.txt attach --help
golden help-dump.txt dump --help
golden help-memory.txt memory --help
golden help-why.txt why --help
golden help-inspect.txt inspect --help
golden help-garbage.txt garbage --help
golden help-waste.txt waste --help
golden help-traces.txt traces --help
golden help-stacks.txt stacks --help
golden help-grow.txt grow --help
golden help-ps.txt ps --help
golden help-help.txt help --help

# The same text, wherever the option stands and however one asks.
for args in 'help dump' 'dump 1 --help' 'dump --hel' 'dump --json --help'
do
	# shellcheck disable=SC2086
	if "$program" $args | cmp -s - tests/golden/help-dump.txt
	then
		echo "ok   pyheapspy $args"
	else
		echo "FAIL pyheapspy $args is not pyheapspy dump --help"
		status=1
	fi
done

# Each command is in the manual page, and so is each of its options.
for command in $("$program" help --commands)
do
	test "$command" = help && continue
	for option in $("$program" help --options "$command" | sed 's/=.*//')
	do
		test "$option" = --help && continue
		if "$program" help --man-options | sed 's/\\//g' |
			grep -qF -e "$option"
		then
			echo "ok   $command $option"
		else
			echo "FAIL $command $option is not in the manual"
			status=1
		fi
	done
done
exit $status
