/* SPDX-License-Identifier: MIT */
#ifndef REPORT_VERSION_H
#define REPORT_VERSION_H

/** The version of this program; the Makefile reads it here, too. */
#define PYHEAPSPY_VERSION "0.1.0"

#endif
