/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/arrays/wires_gated.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define DISPATCH __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

/* Compiled with the instructions of the function that calls it. */
#define HERE __attribute__((always_inline)) static inline

enum { LANES = OHM_GATED_LANES };

/* Segments between a switched row and the one before it, or the head of the lines. */
static double gap_before(const ohm_gated_array *a, ohm_gated_rows on, size_t k)
{
    return k == 0 ? (double)(a->above + on.row[0]) : (double)(on.row[k] - on.row[k - 1]);
}

/* From the last switched row to the virtual ground. */
static double ohm_below(const ohm_gated_array *a, ohm_gated_rows on)
{
    return a->wires.column_ohm * (double)(a->inputs - on.row[on.count - 1]) + a->wires.sense_ohm;
}

/* --- one source line --- */

/* The star above a row. output INFINITY: no cell so far, so source holds nothing and line all. */
typedef struct star {
    double source[LANES], line[LANES], output[LANES];
} star;

DISPATCH static void find_star(const ohm_gated_array *a, ohm_gated_rows on, const double *g,
                               size_t stride, star *end, star *kept)
{
    star s;
    for (int l = 0; l < LANES; l++) {
        s.source[l] = 0;
        s.line[l] = a->wires.driver_ohm + a->wires.row_ohm;
        s.output[l] = INFINITY;
    }
    for (size_t k = 0; k < on.count; k++) {
        const double gap = gap_before(a, on, k);
        const double source_ohm = a->wires.row_ohm * gap, output_ohm = a->wires.column_ohm * gap;
        const double *cell = g + on.row[k] * stride;
        for (int l = 0; l < LANES; l++) {
            const bool met = s.output[l] < INFINITY, cell_there = cell[l] != 0;
            const double r = s.line[l] + source_ohm, c = s.output[l] + output_ohm;
            const double h = 1.0 / (met ? 1.0 + cell[l] * (r + c) : cell[l]);
            s.source[l] = met ? s.source[l] + r * c * (cell[l] * h) : cell_there ? r : 0.0;
            s.line[l] = met ? r * h : cell_there ? 0.0 : r;
            s.output[l] = met ? c * h : cell_there ? h : INFINITY;
        }
        if (kept) kept[k] = s;
    }
    *end = s;
}

/* Voltages over the cells from the last row up, squared: d ampere / d g of this network, whose
 * adjoint voltages are the voltages themselves. */
DISPATCH static void sense_star(ohm_gated_rows on, const double *g, size_t stride,
                                const double *ampere, const star *kept, double weight,
                                double *sensitivity, size_t s_stride)
{
    double beyond[LANES], output_volt[LANES]; /* source line's current to rows below; output line */
    for (int l = 0; l < LANES; l++)
        beyond[l] = output_volt[l] = 0;
    for (size_t k = on.count; k-- > 0;) {
        const double *cell = g + on.row[k] * stride;
        double *out = sensitivity + on.row[k] * s_stride;
        const star *s = &kept[k];
        for (int l = 0; l < LANES; l++) {
            const bool met = s->output[l] < INFINITY;
            const double line = ampere[l] - beyond[l]; /* through the output line's arm */
            const double middle = 1.0 - s->source[l] * ampere[l];
            const double before = 1.0 - s->line[l] * ampere[l] - output_volt[l];
            const double volt = met ? s->output[l] * line - s->line[l] * beyond[l] : before;
            output_volt[l] = met ? middle - s->output[l] * line : output_volt[l];
            beyond[l] += cell[l] * volt;
            out[l] += weight * (volt * volt);
        }
    }
}

/* --- two source lines --- */

/* The pairs of the sources p and n, the source lines s (of p) and t (of n) and the output line
 * c. */
typedef enum pair { PN, PS, PT, PC, NS, NT, NC, ST, SC, TC, PAIRS } pair;

/* Conductances between them, above a row. */
typedef struct mesh {
    double g[PAIRS][LANES];
} mesh;

/* What a removed node's potential is made of: its neighbours' in the order p, n, the two other
 * lines, and its own line's node below. */
typedef struct shares {
    double p[LANES], n[LANES], first[LANES], second[LANES], below[LANES];
} shares;

typedef struct mesh_row {
    shares s, t, c;
} mesh_row;

/* The pairs that removing a line's node concerns: its own, to the sources and to the other two
 * lines u and v, and those of its neighbours among each other. */
typedef struct node_pairs {
    pair p, n, u, v, pn, pu, pv, nu, nv, uv;
} node_pairs;

static const node_pairs AROUND_S = {PS, NS, ST, SC, PN, PT, PC, NT, NC, TC};
static const node_pairs AROUND_T = {PT, NT, ST, TC, PN, PS, PC, NS, NC, SC};
static const node_pairs AROUND_C = {PC, NC, SC, TC, PN, PS, PT, NS, NT, ST};

/* Removes a line's node, star to mesh; `down` leads to the line's next node, which takes its place.
 * kept receives what the node's potential is made of. */
HERE void remove_node(mesh *restrict m, const node_pairs k, double down, shares *restrict kept)
{
    for (int l = 0; l < LANES; l++) {
        const double p = m->g[k.p][l], n = m->g[k.n][l], u = m->g[k.u][l], v = m->g[k.v][l];
        const double sum = p + n + u + v + down, part = sum != 0 ? 1.0 / sum : 0.0;
        const double wp = p * part, wn = n * part, wu = u * part, wv = v * part;
        kept->p[l] = wp;
        kept->n[l] = wn;
        kept->first[l] = wu;
        kept->second[l] = wv;
        kept->below[l] = down * part;
        m->g[k.pn][l] += wp * n;
        m->g[k.pu][l] += wp * u;
        m->g[k.pv][l] += wp * v;
        m->g[k.nu][l] += wn * u;
        m->g[k.nv][l] += wn * v;
        m->g[k.uv][l] += wu * v;
        m->g[k.p][l] = wp * down;
        m->g[k.n][l] = wn * down;
        m->g[k.u][l] = wu * down;
        m->g[k.v][l] = wv * down;
    }
}

/* A node that stays where it is: its line has no resistance. */
HERE void keep_node(shares *kept)
{
    memset(kept, 0, sizeof *kept);
    for (int l = 0; l < LANES; l++)
        kept->below[l] = 1;
}

/* One row further down, over lines of these resistances. */
HERE void descend(mesh *m, double source_ohm, double output_ohm, mesh_row *kept)
{
    if (source_ohm > 0) {
        remove_node(m, AROUND_S, 1.0 / source_ohm, &kept->s);
        remove_node(m, AROUND_T, 1.0 / source_ohm, &kept->t);
    } else {
        keep_node(&kept->s);
        keep_node(&kept->t);
    }
    if (output_ohm > 0)
        remove_node(m, AROUND_C, 1.0 / output_ohm, &kept->c);
    else
        keep_node(&kept->c);
}

/* The mesh at the last row with its cells. kept[k] receives what the potentials of row k are made
 * of, or is one row used again and again. */
DISPATCH static void find_mesh(const ohm_gated_array *a, ohm_gated_rows on, const double *g,
                               const double *g_negative, size_t stride, mesh *m, mesh_row *kept,
                               size_t kept_step)
{
    const double head = a->wires.driver_ohm + a->wires.row_ohm;
    const double row_ohm = a->wires.row_ohm, column_ohm = a->wires.column_ohm;
    memset(m, 0, sizeof *m);
    const double above = head + row_ohm * gap_before(a, on, 0);
    for (int l = 0; above > 0 && l < LANES; l++)
        m->g[PS][l] = m->g[NT][l] = 1.0 / above;
    /* source lines without any resistance are the sources themselves */
    double *positive = above > 0 ? m->g[SC] : m->g[PC], *negative = above > 0 ? m->g[TC] : m->g[NC];
    for (size_t k = 0; k < on.count; k++) {
        const double gap = gap_before(a, on, k);
        if (k > 0) descend(m, row_ohm * gap, column_ohm * gap, kept + (k - 1) * kept_step);
        for (size_t l = 0; l < LANES; l++) {
            positive[l] += g[on.row[k] * stride + l];
            negative[l] += g_negative[on.row[k] * stride + l];
        }
    }
}

/* Closes the mesh at the virtual ground: what flows there and from p to n. */
DISPATCH static void close_mesh(const ohm_gated_array *a, ohm_gated_rows on, mesh *m,
                                double *ampere, double *watt, mesh_row *kept)
{
    const double below = ohm_below(a, on), down = below > 0 ? 1.0 / below : 0.0;
    remove_node(m, AROUND_S, 0.0, &kept->s);
    remove_node(m, AROUND_T, 0.0, &kept->t);
    memset(&kept->c, 0, sizeof kept->c); /* of a line at ground potential nothing is left */
    for (int l = 0; l < LANES; l++) {
        double p = m->g[PC][l], n = m->g[NC][l], across = m->g[PN][l];
        if (below > 0) {
            const double part = 1.0 / (p + n + down);
            kept->c.p[l] = p * part;
            kept->c.n[l] = n * part;
            across += p * n * part;
            p = kept->c.p[l] * down;
            n = kept->c.n[l] * down;
        }
        ampere[l] = p - n;
        if (watt) watt[l] = p + n + 4.0 * across;
    }
}

/* Potentials of the three lines at one row while one source alone has 1 V. */
typedef struct potentials {
    double s[LANES], t[LANES], c[LANES];
} potentials;

/* From the potentials of the row below those of the row itself; source: the share of whichever
 * source has 1 V. The nodes of a row were removed in the order s, t, c, each seeing the later ones
 * of its own row and the earlier ones of the next. */
HERE double climb(const shares *node, double source, double first, double second, double below,
                  int l)
{
    return source + node->first[l] * first + node->second[l] * second + node->below[l] * below;
}

/* Voltages over the cells of a row: of the first source line and of the second. */
typedef struct cell_volts {
    double s[LANES], t[LANES];
} cell_volts;

/* v moves from the row below to this one while the source `positive`, or the other, has 1 V. Source
 * lines without resistance keep their potentials. */
typedef struct climber {
    bool is_positive, has_fixed_lines;
    potentials v;
} climber;

HERE void climb_row(climber *k, const mesh_row *row, cell_volts *volt)
{
    potentials *v = &k->v;
    const double *share_s = k->is_positive ? row->s.p : row->s.n;
    const double *share_t = k->is_positive ? row->t.p : row->t.n;
    const double *share_c = k->is_positive ? row->c.p : row->c.n;
    for (int l = 0; l < LANES; l++) {
        const double below_s = v->s[l], below_t = v->t[l];
        v->c[l] = climb(&row->c, share_c[l], below_s, below_t, v->c[l], l);
        if (!k->has_fixed_lines) {
            v->t[l] = climb(&row->t, share_t[l], below_s, v->c[l], below_t, l);
            v->s[l] = climb(&row->s, share_s[l], v->t[l], v->c[l], below_s, l);
        }
        volt->s[l] = v->s[l] - v->c[l];
        volt->t[l] = v->t[l] - v->c[l];
    }
}

/* d ampere / d g of a cell is its voltage times its voltage with 1 V at the output line and the
 * sources at 0: minus the sum over both sources, since nothing flows when all three have 1 V. */
DISPATCH static void sense_mesh(const ohm_gated_array *a, ohm_gated_rows on, size_t stride,
                                const mesh_row *kept, double weight, double *sensitivity,
                                double *sensitivity_negative)
{
    const bool fixed = a->wires.driver_ohm + a->wires.row_ohm == 0;
    climber positive = {.is_positive = true, .has_fixed_lines = fixed};
    climber negative = {.is_positive = false, .has_fixed_lines = fixed};
    for (int l = 0; fixed && l < LANES; l++)
        positive.v.s[l] = negative.v.t[l] = 1.0;
    for (size_t k = on.count; k-- > 0;) {
        const size_t at = on.row[k] * stride;
        cell_volts p, n;
        climb_row(&positive, &kept[k], &p);
        climb_row(&negative, &kept[k], &n);
        for (size_t l = 0; l < LANES; l++) {
            sensitivity[at + l] += weight * (p.s[l] * p.s[l] - n.s[l] * n.s[l]);
            sensitivity_negative[at + l] += weight * (p.t[l] * p.t[l] - n.t[l] * n.t[l]);
        }
    }
}

/* --- both --- */

size_t ohm_wires_gated_scratch(size_t inputs, size_t source_lines)
{
    return inputs * (source_lines == 2 ? sizeof(mesh_row) : sizeof(star)) / sizeof(double);
}

static void solve_two_lines(const ohm_gated_array *array, ohm_gated_rows on,
                            const ohm_gated_panel *cells, double *ampere, double *watt,
                            const ohm_gated_sensitivity *sensitivity)
{
    mesh m;
    mesh_row one, *rows = sensitivity ? (mesh_row *)sensitivity->scratch : &one;
    const size_t step = sensitivity ? 1 : 0;
    find_mesh(array, on, cells->g, cells->g_negative, cells->stride, &m, rows, step);
    close_mesh(array, on, &m, ampere, watt, rows + (on.count - 1) * step);
    if (sensitivity)
        sense_mesh(array, on, sensitivity->stride, rows, sensitivity->weight, sensitivity->g,
                   sensitivity->g_negative);
}

void ohm_wires_gated_solve(const ohm_gated_array *array, ohm_gated_rows on,
                           const ohm_gated_panel *cells, double *ampere, double *watt,
                           const ohm_gated_sensitivity *sensitivity)
{
    for (int l = 0; l < LANES; l++)
        ampere[l] = 0;
    for (int l = 0; watt && l < LANES; l++)
        watt[l] = 0;
    if (on.count == 0) return;
    if (cells->g_negative) {
        solve_two_lines(array, on, cells, ampere, watt, sensitivity);
        return;
    }
    star s, *kept = sensitivity ? (star *)sensitivity->scratch : NULL;
    find_star(array, on, cells->g, cells->stride, &s, kept);
    const double below = ohm_below(array, on);
    for (int l = 0; l < LANES; l++)
        ampere[l] = s.output[l] == INFINITY ? 0.0 : 1.0 / (s.source[l] + s.output[l] + below);
    for (int l = 0; watt && l < LANES; l++)
        watt[l] = ampere[l]; /* everything drawn at 1 V reaches the ground */
    if (sensitivity)
        sense_star(on, cells->g, cells->stride, ampere, kept, sensitivity->weight, sensitivity->g,
                   sensitivity->stride);
}

/* --- fast --- */

/* One line's terminal and segments, and the share of its other cells that are on. */
typedef struct line_model {
    double base_ohm, step_ohm, activity;
    size_t above;          /* segments between the head and the first cell's place */
    bool counts_from_foot; /* the terminal is behind the last cell, not before the first */
} line_model;

/* out[i] = 1 + sum over k of p_ik g_k (base + step (1 + min(place_i, place_k))), places counted
 * from the terminal, p 1 for i itself and `activity` for the others. g, and more unless NULL, lie
 * `stride` apart. */
static void find_drops(const line_model *line, size_t inputs, size_t stride, const double *g,
                       const double *more, double *out)
{
    double total = 0, moment = 0;
    for (size_t k = 0; k < inputs; k++)
        total += g[k * stride] + (more ? more[k * stride] : 0.0);
    double beyond = total;
    for (size_t k = 0; k < inputs; k++) {
        const size_t i = line->counts_from_foot ? inputs - 1 - k : k;
        const double here = g[i * stride] + (more ? more[i * stride] : 0.0);
        const double place = (double)(k + 1 + line->above);
        const double all = line->base_ohm * total + line->step_ohm * (moment + place * beyond);
        const double own = here * (line->base_ohm + line->step_ohm * place);
        out[i] = 1.0 + line->activity * (all - own) + own;
        moment += here * place;
        beyond -= here;
    }
}

ohm_status ohm_wires_gated_fast(const ohm_gated_array *array, size_t columns, const double *g,
                                const double *g_negative, double *t, double *t_negative,
                                ohm_err *err)
{
    const ohm_wires_config *w = &array->wires;
    const size_t n = array->inputs;
    const line_model output_line = {.base_ohm = w->sense_ohm,
                                    .step_ohm = w->column_ohm,
                                    .activity = w->activity,
                                    .counts_from_foot = true};
    const line_model source_line = {.base_ohm = w->driver_ohm,
                                    .step_ohm = w->row_ohm,
                                    .activity = w->activity,
                                    .above = array->above};
    /* what either line leaves of a cell's current, inverted */
    double *output = malloc(2 * n * sizeof *output), *source = output + n;
    if (!output) return ohm_err_no_memory(err, "wires");
    for (size_t o = 0; o < columns; o++) {
        find_drops(&output_line, n, columns, g + o, g_negative ? g_negative + o : NULL, output);
        for (int half = 0; half < (g_negative ? 2 : 1); half++) {
            const double *cell = half ? g_negative + o : g + o;
            double *out = half ? t_negative + o : t + o;
            find_drops(&source_line, n, columns, cell, NULL, source);
            for (size_t i = 0; i < n; i++)
                out[i * columns] = cell[i * columns] / (output[i] * source[i]);
        }
    }
    free(output);
    return OHM_OK;
}
