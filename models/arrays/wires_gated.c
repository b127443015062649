/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/arrays/wires_gated.h"

#include <math.h>
#include <string.h>

#define DISPATCH __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))

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

/* Conductances between the sources p and n, the source lines s (of p) and t (of n) and the output
 * line c, above a row. */
typedef struct mesh {
    double pn[LANES], ps[LANES], pt[LANES], pc[LANES], ns[LANES], nt[LANES], nc[LANES], st[LANES],
        sc[LANES], tc[LANES];
} mesh;

/* What a removed node's potential is made of: its neighbours' in the order p, n, the two other
 * lines, and its own line's node below. */
typedef struct shares {
    double p[LANES], n[LANES], first[LANES], second[LANES], below[LANES];
} shares;

typedef struct mesh_row {
    shares s, t, c;
} mesh_row;

/* Removes a line's node: p, n, u and v are its conductances to the sources and to the two other
 * lines; `down` leads to the line's next node, which takes its place. pn .. uv are those between
 * the neighbours. */
static inline void remove_node(double *restrict p, double *restrict n, double *restrict u,
                               double *restrict v, double down, double *restrict pn,
                               double *restrict pu, double *restrict pv, double *restrict nu,
                               double *restrict nv, double *restrict uv, shares *restrict kept)
{
    for (int l = 0; l < LANES; l++) {
        const double sum = p[l] + n[l] + u[l] + v[l] + down, part = sum != 0 ? 1.0 / sum : 0.0;
        const double wp = p[l] * part, wn = n[l] * part, wu = u[l] * part, wv = v[l] * part;
        kept->p[l] = wp;
        kept->n[l] = wn;
        kept->first[l] = wu;
        kept->second[l] = wv;
        kept->below[l] = down * part;
        pn[l] += wp * n[l];
        pu[l] += wp * u[l];
        pv[l] += wp * v[l];
        nu[l] += wn * u[l];
        nv[l] += wn * v[l];
        uv[l] += wu * v[l];
        p[l] = wp * down;
        n[l] = wn * down;
        u[l] = wu * down;
        v[l] = wv * down;
    }
}

static inline void remove_s(mesh *m, double down, shares *kept)
{
    remove_node(m->ps, m->ns, m->st, m->sc, down, m->pn, m->pt, m->pc, m->nt, m->nc, m->tc, kept);
}

static inline void remove_t(mesh *m, double down, shares *kept)
{
    remove_node(m->pt, m->nt, m->st, m->tc, down, m->pn, m->ps, m->pc, m->ns, m->nc, m->sc, kept);
}

static inline void remove_c(mesh *m, double down, shares *kept)
{
    remove_node(m->pc, m->nc, m->sc, m->tc, down, m->pn, m->ps, m->pt, m->ns, m->nt, m->st, kept);
}

/* A node that stays where it is: its line has no resistance. */
static inline void keep_node(shares *kept)
{
    memset(kept, 0, sizeof *kept);
    for (int l = 0; l < LANES; l++)
        kept->below[l] = 1;
}

/* One row further down, over lines of these resistances. */
static inline void descend(mesh *m, double source_ohm, double output_ohm, mesh_row *kept)
{
    if (source_ohm > 0) {
        remove_s(m, 1.0 / source_ohm, &kept->s);
        remove_t(m, 1.0 / source_ohm, &kept->t);
    } else {
        keep_node(&kept->s);
        keep_node(&kept->t);
    }
    if (output_ohm > 0)
        remove_c(m, 1.0 / output_ohm, &kept->c);
    else
        keep_node(&kept->c);
}

/* The mesh at the last row with its cells. kept[k] receives what the nodes of row k hang from, or
 * is one row used again and again. */
DISPATCH static void find_mesh(const ohm_gated_array *a, ohm_gated_rows on, const double *g,
                               const double *g_negative, size_t stride, mesh *m, mesh_row *kept,
                               size_t kept_step)
{
    const double head = a->wires.driver_ohm + a->wires.row_ohm;
    const double row_ohm = a->wires.row_ohm, column_ohm = a->wires.column_ohm;
    memset(m, 0, sizeof *m);
    const double above = head + row_ohm * gap_before(a, on, 0);
    for (int l = 0; above > 0 && l < LANES; l++)
        m->ps[l] = m->nt[l] = 1.0 / above;
    /* source lines without any resistance are the sources themselves */
    double *positive = above > 0 ? m->sc : m->pc, *negative = above > 0 ? m->tc : m->nc;
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
    remove_s(m, 0.0, &kept->s);
    remove_t(m, 0.0, &kept->t);
    memset(&kept->c, 0, sizeof kept->c); /* of a line at ground potential nothing is left */
    for (int l = 0; l < LANES; l++) {
        double p = m->pc[l], n = m->nc[l], across = m->pn[l];
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

/* From the potentials of the row below those of the row itself. The nodes of a row were removed in
 * the order s, t, c, each seeing the later ones of its own row and the earlier ones of the next. */
static inline void climb_lane(const mesh_row *row, bool positive, bool fixed, potentials *v, int l)
{
    const shares *s = &row->s, *t = &row->t, *c = &row->c;
    const double below_s = v->s[l], below_t = v->t[l], below_c = v->c[l];
    v->c[l] = (positive ? c->p[l] : c->n[l]) + c->first[l] * below_s + c->second[l] * below_t +
              c->below[l] * below_c;
    if (fixed) return;
    v->t[l] = (positive ? t->p[l] : t->n[l]) + t->first[l] * below_s + t->second[l] * v->c[l] +
              t->below[l] * below_t;
    v->s[l] = (positive ? s->p[l] : s->n[l]) + s->first[l] * v->t[l] + s->second[l] * v->c[l] +
              s->below[l] * below_s;
}

/* d ampere / d g of a cell is its voltage times its voltage with 1 V at the output line and the
 * sources at 0: minus the sum over both sources, since nothing flows when all three have 1 V. */
DISPATCH static void sense_mesh(const ohm_gated_array *a, ohm_gated_rows on, size_t stride,
                                const mesh_row *kept, double weight, double *sensitivity,
                                double *sensitivity_negative)
{
    const bool fixed = a->wires.driver_ohm + a->wires.row_ohm == 0;
    potentials p, n;
    for (int l = 0; l < LANES; l++) {
        p.s[l] = n.t[l] = fixed ? 1.0 : 0.0;
        p.t[l] = p.c[l] = n.s[l] = n.c[l] = 0;
    }
    for (size_t k = on.count; k-- > 0;) {
        const size_t at = on.row[k] * stride;
        for (int l = 0; l < LANES; l++) {
            climb_lane(&kept[k], true, fixed, &p, l);
            climb_lane(&kept[k], false, fixed, &n, l);
            const double ps = p.s[l] - p.c[l], ns = n.s[l] - n.c[l];
            const double pt = p.t[l] - p.c[l], nt = n.t[l] - n.c[l];
            sensitivity[at + (size_t)l] += weight * (ps * ps - ns * ns);
            sensitivity_negative[at + (size_t)l] += weight * (pt * pt - nt * nt);
        }
    }
}

/* --- both --- */

size_t ohm_wires_gated_scratch(size_t inputs, bool two_lines)
{
    return inputs * (two_lines ? sizeof(mesh_row) : sizeof(star)) / sizeof(double);
}

void ohm_wires_gated_solve(const ohm_gated_array *array, ohm_gated_rows on, const double *g,
                           const double *g_negative, size_t g_stride, double *ampere, double *watt,
                           double weight, double *sensitivity, double *sensitivity_negative,
                           size_t s_stride, double *scratch)
{
    for (int l = 0; l < LANES; l++)
        ampere[l] = 0;
    for (int l = 0; watt && l < LANES; l++)
        watt[l] = 0;
    if (on.count == 0) return;
    if (g_negative) {
        mesh m;
        mesh_row one, *rows = sensitivity ? (mesh_row *)scratch : &one;
        const size_t step = sensitivity ? 1 : 0;
        find_mesh(array, on, g, g_negative, g_stride, &m, rows, step);
        close_mesh(array, on, &m, ampere, watt, rows + (on.count - 1) * step);
        if (sensitivity)
            sense_mesh(array, on, s_stride, rows, weight, sensitivity, sensitivity_negative);
        return;
    }
    star s, *kept = sensitivity ? (star *)scratch : NULL;
    find_star(array, on, g, g_stride, &s, kept);
    const double below = ohm_below(array, on);
    for (int l = 0; l < LANES; l++)
        ampere[l] = s.output[l] == INFINITY ? 0.0 : 1.0 / (s.source[l] + s.output[l] + below);
    for (int l = 0; watt && l < LANES; l++)
        watt[l] = ampere[l]; /* everything drawn at 1 V reaches the ground */
    if (kept) sense_star(on, g, g_stride, ampere, kept, weight, sensitivity, s_stride);
}

/* --- fast --- */

/* out[i] = 1 + sum over k of p_ik g_k (base + step (1 + min(place_i, place_k))), places counted
 * from the head of a line (or its foot), p 1 for i itself and `activity` for the others. */
static void drops(size_t inputs, size_t above, size_t stride, const double *g, const double *more,
                  double activity, double base, double step, bool from_foot, double *out)
{
    double total = 0, moment = 0;
    for (size_t k = 0; k < inputs; k++)
        total += g[k * stride] + (more ? more[k * stride] : 0.0);
    double beyond = total;
    for (size_t k = 0; k < inputs; k++) {
        const size_t i = from_foot ? inputs - 1 - k : k;
        const double here = g[i * stride] + (more ? more[i * stride] : 0.0);
        const double place = (double)(k + 1 + (from_foot ? 0 : above));
        const double all = base * total + step * (moment + place * beyond);
        const double own = here * (base + step * place);
        out[i] = 1.0 + activity * (all - own) + own;
        moment += here * place;
        beyond -= here;
    }
}

void ohm_wires_gated_fast(const ohm_gated_array *array, size_t columns, const double *g,
                          const double *g_negative, double *t, double *t_negative)
{
    enum { ROWS = 16384 };
    const ohm_wires_config *w = &array->wires;
    const size_t n = array->inputs;
    double output[ROWS], line[ROWS]; /* what either line leaves of a cell's current, inverted */
    for (size_t o = 0; o < columns; o++) {
        drops(n, 0, columns, g + o, g_negative ? g_negative + o : NULL, w->activity, w->sense_ohm,
              w->column_ohm, true, output);
        for (int half = 0; half < (g_negative ? 2 : 1); half++) {
            const double *cell = half ? g_negative + o : g + o;
            double *out = half ? t_negative + o : t + o;
            drops(n, array->above, columns, cell, NULL, w->activity, w->driver_ohm, w->row_ohm,
                  false, line);
            for (size_t i = 0; i < n; i++)
                out[i * columns] = cell[i * columns] / (output[i] * line[i]);
        }
    }
}
