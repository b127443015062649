/* SPDX-License-Identifier: GPL-3.0-or-later */
/* JSON results through Jansson: full-precision numbers, stable key order, atomic files. */
#ifndef OHM_CORE_FILES_JSON_H
#define OHM_CORE_FILES_JSON_H

#include "core/status.h"

#include <jansson.h>
#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A JSON number; null for NaN or infinity, which JSON cannot say. */
json_t *ohm_json_real(double value);

/* Writes with two-space indent and 17 significant digits. */
ohm_status ohm_json_save(const json_t *value, const char *path, bool force, ohm_err *err);

/* Parses a file; syntax errors come with line and column. */
ohm_status ohm_json_load(const char *path, json_t **out, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
