/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate mvm`: any integer matrix through one configuration of tile. */
#include "core/files/npy.h"
#include "core/units.h"
#include "sim/cli/command.h"
#include "sim/cli/crossbar/mvm_report.h"
#include "tiles/tile/tiled_matrix.h"

#include <stdlib.h>
#include <string.h>

extern const ohm_command ohm_cmd_mvm;

enum { CALIBRATION_MAX = 512 /* vectors; more tell a range nothing new */ };

/* --- reading --- */

/* Bits a symmetric signed code of this magnitude needs. */
static int signed_bits(int64_t magnitude)
{
    int bits = 1;
    for (; magnitude > 0; magnitude >>= 1)
        bits++;
    return bits;
}

static int64_t magnitude_of(const ohm_npy *a)
{
    int64_t most = 0;
    for (size_t k = 0; k < a->count; k++) {
        const int64_t v = a->integers[k];
        const int64_t m = v == INT64_MIN ? INT64_MAX : v < 0 ? -v : v;
        if (m > most) most = m;
    }
    return most;
}

static ohm_status check_shapes(const char *w_path, const ohm_npy *w, const char *x_path,
                               const ohm_npy *x, ohm_err *err)
{
    const bool complex_w = w->dims == 3 && w->shape[2] == 2;
    if (!complex_w && w->dims != 2)
        return ohm_err_at(err, OHM_EFORMAT, w_path, 0, 0,
                          "weights have %zu dimensions; expected (inputs, outputs), or (inputs, "
                          "outputs, 2) for complex ones",
                          w->dims);
    if (w->count == 0 || x->count == 0)
        return ohm_err_at(err, OHM_EFORMAT, w->count == 0 ? w_path : x_path, 0, 0,
                          "the array is empty");
    const bool same = complex_w ? x->dims == 3 && x->shape[2] == 2 : x->dims == 2;
    if (!same || x->shape[1] != w->shape[0])
        return ohm_err_at(err, OHM_EFORMAT, x_path, 0, 0,
                          "inputs do not fit weights of %zu inputs and %zu outputs; expected "
                          "(vectors, %zu%s)",
                          w->shape[0], w->shape[1], w->shape[0], complex_w ? ", 2" : "");
    return OHM_OK;
}

/* Turns (inputs, outputs[, 2]) into the real (outputs, inputs) a tile wants. */
static ohm_status take_weights(const ohm_npy *w, ohm_mvm_problem *p, ohm_err *err)
{
    const size_t inputs = w->shape[0], outputs = w->shape[1], parts = w->dims == 3 ? 2 : 1;
    int16_t *turned = malloc(w->count * sizeof *turned);
    if (!turned) return ohm_err_no_memory(err, "this command");
    for (size_t i = 0; i < inputs; i++)
        for (size_t o = 0; o < outputs; o++)
            for (size_t k = 0; k < parts; k++)
                turned[(o * inputs + i) * parts + k] =
                    (int16_t)w->integers[(i * outputs + o) * parts + k];
    p->inputs = inputs * parts;
    p->outputs = outputs * parts;
    p->w = turned;
    if (parts == 1) return OHM_OK;
    p->w = malloc(p->inputs * p->outputs * sizeof *p->w);
    if (p->w) ohm_tile_matrix_from_complex(inputs, outputs, turned, p->w);
    free(turned);
    return p->w ? OHM_OK : ohm_err_no_memory(err, "this command");
}

static ohm_status take_inputs(const ohm_npy *x, ohm_mvm_problem *p, ohm_err *err)
{
    p->vectors = x->shape[0];
    p->x = malloc(x->count * sizeof *p->x);
    if (!p->x) return ohm_err_no_memory(err, "this command");
    for (size_t k = 0; k < x->count; k++)
        p->x[k] = (int32_t)x->integers[k];
    return OHM_OK;
}

/* Widths: what the data need, or what the user states. */
static ohm_status take_widths(const ohm_invocation *inv, const ohm_npy *w, const ohm_npy *x,
                              ohm_mvm_problem *p, ohm_err *err)
{
    const int64_t w_most = magnitude_of(w), x_most = magnitude_of(x);
    if (w_most > 32767)
        return ohm_err_set(err, OHM_ECONFIG,
                           "--weights: a weight of magnitude %lld; tiles hold up to 16 bits "
                           "(+-32767)",
                           (long long)w_most);
    if (x_most > (INT64_C(1) << 30) - 1)
        return ohm_err_set(err, OHM_ECONFIG,
                           "--inputs: an input of magnitude %lld; drivers take up to 30 bits",
                           (long long)x_most);
    int64_t bits;
    const int w_bits = signed_bits(w_most) < 2 ? 2 : signed_bits(w_most);
    OHM_TRY(ohm_invocation_integer(inv, "weight-bits", w_bits, 16, w_bits, &bits, err));
    p->weight_bits = (int)bits;
    const int x_bits = signed_bits(x_most) < 2 ? 2 : signed_bits(x_most);
    OHM_TRY(ohm_invocation_integer(inv, "input-bits", x_bits, 31, x_bits, &bits, err));
    p->input_hi = (int32_t)((INT64_C(1) << (bits - 1)) - 1);
    p->input_lo = 0;
    for (size_t k = 0; k < x->count; k++)
        if (x->integers[k] < 0) p->input_lo = -p->input_hi;
    return OHM_OK;
}

static ohm_status read_problem(const ohm_invocation *inv, ohm_mvm_problem *p, ohm_err *err)
{
    const char *w_path = ohm_invocation_value(inv, "weights");
    const char *x_path = ohm_invocation_value(inv, "inputs");
    if (!w_path || !x_path)
        return ohm_err_set(err, OHM_ECONFIG, "say what to multiply with --weights and --inputs");
    ohm_npy w = {0}, x = {0};
    ohm_status status = ohm_npy_read_integer(w_path, &w, err);
    if (status == OHM_OK) status = ohm_npy_read_integer(x_path, &x, err);
    if (status == OHM_OK) status = check_shapes(w_path, &w, x_path, &x, err);
    if (status == OHM_OK) status = take_widths(inv, &w, &x, p, err);
    if (status == OHM_OK) status = take_weights(&w, p, err);
    if (status == OHM_OK) status = take_inputs(&x, p, err);
    p->is_complex = w.dims == 3;
    ohm_npy_free(&w);
    ohm_npy_free(&x);
    return status;
}

/* Tile and device documents with their --set; keys under `device.` are the device's. */
static ohm_status read_configs(const ohm_invocation *inv, ohm_mvm_problem *p, ohm_err *err)
{
    ohm_config *tile = NULL, *device = NULL;
    ohm_status status = ohm_config_load(inv->positional[0], "tile", &tile, err);
    for (size_t i = 0; i < inv->set_count && status == OHM_OK; i++)
        if (strncmp(inv->sets[i], "device.", 7) != 0)
            status = ohm_config_set(tile, inv->sets[i], err);
    if (status == OHM_OK) status = ohm_config_read(tile, "", &ohm_tile_params, &p->tile, err);
    if (status == OHM_OK) {
        const char *name = ohm_invocation_value(inv, "device");
        status = ohm_config_load(name ? name : p->tile.device, "device", &device, err);
        if (status != OHM_OK && !name) ohm_err_prefix(err, "device of the tile");
    }
    for (size_t i = 0; i < inv->set_count && status == OHM_OK; i++)
        if (strncmp(inv->sets[i], "device.", 7) == 0)
            status = ohm_config_set(device, inv->sets[i] + 7, err);
    if (status == OHM_OK) status = ohm_config_read(device, "", &ohm_device_params, &p->device, err);
    ohm_config_free(tile);
    ohm_config_free(device);
    return status;
}

/* --- running --- */

static ohm_status multiply(const ohm_invocation *inv, const ohm_mvm_problem *p, double *y,
                           ohm_mvm_run *run, ohm_err *err)
{
    ohm_tile_matrix *matrix = NULL;
    const ohm_tile_block block = {.inputs = p->inputs,
                                  .outputs = p->outputs,
                                  .w = p->w,
                                  .w_stride = p->inputs,
                                  .weight_bits = p->weight_bits,
                                  .input_lo = p->input_lo,
                                  .input_hi = p->input_hi};
    ohm_status status = ohm_tile_matrix_alloc(&p->tile, &p->device, &block, 0, &matrix, err);
    for (size_t k = 0; status == OHM_OK && p->ideal && k < ohm_tile_matrix_tiles(matrix); k++)
        status = ohm_tile_idealise(ohm_tile_matrix_tile(matrix, k), err);
    if (status == OHM_OK)
        status = ohm_tile_matrix_calibrate(
            matrix, p->vectors < CALIBRATION_MAX ? p->vectors : CALIBRATION_MAX, p->x, err);
    if (status == OHM_OK) status = ohm_tile_matrix_program(matrix, inv->seed, 0, &run->cost, err);
    if (status == OHM_OK && p->time_sec > 0) status = ohm_tile_matrix_age(matrix, p->time_sec, err);
    if (status == OHM_OK)
        status = ohm_tile_matrix_mvm(matrix, p->vectors, p->x, 0, inv->jobs, y, &run->counts, err);
    if (status == OHM_OK) {
        run->tiles = ohm_tile_matrix_tiles(matrix);
        ohm_tile_describe(ohm_tile_matrix_tile(matrix, 0), run->words, sizeof run->words);
    }
    ohm_tile_matrix_free(matrix);
    return status;
}

static ohm_status write_result(const ohm_invocation *inv, const ohm_mvm_problem *p, const double *y,
                               ohm_err *err)
{
    const size_t flat[2] = {p->vectors, p->outputs};
    const size_t parts[3] = {p->vectors, p->outputs / 2, 2};
    return ohm_npy_write(inv->output, "<f8", p->is_complex ? 3 : 2, p->is_complex ? parts : flat, y,
                         inv->force, err);
}

static ohm_status run_problem(const ohm_invocation *inv, ohm_mvm_problem *p, ohm_err *err)
{
    double *y = malloc(p->vectors * p->outputs * sizeof *y);
    if (!y) return ohm_err_no_memory(err, "this command");
    ohm_mvm_run run = {0};
    ohm_status status = multiply(inv, p, y, &run, err);
    if (status == OHM_OK && ohm_invocation_flag(inv, "report"))
        status = ohm_mvm_report(inv, p, &run, y, multiply, err);
    if (status == OHM_OK) status = write_result(inv, p, y, err);
    if (status == OHM_OK && ohm_invocation_log(inv) && !ohm_invocation_flag(inv, "report"))
        fprintf(ohm_invocation_log(inv), "%s; %zu tile%s, %llu of %llu conversions clipped\n",
                run.words, run.tiles, run.tiles == 1 ? "" : "s",
                (unsigned long long)(run.counts.clipped_low + run.counts.clipped_high),
                (unsigned long long)run.counts.conversions);
    free(y);
    return status;
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    OHM_TRY(ohm_invocation_need_output(inv, err));
    OHM_TRY(ohm_file_check_new(inv->output, inv->force, err));
    ohm_mvm_problem p = {.ideal = ohm_invocation_flag(inv, "ideal")};
    OHM_TRY(ohm_invocation_quantity(inv, "time", OHM_UNIT_SECOND, 0.0, &p.time_sec, err));
    ohm_status status = read_configs(inv, &p, err);
    if (status == OHM_OK) status = read_problem(inv, &p, err);
    if (status == OHM_OK) status = run_problem(inv, &p, err);
    free(p.w);
    free(p.x);
    return status;
}

static const ohm_option options[] = {
    {"weights", "W.npy", "integers (inputs, outputs); (inputs, outputs, 2) for complex ones"},
    {"inputs", "X.npy", "integers (vectors, inputs), or (vectors, inputs, 2)"},
    {"device", "DEVICE", "preset or file of the cells; the tile's own unless given"},
    {"time", "TIME", "read this long after programming, for instance \"1 day\"; default 0 s"},
    {"ideal", NULL, "exact cells, wires and converters: the integer product"},
    {"weight-bits", "N", "width of the weights; what the data need unless given"},
    {"input-bits", "N", "width of the inputs; what the data need unless given"},
    {"report", NULL, "print the error, its sources and the clipping"},
};

const ohm_command ohm_cmd_mvm = {
    .name = "mvm",
    .summary = "Multiply vectors by any integer matrix on analog tiles.",
    .positional = "TILE.yaml",
    .positional_min = 1,
    .positional_max = 1,
    .example = "ohmstate mvm generic_256 --weights W.npy --inputs X.npy --time \"1 day\" -o Y.npy",
    .details = "Y is float64 (vectors, outputs) in weight x input units. A matrix larger than the "
               "tile is cut into blocks. --set device.KEY=VALUE reaches the device.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
