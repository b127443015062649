/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/arrays/weights.h"

#include <stdlib.h>
#include <string.h>

static const char *const mapping_names[] = {"differential", "offset", "ternary", NULL};
static const char *const pair_names[] = {"one_sided", "two_sided", NULL};
static const char *const offset_names[] = {"column", "digital", NULL};
static const char *const pair_place_names[] = {"cell", "columns", "arrays", NULL};
static const char *const scale_names[] = {"format", "tile", "column", NULL};
static const char *const unused_names[] = {"disconnected", "g_min", NULL};
static const char *const domain_names[] = {"analog", "digital", NULL};

#define CHOICE(name, field, list, otherwise, meaning)                                              \
    {                                                                                              \
        .key = name, .kind = OHM_PARAM_ENUM, .offset = offsetof(ohm_weights_config, field),        \
        .fallback = otherwise, .choices = list, .doc = meaning                                     \
    }

static const ohm_param rows[] = {
    CHOICE("mapping", mapping, mapping_names, "differential",
           "How a signed digit becomes cells: a pair, one cell and an offset, or balanced ternary "
           "digits of one pair each."),
    {.key = "cell_bits",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_weights_config, cell_bits),
     .fallback = "0",
     .min = 0,
     .max = 16,
     .doc = "Bits one cell stores; wider weights are sliced. 0 keeps a whole weight in a cell."},
    {.key = "devices_per_cell",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_weights_config, devices_per_cell),
     .fallback = "1",
     .min = 1,
     .max = 16,
     .doc = "Devices in parallel in one cell, each programmed to the cell's code."},
    CHOICE("pair", pair, pair_names, "one_sided",
           "Whether one half of a pair stays at code 0 or both move around mid scale."),
    CHOICE("offset", offset, offset_names, "column",
           "What takes the offset away: a reference column in the array, or the sum of the inputs "
           "in digital."),
    CHOICE("pair_place", pair_place, pair_place_names, "cell",
           "Where the two halves of a pair stand: in one unit cell, in neighbouring columns, or in "
           "two arrays."),
    CHOICE("slice_place", slice_place, pair_place_names, "columns",
           "Where the slices of a weight stand: in neighbouring columns or in arrays of their "
           "own."),
    CHOICE("scale", scale, scale_names, "format",
           "Which code reaches the largest conductance: the largest of the format, of the tile's "
           "block, or of each output."),
    CHOICE("subtraction", subtraction, domain_names, "analog",
           "Whether pairs and the offset column are subtracted before or after conversion."),
    CHOICE("slice_sum", slice_sum, domain_names, "digital",
           "Whether weight slices are combined before or after conversion."),
    CHOICE("unused", unused, unused_names, "disconnected",
           "What the cells of an array that hold no weight do."),
    {.key = "g_min",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(ohm_weights_config, g_min_siemens),
     .fallback = "0 S",
     .min = 0,
     .max = 1,
     .doc = "Conductance of code 0; with g_max = 0 the lower end of the device's window."},
    {.key = "g_max",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SIEMENS,
     .offset = offsetof(ohm_weights_config, g_max_siemens),
     .fallback = "0 S",
     .min = 0,
     .max = 1,
     .doc = "Conductance of the full code; 0 takes the device's window."},
};

static ohm_status check(const void *config, ohm_err *err)
{
    const ohm_weights_config *c = config;
    if (c->slice_place == OHM_PLACE_CELL)
        return ohm_err_set(err, OHM_ECONFIG,
                           "slice_place: slices share no unit cell, expected columns or arrays");
    if (c->slice_sum == OHM_DOMAIN_ANALOG && c->scale != OHM_SCALE_FORMAT)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "slice_sum: slices of different conductance scales cannot be combined "
                           "before conversion, expected scale: format or slice_sum: digital");
    if (c->mapping == OHM_WEIGHT_OFFSET && c->offset == OHM_OFFSET_COLUMN &&
        c->scale == OHM_SCALE_COLUMN)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "scale: one reference column cannot serve columns of different scales, "
                           "expected format or tile, or offset: digital");
    if (c->g_max_siemens > 0 && c->g_min_siemens >= c->g_max_siemens)
        return ohm_err_set(err, OHM_ECONFIG, "g_min: %g S is not below g_max %g S",
                           c->g_min_siemens, c->g_max_siemens);
    if (c->mapping == OHM_WEIGHT_TERNARY && c->pair == OHM_PAIR_TWO_SIDED)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "pair: ternary digits have no mid scale, expected one_sided");
    return OHM_OK;
}

const ohm_param_table ohm_weights_params = {"weight",
                                            "How integer weights become conductances.",
                                            rows,
                                            sizeof rows / sizeof rows[0],
                                            sizeof(ohm_weights_config),
                                            check};

static ohm_status make_ternary(ohm_weights *m, ohm_err *err)
{
    const int64_t largest = (INT64_C(1) << (m->weight_bits - 1)) - 1;
    int64_t reach = 0, power = 1; /* reach of the digits so far: (3^n - 1) / 2 */
    while (reach < largest) {
        if (m->slices == OHM_SLICES_MAX)
            return ohm_err_set(err, OHM_EUNSUPPORTED, "mapping: too many ternary digits");
        m->factor[m->slices++] = power;
        reach += power;
        power *= 3;
    }
    m->halves = 2;
    m->code_max = 1;
    return OHM_OK;
}

ohm_status ohm_weights_make(const ohm_weights_config *config, int weight_bits, ohm_weights *out,
                            ohm_err *err)
{
    if (weight_bits < 2 || weight_bits > 16)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "weights of %d bits: a tile holds signed weights of 2 to 16 bits",
                           weight_bits);
    OHM_TRY(check(config, err));
    ohm_weights *m = out;
    memset(m, 0, sizeof *m);
    m->config = *config;
    m->weight_bits = weight_bits;
    if (config->mapping == OHM_WEIGHT_TERNARY) return make_ternary(m, err);

    const bool pair = config->mapping == OHM_WEIGHT_DIFFERENTIAL;
    const int bits = pair ? weight_bits - 1 : weight_bits; /* of the number that is cut */
    const int cell =
        config->cell_bits == 0 || config->cell_bits > bits ? bits : (int)config->cell_bits;
    m->halves = pair ? 2 : 1;
    m->slices = (size_t)((bits + cell - 1) / cell);
    m->code_max = (int32_t)((INT64_C(1) << cell) - 1);
    const int64_t offset = pair ? 0 : INT64_C(1) << (weight_bits - 1);
    for (size_t s = 0; s < m->slices; s++) {
        const int shift = (int)s * cell;
        m->factor[s] = INT64_C(1) << shift;
        m->offset[s] = (int32_t)((offset >> shift) & m->code_max);
    }
    return OHM_OK;
}

/* Digit `slice` of w in balanced ternary: -1, 0 or 1. */
static int32_t ternary_digit(int32_t w, size_t slice)
{
    for (size_t s = 0;; s++) {
        int32_t digit = w % 3; /* -2..2 */
        if (digit == 2) digit = -1;
        if (digit == -2) digit = 1;
        if (s == slice) return digit;
        w = (w - digit) / 3;
    }
}

void ohm_weights_codes(const ohm_weights *m, int32_t weight, size_t slice, int32_t code[2])
{
    if (m->halves == 1) {
        int64_t lifted = (int64_t)weight + (INT64_C(1) << (m->weight_bits - 1));
        code[0] = (int32_t)((lifted / m->factor[slice]) & m->code_max);
        code[1] = 0;
        return;
    }
    int32_t digit;
    if (m->config.mapping == OHM_WEIGHT_TERNARY) {
        digit = ternary_digit(weight, slice);
    } else {
        int64_t magnitude = weight < 0 ? -(int64_t)weight : weight;
        digit = (int32_t)((magnitude / m->factor[slice]) & m->code_max);
        if (weight < 0) digit = -digit;
    }
    if (m->config.pair == OHM_PAIR_TWO_SIDED) {
        code[0] = (m->code_max + digit + 1) / 2; /* never negative: |digit| <= code_max */
        code[1] = code[0] - digit;
    } else {
        code[0] = digit > 0 ? digit : 0;
        code[1] = digit < 0 ? -digit : 0;
    }
}

void ohm_weights_full_codes(const ohm_weights *m, size_t inputs, size_t outputs, const int16_t *w,
                            size_t w_stride, int32_t *full)
{
    for (size_t s = 0; s < m->slices; s++) {
        int32_t *row = full + s * outputs;
        int32_t tile = m->offset[s] > 1 ? m->offset[s] : 1; /* the reference must fit too */
        for (size_t o = 0; o < outputs; o++) {
            row[o] = 1;
            for (size_t i = 0; i < inputs; i++) {
                int32_t code[2];
                ohm_weights_codes(m, w[o * w_stride + i], s, code);
                if (code[0] > row[o]) row[o] = code[0];
                if (code[1] > row[o]) row[o] = code[1];
            }
            if (row[o] > tile) tile = row[o];
        }
        for (size_t o = 0; o < outputs && m->config.scale != OHM_SCALE_COLUMN; o++)
            row[o] = m->config.scale == OHM_SCALE_FORMAT ? m->code_max : tile;
    }
}

void ohm_weights_footprint(const ohm_weights *m, size_t *columns_per_weight,
                           size_t *reference_columns, size_t *arrays)
{
    size_t columns = 1, together = 1, reference = 0;
    if (m->config.slice_place == OHM_PLACE_COLUMNS)
        columns *= m->slices;
    else
        together *= m->slices;
    if (m->halves == 2 && m->config.pair_place == OHM_PLACE_COLUMNS) columns *= 2;
    if (m->halves == 2 && m->config.pair_place == OHM_PLACE_ARRAYS) together *= 2;
    if (m->halves == 1 && m->config.offset == OHM_OFFSET_COLUMN)
        reference = m->config.slice_place == OHM_PLACE_COLUMNS ? m->slices : 1;
    *columns_per_weight = columns;
    *reference_columns = reference;
    *arrays = together;
}
