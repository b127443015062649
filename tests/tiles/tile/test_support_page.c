/* SPDX-License-Identifier: GPL-3.0-or-later */
/* docs/tiles/support.md against the tiles: every row of its tables with every column is built and
 * multiplied with, and must be refused or not as the page says. */
#include "tests/tiles/tile/tile_support.h"

#include <stdbool.h>

enum { INPUTS = 9, OUTPUTS = 4, COLUMNS_MAX = 4, LINE = 1024 };

/* Assignments, separated by blanks; those of the device begin with "device.". */
typedef struct row {
    const char *label; /* as the page has it */
    const char *settings;
} row;

typedef struct table {
    const char *head; /* first cell of the header */
    const char *columns[COLUMNS_MAX];
    const row *rows;
    size_t row_count;
    bool lossless; /* with the converter's range as the tile has it otherwise */
} table;

#define WIRED(topology) "wires.model=%s wires.row=1_ohm wires.column=1_ohm wires.topology=" topology

static const row mapping_rows[] = {
    {"bit slices, `cell_bits: 3`", "weight.cell_bits=3"},
    {"`pair: two_sided`", "weight.pair=two_sided"},
    {"`scale: tile`", "weight.scale=tile"},
    {"`scale: column`", "weight.scale=column"},
    {"`slice_sum: analog`", "weight.slice_sum=analog weight.cell_bits=3"},
    {"`slice_sum: analog`, `scale: tile`",
     "weight.slice_sum=analog weight.scale=tile weight.cell_bits=3"},
    {"`subtraction: analog`", "weight.subtraction=analog"},
    {"`subtraction: digital`", "weight.subtraction=digital"},
    {"several devices per cell", "weight.devices_per_cell=3"},
    {"slices and halves in arrays of their own",
     "weight.cell_bits=3 weight.slice_place=arrays weight.pair_place=arrays"},
    {"unused cells at `g_min`", "weight.unused=g_min"},
    {"wires, `input_source`", WIRED("input_source")},
    {"wires, `interleaved_input_source`, halves in one cell, analog",
     WIRED("interleaved_input_source")},
    {"the same, otherwise", WIRED("interleaved_input_source") " weight.pair_place=columns"},
    {"wires, `separate_source`", WIRED("separate_source")},
    {"wires, `interleaved_separate_source`, halves in one cell, analog",
     WIRED("interleaved_separate_source")},
    {"the same, otherwise", WIRED("interleaved_separate_source") " weight.subtraction=digital"},
};

static const row encoding_rows[] = {
    {"two's complement", "input.sign=twos_complement"},
    {"bipolar", "input.sign=bipolar"},
    {"two-pass", "input.sign=two_pass"},
    {"`phase_sum: analog`", "input.phase_sum=analog"},
    {"driver INL, offset, noise", "dac.inl_lsb=0.5 dac.offset_lsb=0.5 dac.noise_lsb=0.5"},
    {"gated sources, two's complement", WIRED("separate_source")},
    {"gated sources, two-pass", WIRED("separate_source") " input.sign=two_pass"},
    {"gated sources, bipolar", WIRED("separate_source") " input.sign=bipolar"},
    {"gated sources, driver errors", WIRED("separate_source") " dac.offset_lsb=0.5"},
    {"inputs wider than `dac.bits`", "dac.bits=4"},
};

static const row adc_rows[] = {
    {"`range: lossless`", "adc.range=lossless"},
    {"`range: lossless` with INL or DNL", "adc.range=lossless adc.inl_lsb=0.5"},
    {"`range: worst_case`, `fixed`", "adc.range=fixed"},
    {"`range: calibrated`", "adc.range=calibrated"},
    {"`calibrated_on: programmed`", "adc.range=calibrated adc.calibrated_on=programmed"},
    {"gain, offset, noise", "adc.gain_error=0.1 adc.offset_lsb=1 adc.noise_lsb=1"},
    {"INL", "adc.inl_lsb=0.5"},
    {"DNL", "adc.dnl_lsb=0.2"},
    {"compression", "adc.compression=0.1"},
    {"16 bits", "adc.bits=16"},
};

static const row device_rows[] = {
    {"slow noise `off`, `frozen`, `white`", "device.flicker_noise=white"},
    {"slow noise `per_sequence`", "device.flicker_noise=per_sequence"},
    {"slow noise `relaxation`", "device.flicker_noise=relaxation"},
    {"telegraph noise", "device.telegraph.fraction=0.3"},
    {"current not proportional to the voltage, `bit_serial` or `pwm`",
     "device.model=reram_milo2021"},
    {"the same, `slices` or `dac`", "device.model=reram_milo2021 input.encoding=dac"},
    {"stuck cells, levels", "device.stuck_low=0.05 device.levels=16"},
    {"`per_device_noise`", "per_device_noise=true"},
    {"`compensation: tile`", "compensation=tile"},
    {"`compensation: column`, `affine`", "compensation=affine"},
};

#define ROWS(list) list, sizeof list / sizeof list[0]

static const table tables[] = {
    {"effect and mapping",
     {"weight.mapping=differential", "weight.mapping=offset weight.offset=column",
      "weight.mapping=offset weight.offset=digital", "weight.mapping=ternary"},
     ROWS(mapping_rows),
     true},
    {"effect and encoding",
     {"input.encoding=bit_serial", "input.encoding=slices", "input.encoding=dac",
      "input.encoding=pwm"},
     ROWS(encoding_rows),
     true},
    {"effect and converter",
     {"adc.kind=uniform", "adc.kind=sar", "adc.kind=ramp", "adc.kind=cco"},
     ROWS(adc_rows),
     false},
    {"effect of the devices",
     {"input.encoding=bit_serial", "input.encoding=bit_serial " WIRED("input_source"),
      "input.encoding=bit_serial " WIRED("separate_source"), NULL},
     ROWS(device_rows),
     false},
};

/* Applies one list of settings to the two documents; '_' stands for a blank in a value's unit. */
static ohm_status apply(const char *settings, const char *wires, ohm_config *tile,
                        ohm_config *device)
{
    char list[LINE], *at = NULL;
    snprintf(list, sizeof list, settings, wires);
    for (char *one = strtok_r(list, " ", &at); one; one = strtok_r(NULL, " ", &at)) {
        char *unit = strstr(one, "_ohm");
        if (unit) *unit = ' ';
        const bool is_device = strncmp(one, "device.", 7) == 0;
        const ohm_status status =
            ohm_config_set(is_device ? device : tile, is_device ? one + 7 : one, &err);
        if (status != OHM_OK) return status;
    }
    return OHM_OK;
}

/* Configures, builds, programs and multiplies. */
static ohm_status compute(const table *t, const char *settings, const char *column,
                          const char *wires)
{
    ohm_config *tile_document = NULL, *device_document = NULL;
    ohm_tile_config config;
    ohm_device_config device;
    ohm_tile *tile = NULL;
    ok(ohm_config_parse(t->lossless ? "adc: {range: lossless}\n" : "adc: {range: worst_case}\n",
                        "test", "tile", &tile_document, &err));
    ok(ohm_config_parse("base: pcm_joshi2020\n", "test", "device", &device_document, &err));
    ohm_status status = apply(column, wires, tile_document, device_document);
    if (status == OHM_OK) status = apply(settings, wires, tile_document, device_document);
    if (status == OHM_OK)
        status = ohm_config_read(tile_document, "", &ohm_tile_params, &config, &err);
    if (status == OHM_OK)
        status = ohm_config_read(device_document, "", &ohm_device_params, &device, &err);
    ohm_config_free(tile_document);
    ohm_config_free(device_document);
    if (status != OHM_OK) return status;
    int16_t *w = random_weights(1, INPUTS * OUTPUTS, 127);
    int32_t *x = random_inputs(1, 40 * INPUTS, -127, 127);
    status =
        ohm_tile_alloc(&config, &device,
                       &(ohm_tile_block){INPUTS, OUTPUTS, w, INPUTS, 8, -127, 127}, 0, &tile, &err);
    if (status == OHM_OK) { /* whatever is built also computes */
        double y[40 * OUTPUTS];
        ok(ohm_tile_calibrate(tile, 40, x, INPUTS, &err));
        ok(ohm_tile_program(tile, 1, 0, NULL, &err));
        multiply(tile, 40, x, 0, y, NULL);
        for (size_t k = 0; k < 40 * OUTPUTS; k++)
            ck_assert(isfinite(y[k]));
    }
    ohm_tile_free(tile);
    free(w);
    free(x);
    return status;
}

/* Cells of one line of a table; false when it is none. */
static bool cells_of(char *line, char cell[COLUMNS_MAX + 1][LINE])
{
    if (line[0] != '|') return false;
    char *at = line + 1;
    for (size_t k = 0; k <= COLUMNS_MAX; k++) {
        char *end = strchr(at, '|');
        if (!end) {
            cell[k][0] = 0;
            continue;
        }
        while (*at == ' ')
            at++;
        size_t length = (size_t)(end - at);
        while (length > 0 && at[length - 1] == ' ')
            length--;
        snprintf(cell[k], LINE, "%.*s", (int)length, at);
        at = end + 1;
    }
    return true;
}

static bool says_yes(const char *cell)
{
    const bool yes = strncmp(cell, "yes", 3) == 0, no = strncmp(cell, "no", 2) == 0;
    ck_assert_msg(yes != no, "'%s' is neither yes nor no", cell);
    return yes;
}

static void check_row(const table *t, const row *r, char cell[COLUMNS_MAX + 1][LINE])
{
    static const char *const models[] = {"exact", "fast"};
    ck_assert_msg(strcmp(cell[0], r->label) == 0, "the page has '%s' where '%s' is tested", cell[0],
                  r->label);
    for (size_t c = 0; c < COLUMNS_MAX && t->columns[c]; c++)
        for (int m = 0; m < 2; m++) {
            const ohm_status status = compute(t, r->settings, t->columns[c], models[m]);
            ck_assert_msg((status == OHM_OK) == says_yes(cell[c + 1]),
                          "%s, %s, wires %s: the page says '%s', the tile %s", r->label,
                          t->columns[c], models[m], cell[c + 1],
                          status == OHM_OK ? "computes" : err.message);
            if (status != OHM_OK) ck_assert(status == OHM_EUNSUPPORTED || status == OHM_ECONFIG);
        }
}

START_TEST(the_page_says_what_tiles_do)
{
    char path[LINE], line[LINE], cell[COLUMNS_MAX + 1][LINE];
    const char *root = getenv("OHM_SOURCE_DIR");
    ck_assert_ptr_nonnull(root);
    snprintf(path, sizeof path, "%s/docs/tiles/support.md", root);
    FILE *page = fopen(path, "r");
    ck_assert_msg(page != NULL, "%s", path);
    const table *now = NULL;
    size_t rows = 0, tables_met = 0;
    while (fgets(line, sizeof line, page)) {
        if (!cells_of(line, cell)) {
            if (now) ck_assert_uint_eq(rows, now->row_count);
            now = NULL;
        } else if (!now) {
            ck_assert_uint_lt(tables_met, sizeof tables / sizeof tables[0]);
            now = &tables[tables_met++];
            ck_assert_str_eq(cell[0], now->head);
            rows = 0;
        } else if (strncmp(cell[0], "---", 3) != 0) {
            ck_assert_msg(rows < now->row_count, "'%s' is not tested", cell[0]);
            check_row(now, &now->rows[rows++], cell);
        }
    }
    fclose(page);
    ck_assert_uint_eq(tables_met, sizeof tables / sizeof tables[0]);
}
END_TEST

int main(void)
{
    TCase *c = tcase_create("support");
    tcase_add_test(c, the_page_says_what_tiles_do);
    return run_cases("support_page", c);
}
