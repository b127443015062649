/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The converter regression at every point at which others have evaluated it. */
#include "sim/validation/validation_sheet.h"

typedef struct point {
    const char *energy_name, *area_name; /* NULL: no area is printed */
    int64_t bits;
    double rate_hz, node_nm;
    double pico_joule, um2;
    const char *rounded; /* why the printed energy is off by more than 1 % */
} point;

#define TWO_DIGITS "it is printed with two digits, to which ours rounds"

#define AT_100_MEGA(node, bits, energy, area, rounded)                                             \
    {                                                                                              \
#node " nm, " #bits " bits, 100 MS/s: energy",                                             \
            #node " nm, " #bits " bits, 100 MS/s: area", bits, 1e8, node, energy, area, rounded    \
    }
#define ENERGY_AT(text, bits, rate, node, energy)                                                  \
    {                                                                                              \
        text ": energy", NULL, bits, rate, node, energy, 0, NULL                                   \
    }
#define BOTH_AT(text, bits, rate, node, energy, area)                                              \
    {                                                                                              \
        text ": energy", text ": area", bits, rate, node, energy, area, NULL                       \
    }

static const point points[] = {
    AT_100_MEGA(65, 4, 3.50, 9860, NULL),
    AT_100_MEGA(65, 6, 4.03, 10300, NULL),
    AT_100_MEGA(65, 8, 6.49, 11900, NULL),
    AT_100_MEGA(65, 10, 12.5, 14400, NULL),
    AT_100_MEGA(32, 4, 0.92, 3270, NULL),
    AT_100_MEGA(32, 6, 1.06, 3420, NULL),
    AT_100_MEGA(32, 8, 1.71, 3940, NULL),
    AT_100_MEGA(32, 10, 3.30, 4790, NULL),
    AT_100_MEGA(22, 4, 0.46, 1830, NULL),
    AT_100_MEGA(22, 6, 0.53, 1910, NULL),
    AT_100_MEGA(22, 8, 0.85, 2200, NULL),
    AT_100_MEGA(22, 10, 1.63, 2680, NULL),
    AT_100_MEGA(14, 4, 0.20, 905, TWO_DIGITS),
    AT_100_MEGA(14, 6, 0.23, 944, TWO_DIGITS),
    AT_100_MEGA(14, 8, 0.36, 1090, NULL),
    AT_100_MEGA(14, 10, 0.70, 1320, NULL),
    BOTH_AT("32 nm, 4 bits, 1 GS/s", 4, 1e9, 32, 0.92, 4964),
    BOTH_AT("32 nm, 6 bits, 1 GS/s", 6, 1e9, 32, 1.07, 5180),
    BOTH_AT("32 nm, 8 bits, 1 GS/s", 8, 1e9, 32, 1.71, 5972),
    BOTH_AT("32 nm, 8 bits, 1.28 GS/s", 8, 1.28e9, 32, 1.93, 6469),
    BOTH_AT("32 nm, 9 bits, 1 GS/s", 9, 1e9, 32, 4.70, 8074),
    ENERGY_AT("32 nm, 9 bits, 100 MS/s", 9, 1e8, 32, 2.34),
    BOTH_AT("32 nm, 10 bits, 1 GS/s", 10, 1e9, 32, 13.9, 11180),
    BOTH_AT("32 nm, 12 bits, 1 GS/s", 12, 1e9, 32, 133, 21959),
    ENERGY_AT("32 nm, 12 bits, 10 MS/s", 12, 1e7, 32, 7.2),
    BOTH_AT("22 nm, 8 bits, 1 GS/s", 8, 1e9, 22, 0.85, 3334),
    BOTH_AT("7 nm, 8 bits, 1 GS/s", 8, 1e9, 7, 0.098, 561),
};

void ohm_validate_accelergy(ohm_validation *validation, ohm_sheet *s)
{
    s->design = ohm_validation_add(
        validation, "accelergy", "Accelergy's regression of converters",
        "Accelergy ADC plug-in: adc_data/model.yaml, over B. Murmann's ADC survey; evaluated "
        "apart from this program",
        "The limit here is 1 %. Any point alone: `ohmstate component estimate adc_accelergy --set "
        "bits=8 --set node=\"22 nm\" --set rate=\"100 MHz\"`.");
    if (!s->design) return;
    s->design->limit = 0.01;
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++) {
        const point *p = &points[i];
        ohm_component_query q = {
            .bits = p->bits, .rate_hz = p->rate_hz, .node_m = p->node_nm * 1e-9};
        ohm_validation_row_add(s->design, p->energy_name, "pJ", 1e12, p->pico_joule,
                               ohm_sheet_energy(s, "adc_accelergy", "convert", q),
                               OHM_EVIDENCE_INPUT, p->rounded);
        if (p->area_name)
            ohm_validation_row_add(s->design, p->area_name, "um2", 1e12, p->um2,
                                   ohm_sheet_area(s, "adc_accelergy", q), OHM_EVIDENCE_INPUT, NULL);
    }
}
