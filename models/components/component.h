/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cost of hardware components: each offers actions with energy and latency, and has area and
 * leakage, computed by a cited cost model from its parameters. Nothing is chosen silently: every
 * estimate carries its source, its node, and whether it was scaled or used outside its range. */
#ifndef OHM_MODELS_COMPONENTS_COMPONENT_H
#define OHM_MODELS_COMPONENTS_COMPONENT_H

#include "core/param.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Strongly typed quantities so that a length cannot be read as an area. */
typedef struct ohm_joule { double joule; } ohm_joule;
typedef struct ohm_second { double sec; } ohm_second;
typedef struct ohm_area { double m2; } ohm_area;
typedef struct ohm_watt { double watt; } ohm_watt;

enum { OHM_ACTIONS_MAX = 8, OHM_NOTES_MAX = 4 };

typedef struct ohm_action_cost {
    const char *action; /* "convert", "read", "write", "add", ... */
    ohm_joule energy;   /* per action */
    ohm_second latency; /* per action */
} ohm_action_cost;

typedef struct ohm_component_cost {
    size_t action_count;
    ohm_action_cost actions[OHM_ACTIONS_MAX];
    ohm_area area;
    ohm_watt leakage;
    bool includes_area, includes_leakage; /* whether the source gives them */
    const char *source;
    double source_node_m; /* node the constants come from */
    size_t note_count;
    char notes[OHM_NOTES_MAX][160]; /* "scaled from 32 nm to 22 nm (Stillmaker)", "bits 14 outside 4..12" */
} ohm_component_cost;

/* What every component is asked with; a model reads what concerns it. Plain data with defaults from
 * ohm_component_params. */
typedef struct ohm_component_query {
    int64_t bits;          /* resolution or word width */
    double rate_hz;        /* conversions or accesses per second */
    double node_m;         /* process node */
    double supply_volt;
    int64_t rows, columns; /* of an array */
    int64_t depth, width_bits; /* of a memory; width of a bus or link */
    double activity;       /* switching activity, 0..1 */
    double g_mean_siemens, v_read_volt, t_read_sec; /* cell arrays without data */
} ohm_component_query;

extern const ohm_param_table ohm_component_params; /* of ohm_component_query */

/* One cited cost model of one component class. */
typedef struct ohm_component_model {
    const char *component; /* "adc", "dac", "sram", "shift_add", "mac", ... */
    const char *name;      /* "adc_isaac", unique; what `component show` takes */
    const char *summary;
    const char *formula; /* plain text with constants */
    const char *source;
    const char *valid;
    double node_m; /* native node */
    ohm_status (*estimate)(const ohm_component_query *query, ohm_component_cost *cost, ohm_err *err);
} ohm_component_model;

extern const ohm_component_model *const ohm_component_models[]; /* NULL-terminated, registry.c */

const ohm_component_model *ohm_component_find(const char *name);

/* Estimate by name with range checks, scaling to query->node_m and notes. */
ohm_status ohm_component_estimate(const char *name, const ohm_component_query *query,
                                  ohm_component_cost *cost, ohm_err *err);

/* The action of that name, or NULL. */
const ohm_action_cost *ohm_component_action(const ohm_component_cost *cost, const char *action);

#ifdef __cplusplus
}
#endif
#endif
