/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_OBJECTS_H
#define REPORT_REPORT_OBJECTS_H

#include "result/dump.h"

/**
 * One line of JSON for @obj; a dump_object_fn whose @arg is a struct out.
 * False once the output failed: no use to go on.
 */
bool report_object(void *arg, const struct dump_object *obj, struct err *err);

#endif
