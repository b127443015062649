/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "models/arrays/wires_fold.h"
#include "core/cpu.h"

#include "models/arrays/network.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A rectangle of unit cells, reduced to conductances between its ports. In this order:
 *   left    one per line: the far end of the segment before its first cell
 *   right   one per line: the node of its last cell; none at the right edge of the array
 *   top     one per column: the node of its first cell; none at the top edge
 *   bottom  one per column: the far end of the segment behind its last cell */
typedef struct mesh {
    size_t left, right, top, bottom;
    double *w; /* (ports, ports), lower triangle: conductance between ports */
} mesh;

typedef struct fold {
    const ohm_wires_config *wires;
    size_t lines, columns, per_line, per_column; /* per_line: lines per node, likewise columns */
    const double *g;
    double *buffer; /* (nodes, nodes) of the largest mesh before elimination */
    size_t *map;    /* its node of every port of a half */
} fold;

static size_t ports(const mesh *m)
{
    return m->left + m->right + m->top + m->bottom;
}

/* Removes nodes n-1 .. keep of a full mesh w (n, n), star to mesh: two neighbours of a node with
 * conductances p and q to it come together by p q / sum. */
OHM_DISPATCH(eliminate, (double *w, size_t n, size_t keep), (w, n, keep))
{
    for (size_t k = n; k-- > keep;) {
        const double *row = w + k * n; /* all that are left lie before it */
        double sum = 0;
        for (size_t j = 0; j < k; j++)
            sum += row[j];
        if (sum == 0) continue;
        for (size_t i = 0; i < k; i++) {
            const double share = row[i] / sum;
            double *target = w + i * n;
            if (share == 0) continue;
            for (size_t j = 0; j < i; j++)
                target[j] += share * row[j];
        }
    }
}

static void put(double *w, size_t n, size_t a, size_t b, double value)
{
    w[(a > b ? a : b) * n + (a > b ? b : a)] += value;
}

/* Copies the kept corner of the buffer into a mesh of its own. */
static bool keep_corner(const fold *f, size_t n, mesh *out)
{
    const size_t kept = ports(out);
    out->w = malloc(kept * kept * sizeof *out->w);
    if (!out->w) return false;
    for (size_t i = 0; i < kept; i++)
        memcpy(out->w + i * kept, f->buffer + i * n, i * sizeof *out->w);
    return true;
}

/* One unit cell at node row r and node column c: its lines cross its columns. */
static bool unit_cell(fold *f, size_t r, size_t c, mesh *out)
{
    const size_t a = f->per_line, b = f->per_column;
    const size_t last_row = f->lines / a - 1, last_column = f->columns / b - 1;
    *out = (mesh){.left = a, .right = c == last_column ? 0 : a, .top = r == 0 ? 0 : b, .bottom = b};
    /* kept ports first, then the nodes of the cell that are none */
    const size_t n = 2 * a + 2 * b;
    size_t next = a;
    const size_t right = out->right ? next : 0;
    next += out->right;
    const size_t top = out->top ? next : 0;
    next += out->top;
    const size_t bottom = next;
    next += b;
    const size_t line_node = out->right ? right : next;
    next += out->right ? 0 : a;
    const size_t column_node = out->top ? top : next;

    const double before = c == 0 ? f->wires->driver_ohm : 0;
    const double behind = r == last_row ? f->wires->sense_ohm : 0;
    memset(f->buffer, 0, n * n * sizeof *f->buffer);
    for (size_t i = 0; i < a; i++) {
        put(f->buffer, n, i, line_node + i, 1.0 / (f->wires->row_ohm + before));
        for (size_t j = 0; j < b; j++)
            put(f->buffer, n, line_node + i, column_node + j,
                f->g[(r * a + i) * f->columns + c * b + j]);
    }
    for (size_t j = 0; j < b; j++)
        put(f->buffer, n, column_node + j, bottom + j, 1.0 / (f->wires->column_ohm + behind));
    eliminate(f->buffer, n, ports(out));
    return keep_corner(f, n, out);
}

/* Adds a half's conductances to the buffer (n, n) under f->map. */
static void add_half(const fold *f, size_t n, const mesh *half)
{
    const size_t count = ports(half);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            put(f->buffer, n, f->map[i], f->map[j], half->w[i * count + j]);
}

/* Numbers `count` ports of a half from `first` on. */
static size_t number(size_t *map, size_t count, size_t first)
{
    for (size_t k = 0; k < count; k++)
        map[k] = first + k;
    return count;
}

/* Left and right halves over the same lines; the left's right ports are the right's left ports. */
static bool join_sideways(const fold *f, const mesh *l, const mesh *r, mesh *out)
{
    *out = (mesh){.left = l->left,
                  .right = r->right,
                  .top = l->top + r->top,
                  .bottom = l->bottom + r->bottom};
    const size_t kept = ports(out), n = kept + l->right;
    const size_t top = out->left + out->right, bottom = top + out->top;
    memset(f->buffer, 0, n * n * sizeof *f->buffer);
    size_t *m = f->map;
    m += number(m, l->left, 0);
    m += number(m, l->right, kept);
    m += number(m, l->top, top);
    number(m, l->bottom, bottom);
    add_half(f, n, l);
    m = f->map;
    m += number(m, r->left, kept);
    m += number(m, r->right, out->left);
    m += number(m, r->top, top + l->top);
    number(m, r->bottom, bottom + l->bottom);
    add_half(f, n, r);
    eliminate(f->buffer, n, kept);
    return keep_corner(f, n, out);
}

/* Upper and lower halves over the same columns; the upper's bottom ports are the lower's top
 * ports. */
static bool join_upright(const fold *f, const mesh *u, const mesh *d, mesh *out)
{
    *out = (mesh){.left = u->left + d->left,
                  .right = u->right + d->right,
                  .top = u->top,
                  .bottom = d->bottom};
    const size_t kept = ports(out), n = kept + u->bottom;
    const size_t right = out->left, top = right + out->right, bottom = top + out->top;
    memset(f->buffer, 0, n * n * sizeof *f->buffer);
    size_t *m = f->map;
    m += number(m, u->left, 0);
    m += number(m, u->right, right);
    m += number(m, u->top, top);
    number(m, u->bottom, kept);
    add_half(f, n, u);
    m = f->map;
    m += number(m, d->left, u->left);
    m += number(m, d->right, right + u->right);
    m += number(m, d->top, kept);
    number(m, d->bottom, bottom);
    add_half(f, n, d);
    eliminate(f->buffer, n, kept);
    return keep_corner(f, n, out);
}

/* Node rows [r0, r1) and node columns [c0, c1): halves along the longer side. */
static bool reduce(fold *f, size_t r0, size_t r1, size_t c0, size_t c1, mesh *out)
{
    if (r1 - r0 == 1 && c1 - c0 == 1) return unit_cell(f, r0, c0, out);
    mesh first = {0}, second = {0};
    const bool upright = (r1 - r0) * f->per_line >= (c1 - c0) * f->per_column && r1 - r0 > 1;
    bool done;
    if (upright || c1 - c0 == 1) {
        const size_t middle = (r0 + r1) / 2;
        done = reduce(f, r0, middle, c0, c1, &first) && reduce(f, middle, r1, c0, c1, &second) &&
               join_upright(f, &first, &second, out);
    } else {
        const size_t middle = (c0 + c1) / 2;
        done = reduce(f, r0, r1, c0, middle, &first) && reduce(f, r0, r1, middle, c1, &second) &&
               join_sideways(f, &first, &second, out);
    }
    free(first.w);
    free(second.w);
    return done;
}

/* --- wires without resistance on one side --- */

/* Ideal input lines: every output line is a ladder. Its cells' currents divide at each node between
 * what lies above and the way down. */
static void fold_columns(const fold *f, double *t)
{
    for (size_t o = 0; o < f->columns; o++) {
        double above = 0; /* conductance to ground looking up from the node, cells included */
        for (size_t r = 0; r < f->lines / f->per_line; r++) {
            const bool last = (r + 1) * f->per_line == f->lines;
            const double down = 1.0 / (f->wires->column_ohm + (last ? f->wires->sense_ohm : 0.0));
            for (size_t i = r * f->per_line; i < (r + 1) * f->per_line; i++)
                above += f->g[i * f->columns + o];
            const double passed = down / (down + above);
            for (size_t i = 0; i < (r + 1) * f->per_line; i++)
                t[i * f->columns + o] =
                    (i < r * f->per_line ? t[i * f->columns + o] : f->g[i * f->columns + o]) *
                    passed;
            above = above * down / (above + down); /* through the segment */
        }
    }
}

/* Ideal output lines: every input line is a divider chain. */
static void fold_rows(const fold *f, double *t)
{
    const size_t nodes = f->columns / f->per_column;
    for (size_t i = 0; i < f->lines; i++) {
        const double *g = f->g + i * f->columns;
        double *out = t + i * f->columns;
        /* from the open end: the share of a segment's voltage that reaches its node */
        double beyond = 0;
        for (size_t c = nodes; c-- > 0;) {
            const double segment =
                1.0 / (f->wires->row_ohm + (c == 0 ? f->wires->driver_ohm : 0.0));
            for (size_t j = c * f->per_column; j < (c + 1) * f->per_column; j++)
                beyond += g[j];
            const double share = segment / (segment + beyond);
            for (size_t j = c * f->per_column; j < f->columns; j++)
                out[j] = (j < (c + 1) * f->per_column ? g[j] : out[j]) * share;
            beyond = beyond * segment / (beyond + segment);
        }
    }
}

/* Conductances between the drivers of ideal input lines: the voltage a cell's current leaves at its
 * node of an output line, times what the line's other cells take from there:
 *     drive_ij receives - g_i g_j G_ij
 * with G of the ladder from its looking-up and looking-down conductances. */
static ohm_status drive_columns(const fold *f, double *drive, ohm_err *err)
{
    const size_t nodes = f->lines / f->per_line;
    double *up = malloc(4 * nodes * sizeof *up); /* each (nodes) */
    if (!up) return ohm_err_no_memory(err, "wires");
    double *here = up + nodes, *down = here + nodes, *green = down + nodes;
    const double segment = 1.0 / f->wires->column_ohm;
    for (size_t o = 0; o < f->columns; o++) {
        for (size_t r = 0; r < nodes; r++) {
            here[r] = 0;
            for (size_t i = r * f->per_line; i < (r + 1) * f->per_line; i++)
                here[r] += f->g[i * f->columns + o];
            const double above = r > 0 ? up[r - 1] + here[r - 1] : 0.0;
            up[r] = above * segment / (above + segment);
        }
        for (size_t r = nodes; r-- > 0;) {
            const double below = r + 1 < nodes ? down[r + 1] + here[r + 1] : 0.0;
            down[r] = r + 1 == nodes ? 1.0 / (f->wires->column_ohm + f->wires->sense_ohm)
                                     : below * segment / (below + segment);
        }
        for (size_t j = 0; j < nodes; j++) {
            green[j] = 1.0 / (up[j] + here[j] + down[j]);
            for (size_t i = j; i-- > 0;)
                green[i] = green[i + 1] * segment / (segment + up[i] + here[i]);
            for (size_t a = j * f->per_line; a < (j + 1) * f->per_line; a++)
                for (size_t b = 0; b < (j + 1) * f->per_line; b++) {
                    const double w = f->g[a * f->columns + o] * f->g[b * f->columns + o] *
                                     green[b / f->per_line];
                    drive[a * f->lines + b] -= w;
                    if (b < j * f->per_line) drive[b * f->lines + a] -= w;
                }
        }
    }
    free(up);
    return OHM_OK;
}

/* The diagonal: what a driver gives the grounds and the other drivers when it alone has 1 V. */
static void close_drive(size_t lines, size_t columns, const double *t, double *drive)
{
    for (size_t i = 0; i < lines; i++) {
        double sum = 0;
        for (size_t o = 0; o < columns; o++)
            sum += t[i * columns + o];
        for (size_t j = 0; j < lines; j++)
            if (j != i) sum -= drive[i * lines + j];
        drive[i * lines + i] = sum;
    }
}

/* A line without resistance behind a driver or before a sense amplifier that has some: one solution
 * per input line. Such arrays are rare enough for the general solver. */
static ohm_status fold_by_network(const fold *f, double *t, double *drive, ohm_err *err)
{
    if (f->per_line != 1 || f->per_column != 1)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "wires: drivers or sense amplifiers with resistance on lines without "
                           "need cells of one line and one column");
    ohm_wires_config wires = *f->wires;
    wires.topology = OHM_WIRES_INPUT_SOURCE;
    ohm_network *network = NULL;
    double *v = calloc(f->lines * f->lines, sizeof *v);
    if (!v) return ohm_err_no_memory(err, "wires");
    for (size_t i = 0; i < f->lines; i++)
        v[i * f->lines + i] = 1.0;
    ohm_status status = ohm_network_alloc(&wires, f->lines, f->columns, f->g, NULL, &network, err);
    if (status == OHM_OK) status = ohm_network_solve(network, f->lines, v, t, drive, err);
    ohm_network_free(network);
    free(v);
    return status;
}

static ohm_status fold_mesh(fold *f, double *t, double *drive, ohm_err *err)
{
    mesh whole = {0};
    /* the largest mesh before elimination has about three sides and two interfaces */
    const size_t side = f->lines > f->columns ? f->lines : f->columns;
    const size_t most = 3 * side + f->lines + f->columns + 8;
    f->buffer = malloc(most * most * sizeof *f->buffer);
    f->map = malloc(most * sizeof *f->map);
    bool done = f->buffer && f->map;
    if (done) done = reduce(f, 0, f->lines / f->per_line, 0, f->columns / f->per_column, &whole);
    free(f->buffer);
    free(f->map);
    if (!done) return ohm_err_no_memory(err, "wires");
    /* left ports are the drivers, bottom ports the virtual grounds */
    const size_t n = ports(&whole);
    for (size_t i = 0; i < f->lines; i++)
        for (size_t o = 0; o < f->columns; o++)
            t[i * f->columns + o] = whole.w[(f->lines + o) * n + i];
    for (size_t i = 0; drive && i < f->lines; i++)
        for (size_t j = 0; j < i; j++)
            drive[i * f->lines + j] = drive[j * f->lines + i] = -whole.w[i * n + j];
    free(whole.w);
    return OHM_OK;
}

ohm_status ohm_wires_fold(const ohm_wired_array *array, const double *g, double *t, double *drive,
                          ohm_err *err)
{
    const ohm_wires_config *wires = array->wires;
    const size_t lines = array->lines, columns = array->columns;
    if (lines == 0 || columns == 0 || lines % array->lines_per_node ||
        columns % array->columns_per_node)
        return ohm_err_set(err, OHM_EINVAL,
                           "wires: %zu lines and %zu columns in nodes of %zu and %zu", lines,
                           columns, array->lines_per_node, array->columns_per_node);
    fold f = {.wires = wires,
              .lines = lines,
              .columns = columns,
              .per_line = array->lines_per_node,
              .per_column = array->columns_per_node,
              .g = g};
    const bool rows = wires->row_ohm > 0, driver = wires->driver_ohm > 0;
    const bool line = wires->column_ohm > 0, sense = wires->sense_ohm > 0;
    double *copy = NULL;
    if (t == g) { /* the ladders read g while they write t */
        copy = malloc(lines * columns * sizeof *copy);
        if (!copy) return ohm_err_no_memory(err, "wires");
        memcpy(copy, g, lines * columns * sizeof *copy);
        f.g = copy;
    }
    if (drive) memset(drive, 0, lines * lines * sizeof *drive);
    ohm_status status = OHM_OK;
    bool closed = false;
    if (rows && line) {
        status = fold_mesh(&f, t, drive, err);
    } else if (!rows && !driver && line) {
        fold_columns(&f, t);
        if (drive) status = drive_columns(&f, drive, err);
    } else if (!line && !sense && rows) {
        fold_rows(&f, t);
    } else if (!rows && !driver && !line && !sense) {
        memcpy(t, f.g, lines * columns * sizeof *t);
    } else {
        status = fold_by_network(&f, t, drive, err);
        closed = true;
    }
    if (drive && !closed) close_drive(lines, columns, t, drive);
    free(copy);
    return status;
}

/* One line: its terminal, its segments, and how many cells share a node. */
typedef struct line_model {
    double base_ohm, step_ohm;
    size_t cells_per_node;
    bool counts_from_end; /* the terminal is behind the last cell, not before the first */
} line_model;

/* sum over k of g_k (base + step (1 + min(place, place_k))) for every place along one line; places
 * count nodes from the terminal. The cells lie `stride` apart. out (places). */
static void find_drops(const line_model *line, size_t cells, size_t stride, const double *g,
                       double *out)
{
    const size_t per = line->cells_per_node, places = cells / per;
    double total = 0, moment = 0; /* of what lies nearer, by its place */
    for (size_t k = 0; k < cells; k++)
        total += g[k * stride];
    double beyond = total;
    for (size_t p = 0; p < places; p++) {
        const size_t place = line->counts_from_end ? places - 1 - p : p;
        double here = 0;
        for (size_t k = place * per; k < (place + 1) * per; k++)
            here += g[k * stride];
        out[place] = line->base_ohm * total + line->step_ohm * (moment + (double)(p + 1) * beyond);
        moment += here * (double)(p + 1);
        beyond -= here;
    }
}

/* a . b in sixteen sums side by side: the same order on every machine, and one it can vectorise. */
static inline double product(size_t n, const double *a, const double *b)
{
    enum { SIDE = 16 };
    double part[SIDE] = {0}, sum = 0;
    size_t k = 0;
    for (; k + SIDE <= n; k += SIDE)
        for (size_t l = 0; l < SIDE; l++)
            part[l] += a[k + l] * b[k + l];
    for (size_t l = 0; k + l < n; l++)
        part[l] += a[k + l] * b[k + l];
    for (size_t l = 0; l < SIDE; l++)
        sum += part[l];
    return sum;
}

/* - R_max(i, j) T_i . T_j and the diagonal that belongs to it. */
OHM_DISPATCH(drive_fast,
             (const ohm_wires_config *wires, size_t lines, size_t columns, size_t lines_per_node,
              const double *t, double *drive),
             (wires, lines, columns, lines_per_node, t, drive))
{
    enum { TOGETHER = 8 /* lines that share one pass over all others */ };
    const size_t nodes = lines / lines_per_node;
    for (size_t first = 0; first < lines; first += TOGETHER) {
        const size_t last = first + TOGETHER < lines ? first + TOGETHER : lines;
        for (size_t j = 0; j < last; j++)
            for (size_t i = j < first ? first : j + 1; i < last; i++) {
                const double ohm =
                    wires->sense_ohm + wires->column_ohm * (double)(nodes - i / lines_per_node);
                const double both = product(columns, t + i * columns, t + j * columns);
                drive[i * lines + j] = drive[j * lines + i] = -ohm * both;
            }
    }
    close_drive(lines, columns, t, drive);
}

ohm_status ohm_wires_fold_fast(const ohm_wired_array *array, const double *g, double *t,
                               double *drive, ohm_err *err)
{
    const ohm_wires_config *wires = array->wires;
    const size_t lines = array->lines, columns = array->columns;
    const line_model output_line = {.base_ohm = wires->sense_ohm,
                                    .step_ohm = wires->column_ohm,
                                    .cells_per_node = array->lines_per_node,
                                    .counts_from_end = true};
    const line_model input_line = {.base_ohm = wires->driver_ohm,
                                   .step_ohm = wires->row_ohm,
                                   .cells_per_node = array->columns_per_node};
    double *drop = malloc((lines > columns ? lines : columns) * sizeof *drop);
    if (!drop) return ohm_err_no_memory(err, "wires");
    /* the columns' drops need g untouched, so they are found first and parked in t */
    for (size_t o = 0; o < columns; o++) {
        find_drops(&output_line, lines, columns, g + o, drop);
        for (size_t i = 0; i < lines; i++)
            t[i * columns + o] = 1.0 + drop[i / array->lines_per_node];
    }
    for (size_t i = 0; i < lines; i++) {
        find_drops(&input_line, columns, 1, g + i * columns, drop);
        for (size_t o = 0; o < columns; o++)
            t[i * columns + o] = g[i * columns + o] /
                                 (t[i * columns + o] * (1.0 + drop[o / array->columns_per_node]));
    }
    free(drop);
    if (drive) drive_fast(wires, lines, columns, array->lines_per_node, t, drive);
    return OHM_OK;
}
