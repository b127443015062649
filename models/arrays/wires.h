/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Resistances of the wires of an array. */
#ifndef OHM_MODELS_ARRAYS_WIRES_H
#define OHM_MODELS_ARRAYS_WIRES_H

#include "core/config/param.h"

#ifdef __cplusplus
extern "C" {
#endif

enum { OHM_ARRAY_SIDE_MAX = 16384 /* rows or columns of the largest array */ };

typedef enum ohm_wire_model {
    OHM_WIRES_IDEAL, /* no resistance */
    OHM_WIRES_EXACT, /* the resistive network, folded into an effective matrix when conductances
                        change; of gated cells, solved for every input */
    OHM_WIRES_FAST   /* the closed approximation of wires_fast.h */
} ohm_wire_model;

/* The four networks of which one segment stands before the first cell of an input line and one
 * after the last cell of an output line. */
typedef enum ohm_wire_topology {
    OHM_WIRES_INPUT_SOURCE,             /* drivers on the input lines */
    OHM_WIRES_INTERLEAVED_INPUT_SOURCE, /* +V and -V lines per input, an output line per pair */
    OHM_WIRES_SEPARATE_SOURCE, /* a source line beside each output line; inputs gate the cells */
    OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE
} ohm_wire_topology;

typedef struct ohm_wires_config {
    int model;                    /* ohm_wire_model */
    int topology;                 /* ohm_wire_topology */
    double row_ohm, column_ohm;   /* per segment of an input line, of an output line */
    double driver_ohm, sense_ohm; /* terminals */
    double activity;              /* share of rows on at once, for fast gated wires */
} ohm_wires_config;

extern const ohm_param_table ohm_wires_params;
extern const char *const ohm_wire_topology_names[]; /* NULL-terminated */

#ifdef __cplusplus
}
#endif
#endif
