#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Core files as a user meets them, where they are no use.  What is said of those
# that are is integration/checks/core-files.
# shellcheck source=tests/cli.sh
. tests/cli.sh
exec </dev/null

# make_core FILE PROGRAM: of a thread with a stack, in a program that is left
# out.
make_core()
{
	"$python" - "$@" <<'EOF'
import struct, sys
PAGE, TEXT, STACK = 4096, 0x400000, 0x7ff000000000
def note(kind, data):
    return struct.pack("<III", 5, len(data), kind) + b"CORE\0\0\0\0" + \
        data + bytes(-len(data) % 4)
def header(kind, flags, offset, at, held, size):
    return struct.pack("<IIQQQQQQ", kind, flags, offset, at, at, held, size, 1)
registers = [0] * 27
registers[16], registers[19] = TEXT, STACK + 64		# rip, rsp
status = struct.pack("<32xI76x27QQ", 4711, *registers, 0)
files = struct.pack("<5Q", 1, PAGE, TEXT, TEXT + 2 * PAGE, 0) + \
    sys.argv[2].encode() + b"\0"
notes = note(1, status) + note(0x46494c45, files)
whole = b"\x7fELF\2\1\1" + bytes(9) + struct.pack(
    "<HHIQQQIHHHHHH", 4, 62, 1, 0, 64, 0, 0, 64, 56, 3, 0, 0, 0)
whole += header(4, 0, PAGE, 0, len(notes), 0)
whole += header(1, 5, 2 * PAGE, TEXT, 0, 2 * PAGE)
whole += header(1, 6, 2 * PAGE, STACK, PAGE, PAGE)
whole = (whole.ljust(PAGE, b"\0") + notes).ljust(3 * PAGE, b"\0")
open(sys.argv[1], "wb").write(whole)
EOF
}

test "$(uname -m)" = x86_64 || {
	echo 'these cores are of x86-64'
	exit 77
}

# --- what is missing ---------------------------------------------------------

make_core "$dir/core" /none/bin/python3.11
expect 1 'core: the core left out 8 KiB of /none/bin/python3.11, and no file' \
	dump "$dir/core"
check 'what is to be done' grep -q -- '--sysroot=DIR .*coredump_filter' \
	"$dir/err"
check 'no more than two lines' lines_of_stderr 2
expect 1 'the core left out 8 KiB' stacks "$dir/core"
expect 1 'the core left out 8 KiB' attach "$dir/core" --json

# What it is does not depend on that.
make_core "$dir/pypy" /none/bin/pypy3.11
expect 4 'this is PyPy, not CPython' dump "$dir/pypy"
check 'no list of processes for a core' sh -c '! grep -q "pyheapspy ps" "$1"' \
	- "$dir/err"

# --- what can have no effect -------------------------------------------------

for options in 'dump --no-stop' 'dump --max-pause=0' 'stacks --no-stop' \
	'stacks --watch=1' 'attach --exact' 'attach --wait' \
	'attach --interval=1' 'attach --cpu=5' 'attach --count=2'
do
	option=${options#* }
	expect 2 "${option%%=*}.* needs a process that runs" \
		"${options%% *}" "$dir/core" "$option"
done
for command in dump stacks attach
do
	expect 2 'sysroot is for a core file' $command $$ --sysroot=/
done
expect 2 'sysroot is for a core file' attach --sysroot=/
expect 1 'the core left out' attach "$dir/core" -n 1 --sysroot=/

# --- what you may not read ---------------------------------------------------

# The same status as of a process; and a file that is no core is a wrong name.
cp "$program" "$dir/pyheapspy" && chmod 755 "$dir" "$dir/pyheapspy"
if test "$(id -u)" = 0 && as_nobody true 2>/dev/null
then
	chmod 600 "$dir/core"
	as_nobody "$dir/pyheapspy" dump "$dir/core" >"$dir/out" 2>"$dir/err"
	check 'a core of another user' test $? = 5
	check '... and why' grep -q 'cannot be read: Permission denied' \
		"$dir/err"
else
	echo 'skip a core of another user: not root, or no setpriv'
fi
expect 2 'the file of that name is no core file' dump "$dir/pyheapspy"

exit $status
