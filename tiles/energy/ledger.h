/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The ledger of a run: energy by component x layer x action, area and leakage by component, each
 * with the source of its constants. Totals are sums of rows, nothing else. */
#ifndef OHM_TILES_ENERGY_LEDGER_H
#define OHM_TILES_ENERGY_LEDGER_H

#include "core/status.h"

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
    OHM_LEDGER_NAME_MAX = 24,
    OHM_LAYER_NONE = -1, /* encoder, pooling, head: as in ohm_op */
    OHM_LAYER_CHIP = -2  /* what belongs to no operation: leakage, clock, idle parts */
};

typedef struct ohm_energy_row {
    char component[OHM_LEDGER_NAME_MAX]; /* "adc" */
    int layer;
    char action[OHM_LEDGER_NAME_MAX]; /* "convert" */
    uint64_t count;
    double energy_joule; /* of all of them */
} ohm_energy_row;

typedef struct ohm_area_row {
    char component[OHM_LEDGER_NAME_MAX];
    char model[64]; /* the cost model that answered: "adc_isaac" */
    uint64_t instances;
    double area_m2;         /* of all of them */
    double leakage_watt;    /* of all of them */
    char leakage_basis[16]; /* what it rests on: ohm_leakage_basis_name; "" where not known */
    char source[1024];      /* of the model and of the one its area is from */
    char notes[2048];       /* scaling, use out of range; "; " between notes */
} ohm_area_row;

typedef struct ohm_ledger {
    size_t energy_count, energy_room;
    ohm_energy_row *energy; /* in the order of first use */
    size_t area_count, area_room;
    ohm_area_row *area;
} ohm_ledger;

/* A zeroed struct is an empty ledger. */
void ohm_ledger_free(ohm_ledger *ledger);

/* Adds to the row of (component, layer, action), making it when new. */
ohm_status ohm_ledger_add_energy(ohm_ledger *ledger, const char *component, int layer,
                                 const char *action, uint64_t count, double energy_joule,
                                 ohm_err *err);

/* Appends a component's row; instances, area and leakage add to a row of the same component and
 * model. */
ohm_status ohm_ledger_add_area(ohm_ledger *ledger, const ohm_area_row *row, ohm_err *err);

double ohm_ledger_energy(const ohm_ledger *ledger);  /* J */
double ohm_ledger_area(const ohm_ledger *ledger);    /* m2 */
double ohm_ledger_leakage(const ohm_ledger *ledger); /* W */

/* How many parts' leakage rests on what, and which parts are left out:
 * "4 parts source, 12 node model, 5 within energy; not given: link". */
void ohm_ledger_leakage_coverage(const ohm_ledger *ledger, char *out, size_t size);

/* {"energy": [{component, layer, action, count, energy_joule}], "area": [{component, model,
 * instances, area_m2, leakage_watt, leakage_basis, source, notes}], "energy_joule", "area_m2", "leakage_watt"};
 * layer is "encoder/head", "chip" or a number. A new reference, NULL when out of memory. */
json_t *ohm_ledger_json(const ohm_ledger *ledger);

#ifdef __cplusplus
}
#endif
#endif
