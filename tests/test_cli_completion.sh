#!/bin/bash
# SPDX-License-Identifier: MIT
#
# What bash offers after a few words and Tab.
program=${PYHEAPSPY:-build/pyheapspy}
status=0
# shellcheck source=src/cli/pyheapspy.bash
. src/cli/pyheapspy.bash

# Only while a completion runs there is one to set options of.
compopt()
{
	:
}

# offers WANT WORD...: the last word is the one being typed.
offers()
{
	local want=$1
	shift
	COMP_WORDS=("$program" "$@")
	COMP_CWORD=$#
	_pyheapspy
	if [[ "${COMPREPLY[*]}" == "$want" ]]; then
		echo "ok   $*: $want"
	else
		echo "FAIL $*: offers '${COMPREPLY[*]}', not '$want'"
		status=1
	fi
}

offers 'dump' d
offers 'attach dump memory why inspect garbage waste traces stacks grow ps help --help --version' ''
offers '--interval=' attach --i
offers '--batch' attach --b
offers '--json' dump --js
offers '--output=' dump --out
offers '--offsets= --objects --output=' dump 4711 --o
offers 'bytes count name allocated' dump --sort =
offers 'name' dump --sort = n
offers 'count' dump --sort c
offers '--max-pause=' memory --m
offers 'ps' help p
offers 'src/cli/pyheapspy.bash' dump -o src/cli/pyheapspy.b
offers 'src/cli/pyheapspy.bash' dump --offsets = src/cli/pyheapspy.b
exit $status
