/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate bench mvm`: products of one 256x256 tile with 8-bit weights, inputs and ADC. */
#include "core/config/config.h"
#include "sim/bench/bench.h"
#include "sim/bench/peak.h"
#include "tiles/tile/tile.h"

#include <stdlib.h>
#include <string.h>

extern const ohm_bench_group ohm_bench_mvm;

enum { SIZE = 256, BATCH = 1024, SLOW_BATCH = 32, ROUNDS = 5 };

static const double ROUND_SEC = 0.15;

typedef struct mvm_wires {
    const char *label, *yaml;
} mvm_wires;

/* One case: what stands in the tile's and the device's document. */
typedef struct mvm_case {
    const char *name, *input, *device;
    const char *adc; /* its kind, and what else stands in the section */
    const mvm_wires *wires;
    size_t batch;
    const char *more; /* further keys of the tile */
    bool slow;        /* a tile of the wide path */
} mvm_case;

static const char serial[] = "{encoding: bit_serial, sign: twos_complement}";
static const char at_once[] = "{encoding: dac, sign: bipolar}";

static const char quiet[] = "model: ideal\n";
static const char noisy[] = "model: {model: gaussian, read_noise: 0.01}\n";

#define ONE_OHM "row: 1 ohm, column: 1 ohm}"

static const mvm_wires ideal = {"ideal", "{model: ideal}"};
static const mvm_wires exact = {"1 ohm", "{model: exact, " ONE_OHM};
static const mvm_wires gated = {"1 ohm, separate_source",
                                "{model: exact, topology: separate_source, " ONE_OHM};
static const mvm_wires gated_pairs = {
    "1 ohm, interleaved_separate_source",
    "{model: exact, topology: interleaved_separate_source, " ONE_OHM};
static const mvm_wires gated_fast = {"1 ohm, separate_source, fast",
                                     "{model: fast, topology: separate_source, " ONE_OHM};

static const mvm_case cases[] = {
    {"mvm.dac.batch", at_once, quiet, "uniform", &ideal, BATCH, "", false},
    {"mvm.dac.batch.read_noise", at_once, noisy, "uniform", &ideal, BATCH, "", false},
    {"mvm.bit_serial.batch", serial, quiet, "uniform", &ideal, BATCH, "", false},
    {"mvm.bit_serial.batch.read_noise", serial, noisy, "uniform", &ideal, BATCH, "", false},
    {"mvm.dac.single", at_once, quiet, "uniform", &ideal, 1, "", false},
    {"mvm.dac.single.read_noise", at_once, noisy, "uniform", &ideal, 1, "", false},
    {"mvm.dac.batch.wires", at_once, quiet, "uniform", &exact, BATCH, "", false},
    {"mvm.dac.batch.read_noise.wires", at_once, noisy, "uniform", &exact, BATCH, "", false},
    {"mvm.dac.single.wires", at_once, quiet, "uniform", &exact, 1, "", false},
    {"mvm.dac.batch.sar.read_noise", at_once, noisy, "sar", &ideal, BATCH, "", false},
    {"mvm.dac.single.sar.read_noise", at_once, noisy, "sar", &ideal, 1, "", false},
    {"mvm.bit_serial.batch.wires_gated_fast", serial, quiet, "uniform", &gated_fast, BATCH, "",
     false},
    {"mvm.bit_serial.batch.wires_gated", serial, quiet, "uniform", &gated, SLOW_BATCH, "", true},
    {"mvm.bit_serial.batch.read_noise.wires_gated", serial, noisy, "uniform", &gated, SLOW_BATCH,
     "", true},
    {"mvm.bit_serial.batch.wires_gated_pairs", serial, quiet, "uniform", &gated_pairs, SLOW_BATCH,
     "", true},
    {"mvm.dac.batch.driver_errors", at_once, quiet, "uniform", &ideal, SLOW_BATCH,
     "dac: {inl_lsb: 0.5, noise_lsb: 0.5}\n", true},
    {"mvm.dac.batch.driver_errors.read_noise", at_once, noisy, "uniform", &ideal, SLOW_BATCH,
     "dac: {inl_lsb: 0.5, noise_lsb: 0.5}\n", true},
    {"mvm.bit_serial.batch.wide", serial, quiet, "uniform, quantise: false", &ideal, SLOW_BATCH, "",
     true},
    {"mvm.dac.batch.per_device_noise", at_once, noisy, "uniform", &ideal, SLOW_BATCH,
     "per_device_noise: true\n", true},
};

typedef struct bed {
    ohm_tile *tile;
    ohm_tile_workspace *workspace;
    size_t batch, products;
    int16_t *w;
    int32_t *x;
    ohm_position *event;
    int64_t *acc;
} bed;

static void free_bed(bed *b)
{
    ohm_tile_workspace_free(b->workspace);
    ohm_tile_free(b->tile);
    free(b->w);
    free(b->x);
    free(b->event);
    free(b->acc);
}

static ohm_status read_document(const char *yaml, const char *kind, const ohm_param_table *table,
                                void *out, ohm_err *err)
{
    ohm_config *document = NULL;
    OHM_TRY(ohm_config_parse(yaml, "bench", kind, &document, err));
    ohm_status status = ohm_config_read(document, "", table, out, err);
    ohm_config_free(document);
    return status;
}

static ohm_status make_tile(const mvm_case *c, bed *b, ohm_err *err)
{
    char yaml[512];
    snprintf(yaml, sizeof yaml,
             "rows: %d\ncolumns: %d\ninput: %s\n%s"
             "adc: {kind: %s, bits: 8, range: calibrated, granularity: column}\n"
             "wires: %s\n",
             SIZE, SIZE, c->input, c->more, c->adc, c->wires->yaml);
    ohm_tile_config tile;
    ohm_device_config device;
    OHM_TRY(read_document(yaml, "tile", &ohm_tile_params, &tile, err));
    OHM_TRY(read_document(c->device, "device", &ohm_device_params, &device, err));
    const ohm_tile_block block = {.inputs = SIZE,
                                  .outputs = SIZE,
                                  .w = b->w,
                                  .w_stride = SIZE,
                                  .weight_bits = 8,
                                  .input_lo = -127,
                                  .input_hi = 127};
    OHM_TRY(ohm_tile_alloc(&tile, &device, &block, 0, &b->tile, err));
    OHM_TRY(ohm_tile_calibrate(b->tile, b->batch < 64 ? b->batch : 64, b->x, SIZE, err));
    OHM_TRY(ohm_tile_program(b->tile, 1, 0, NULL, err));
    const ohm_tile *one = b->tile;
    return ohm_tile_workspace_alloc(&one, 1, b->batch, &b->workspace, err);
}

static ohm_status make_bed(const mvm_case *c, bed *b, ohm_err *err)
{
    b->batch = c->batch;
    b->products = c->slow ? c->batch : BATCH;
    const size_t distinct = BATCH; /* single products walk over as many inputs */
    b->w = malloc(SIZE * SIZE * sizeof *b->w);
    b->x = malloc(distinct * SIZE * sizeof *b->x);
    b->event = malloc(distinct * sizeof *b->event);
    b->acc = calloc(distinct * SIZE, sizeof *b->acc);
    if (!b->w || !b->x || !b->event || !b->acc) return ohm_err_no_memory(err, "a benchmark");
    for (size_t k = 0; k < SIZE * SIZE; k++)
        b->w[k] = (int16_t)((int64_t)(ohm_mix64(1, k) % 255) - 127);
    for (size_t k = 0; k < distinct * SIZE; k++)
        b->x[k] = (int32_t)((int64_t)(ohm_mix64(2, k) % 255) - 127);
    for (size_t v = 0; v < distinct; v++)
        b->event[v] = (ohm_position){0, v};
    return make_tile(c, b, err);
}

/* All products, in calls of `batch`. */
static ohm_status work(void *context, ohm_err *err)
{
    bed *b = context;
    for (size_t v = 0; v < b->products; v += b->batch) {
        const ohm_tile_batch batch = {.n = b->batch,
                                      .x = b->x + v * SIZE,
                                      .x_stride = SIZE,
                                      .event = b->event + v,
                                      .acc = b->acc + v * SIZE,
                                      .acc_stride = SIZE};
        OHM_TRY(ohm_tile_mvm(b->tile, b->workspace, &batch, err));
    }
    return OHM_OK;
}

static json_t *life_setting(void)
{
    return json_pack("{s:i, s:i, s:s, s:i}", "rows", SIZE, "columns", SIZE, "device",
                     "pcm_joshi2020, pairs", "cores", 1);
}

/* --- programming and ageing --- */

static ohm_status program(void *context, ohm_err *err)
{
    return ohm_tile_program(((bed *)context)->tile, 1, 0, NULL, err);
}

static ohm_status age(void *context, ohm_err *err)
{
    return ohm_tile_age(((bed *)context)->tile, 86400, err);
}

static ohm_status measure_life(ohm_bench *bench, ohm_err *err)
{
    bed b = {0};
    const mvm_case c = {.name = "",
                        .input = at_once,
                        .adc = "uniform",
                        .wires = &ideal,
                        .more = "",
                        .batch = 1,
                        .device = "base: pcm_joshi2020\n"};
    double programs = 0, ages = 0;
    ohm_status status = make_bed(&c, &b, err);
    if (status == OHM_OK) status = ohm_bench_rate(program, &b, ROUND_SEC, ROUNDS, &programs, err);
    if (status == OHM_OK) status = ohm_bench_rate(age, &b, ROUND_SEC, ROUNDS, &ages, err);
    free_bed(&b);
    OHM_TRY(status);
    ohm_bench_add(bench, "mvm.program", 1 / programs, "s", life_setting());
    ohm_bench_add(bench, "mvm.age", 1 / ages, "s", life_setting());
    return OHM_OK;
}

/* share: products over those the peak would allow if a product were its multiply-adds alone. */
static json_t *case_setting(const mvm_case *c, const ohm_tile_shape *shape, double share)
{
    const double multiply_adds =
        (double)SIZE * SIZE * (double)shape->phases * (c->device == noisy ? 2.0 : 1.0);
    return json_pack("{s:i, s:i, s:i, s:i, s:i, s:s, s:I, s:I, s:b, s:s, s:i, s:s, s:f}", "rows",
                     SIZE, "columns", SIZE, "weight_bits", 8, "input_bits", 8, "adc_bits",
                     shape->adc_bits, "adc", c->adc, "phases", (json_int_t)shape->phases, "batch",
                     (json_int_t)c->batch, "read_noise", c->device == noisy, "wires",
                     c->wires->label, "cores", 1, "instructions", ohm_tile_instructions(),
                     "share_of_peak", share * multiply_adds);
}

static ohm_status run(ohm_bench *bench, ohm_err *err)
{
    const double peak = ohm_bench_peak_multiply_adds();
    ohm_bench_add(bench, "mvm.peak", peak, "MAC/s",
                  json_pack("{s:s, s:s, s:i}", "instructions", ohm_tile_instructions(), "operands",
                            "16-bit, in registers", "cores", 1));
    for (size_t k = 0; k < sizeof cases / sizeof cases[0]; k++) {
        const mvm_case *c = &cases[k];
        bed b = {0};
        double rate = 0;
        ohm_status status = make_bed(c, &b, err);
        if (status == OHM_OK) status = ohm_bench_rate(work, &b, ROUND_SEC, ROUNDS, &rate, err);
        ohm_tile_shape shape = {0};
        if (status == OHM_OK) ohm_tile_shape_get(b.tile, &shape);
        rate *= (double)b.products;
        free_bed(&b);
        OHM_TRY(status);
        ohm_bench_add(bench, c->name, rate, "MVM/s", case_setting(c, &shape, rate / peak));
    }
    return measure_life(bench, err);
}

const ohm_bench_group ohm_bench_mvm = {"mvm", "products of one tile", run};
