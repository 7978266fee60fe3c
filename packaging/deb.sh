#!/bin/sh
# SPDX-License-Identifier: MIT
# usage: deb.sh VERSION DIRECTORY
#
# Build a Debian package of the sources in the current folder, in DIRECTORY.
# The date is that of NEWS, so that the same sources make the same package.
set -e
version=$1
work=$2/pyheapspy-$version

rm -rf "$work"
mkdir -p "$work"
cp -r Makefile LICENSE NEWS README.md src offsets packaging tests "$work"
mv "$work/packaging/debian" "$work/debian"
printf 'pyheapspy (%s) unstable; urgency=medium\n\n  * See NEWS.\n\n -- %s  %s\n' \
	"$version" "$(sed -n 's/^Maintainer: //p' "$work/debian/control")" \
	"$(date -R -u -r NEWS)" >"$work/debian/changelog"
cd "$work"
# What the outer make was told is not for this one, which has none of it in its
# environment either.
env -i PATH="$PATH" HOME="$HOME" LC_ALL=C.UTF-8 \
	dpkg-buildpackage -b -us -uc ${DEB_OPTIONS-} >"../deb.log" 2>&1 || {
	cat ../deb.log >&2
	exit 1
}
ls "$(dirname "$PWD")/"*.deb
