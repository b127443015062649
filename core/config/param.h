/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameter tables: one row declares a parameter once, and that row parses, validates, defaults,
 * dumps, documents and generates the schema. Nothing reads a configuration in any other way.
 *
 *     typedef struct ohm_dac_config { int64_t bits; double v_read_volt; } ohm_dac_config;
 *     static const ohm_param rows[] = {
 *         {.key = "bits", .kind = OHM_PARAM_INT, .offset = offsetof(ohm_dac_config, bits),
 *          .fallback = "8", .min = 1, .max = 16, .doc = "Resolution of one input line."},
 *         {.key = "v_read", .kind = OHM_PARAM_REAL, .unit = OHM_UNIT_VOLT,
 *          .offset = offsetof(ohm_dac_config, v_read_volt), .fallback = "0.2 V",
 *          .min = 1e-3, .max = 5, .doc = "Full-scale read voltage."},
 *     };
 *     const ohm_param_table ohm_dac_params = {"dac", "Input converter.", rows, 2,
 *                                             sizeof(ohm_dac_config), NULL};
 *
 * Field types: BOOL bool, INT int64_t, REAL double (SI), ENUM int (index into choices), STRING
 * char[OHM_PARAM_STRING_MAX], REAL_LIST ohm_real_list, STRING_LIST ohm_string_list, TABLE the
 * nested struct itself, VARIANT ohm_variant. Every config struct is plain data: copy it freely.
 *
 * How the kinds look in a document:
 * - BOOL: true or false.
 * - INT: 8; where the row has a unit also "64 KiB", "8 bit".
 * - REAL: 25 uS, or a bare number in the SI unit.
 * - ENUM: one of the choices.
 * - REAL_LIST, STRING_LIST: [25 s, 1 day], or one text "25 s, 1 day".
 * - TABLE: a mapping of the table's keys. With preset_kind also a scalar, the name of a preset of
 *   that kind or of a file (`tile: generic_256`); where the table's first row is a VARIANT, `law`
 *   say, the scalar may also name a model, `device: pcm` standing for `device: {model: pcm}`. The
 *   mapping may say `base: NAME` to start from a preset or file.
 * - VARIANT: a scalar names a model, or with preset_kind a preset of that kind or a file
 *   (`model: pcm`). In a mapping the key `model` picks the table, the other keys are its parameters
 *   and `base` serves as above: `model: {model: pcm, nu: 0.05}`. Without `model` the row's fallback
 *   is the model. A table used by a VARIANT has no row `model` of its own.
 *
 * Where an inheriting document names another model, the parameters of the former model are not
 * inherited. */
#ifndef OHM_CORE_CONFIG_PARAM_H
#define OHM_CORE_CONFIG_PARAM_H

#include "core/status.h"
#include "core/units.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    OHM_PARAM_STRING_MAX = 256,
    OHM_PARAM_LIST_MAX = 64,
    OHM_PARAM_NAME_MAX = 64,
    OHM_VARIANT_BYTES = 4096
};

typedef enum ohm_param_kind {
    OHM_PARAM_BOOL,
    OHM_PARAM_INT,
    OHM_PARAM_REAL,
    OHM_PARAM_ENUM,
    OHM_PARAM_STRING,
    OHM_PARAM_REAL_LIST,
    OHM_PARAM_STRING_LIST,
    OHM_PARAM_TABLE,
    OHM_PARAM_VARIANT
} ohm_param_kind;

typedef struct ohm_real_list {
    size_t count;
    double values[OHM_PARAM_LIST_MAX];
} ohm_real_list;

typedef struct ohm_string_list {
    size_t count;
    char values[OHM_PARAM_LIST_MAX][OHM_PARAM_NAME_MAX];
} ohm_string_list;

/* A section whose own table depends on its "model" key (devices, ADC types, cost models).
 * storage holds the struct of the chosen table. */
typedef struct ohm_variant {
    char model[OHM_PARAM_NAME_MAX];
    union {
        unsigned char bytes[OHM_VARIANT_BYTES];
        double align_double;
        int64_t align_int;
    } storage;
} ohm_variant;

struct ohm_param_table;

/* Where a VARIANT finds its tables: NULL-terminated parallel lists through an iterator. */
typedef struct ohm_variant_set {
    const char *what; /* "device model", for messages */
    size_t (*count)(void);
    const char *(*name)(size_t i);
    const struct ohm_param_table *(*table)(size_t i);
} ohm_variant_set;

typedef struct ohm_param {
    const char *key;
    ohm_param_kind kind;
    ohm_unit unit;                       /* REAL and REAL_LIST */
    size_t offset;                       /* of the field in the struct */
    const char *fallback;                /* default as a user would write it; NULL: required.
                                            Lists: "1, 2, 3"; ENUM: the choice's name; VARIANT: the
                                            model's or a preset's name; TABLE: ignored (its rows
                                            have their own) */
    double min, max;                     /* inclusive range in SI; both 0: unbounded */
    const char *const *choices;          /* ENUM: NULL-terminated names */
    const struct ohm_param_table *table; /* TABLE */
    const ohm_variant_set *variants;     /* VARIANT */
    bool is_path; /* STRING: a file; relative to the folder of the document that names it */
    const char *preset_kind; /* TABLE and VARIANT: a scalar names a preset of this kind */
    const char *synonyms;    /* words that the message about an unknown key leads here, separated by
                             spaces; they are not accepted as keys */
    const char *doc;         /* one sentence for a user */
} ohm_param;

typedef struct ohm_param_table {
    const char *name;
    const char *doc;
    const ohm_param *rows;
    size_t count;
    size_t struct_size;
    /* Checks combinations after every row is read; sets err->message and may name the guilty key
     * as the first word followed by ':' so that its place can be found. May be NULL. */
    ohm_status (*check)(const void *config, ohm_err *err);
} ohm_param_table;

/* Fills a struct with every default. OHM_EINVAL if a required row has none (its field is zeroed and
 * the rest still filled). */
ohm_status ohm_param_defaults(const ohm_param_table *table, void *config, ohm_err *err);

/* Sets one field from text ("adc.bits" descends into TABLE and VARIANT rows), with all row
 * checks. */
ohm_status ohm_param_set(const ohm_param_table *table, void *config, const char *dotted_key,
                         const char *text, ohm_err *err);

/* Re-runs every range check and table->check, outermost last. */
ohm_status ohm_param_check(const ohm_param_table *table, const void *config, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
