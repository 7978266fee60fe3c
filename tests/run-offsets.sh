#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Does every file of offsets/ say what DWARF says?  Asks the interpreters here
# that have any.
#
#   tests/run-offsets.sh TOOL PYTHON
tool=$1 python=$2
# Those that are one path; a chroot's debug information is elsewhere.
pythons=$(integration/setup --list 2>/dev/null |
	awk -F '\t' '$3 == "pyenv" || $3 == "debian" { print $4 }')
# shellcheck disable=SC2086
offsets/dwarf-offsets.sh check "$tool" ${pythons:-"$python"}
status=$?
test $status != 77 || {
	echo 'skip offsets: no interpreter with DWARF'
	exit 0
}
exit $status
