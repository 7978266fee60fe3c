#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The short integration run: a few targets on every interpreter that is already
# here; nothing is fetched (integration/setup does that, .ci/run wants it all).
python=${PYTHON:-python3}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT

list=$(integration/setup --list 2>/dev/null) || list=
if test -z "$list"
then
	# Only the host's own: a list of one.
	path=$("$python" -c 'import sys; print(sys.executable)') || exit 1
	version=$("$path" -c 'import sys
print("%d.%d.%d" % sys.version_info[:3])') || exit 1
	export PYHEAPSPY_CACHE="$dir"
	printf 'host-%s\t%s\tdebian\t%s\n' "${version%.*}" "$version" \
		"$path" >"$dir/interpreters.tsv"
	list=$(cat "$dir/interpreters.tsv")
fi
echo "interpreters found:" $(printf '%s\n' "$list" | cut -f 1)
"$python" integration/check --target memeater --target classes \
	--target collector \
	>"$dir/log" 2>&1
status=$?
# One line a test; the whole story of those that failed.
if test $status = 0
then
	tail -n 1 "$dir/log"
elif test $status = 77
then
	echo "skip integration: $(tail -n 1 "$dir/log")"
	status=0
else
	cat "$dir/log"
fi
exit $status
