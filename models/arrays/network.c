/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/arrays/network_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { AT_ONCE = 16, SENSED = -1 /* what is connected to a virtual ground has potential 0 */ };

/* --- circuit --- */

static size_t find(ohm_network *net, size_t node)
{
    while (net->parent[node] != node) {
        net->parent[node] = net->parent[net->parent[node]];
        node = net->parent[node];
    }
    return node;
}

static void connect(ohm_network *net, size_t a, size_t b, double siemens, size_t cell)
{
    if (siemens > 0) net->list[net->resistors++] = (ohm_resistor){a, b, siemens, cell};
}

/* A wire: zero ohm joins its ends; the lower number, which a given potential has, represents
 * them. */
static void wire(ohm_network *net, size_t a, size_t b, double ohm)
{
    if (ohm > 0) {
        connect(net, a, b, 1.0 / ohm, OHM_NO_CELL);
        return;
    }
    size_t x = find(net, a), y = find(net, b);
    if (x < y)
        net->parent[y] = x;
    else
        net->parent[x] = y;
}

/* Potentials: sources 0 .. sources-1, then one ground per output. */
static size_t ground(const ohm_network *net, size_t o)
{
    return net->sources + o;
}

/* Output lines: column_node(i, o). */
static size_t column_node(const ohm_network *net, size_t i, size_t o)
{
    return net->sources + net->outputs + i * net->outputs + o;
}

/* Nodes of the other kind of line: input lines, or source lines; `line` 0 or 1 of an interleaved
 * pair. */
static size_t line_node(const ohm_network *net, size_t line, size_t i, size_t o)
{
    return column_node(net, (1 + line) * net->inputs + i, o);
}

static void build_output_lines(ohm_network *net)
{
    for (size_t o = 0; o < net->outputs; o++) {
        for (size_t i = 0; i + 1 < net->inputs; i++)
            wire(net, column_node(net, i, o), column_node(net, i + 1, o), net->wires.column_ohm);
        wire(net, column_node(net, net->inputs - 1, o), ground(net, o),
             net->wires.column_ohm + net->wires.sense_ohm);
    }
}

static void build_input_source(ohm_network *net)
{
    const size_t lines = net->interleaved ? 2 : 1;
    for (size_t line = 0; line < lines; line++) {
        const double *g = line ? net->g_negative : net->g;
        for (size_t i = 0; i < net->inputs; i++) {
            wire(net, line * net->inputs + i, line_node(net, line, i, 0),
                 net->wires.row_ohm + net->wires.driver_ohm);
            for (size_t o = 0; o + 1 < net->outputs; o++)
                wire(net, line_node(net, line, i, o), line_node(net, line, i, o + 1),
                     net->wires.row_ohm);
            for (size_t o = 0; o < net->outputs; o++)
                connect(net, line_node(net, line, i, o), column_node(net, i, o),
                        g[i * net->outputs + o], (line * net->inputs + i) * net->outputs + o);
        }
    }
}

/* v (inputs): which cells are on. Source 0 is +V, source 1 is -V. */
static void build_separate_source(ohm_network *net, const double *v)
{
    const size_t lines = net->interleaved ? 2 : 1;
    for (size_t line = 0; line < lines; line++) {
        const double *g = line ? net->g_negative : net->g;
        for (size_t o = 0; o < net->outputs; o++) {
            wire(net, line, line_node(net, line, 0, o), net->wires.row_ohm + net->wires.driver_ohm);
            for (size_t i = 0; i + 1 < net->inputs; i++)
                wire(net, line_node(net, line, i, o), line_node(net, line, i + 1, o),
                     net->wires.row_ohm);
            for (size_t i = 0; i < net->inputs; i++)
                if (v[i] != 0)
                    connect(net, line_node(net, line, i, o), column_node(net, i, o),
                            g[i * net->outputs + o], (line * net->inputs + i) * net->outputs + o);
        }
    }
}

static void number_unknowns(ohm_network *net)
{
    net->unknowns = 0;
    for (size_t k = 0; k < net->nodes; k++)
        net->unknown[k] = SENSED;
    for (size_t k = net->sources + net->outputs; k < net->nodes; k++)
        if (find(net, k) == k) net->unknown[k] = (int64_t)net->unknowns++;
}

/* --- sparse system --- */

static void drop_factor(ohm_network *net)
{
    if (net->factor) net->cholmod->free_factor(&net->factor, &net->common);
    if (net->matrix) net->cholmod->free_sparse(&net->matrix, &net->common);
}

static ohm_status factorise(ohm_network *net, ohm_err *err)
{
    drop_factor(net);
    number_unknowns(net);
    if (net->unknowns == 0) return OHM_OK;
    cholmod_triplet *t = net->cholmod->allocate_triplet(net->unknowns, net->unknowns,
                                                        4 * net->resistors + net->unknowns, -1,
                                                        CHOLMOD_REAL, &net->common);
    if (!t) return ohm_err_no_memory(err, "an array");
    int64_t *row = t->i, *column = t->j;
    double *value = t->x;
    size_t n = 0;
#define PUT(r, c, x)                                                                               \
    do {                                                                                           \
        row[n] = (r);                                                                              \
        column[n] = (c);                                                                           \
        value[n++] = (x);                                                                          \
    } while (0)
    for (size_t k = 0; k < net->resistors; k++) {
        const size_t a = find(net, net->list[k].a), b = find(net, net->list[k].b);
        const int64_t p = net->unknown[a], q = net->unknown[b];
        if (a == b) continue;
        if (p >= 0) PUT(p, p, net->list[k].siemens);
        if (q >= 0) PUT(q, q, net->list[k].siemens);
        if (p >= 0 && q >= 0) PUT(p > q ? p : q, p > q ? q : p, -net->list[k].siemens);
    }
#undef PUT
    t->nnz = n;
    net->matrix = net->cholmod->triplet_to_sparse(t, n, &net->common);
    net->cholmod->free_triplet(&t, &net->common);
    if (net->matrix) net->factor = net->cholmod->analyze(net->matrix, &net->common);
    if (!net->factor) return ohm_err_no_memory(err, "an array");
    net->cholmod->factorize(net->matrix, net->factor, &net->common);
    if (net->common.status == CHOLMOD_OUT_OF_MEMORY) return ohm_err_no_memory(err, "an array");
    if (net->common.status != CHOLMOD_OK)
        return ohm_err_set(err, OHM_ENUMERIC,
                           "array: the network has no unique solution; some node is connected to "
                           "nothing, or conductances span too many decades");
    return OHM_OK;
}

/* x = A^-1 b, refined once. All three are (unknowns, n). */
static ohm_status solve_refined(ohm_network *net, cholmod_dense *b, cholmod_dense **x, ohm_err *err)
{
    cholmod_common *c = &net->common;
    *x = net->cholmod->solve(CHOLMOD_A, net->factor, b, c);
    if (!*x) return ohm_err_no_memory(err, "an array");
    double minus[2] = {-1, 0}, one[2] = {1, 0};
    net->cholmod->sdmult(net->matrix, 0, minus, one, *x, b, c); /* b becomes the residual */
    cholmod_dense *correction = net->cholmod->solve(CHOLMOD_A, net->factor, b, c);
    if (!correction) return ohm_err_no_memory(err, "an array");
    for (size_t k = 0; k < correction->nzmax; k++)
        ((double *)(*x)->x)[k] += ((double *)correction->x)[k];
    net->cholmod->free_dense(&correction, c);
    return OHM_OK;
}

static double source_volt(const ohm_network *net, size_t source, const double *v)
{
    if (net->separate) {
        double most = 0;
        for (size_t i = 0; i < net->inputs; i++)
            if (v[i] > most) most = v[i];
        return source == 0 ? most : -most;
    }
    return source < net->inputs ? v[source] : -v[source - net->inputs];
}

static double potential(const ohm_network *net, size_t node, const double *source, const double *x)
{
    if (net->unknown[node] >= 0) return x[net->unknown[node]];
    return node < net->sources ? source[node] : 0.0;
}

/* Adds the currents of all resistors at a terminal to what the terminal takes or gives. */
static void collect(ohm_network *net, const double *source, const double *x, double *current,
                    double *drawn)
{
    const size_t first = net->sources, last = net->sources + net->outputs;
    for (size_t k = 0; k < net->resistors; k++) {
        const size_t p = find(net, net->list[k].a), q = find(net, net->list[k].b);
        if (p >= last && q >= last) continue;
        const double i =
            net->list[k].siemens * (potential(net, p, source, x) - potential(net, q, source, x));
        if (q >= first && q < last) current[q - first] += i;
        if (p >= first && p < last) current[p - first] -= i;
        if (drawn && q < first) drawn[q] -= i;
        if (drawn && p < first) drawn[p] += i;
    }
}

/* Voltages over the cells; those that are not connected keep what they have. */
static void measure_cells(ohm_network *net, const double *source, const double *x, double *volt)
{
    for (size_t k = 0; k < net->resistors; k++) {
        const ohm_resistor *r = &net->list[k];
        if (r->cell != OHM_NO_CELL)
            volt[r->cell] = potential(net, find(net, r->a), source, x) -
                            potential(net, find(net, r->b), source, x);
    }
}

ohm_status ohm_network_solve_some(ohm_network *net, size_t n, const double *v, double *current,
                                  double *drawn, double *cell_volt, ohm_err *err)
{
    double *source = malloc((net->sources ? net->sources : 1) * n * sizeof *source);
    if (!source) return ohm_err_no_memory(err, "an array");
    for (size_t k = 0; k < n; k++)
        for (size_t s = 0; s < net->sources; s++)
            source[k * net->sources + s] = source_volt(net, s, v + k * net->inputs);
    ohm_status status = OHM_OK;
    cholmod_dense *b = NULL, *x = NULL;
    if (net->unknowns > 0) {
        b = net->cholmod->zeros(net->unknowns, n, CHOLMOD_REAL, &net->common);
        if (!b) status = ohm_err_no_memory(err, "an array");
        for (size_t k = 0; b && k < net->resistors; k++) {
            const size_t p = find(net, net->list[k].a), q = find(net, net->list[k].b);
            for (size_t c = 0; c < n; c++) {
                double *rhs = (double *)b->x + c * net->unknowns;
                const double *s = source + c * net->sources;
                if (net->unknown[p] >= 0 && q < net->sources)
                    rhs[net->unknown[p]] += net->list[k].siemens * s[q];
                if (net->unknown[q] >= 0 && p < net->sources)
                    rhs[net->unknown[q]] += net->list[k].siemens * s[p];
            }
        }
        if (b) status = solve_refined(net, b, &x, err);
    }
    memset(current, 0, n * net->outputs * sizeof *current);
    if (drawn) memset(drawn, 0, n * net->sources * sizeof *drawn);
    for (size_t c = 0; status == OHM_OK && c < n; c++)
        collect(net, source + c * net->sources, x ? (const double *)x->x + c * net->unknowns : NULL,
                current + c * net->outputs, drawn ? drawn + c * net->sources : NULL);
    if (status == OHM_OK && cell_volt)
        measure_cells(net, source, x ? (const double *)x->x : NULL, cell_volt);
    if (b) net->cholmod->free_dense(&b, &net->common);
    if (x) net->cholmod->free_dense(&x, &net->common);
    free(source);
    return status;
}

/* --- life --- */

static ohm_status check_siemens(const char *what, const double *g, size_t inputs, size_t outputs,
                                ohm_err *err)
{
    for (size_t k = 0; k < inputs * outputs; k++)
        if (!(g[k] >= 0) || !isfinite(g[k]))
            return ohm_err_set(err, OHM_EINVAL,
                               "array: %s of %g S at input %zu, output %zu; expected a finite "
                               "number >= 0",
                               what, g[k], k / outputs, k % outputs);
    return OHM_OK;
}

static void build(ohm_network *net, const double *v)
{
    net->resistors = 0;
    for (size_t k = 0; k < net->nodes; k++)
        net->parent[k] = k;
    build_output_lines(net);
    if (net->separate)
        build_separate_source(net, v);
    else
        build_input_source(net);
}

ohm_status ohm_network_rebuild(ohm_network *network, const double *v, ohm_err *err)
{
    build(network, v);
    return factorise(network, err);
}

ohm_status ohm_network_alloc(const ohm_wires_config *wires, size_t inputs, size_t outputs,
                             const double *g, const double *g_negative, ohm_network **out,
                             ohm_err *err)
{
    *out = NULL;
    const bool interleaved = wires->topology == OHM_WIRES_INTERLEAVED_INPUT_SOURCE ||
                             wires->topology == OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE;
    if (inputs == 0 || outputs == 0)
        return ohm_err_set(err, OHM_EINVAL, "array: %zu inputs and %zu outputs hold nothing",
                           inputs, outputs);
    if (interleaved != (g_negative != NULL))
        return ohm_err_set(err, OHM_ECONFIG,
                           interleaved ? "array: interleaved lines need the negative conductances"
                                       : "array: negative conductances need interleaved lines");
    OHM_TRY(check_siemens("conductance", g, inputs, outputs, err));
    if (g_negative)
        OHM_TRY(check_siemens("negative conductance", g_negative, inputs, outputs, err));

    ohm_network *net = calloc(1, sizeof *net);
    if (!net) return ohm_err_no_memory(err, "an array");
    net->wires = *wires;
    net->inputs = inputs;
    net->outputs = outputs;
    net->interleaved = interleaved;
    net->separate = wires->topology == OHM_WIRES_SEPARATE_SOURCE ||
                    wires->topology == OHM_WIRES_INTERLEAVED_SEPARATE_SOURCE;
    const size_t lines = interleaved ? 2 : 1, cells = inputs * outputs;
    net->sources = net->separate ? lines : lines * inputs;
    net->nodes = net->sources + outputs + (1 + lines) * cells;
    net->resistors_max = (1 + 2 * lines) * cells + lines * (inputs + outputs) + outputs;
    net->g = malloc(cells * sizeof *net->g);
    net->g_negative = g_negative ? malloc(cells * sizeof *net->g) : NULL;
    net->list = malloc(net->resistors_max * sizeof *net->list);
    net->parent = malloc(net->nodes * sizeof *net->parent);
    net->unknown = malloc(net->nodes * sizeof *net->unknown);
    ohm_status status = OHM_OK;
    if (!net->g || (g_negative && !net->g_negative) || !net->list || !net->parent || !net->unknown)
        status = ohm_err_no_memory(err, "an array");
    if (status == OHM_OK) status = ohm_cholmod_get(&net->cholmod, err);
    if (status == OHM_OK) {
        memcpy(net->g, g, cells * sizeof *g);
        if (g_negative) memcpy(net->g_negative, g_negative, cells * sizeof *g);
        net->cholmod->start(&net->common);
        net->common.print = 0;
        net->started = true;
        if (!net->separate) status = ohm_network_rebuild(net, NULL, err);
    }
    if (status != OHM_OK) {
        ohm_network_free(net);
        return status;
    }
    *out = net;
    return OHM_OK;
}

void ohm_network_free(ohm_network *network)
{
    if (!network) return;
    if (network->started) {
        drop_factor(network);
        network->cholmod->finish(&network->common);
    }
    free(network->g);
    free(network->g_negative);
    free(network->list);
    free(network->parent);
    free(network->unknown);
    free(network);
}

/* Separate sources switch cells, so they know one voltage and zero. */
static ohm_status check_one_voltage(const ohm_network *net, const double *v, ohm_err *err)
{
    double most = 0;
    for (size_t i = 0; i < net->inputs; i++) {
        if (v[i] < 0 || (v[i] != 0 && most != 0 && v[i] != most))
            return ohm_err_set(err, OHM_EUNSUPPORTED,
                               "array: separate sources take inputs of one voltage and zero, input "
                               "%zu has %g V",
                               i, v[i]);
        if (v[i] > most) most = v[i];
    }
    return OHM_OK;
}

size_t ohm_network_sources(const ohm_network *network)
{
    return network->sources;
}

ohm_status ohm_network_check_inputs(const ohm_network *network, size_t n, const double *v,
                                    ohm_err *err)
{
    for (size_t k = 0; k < n * network->inputs; k++)
        if (!isfinite(v[k]))
            return ohm_err_set(err, OHM_EINVAL, "array: input %zu of vector %zu is not a number",
                               k % network->inputs, k / network->inputs);
    for (size_t k = 0; network->separate && k < n; k++)
        OHM_TRY(check_one_voltage(network, v + k * network->inputs, err));
    return OHM_OK;
}

ohm_status ohm_network_solve(ohm_network *network, size_t n, const double *v, double *i,
                             double *drawn, ohm_err *err)
{
    OHM_TRY(ohm_network_check_inputs(network, n, v, err));
    const size_t step = network->separate ? 1 : AT_ONCE;
    for (size_t first = 0; first < n; first += step) {
        const double *some = v + first * network->inputs;
        if (network->separate) OHM_TRY(ohm_network_rebuild(network, some, err));
        OHM_TRY(ohm_network_solve_some(network, n - first < step ? n - first : step, some,
                                       i + first * network->outputs,
                                       drawn ? drawn + first * network->sources : NULL, NULL, err));
    }
    return OHM_OK;
}
