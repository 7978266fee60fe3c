/* SPDX-License-Identifier: MIT */
#ifndef CLI_ATTACH_BATCH_H
#define CLI_ATTACH_BATCH_H

#include "cli/command.h"
#include "tui/feed.h"

/** `attach` without a screen: blocks of text, or lines of JSON. */
struct batch_options {
	int64_t count;		/* samples; 0: until it ends */
	int top;		/* rows of the table; 0: all */
	bool json, ascii;
	bool account;		/* JSON: with the last account of the memory */
	bool wait;		/* that it ends is no end */
};

/** Print each sample of @feed that has counted the heap, to cli->out, until
 *  there were enough or the process has ended. */
MUST_CHECK bool attach_batch(struct cli *cli, struct feed *feed,
			     const struct batch_options *opt,
			     struct err *err);

#endif
