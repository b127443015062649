/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/front.h"

#include "core/intervals.h"
#include "sim/sweep/effects.h"
#include "sim/sweep/requirement.h"

#include <gsl/gsl_cdf.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static ohm_status unknown_metric(const ohm_sweep_table *t, const char *name, ohm_err *err)
{
    char list[512] = "";
    for (size_t m = 0; m < t->metric_count; m++) {
        size_t used = strlen(list);
        snprintf(list + used, sizeof list - used, "%s%s", m ? ", " : "", t->metrics[m]);
    }
    return ohm_err_set(err, OHM_ECONFIG, "%s: no result has this name; there are: %s", name,
                       *list ? list : "none yet");
}

/* --- front --- */

/* Names in requirements: metrics first, then axes. */
static ohm_status find_name(void *context, const char *name, size_t *slot, ohm_err *err)
{
    const ohm_sweep_table *t = context;
    *slot = ohm_sweep_table_metric(t, name);
    if (*slot != SIZE_MAX) return OHM_OK;
    for (size_t c = 0; c < ohm_space_columns(t->space); c++)
        if (strcmp(ohm_space_column_key(t->space, c), name) == 0 ||
            strcmp(ohm_space_column_name(t->space, c), name) == 0) {
            *slot = OHM_METRICS_MAX + c;
            return OHM_OK;
        }
    return unknown_metric(t, name, err);
}

static void fill_slots(const ohm_sweep_table *t, const ohm_table_row *row, ohm_point *point,
                       ohm_expr_value *slots)
{
    for (size_t m = 0; m < OHM_METRICS_MAX; m++)
        slots[m] = (ohm_expr_value){
            NULL, m < t->metric_count && row->metrics[m].count ? row->metrics[m].mean : NAN};
    if (ohm_space_point(t->space, t->points->coordinates + row->point * t->points->dimensions,
                        point, NULL) != OHM_OK)
        return;
    for (size_t c = 0; c < ohm_space_columns(t->space); c++)
        slots[OHM_METRICS_MAX + c] = point->slots[c];
}

static ohm_status select_rows(const ohm_sweep_table *t, ohm_expr *const *require, size_t count,
                              ohm_front *f, ohm_err *err)
{
    ohm_point point;
    ohm_expr_value *slots = calloc(OHM_METRICS_MAX + ohm_space_columns(t->space), sizeof *slots);
    if (!slots) return ohm_err_no_memory(err, "the analysis of a sweep");
    ohm_status status = ohm_space_point_alloc(t->space, &point, err);
    for (size_t i = 0; i < t->row_count && status == OHM_OK; i++) {
        const ohm_table_row *row = t->rows[i];
        bool takes = row->done > 0;
        double *values = f->values + f->count * f->objective_count;
        for (size_t k = 0; k < f->objective_count; k++) {
            size_t m = ohm_sweep_table_metric(t, f->objectives[k].metric);
            takes = takes && row->metrics[m].count > 0;
            values[k] = f->objectives[k].maximise ? -row->metrics[m].mean : row->metrics[m].mean;
        }
        if (!takes) continue;
        fill_slots(t, row, &point, slots);
        for (size_t r = 0; r < count && takes && status == OHM_OK; r++)
            status = ohm_requirement_holds(require[r], slots, OHM_METRICS_MAX, row->metrics,
                                           (const char(*)[OHM_METRIC_NAME_MAX])t->metrics, 0,
                                           &takes, err);
        if (takes)
            f->rows[f->count++] = i;
        else
            f->refused++;
    }
    ohm_space_point_free(&point);
    free(slots);
    return status;
}

/* --- which points can be told apart --- */

/* Whether point a is better than b in an objective by more than chance: over the chips that both have,
 * with one chip over the sequences if it is an accuracy. The level is shared by the objectives. */
static bool is_better(const ohm_sweep_table *t, const ohm_front *f, size_t a, size_t b, size_t k)
{
    const ohm_table_row *x = t->rows[f->rows[a]], *y = t->rows[f->rows[b]];
    const size_t metric = ohm_sweep_table_metric(t, f->objectives[k].metric);
    const double sign = f->objectives[k].maximise ? 1 : -1;
    ohm_moments gain = {0};
    for (size_t r = 0; r < t->replicas; r++) {
        const double d = ohm_table_value(x, r, metric) - ohm_table_value(y, r, metric);
        if (!isnan(d)) ohm_moments_add(&gain, sign * d);
    }
    const double tail = OHM_SIGNIFICANCE / 2 / (double)f->objective_count;
    if (gain.count > 1) {
        const double spread = ohm_moments_std(&gain) / sqrt((double)gain.count);
        return gain.mean > 0 &&
               (spread <= 0 || gsl_cdf_tdist_Q(gain.mean / spread, (double)gain.count - 1) < tail);
    }
    const double mean = sign * (x->metrics[metric].mean - y->metrics[metric].mean);
    const size_t sequences = ohm_sweep_table_metric(t, "sequences");
    if (strncmp(f->objectives[k].metric, "accuracy", 8) != 0 || sequences == SIZE_MAX)
        return mean > 0;
    const double p = x->metrics[metric].mean, q = y->metrics[metric].mean;
    const double variance =
        p * (1 - p) / x->metrics[sequences].mean + q * (1 - q) / y->metrics[sequences].mean;
    return mean > 0 && gsl_cdf_ugaussian_Q(mean / sqrt(variance)) < tail;
}

/* A point belongs on the front for more than chance when no other is as good as it in everything, as far
 * as can be told: an intersection of tests, so that many points need no adjustment. */
static void tell_apart(const ohm_sweep_table *t, ohm_front *f)
{
    for (size_t i = 0; i < f->count; i++) {
        if (!f->on_front[i]) continue;
        f->told_apart[i] = true;
        for (size_t j = 0; j < f->count && f->told_apart[i]; j++) {
            bool better = j == i;
            for (size_t k = 0; k < f->objective_count && !better; k++)
                better = is_better(t, f, i, j, k);
            f->told_apart[i] = better;
        }
    }
}

/* Hypervolume with every objective scaled by its range, so that units do not matter. */
static ohm_status measure(ohm_front *f, ohm_err *err)
{
    size_t m = f->objective_count;
    double low[OHM_OBJECTIVES_MAX], ones[OHM_OBJECTIVES_MAX];
    for (size_t k = 0; k < m; k++) {
        low[k] = INFINITY;
        f->reference[k] = -INFINITY;
        ones[k] = 1;
        for (size_t i = 0; i < f->count; i++) {
            low[k] = fmin(low[k], f->values[i * m + k]);
            f->reference[k] = fmax(f->reference[k], f->values[i * m + k]);
        }
    }
    double *scaled = malloc((f->count * m + 1) * sizeof *scaled);
    if (!scaled) return ohm_err_no_memory(err, "the analysis of a sweep");
    for (size_t i = 0; i < f->count; i++)
        for (size_t k = 0; k < m; k++)
            scaled[i * m + k] = f->reference[k] > low[k]
                                    ? (f->values[i * m + k] - low[k]) / (f->reference[k] - low[k])
                                    : 0;
    ohm_status status = ohm_hypervolume(scaled, f->count, m, ones, &f->hypervolume, err);
    free(scaled);
    return status;
}

static ohm_status make(const ohm_sweep_table *t, ohm_expr **require, size_t require_count,
                       const char *const *texts, ohm_front *f, ohm_err *err)
{
    for (size_t k = 0; k < f->objective_count; k++)
        if (ohm_sweep_table_metric(t, f->objectives[k].metric) == SIZE_MAX)
            return unknown_metric(t, f->objectives[k].metric, err);
    for (size_t r = 0; r < require_count; r++)
        OHM_TRY(ohm_expr_compile(texts[r], find_name, (void *)(uintptr_t)t, &require[r], err));
    f->rows = calloc(t->row_count + 1, sizeof *f->rows);
    f->values = calloc((t->row_count + 1) * (f->objective_count + 1), sizeof *f->values);
    f->on_front = calloc(t->row_count + 1, sizeof *f->on_front);
    f->told_apart = calloc(t->row_count + 1, sizeof *f->told_apart);
    if (!f->rows || !f->values || !f->on_front || !f->told_apart)
        return ohm_err_no_memory(err, "the analysis of a sweep");
    OHM_TRY(select_rows(t, require, require_count, f, err));
    OHM_TRY(ohm_pareto_front(f->values, f->count, f->objective_count, f->on_front, &f->front_count,
                             err));
    tell_apart(t, f);
    f->knee = ohm_pareto_knee(f->values, f->count, f->objective_count, f->on_front);
    return f->count ? measure(f, err) : OHM_OK;
}

ohm_status ohm_front_make(const ohm_sweep_table *table, const ohm_sweep_objective *objectives,
                          size_t objective_count, const char *const *require, size_t require_count,
                          ohm_front *out, ohm_err *err)
{
    *out = (ohm_front){.objective_count = objective_count, .knee = SIZE_MAX};
    if (objective_count == 0 || objective_count > OHM_OBJECTIVES_MAX)
        return ohm_err_set(err, OHM_ECONFIG,
                           "name 1 to %d objectives, such as accuracy:max,area_mm2:min",
                           OHM_OBJECTIVES_MAX);
    memcpy(out->objectives, objectives, objective_count * sizeof *objectives);
    ohm_expr **compiled = calloc(require_count + 1, sizeof *compiled);
    if (!compiled) return ohm_err_no_memory(err, "the analysis of a sweep");
    ohm_status status = make(table, compiled, require_count, require, out, err);
    for (size_t r = 0; r < require_count; r++)
        ohm_expr_free(compiled[r]);
    free(compiled);
    return status;
}

void ohm_front_free(ohm_front *f)
{
    free(f->rows);
    free(f->values);
    free(f->on_front);
    free(f->told_apart);
    *f = (ohm_front){0};
}

/* --- effects --- */

enum { GROUPS_MAX = 8 };

void ohm_effects_free(ohm_effects *e)
{
    for (size_t i = 0; i < e->count; i++) {
        free(e->axes[i].means);
        free(e->axes[i].names);
        free(e->axes[i].level);
        free(e->axes[i].differences);
        free(e->axes[i].difference_ci95);
    }
    free(e->axes);
    free(e->interactions);
    *e = (ohm_effects){0};
}

/* Levels of a listed axis: its values, and one more for rows in which it is inactive. */
static void levels_of_list(const ohm_sweep_table *t, ohm_axis_effect *a, const char *const *texts,
                           size_t n)
{
    size_t levels = ohm_space_column_levels(t->space, a->column);
    for (size_t l = 0; l < levels; l++)
        snprintf(a->names[l], sizeof a->names[l], "%.47s",
                 ohm_space_column_level(t->space, a->column, l));
    snprintf(a->names[levels], sizeof a->names[levels], "(base)");
    a->levels = levels + 1;
    for (size_t i = 0; i < n; i++) {
        a->level[i] = levels;
        for (size_t l = 0; l < levels && texts[i]; l++)
            if (strcmp(texts[i], ohm_space_column_level(t->space, a->column, l)) == 0)
                a->level[i] = l;
    }
}

static ohm_status levels_of_numbers(ohm_axis_effect *a, const double *x, size_t n, ohm_err *err)
{
    double centre[GROUPS_MAX];
    OHM_TRY(ohm_factor_bins(x, n, GROUPS_MAX, a->level, centre, &a->levels, err));
    for (size_t l = 0; l < a->levels; l++)
        snprintf(a->names[l], sizeof a->names[l], "%.4g", centre[l]);
    return OHM_OK;
}

static bool varies(const ohm_axis_effect *a, size_t n)
{
    for (size_t i = 1; i < n; i++)
        if (a->level[i] != a->level[0]) return true;
    return false;
}

/* Values of one axis over the rows in use. */
static ohm_status read_column(const ohm_sweep_table *t, const size_t *rows, size_t n, size_t column,
                              const char **texts, double *numbers, ohm_point *point, ohm_err *err)
{
    const char *key = ohm_space_column_key(t->space, column);
    for (size_t i = 0; i < n; i++) {
        size_t index = t->rows[rows[i]]->point;
        OHM_TRY(ohm_space_point(t->space, t->points->coordinates + index * t->points->dimensions,
                                point, err));
        texts[i] = NULL;
        numbers[i] = point->slots[column].text ? 0 : point->slots[column].number;
        for (size_t k = 0; k < point->count; k++)
            if (strcmp(point->assignments[k].key, key) == 0 &&
                ohm_space_column_levels(t->space, column))
                texts[i] = point->assignments[k].text; /* lives in the space */
    }
    return OHM_OK;
}

static ohm_status axis_effect(const ohm_sweep_table *t, const size_t *rows, const double *y,
                              size_t n, ohm_axis_effect *a, ohm_err *err)
{
    size_t room = ohm_space_column_levels(t->space, a->column) + GROUPS_MAX + 1;
    ohm_point point;
    const char **texts = calloc(n + 1, sizeof *texts);
    double *numbers = calloc(n + 1, sizeof *numbers);
    a->level = calloc(n + 1, sizeof *a->level);
    a->means = calloc(room, sizeof *a->means);
    a->names = calloc(room, sizeof *a->names);
    a->differences = calloc(room, sizeof *a->differences);
    a->difference_ci95 = calloc(room, sizeof *a->difference_ci95);
    ohm_status status =
        texts && numbers && a->level && a->means && a->names && a->differences && a->difference_ci95
            ? OHM_OK
            : ohm_err_no_memory(err, "the analysis of a sweep");
    if (status == OHM_OK) status = ohm_space_point_alloc(t->space, &point, err);
    if (status == OHM_OK) {
        status = read_column(t, rows, n, a->column, texts, numbers, &point, err);
        if (status == OHM_OK && ohm_space_column_levels(t->space, a->column))
            levels_of_list(t, a, texts, n);
        else if (status == OHM_OK)
            status = levels_of_numbers(a, numbers, n, err);
        ohm_space_point_free(&point);
    }
    const ohm_factor factor = {a->levels, a->level};
    if (status == OHM_OK) status = ohm_main_effect(y, n, &factor, a->means, &a->share, err);
    free(texts);
    free(numbers);
    return status;
}

static int compare_effects(const void *pa, const void *pb)
{
    const ohm_axis_effect *a = pa, *b = pb;
    if (a->share != b->share) return a->share > b->share ? -1 : 1;
    return (a->column > b->column) - (a->column < b->column);
}

/* Derived parameters and all but the first of zipped axes say nothing of their own. */
static bool is_free(const ohm_space *space, size_t column)
{
    size_t dimension = ohm_space_column_dimension(space, column);
    for (size_t c = 0; c < column; c++)
        if (ohm_space_column_dimension(space, c) == dimension) return false;
    return dimension != SIZE_MAX;
}

/* Values of a metric: the points that have it in every replica in use, and those replicas. */
typedef struct observations {
    size_t n, replicas;
    size_t *rows;
    double *y;     /* (n, replicas) */
    double *plain; /* (n) mean over the replicas in use */
    double *means; /* (n) of ohm_variation_make */
    ohm_variation variation;
} observations;

/* Difference of every level from the first that occurs, over the same chips. */
static void level_differences(const observations *o, ohm_axis_effect *a)
{
    size_t first = SIZE_MAX;
    for (size_t l = 0; l < a->levels; l++) {
        a->differences[l] = a->difference_ci95[l] = NAN;
        if (isnan(a->means[l])) continue;
        if (first == SIZE_MAX) first = l;
        ohm_moments m = {0};
        for (size_t r = 0; r < o->replicas; r++) {
            double sum[2] = {0, 0}, count[2] = {0, 0};
            for (size_t i = 0; i < o->n; i++) {
                const double d = o->y[i * o->replicas + r] - o->y[r];
                if (a->level[i] == l) sum[0] += d, count[0]++;
                if (a->level[i] == first) sum[1] += d, count[1]++;
            }
            ohm_moments_add(&m, sum[0] / count[0] - sum[1] / count[1]);
        }
        a->differences[l] = m.mean;
        if (m.count > 1) a->difference_ci95[l] = ohm_moments_ci95(&m);
    }
}

static ohm_status test_axes(const observations *o, ohm_effects *e, ohm_err *err)
{
    ohm_factor *factors = calloc(e->count + 1, sizeof *factors);
    double *p = calloc(e->count + 1, sizeof *p);
    ohm_status status = factors && p ? OHM_OK : ohm_err_no_memory(err, "the analysis of a sweep");
    for (size_t i = 0; i < e->count && status == OHM_OK; i++)
        factors[i] = (ohm_factor){e->axes[i].levels, e->axes[i].level};
    for (size_t i = 0; i < e->count && status == OHM_OK; i++) {
        status = ohm_factor_test(o->means, &o->variation, factors, e->count, i, &p[i], err);
        e->axes[i].p = p[i];
    }
    if (status == OHM_OK) ohm_holm_adjust(p, e->count);
    for (size_t i = 0; i < e->count && status == OHM_OK; i++)
        e->axes[i].p_holm = p[i];
    free(factors);
    free(p);
    return status;
}

static ohm_status make_effects(const ohm_sweep_table *t, const observations *o, ohm_effects *e,
                               ohm_err *err)
{
    size_t columns = ohm_space_columns(t->space);
    const double total = o->variation.total;
    /* shares of what lies between points become shares of all variation */
    const double part = total > 0 ? o->variation.between / total : 0;
    e->axes = calloc(columns + 1, sizeof *e->axes);
    if (!e->axes) return ohm_err_no_memory(err, "the analysis of a sweep");
    for (size_t c = 0; c < columns; c++) {
        if (!is_free(t->space, c)) continue;
        ohm_axis_effect *a = &e->axes[e->count++];
        a->column = c;
        OHM_TRY(axis_effect(t, o->rows, o->plain, o->n, a, err));
        if (varies(a, o->n)) {
            const ohm_factor factor = {a->levels, a->level};
            OHM_TRY(ohm_main_effect(o->means, o->n, &factor, NULL, &a->share, err));
            a->share *= part;
            level_differences(o, a);
            continue;
        }
        free(a->level);
        free(a->means);
        free(a->names);
        free(a->differences);
        free(a->difference_ci95);
        *a = (ohm_axis_effect){0};
        e->count--;
    }
    qsort(e->axes, e->count, sizeof *e->axes, compare_effects);
    e->interactions = calloc(e->count * e->count + 1, sizeof *e->interactions);
    if (!e->interactions) return ohm_err_no_memory(err, "the analysis of a sweep");
    e->residual = total > 0;
    for (size_t i = 0; i < e->count; i++) {
        e->residual -= e->axes[i].share;
        for (size_t j = i + 1; j < e->count; j++) {
            const ohm_factor a = {e->axes[i].levels, e->axes[i].level};
            const ohm_factor b = {e->axes[j].levels, e->axes[j].level};
            double *share = &e->interactions[i * e->count + j];
            OHM_TRY(ohm_interaction(o->means, o->n, &a, &b, share, err));
            *share *= part;
            e->residual -= *share;
            e->interactions[j * e->count + i] = *share;
        }
    }
    e->residual = fmax(0, e->residual);
    return test_axes(o, e, err);
}

/* Whether a replica has the metric at every point that has it at all. */
static bool is_common(const ohm_sweep_table *t, size_t replica, size_t metric)
{
    for (size_t i = 0; i < t->row_count; i++)
        if (t->rows[i]->metrics[metric].count &&
            isnan(ohm_table_value(t->rows[i], replica, metric)))
            return false;
    return true;
}

static ohm_status observe(const ohm_sweep_table *t, size_t metric, observations *o, ohm_err *err)
{
    size_t *replicas = calloc(t->replicas + 1, sizeof *replicas);
    o->rows = calloc(t->row_count + 1, sizeof *o->rows);
    o->plain = calloc(t->row_count + 1, sizeof *o->plain);
    o->means = calloc(t->row_count + 1, sizeof *o->means);
    for (size_t r = 0; replicas && r < t->replicas; r++)
        if (is_common(t, r, metric)) replicas[o->replicas++] = r;
    /* a sweep under way may have no replica in common: means stand for one */
    const bool by_mean = o->replicas == 0;
    if (by_mean) o->replicas = 1;
    o->y = calloc(t->row_count * o->replicas + 1, sizeof *o->y);
    if (!replicas || !o->rows || !o->plain || !o->means || !o->y) {
        free(replicas);
        return ohm_err_no_memory(err, "the analysis of a sweep");
    }
    for (size_t i = 0; i < t->row_count; i++) {
        if (!t->rows[i]->metrics[metric].count) continue;
        double *y = o->y + o->n * o->replicas, sum = 0;
        for (size_t r = 0; r < o->replicas; r++)
            sum += y[r] = by_mean ? t->rows[i]->metrics[metric].mean
                                  : ohm_table_value(t->rows[i], replicas[r], metric);
        o->plain[o->n] = sum / (double)o->replicas;
        o->rows[o->n++] = i;
    }
    free(replicas);
    if (o->n) o->variation = ohm_variation_make(o->y, o->n, o->replicas, o->means);
    return OHM_OK;
}

ohm_status ohm_effects_make(const ohm_sweep_table *t, size_t metric, ohm_effects *out, ohm_err *err)
{
    *out = (ohm_effects){.metric = metric};
    observations o = {0};
    ohm_status status = observe(t, metric, &o, err);
    out->rows_used = o.n;
    out->replicas = o.replicas;
    if (status == OHM_OK && o.n) status = make_effects(t, &o, out, err);
    free(o.rows);
    free(o.y);
    free(o.plain);
    free(o.means);
    return status;
}
