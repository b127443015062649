/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef OHM_SIM_CLI_WRAP_H
#define OHM_SIM_CLI_WRAP_H

#include <stddef.h>
#include <stdio.h>

/* Writes text and a newline, broken between words at 100 columns; every line but the first is
 * indented. The cursor already stands at `column`. */
void ohm_wrap_write(FILE *stream, const char *text, size_t column, size_t indent);

#endif
