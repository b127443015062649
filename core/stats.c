/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/stats.h"

#include "core/files/json.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

void ohm_moments_add(ohm_moments *m, double x)
{
    if (m->count == 0 || x < m->min) m->min = x;
    if (m->count == 0 || x > m->max) m->max = x;
    m->count++;
    double delta = x - m->mean;
    m->mean += delta / (double)m->count;
    m->m2 += delta * (x - m->mean);
}

void ohm_moments_merge(ohm_moments *into, const ohm_moments *from)
{
    if (from->count == 0) return;
    if (into->count == 0) {
        *into = *from;
        return;
    }
    double a = (double)into->count, b = (double)from->count;
    double delta = from->mean - into->mean;
    into->m2 += from->m2 + delta * delta * (a * b / (a + b));
    into->mean += delta * (b / (a + b));
    into->count += from->count;
    into->min = fmin(into->min, from->min);
    into->max = fmax(into->max, from->max);
}

double ohm_moments_variance(const ohm_moments *m)
{
    return m->count < 2 ? NAN : m->m2 / (double)(m->count - 1);
}

double ohm_moments_std(const ohm_moments *m)
{
    return sqrt(ohm_moments_variance(m));
}

double ohm_moments_ci95(const ohm_moments *m)
{
    if (m->count < 2) return NAN;
    double t = gsl_cdf_tdist_Pinv(0.975, (double)(m->count - 1));
    return t * ohm_moments_std(m) / sqrt((double)m->count);
}

double ohm_percentile(double *values, size_t n, double p)
{
    if (n == 0) return NAN;
    gsl_sort(values, 1, n);
    double place = fmin(fmax(p, 0), 100) / 100 * (double)(n - 1);
    size_t below = (size_t)place;
    if (below + 1 >= n) return values[n - 1];
    /* not gsl_stats_quantile_from_sorted_data, whose (1 - w) a + w b may differ from a where b = a */
    double weight = place - (double)below;
    return weight > 0 ? values[below] + weight * (values[below + 1] - values[below])
                      : values[below];
}

/* --- named statistics --- */

typedef struct entry {
    char *name, *description;
    double value;
    ohm_unit unit;
} entry;

struct ohm_stats {
    entry *entries;
    size_t count, capacity;
};

ohm_stats *ohm_stats_alloc(void)
{
    return calloc(1, sizeof(ohm_stats));
}

void ohm_stats_free(ohm_stats *stats)
{
    if (!stats) return;
    for (size_t i = 0; i < stats->count; i++) {
        free(stats->entries[i].name);
        free(stats->entries[i].description);
    }
    free(stats->entries);
    free(stats);
}

static entry *find(const ohm_stats *stats, const char *name)
{
    for (size_t i = 0; i < stats->count; i++) {
        if (strcmp(stats->entries[i].name, name) == 0) return &stats->entries[i];
    }
    return NULL;
}

ohm_status ohm_stats_put(ohm_stats *stats, const char *name, double value, ohm_unit unit,
                         const char *description, ohm_err *err)
{
    char *text = strdup(description);
    entry *e = find(stats, name);
    if (e && text) {
        free(e->description);
        *e = (entry){e->name, text, value, unit};
        return OHM_OK;
    }
    if (stats->count == stats->capacity) {
        size_t capacity = stats->capacity ? 2 * stats->capacity : 32;
        entry *larger = realloc(stats->entries, capacity * sizeof *larger);
        if (!larger) {
            free(text);
            return ohm_err_no_memory(err, "the statistic %s", name);
        }
        stats->entries = larger;
        stats->capacity = capacity;
    }
    char *key = strdup(name);
    if (!key || !text) {
        free(key);
        free(text);
        return ohm_err_no_memory(err, "the statistic %s", name);
    }
    stats->entries[stats->count++] = (entry){key, text, value, unit};
    return OHM_OK;
}

double ohm_stats_get(const ohm_stats *stats, const char *name)
{
    const entry *e = find(stats, name);
    return e ? e->value : NAN;
}

json_t *ohm_stats_json(const ohm_stats *stats)
{
    json_t *object = json_object();
    for (size_t i = 0; i < stats->count; i++) {
        const entry *e = &stats->entries[i];
        json_object_set_new(object, e->name,
                            json_pack("{s:o, s:s, s:s}", "value", ohm_json_real(e->value), "unit",
                                      ohm_unit_symbol(e->unit), "description", e->description));
    }
    return object;
}
