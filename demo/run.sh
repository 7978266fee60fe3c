#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Start the sample service, look into its heap, say how to go on.
#
#   demo/run.sh PROGRAM PYTHON
#   demo/run.sh PROGRAM PYTHON --live	the live screen, until you leave it
program=$1 python=$2 live=$3
dir=$(mktemp -d) || exit 1
pid=

finish()
{
	test -n "$pid" && kill "$pid" 2>/dev/null
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM

# It reads its stdin, and ends with it: at once, should we be killed.
mkfifo "$dir/stdin" "$dir/stdout" || exit 1
"$python" "$(dirname "$0")/service.py" --until-eof \
	<"$dir/stdin" >"$dir/stdout" &
pid=$!
exec 3>"$dir/stdin" 4<"$dir/stdout"
read -r ready service port <&4
if test "$ready" != ready
then
	echo "demo: $python demo/service.py did not start" >&2
	exit 1
fi

if test "$live" = --live
then
	"$program" attach "$service" --interval=1
	exit
fi

echo "A service runs as process $service, on http://127.0.0.1:$port/."
echo "It is asked for pages, and its memory grows.  What is in there?"
echo
echo "\$ pyheapspy dump $service --top=12"
"$program" dump "$service" --top=12 || exit
sleep 3
echo
echo "And three seconds later?"
echo
echo "\$ pyheapspy dump $service --top=0 | grep -E 'Count|__main__'"
"$program" dump "$service" --top=0 | grep -E 'Count|__main__'
echo
echo "A Session for every visitor who ever came, and none goes away."
echo
echo "To watch it grow, live:  make demo-live"
echo
echo "To look further, start the service yourself, and keep it running:"
while IFS='|' read -r command what
do
	printf '  %-42s %s\n' "$command" "$what"
done <<END
$python demo/service.py &|
$program ps|which Pythons are there?
$program attach service.py|what grows?  h shows the keys
$program dump PID --kinds|whose dicts are these?
$program dump PID --json|the same for scripts
$program dump PID --objects --refs|every object, a line each
$program dump --help|all options
END
