/* SPDX-License-Identifier: MIT */
#ifndef BASE_DISGUISE_H
#define BASE_DISGUISE_H

#include <stdint.h>

/**
 * What a character does to those around it.
 *
 * Names are chosen by the tracee.  What is shown of them is what they are: so
 * nothing in them may be invisible, reorder what follows, or pile up over the
 * lines above.  That costs some readability: ZWJ and ZWNJ are escaped, and so
 * an emoji that is joined of several is shown as its parts.
 *
 * Facts: Unicode; disguise.inc says which version.
 */
enum disguise {
	PLAIN,
	MARK,	/* goes on the character before: an accent, a vowel of Thai */
	HIDDEN,	/* a control, an order of direction, a filler, of private use */
};

/** So many marks on one character are some language's; more are a pile. */
enum { DISGUISE_MARKS = 4 };

/** Of the Unicode character @c, whatever the locale. */
enum disguise disguise_of(uint32_t c);

#endif
