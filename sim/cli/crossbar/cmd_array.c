/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate array`: the resistive network of an array, exactly. */
#include "core/files/npy.h"
#include "models/arrays/network.h"
#include "models/arrays/wires_fold.h"
#include "models/arrays/wires_gated.h"
#include "models/devices/array.h"
#include "sim/cli/command.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

extern const ohm_command ohm_cmd_array;

typedef struct problem {
    ohm_wires_config wires;
    size_t inputs, outputs, vectors;
    ohm_npy g, g_negative, v;
    bool interleaved;
} problem;

static ohm_status read_wires(const ohm_invocation *inv, ohm_wires_config *wires, ohm_err *err)
{
    double both;
    OHM_TRY(ohm_invocation_quantity(inv, "wire-resistance", OHM_UNIT_OHM, 0.0, &both, err));
    OHM_TRY(
        ohm_invocation_quantity(inv, "row-resistance", OHM_UNIT_OHM, both, &wires->row_ohm, err));
    OHM_TRY(ohm_invocation_quantity(inv, "column-resistance", OHM_UNIT_OHM, both,
                                    &wires->column_ohm, err));
    OHM_TRY(ohm_invocation_quantity(inv, "driver-resistance", OHM_UNIT_OHM, 0.0, &wires->driver_ohm,
                                    err));
    OHM_TRY(ohm_invocation_quantity(inv, "sense-resistance", OHM_UNIT_OHM, 0.0, &wires->sense_ohm,
                                    err));
    if (wires->row_ohm < 0 || wires->column_ohm < 0 || wires->driver_ohm < 0 ||
        wires->sense_ohm < 0)
        return ohm_err_set(err, OHM_ECONFIG, "a resistance is negative");
    const char *topology = ohm_invocation_value(inv, "topology");
    if (!topology) return OHM_OK;
    for (int k = 0; ohm_wire_topology_names[k]; k++)
        if (strcmp(topology, ohm_wire_topology_names[k]) == 0) {
            wires->topology = k;
            return OHM_OK;
        }
    return ohm_err_set(err, OHM_ECONFIG,
                       "--topology: '%.60s' is none of input_source, interleaved_input_source, "
                       "separate_source, interleaved_separate_source",
                       topology);
}

static ohm_status read_matrix(const char *path, const char *what, const char *shape, ohm_npy *out,
                              ohm_err *err)
{
    OHM_TRY(ohm_npy_read_real(path, false, out, err));
    if (out->dims != 2)
        return ohm_err_at(err, OHM_EFORMAT, path, 0, 0, "%s have %zu dimensions; expected %s", what,
                          out->dims, shape);
    if (out->count == 0) return ohm_err_at(err, OHM_EFORMAT, path, 0, 0, "the array is empty");
    return OHM_OK;
}

static ohm_status read_arrays(const ohm_invocation *inv, problem *p, ohm_err *err)
{
    const char *g = ohm_invocation_value(inv, "conductance");
    const char *v = ohm_invocation_value(inv, "voltage");
    const char *negative = ohm_invocation_value(inv, "negative");
    if (inv->set_count > 0 && !ohm_invocation_value(inv, "device"))
        return ohm_err_set(err, OHM_ECONFIG, "--set reaches the device: name it with --device");
    if (!g || !v)
        return ohm_err_set(err, OHM_ECONFIG, "name the array with --conductance and --voltage");
    p->interleaved = p->wires.topology == OHM_WIRES_INTERLEAVED_INPUT_SOURCE ||
                     p->wires.topology == OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE;
    if (p->interleaved != (negative != NULL))
        return ohm_err_set(err, OHM_ECONFIG,
                           p->interleaved ? "this topology has pairs: give their second half with "
                                            "--negative"
                                          : "--negative belongs to the interleaved topologies");
    OHM_TRY(read_matrix(g, "conductances", "(inputs, outputs)", &p->g, err));
    OHM_TRY(read_matrix(v, "voltages", "(vectors, inputs)", &p->v, err));
    p->inputs = p->g.shape[0];
    p->outputs = p->g.shape[1];
    p->vectors = p->v.shape[0];
    if (p->v.shape[1] != p->inputs)
        return ohm_err_at(err, OHM_EFORMAT, v, 0, 0,
                          "%zu voltages per vector for an array of %zu inputs", p->v.shape[1],
                          p->inputs);
    if (!negative) return OHM_OK;
    OHM_TRY(
        read_matrix(negative, "negative conductances", "(inputs, outputs)", &p->g_negative, err));
    if (p->g_negative.shape[0] != p->inputs || p->g_negative.shape[1] != p->outputs)
        return ohm_err_at(err, OHM_EFORMAT, negative, 0, 0,
                          "%zu x %zu conductances beside %zu x %zu positive ones",
                          p->g_negative.shape[0], p->g_negative.shape[1], p->inputs, p->outputs);
    return OHM_OK;
}

/* Share of the rows that are on in the given voltages. */
static double activity_of(const problem *p)
{
    size_t on = 0;
    for (size_t k = 0; k < p->v.count; k++)
        on += p->v.reals[k] != 0;
    return (double)on / (double)p->v.count;
}

/* The fast matrix of the positive cells, and behind it that of the negative ones: t (halves,
 * inputs, outputs). */
static ohm_status fold_fast(const problem *p, double *t, ohm_err *err)
{
    ohm_wires_config wires = p->wires;
    const size_t cells = p->g.count, columns = p->outputs;
    if (wires.topology == OHM_WIRES_INPUT_SOURCE) {
        const ohm_wired_array array = {&wires, p->inputs, columns, 1, 1};
        return ohm_wires_fold_fast(&array, p->g.reals, t, NULL, err);
    } else if (wires.topology == OHM_WIRES_INTERLEAVED_INPUT_SOURCE) {
        double *lines = malloc(4 * cells * sizeof *lines); /* +, -, +, -, then their matrix */
        if (!lines) return ohm_err_no_memory(err, "this command");
        for (size_t k = 0; k < 2 * cells; k++) {
            const size_t line = k / columns, at = line / 2 * columns + k % columns;
            lines[k] = line % 2 ? p->g_negative.reals[at] : p->g.reals[at];
        }
        const ohm_wired_array array = {&wires, 2 * p->inputs, columns, 2, 1};
        const ohm_status status = ohm_wires_fold_fast(&array, lines, lines + 2 * cells, NULL, err);
        for (size_t k = 0; k < 2 * cells && status == OHM_OK; k++) {
            const size_t line = k / columns;
            t[line % 2 * cells + line / 2 * columns + k % columns] = lines[2 * cells + k];
        }
        free(lines);
        return status;
    } else {
        wires.activity = activity_of(p);
        const ohm_gated_array array = {.wires = wires, .inputs = p->inputs};
        return ohm_wires_gated_fast(&array, columns, p->g.reals,
                                    p->interleaved ? p->g_negative.reals : NULL, t,
                                    p->interleaved ? t + cells : NULL, err);
    }
}

/* How far the fast formula is off, for --compare-fast. */
static ohm_status compare_fast(const problem *p, const double *exact, ohm_err *err)
{
    const size_t cells = p->g.count;
    double *t = malloc(2 * cells * sizeof *t);
    ohm_status status = t ? fold_fast(p, t, err) : ohm_err_no_memory(err, "this command");
    double error = 0, drop = 0, signal = 0;
    for (size_t k = 0; status == OHM_OK && k < p->vectors; k++)
        for (size_t o = 0; o < p->outputs; o++) {
            double fast = 0, ideal = 0;
            for (size_t i = 0; i < p->inputs; i++) {
                const double v = p->v.reals[k * p->inputs + i];
                const size_t at = i * p->outputs + o;
                fast += v * (t[at] - (p->interleaved ? t[cells + at] : 0.0));
                ideal += v * (p->g.reals[at] - (p->interleaved ? p->g_negative.reals[at] : 0.0));
            }
            const double is = exact[k * p->outputs + o];
            error += (fast - is) * (fast - is);
            drop += (ideal - is) * (ideal - is);
            signal += is * is;
        }
    free(t);
    if (status == OHM_OK && signal == 0)
        printf("no current flows: there is nothing to compare\n");
    else if (status == OHM_OK)
        printf("wires cost %.4g %% rms of the currents; the fast formula is %.4g %% off\n",
               100 * sqrt(drop / signal), 100 * sqrt(error / signal));
    return status;
}

static void cell_current(const void *device, const double *g, const double *v, size_t n, double *i)
{
    ohm_device_current(device, g, v, n, i);
}

/* With --device, cells follow the current-voltage law of its model. */
static ohm_status solve_cells(const ohm_invocation *inv, const problem *p, ohm_network *network,
                              double *current, ohm_err *err)
{
    const char *name = ohm_invocation_value(inv, "device");
    if (!name) return ohm_network_solve(network, p->vectors, p->v.reals, current, NULL, err);
    ohm_config *document = NULL;
    ohm_device_config config;
    ohm_device *device = NULL;
    size_t iterations = 0;
    ohm_status status = ohm_config_load(name, "device", &document, err);
    if (status == OHM_OK) status = ohm_invocation_apply_sets(inv, document, err);
    if (status == OHM_OK) status = ohm_config_read(document, "", &ohm_device_params, &config, err);
    if (status == OHM_OK) status = ohm_device_alloc(&config, &device, err);
    if (status == OHM_OK && ohm_device_is_ohmic(device))
        status = ohm_network_solve(network, p->vectors, p->v.reals, current, NULL, err);
    else if (status == OHM_OK)
        status = ohm_network_solve_cells(network, cell_current, device, p->vectors, p->v.reals,
                                         current, &iterations, err);
    if (status == OHM_OK && iterations > 0 && ohm_invocation_log(inv))
        fprintf(ohm_invocation_log(inv), "nonlinear cells balanced after %zu iterations\n",
                iterations);
    ohm_device_free(device);
    ohm_config_free(document);
    return status;
}

static ohm_status solve(const ohm_invocation *inv, const problem *p, ohm_err *err)
{
    double *current = malloc(p->vectors * p->outputs * sizeof *current);
    if (!current) return ohm_err_no_memory(err, "this command");
    ohm_network *network = NULL;
    ohm_status status =
        ohm_network_alloc(&p->wires, p->inputs, p->outputs, p->g.reals,
                          p->interleaved ? p->g_negative.reals : NULL, &network, err);
    if (status == OHM_OK) status = solve_cells(inv, p, network, current, err);
    ohm_network_free(network);
    if (status == OHM_OK && ohm_invocation_flag(inv, "compare-fast"))
        status = compare_fast(p, current, err);
    const size_t shape[2] = {p->vectors, p->outputs};
    if (status == OHM_OK)
        status = ohm_npy_write(inv->output, "<f8", 2, shape, current, inv->force, err);
    free(current);
    return status;
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    if (strcmp(inv->positional[0], "solve") != 0)
        return ohm_err_set(err, OHM_ECONFIG, "array cannot '%.60s'; it can: solve",
                           inv->positional[0]);
    OHM_TRY(ohm_invocation_need_output(inv, err));
    OHM_TRY(ohm_file_check_new(inv->output, inv->force, err));
    problem p = {0};
    OHM_TRY(read_wires(inv, &p.wires, err));
    ohm_status status = read_arrays(inv, &p, err);
    if (status == OHM_OK) status = solve(inv, &p, err);
    ohm_npy_free(&p.g);
    ohm_npy_free(&p.g_negative);
    ohm_npy_free(&p.v);
    return status;
}

static const ohm_option options[] = {
    {"conductance", "G.npy", "siemens (inputs, outputs)"},
    {"negative", "G.npy", "second half of the pairs, for the interleaved topologies"},
    {"voltage", "V.npy", "volt (vectors, inputs)"},
    {"wire-resistance", "R", "of one segment, of rows and columns alike; default 0 ohm"},
    {"row-resistance", "R", "of one segment of an input line"},
    {"column-resistance", "R", "of one segment of an output line"},
    {"driver-resistance", "R", "between a driver and its line; default 0 ohm"},
    {"sense-resistance", "R", "between an output line and its virtual ground; default 0 ohm"},
    {"topology", "NAME",
     "input_source (default), interleaved_input_source, separate_source or "
     "interleaved_separate_source"},
    {"device", "DEVICE",
     "preset or file whose cells need not be ohmic; conductances are low-field"},
    {"compare-fast", NULL, "print how far the fast approximation is off"},
};

const ohm_command ohm_cmd_array = {
    .name = "array",
    .summary = "Solve the resistive network of an array.",
    .positional = "solve",
    .positional_min = 1,
    .positional_max = 1,
    .example = "ohmstate array solve --conductance G.npy --voltage V.npy --wire-resistance \"1 "
               "ohm\" -o I.npy",
    .details = "I is ampere (vectors, outputs), the currents into the virtual grounds.",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
