#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: run-packages.sh BUILD VERSION PYTHON
#
# What others install is tried as they have it: the static program in a root
# that has nothing else, the wheel by pip, the Debian package unpacked.
program=$1/pyheapspy-static python=$3
# Each by its name with the machine in it: there is one.
for wheel in "$1/pyheapspy-$2"-*.whl; do :; done
for deb in "$1/deb/pyheapspy_$2"_*.deb; do :; done
dir=$(mktemp -d) || exit 1
status=0
target=

finish()
{
	test -z "$target" || kill "$target"
	rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM

fail()
{
	echo "FAIL packages: $*"
	status=1
}

# holds TEXT COMMAND...: it exits with 0, and its output has the text
holds()
{
	text=$1
	shift
	if "$@" >"$dir/out" 2>&1 </dev/null && grep -q "$text" "$dir/out"
	then
		return
	fi
	fail "no '$text' from: $*"
	sed 's/^/	/' "$dir/out"
}

expect_failure()
{
	! "$@"
}

# It says that it is ready by the file it makes.
"$python" -c "import sys, time
class Kept: pass
kept = [Kept() for i in range(4321)]
open(sys.argv[1], 'w').close()
time.sleep(3600)" "$dir/ready" &
target=$!
until test -e "$dir/ready"
do
	kill -0 "$target" 2>/dev/null || exit 1
	sleep 0.1
done

# --- the static program ---------------------------------------------------

if readelf -lW "$program" | grep -q INTERP
then
	fail 'the static program asks for a loader'
fi
mkdir -p "$dir/root/proc"
cp "$program" "$dir/root/pyheapspy"
# A root of its own, as a container of one file has it: /proc and no more.
cat >"$dir/alone" <<-'END'
	#!/bin/sh
	test -e "$1/proc/self" || mount -t proc proc "$1/proc" || exit 1
	exec chroot "$@"
END
alone()
{
	unshare -m sh "$dir/alone" "$dir/root" /pyheapspy "$@"
}
if test "$(id -u)" = 0 && unshare -m true 2>/dev/null
then
	holds '/proc is not mounted' expect_failure chroot "$dir/root" \
		/pyheapspy dump "$target"
	holds 'linked statically' alone --version
	holds '4,321 .*Kept' alone dump "$target"
	holds 'C .*sleep' alone stacks --native "$target"
	holds "^ *$target " alone ps
	holds 'Kept' alone attach --batch --count=1 "$target"
	holds 'kept' alone why "$target"
	holds '= RSS' alone memory "$target"
	for term in xterm-256color linux
	do
		# A terminal of which the root has no description.
		TERM=$term "$python" tests/screen-once.py unshare -m \
			sh "$dir/alone" "$dir/root" /pyheapspy attach \
			"$target" >"$dir/out" 2>&1 ||
			fail "no screen on $term: $(cat "$dir/out")"
	done
else
	echo 'skip the static program in a root of its own: not permitted'
fi

# --- the wheel ------------------------------------------------------------

if "$python" -m pip --version >/dev/null 2>&1
then
	"$python" -m pip --disable-pip-version-check install -q --no-index \
		--no-deps --target "$dir/wheel" "$wheel" >"$dir/out" 2>&1 ||
		fail "pip: $(cat "$dir/out")"
	holds '4,321 .*Kept' "$dir/wheel/bin/pyheapspy" dump "$target"
else
	echo "skip the wheel: $python has no pip"
fi

# --- the Debian package ---------------------------------------------------

if test -e "$deb"
then
	dpkg-deb -x "$deb" "$dir/deb"
	holds '4,321 .*Kept' "$dir/deb/usr/bin/pyheapspy" dump "$target"
	holds 'pyheapspy' gunzip -c "$dir/deb/usr/share/man/man1/pyheapspy.1.gz"
	test -e "$dir/deb/usr/share/bash-completion/completions/pyheapspy" ||
		fail 'the package has no completion'
	if command -v lintian >/dev/null
	then
		lintian --allow-root --fail-on error,warning "$deb" \
			>"$dir/out" 2>&1 || fail "lintian: $(cat "$dir/out")"
	else
		echo 'skip lintian: apt-get install lintian'
	fi
else
	echo 'skip the Debian package: apt-get install debhelper'
fi
test $status != 0 || echo 'ok   packages'
exit $status
