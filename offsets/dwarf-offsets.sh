#!/bin/sh
# SPDX-License-Identifier: MIT
#
# An offsets file from the DWARF of an interpreter, or compared with it.
#
#   dwarf-offsets.sh print TOOL PYTHON
#   dwarf-offsets.sh check TOOL PYTHON...
#
# TOOL is the program made of dwarf-offsets.c.  `print` takes shapes and numbers
# from the file for that release or, for a new version, from the newest: go
# through them (src/pyabi/shape.h) before the result is believed.  `check` skips
# interpreters that have no DWARF; 77 if that was all of them.
here=$(dirname "$0")
what=$1
tool=$2
shift 2

# "cpython-3.14.0-x86_64.txt 3.14.0 3.14.4": the files that may be for $1.
files_for()
{
	awk -v minor="${1%.*}." -v arch="$2" -v build="$3" '
		FNR == 1 { python = "" }
		$1 == "python" { python = $2 }
		$1 == "build" && $2 != build { python = "" }
		$1 == "arch" && $2 == arch && index(python, minor) == 1 {
			split(python, end, /\.\./)
			print FILENAME, end[1], end[2]
		}' "$here"/cpython-*.txt
}

# The one made for this release, where there are several the one whose name
# says the least: the others are variants.
file_for()
{
	files_for "$@" | awk -v micro="${1##*.}" '{
		n = split($2, from, ".")
		split($3, to, ".")
		if (micro >= from[n] && micro <= to[n] &&
		    (!best || length($1) < length(best)))
			best = $1
	}
	END { print best }'
}

newest()
{
	find "$here" -name "cpython-*-$1.txt" | sort -V | tail -n 1
}

# Lists of ours are lines.
IFS='
'
status=77
for python
do
	said=$("$python" -I "$here/describe.py") || exit 1
	IFS=' ' read -r version arch build <<-END
	$said
	END
	elf=$(printf '%s\n' "$said" | tail -n +2)
	file=$(file_for "$version" "$arch" "$build")
	if test "$what" = print && test -z "$file"
	then
		file=$(newest "$arch")
	elif test -z "$file"
	then
		echo "CPython $version, $arch, $build: no file"
		continue
	fi
	# shellcheck disable=SC2086
	"$tool" "$what" "$file" $elf
	case $? in
	0) test "$status" -ne 77 || status=0 ;;
	77) echo "CPython $version: no DWARF in $python" ;;
	*) status=1 ;;
	esac
done
exit $status
