/* SPDX-License-Identifier: GPL-3.0-or-later */
/* One parameter value: from text, against its row, and described for messages. Shared by
 * param.c (values in memory) and config_read.c (values in a document); not for other layers. */
#ifndef OHM_CORE_CONFIG_PARAM_VALUE_H
#define OHM_CORE_CONFIG_PARAM_VALUE_H

#include "core/config/param.h"

/* Room for the texts below. */
enum { OHM_RANGE_MAX = 448, OHM_EXPECTED_MAX = 576 };

/* Parses text into the row's field and checks its range. Lists take "1, 2, 3" and replace what was
 * there. Not for TABLE and VARIANT rows. The message does not name the key. */
ohm_status ohm_param_value_parse(const ohm_param *row, const char *text, void *field, ohm_err *err);

/* Parses text as one more element of a list row. */
ohm_status ohm_param_value_append(const ohm_param *row, const char *text, void *field,
                                  ohm_err *err);

/* Checks the range of a value already in the field. Not for TABLE and VARIANT rows. */
ohm_status ohm_param_value_check(const ohm_param *row, const void *field, ohm_err *err);

/* "an integer from 1 to 16", "a voltage in V or mV from 1 mV to 5 V", "one of a, b, c", ... */
void ohm_param_value_expected(const ohm_param *row, char *out, size_t size);

/* The row's range alone: "1 to 16", "at least 0 V", "a | b"; "" when unbounded. */
void ohm_param_value_range(const ohm_param *row, char *out, size_t size);

/* Row of a table by key, or NULL. */
const ohm_param *ohm_param_find(const ohm_param_table *table, const char *key, size_t n);

/* "did you mean 'x'?" or "known keys: a, b, c" for an unknown key of this table. */
void ohm_param_key_hint(const ohm_param_table *table, const char *key, char *out, size_t size);

/* Records "key.message" when message begins with a key ("bits: ..."), else "key: message". */
ohm_status ohm_key_error(ohm_err *err, ohm_status status, const char *key, const char *message);

/* Length of the dotted key at the start of a message "key: ...", 0 if there is none. */
size_t ohm_key_length(const char *message);

/* Index of a model in a set, or the set's count. */
size_t ohm_variant_find(const ohm_variant_set *set, const char *name);

/* Chooses a model by name: sets variant->model and fills its storage with defaults. */
ohm_status ohm_variant_choose(const ohm_variant_set *set, const char *name, ohm_variant *variant,
                              ohm_err *err);

/* Table of the chosen model; NULL when it has no parameters. */
const ohm_param_table *ohm_variant_table(const ohm_variant_set *set, const ohm_variant *variant);

#endif
