/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Cost of hardware components: each offers actions with energy and latency, and has area and
 * leakage, computed by a cited cost model from its parameters. Nothing is chosen silently: every
 * estimate carries its source, its node, and notes on scaling, resizing and use out of range.
 *
 * Models of one class offer the same actions, so that one may stand for another:
 * - adc, dac: convert. sample_hold: sample. cells: read (all rows, one phase). wire: charge (a row)
 * - shift_add: shift_add. adder: add. accumulator: accumulate. multiplier: multiply
 * - integrator: integrate (a column for one phase). divider: divide. square_root: root
 * - mac: mac, multiply, add, compare. table: lookup. pool: pool
 * - register, sram: read, write (a word). bus, off_chip: transfer (a word)
 * - router: hop (a flit). link: transfer (a flit over the length)
 * - controller: issue. clock: cycle. core: mvm (a whole analog core, lumped) */
#ifndef OHM_MODELS_COMPONENTS_COMPONENT_H
#define OHM_MODELS_COMPONENTS_COMPONENT_H

#include "core/config/param.h"
#include "core/status.h"

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Strongly typed quantities so that a length cannot be read as an area. */
typedef struct ohm_joule {
    double joule;
} ohm_joule;
typedef struct ohm_second {
    double sec;
} ohm_second;
typedef struct ohm_area {
    double m2;
} ohm_area;
typedef struct ohm_watt {
    double watt;
} ohm_watt;

enum { OHM_ACTIONS_MAX = 8, OHM_NOTES_MAX = 12, OHM_NOTE_BYTES = 200, OHM_SOURCE_BYTES = 384 };

/* What a note tells. */
typedef enum ohm_note_kind {
    OHM_NOTE_RANGE, /* a parameter lies outside what the source covers: a warning */
    OHM_NOTE_NODE,  /* constants of another node or supply: scaled, or left where they were */
    OHM_NOTE_PLAIN  /* resized from another size, set by the user, bounds of the source */
} ohm_note_kind;

typedef struct ohm_component_note {
    ohm_note_kind kind;
    const char *key;        /* RANGE: the parameter, of ohm_component_params */
    double value, min, max; /* RANGE: asked for, and what the source covers, SI */
    char text[OHM_NOTE_BYTES];
} ohm_component_note;

typedef struct ohm_action_cost {
    const char *action; /* "convert", "read", "write", "add", ... */
    ohm_joule energy;   /* per action */
    ohm_second latency; /* per action */
} ohm_action_cost;

/* What a leakage rests on. */
typedef enum ohm_leakage_basis {
    OHM_LEAKAGE_NOT_GIVEN,     /* not known: counted as 0, and reported as missing */
    OHM_LEAKAGE_SOURCE,        /* the source gives it apart */
    OHM_LEAKAGE_WITHIN_ENERGY, /* the source's energies or powers contain it: 0 here */
    OHM_LEAKAGE_NONE,          /* nothing that leaks: 0 */
    OHM_LEAKAGE_NODE_MODEL,    /* from area, node and supply (process.h) */
    OHM_LEAKAGE_USER           /* a number of the user's */
} ohm_leakage_basis;

const char *ohm_leakage_basis_name(ohm_leakage_basis basis); /* "source", "node model", ... */

typedef struct ohm_component_cost {
    size_t action_count;
    ohm_action_cost actions[OHM_ACTIONS_MAX];
    ohm_area area;
    ohm_watt leakage;
    /* Whether the source gives them; what it does not give is 0 here and said in the docs. */
    bool includes_area, includes_leakage, includes_latency;
    ohm_leakage_basis leakage_basis;
    char source[OHM_SOURCE_BYTES];
    double source_node_m; /* node the constants come from */
    bool scaled;          /* constants of another node or voltage were scaled */
    bool off_node;        /* asked for a node that the model cannot be scaled to */
    bool out_of_range;    /* a parameter lies outside what the source covers */
    size_t note_count;
    ohm_component_note notes[OHM_NOTES_MAX];
} ohm_component_cost;

/* What every component is asked with. 0 everywhere means "as in the source"; a model reads the
 * inputs it lists. Plain data; ohm_component_params describes it. */
typedef struct ohm_component_query {
    int64_t bits;       /* resolution or operand width */
    double rate_hz;     /* conversions or accesses per second */
    double node_m;      /* process node */
    double supply_volt; /* logic supply */
    int64_t rows, columns;
    int64_t depth;      /* words of a memory, entries of a table, flip-flops of a clock tree */
    int64_t width_bits; /* word of a memory, register, bus, link or flit */
    int64_t ports;      /* of a router or a memory */
    int64_t cycles;     /* an iterative unit takes */
    double activity;    /* switching activity, 0..1 */
    double length_m;    /* of a link or bus */
    double g_mean_siemens, v_read_volt, t_read_sec; /* cell arrays without data */
    double temperature_kelvin;
} ohm_component_query;

extern const ohm_param_table ohm_component_params; /* of ohm_component_query */

/* One input of a model: the key of ohm_component_params, the source's own value (used where the
 * query says 0) and the range the source covers. */
typedef struct ohm_component_input {
    const char *key;
    double native;
    double min, max;
} ohm_component_input;

/* How a model answers for another node or supply than its own. */
typedef enum ohm_scaling {
    OHM_SCALING_LOGIC = 0, /* node and supply by Stillmaker & Baas (scaling.h) */
    OHM_SCALING_NODE,      /* node by Stillmaker & Baas; the supply is in the formula */
    OHM_SCALING_OWN,       /* node and supply are in the formula */
    OHM_SCALING_FIXED      /* physics of the array, or measured silicon: asked for another node, it
                              answers unscaled and says so */
} ohm_scaling;

/* Numbers of a cost model's formula, from data/: one or a list, SI. */
typedef struct ohm_component_constants {
    const char *name;
    size_t count;
    const double *values;
} ohm_component_constants;

/* One cited cost model of one component class. */
typedef struct ohm_component_model {
    const char *component; /* "adc", "dac", "sram", "shift_add", "mac", ... */
    const char *name;      /* "adc_isaac", unique; what `component show` takes */
    const char *summary;
    const char *formula; /* plain text with constants */
    const char *source;
    const char *valid;
    double node_m;      /* native node */
    double supply_volt; /* native supply; 0: the source names none and none is applied */
    ohm_scaling scaling;
    bool includes_area, includes_leakage, includes_latency;
    ohm_leakage_basis leakage_basis;          /* NOT_GIVEN: SOURCE where includes_leakage says so */
    bool is_time_domain;                      /* its signals are times, not voltages or currents */
    const ohm_component_input *inputs;        /* ends with a NULL key */
    const ohm_component_constants *constants; /* of a formula; ends with a NULL name */
    const struct ohm_point *point;            /* of a design point (point.h) */
    const void *table;                        /* of a user's table (user_table.h) */
    /* Fills actions, area and leakage at the native node (OWN: at query->node_m) for a query in
     * which every listed input is set. */
    void (*estimate)(const struct ohm_component_model *self, const ohm_component_query *query,
                     ohm_component_cost *cost);
} ohm_component_model;

/* All of data/, class by class, NULL-terminated; made while building. */
extern const ohm_component_model *const ohm_component_models[];

/* The model of that name, or NULL. */
const ohm_component_model *ohm_component_find(const char *name);

/* Estimate by name with legality checks, scaling to query->node_m and notes. OHM_ECONFIG for an
 * unknown name (with the nearest one) or an illegal parameter. Never NaN, never negative. */
ohm_status ohm_component_estimate(const char *name, const ohm_component_query *query,
                                  ohm_component_cost *cost, ohm_err *err);

/* The same for a model that need not be in the registry (a user's table). */
ohm_status ohm_component_estimate_model(const ohm_component_model *model,
                                        const ohm_component_query *query, ohm_component_cost *cost,
                                        ohm_err *err);

/* The action of that name, or NULL. */
const ohm_action_cost *ohm_component_action(const ohm_component_cost *cost, const char *action);

/* For formulas: a constant by name, NaN when the model has none of it (which no estimate passes);
 * a list and how many it holds, NULL and 0. */
double ohm_component_constant(const ohm_component_model *model, const char *name);
const double *ohm_component_list(const ohm_component_model *model, const char *name, size_t *count);

/* Whether a model is of that class. */
bool ohm_component_is(const ohm_component_model *model, const char *component);

/* For models: adds an action; adds a plain printf-style note (dropped beyond OHM_NOTES_MAX). */
void ohm_component_add_action(ohm_component_cost *cost, const char *action, double energy_joule,
                              double latency_sec);
void ohm_component_add_note(ohm_component_cost *cost, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The note "resized from bits 8 to 6". */
void ohm_component_note_resize(ohm_component_cost *cost, const char *key, double from, double to);

/* The warning that a clock lies above what the logic of a node reaches; nothing when it does not.
 * key: of the chip's configuration, borrowed. */
void ohm_component_note_clock(ohm_component_cost *cost, const char *key, double clock_hz,
                              double limit_hz, double node_m);

/* Appends the notes of another estimate, `prefix: ` before their texts. */
void ohm_component_take_notes(ohm_component_cost *cost, const ohm_component_cost *other,
                              const char *prefix);

/* Row of ohm_component_params, or NULL for no such key. */
const ohm_param *ohm_component_param(const char *key);

/* Value of a query field by key of ohm_component_params, as a double; NaN for an unknown key. */
double ohm_component_query_get(const ohm_component_query *query, const char *key);
/* Sets a field by key; integers are rounded. */
void ohm_component_query_put(ohm_component_query *query, const char *key, double value);

#ifdef __cplusplus
}
#endif
#endif
