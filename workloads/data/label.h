/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What every reader of data sets agrees on about labels and text; internal to workloads/data.
 *
 *   NaN, infinities in values   refused where a sequence is decoded, with file and item (prepare.c)
 *   missing labels              empty, "?", "nan", "null" and infinities are no class: refused
 *   names                       UTF-8 without control characters, at most OHM_CLASS_NAME_MAX - 1 bytes,
 *                               refused and never cut
 *   regression targets          a number that is not whole is no class: refused
 *   byte order marks            one in front of a text is skipped, one inside a label refused */
#ifndef OHM_WORKLOADS_DATA_LABEL_H
#define OHM_WORKLOADS_DATA_LABEL_H

#include "core/status.h"
#include "workloads/data/source.h"

#include <stdbool.h>

/* A label of n bytes without the blanks around it. OHM_EFORMAT says what is wrong with it; the caller adds
 * the place (ohm_err_at). */
ohm_status ohm_label_read(const char *text, size_t n, char out[OHM_CLASS_NAME_MAX], ohm_err *err);

/* The same of text that names a class and stands for no number, such as a folder: "1.5" is a name. */
ohm_status ohm_label_read_name(const char *text, size_t n, char out[OHM_CLASS_NAME_MAX],
                               ohm_err *err);

/* Equal as texts, or as numbers written in two ways ("1", "1.0"). */
bool ohm_label_equal(const char *a, const char *b);

bool ohm_label_is_number(const char *text);

/* Behind a UTF-8 byte order mark, if there is one. */
char *ohm_text_skip_mark(char *text);

#endif
