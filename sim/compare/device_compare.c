/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/compare/device_compare.h"

#include "core/progress.h"
#include "sim/batch/maintained.h"
#include "tiles/chip/chip.h"
#include "tiles/energy/accounting.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum {
    VECTORS = 256,       /* at most, per matrix, for the MVM error */
    ERROR_SEQUENCES = 4, /* the data they come from */
    AT_ONCE = 64
};

/* Sequence number of those products: no data set reaches it. */
static const uint64_t ERROR_SEQUENCE = UINT64_C(1) << 61;

static size_t point_at(const ohm_device_comparison *c, size_t device, size_t replica, size_t time)
{
    return (device * c->replicas + replica) * c->times + time;
}

/* --- one matrix --- */

static double exact_product(const ohm_matrix *m, size_t o, const int32_t *x)
{
    int64_t sum = 0;
    for (size_t i = 0; i < m->inputs; i++)
        sum += (int64_t)m->weight[o * m->inputs + i] * x[i];
    return (double)sum;
}

/* Squares of errors and of exact results of one matrix. */
static ohm_status measure_matrix(const ohm_chip *chip, ohm_chip_workspace *workspace, size_t matrix,
                                 const ohm_matrix_inputs *met, double *wrong, double *all,
                                 ohm_err *err)
{
    const ohm_matrix *m = &ohm_chip_plan(chip)->matrices[matrix];
    const size_t count = met->count < VECTORS ? met->count : VECTORS;
    int64_t *acc = malloc(AT_ONCE * m->outputs * sizeof *acc);
    if (!acc) return ohm_err_no_memory(err, "a comparison of devices");
    ohm_status status = OHM_OK;
    *wrong = *all = 0;
    for (size_t first = 0; first < count && status == OHM_OK; first += AT_ONCE) {
        const size_t n = count - first < AT_ONCE ? count - first : AT_ONCE;
        const int32_t *x = met->x + first * m->inputs;
        ohm_position event[AT_ONCE];
        for (size_t v = 0; v < n; v++)
            event[v] = (ohm_position){ERROR_SEQUENCE + first + v, 0};
        status = ohm_chip_matrix_mvm(chip, workspace, matrix, n, x, event, acc, err);
        for (size_t k = 0; k < n * m->outputs && status == OHM_OK; k++) {
            const double y = exact_product(m, k % m->outputs, x + k / m->outputs * m->inputs);
            const double e = (double)acc[k] / (double)(1 << OHM_ACC_FRACTION_BITS) - y;
            *wrong += e * e;
            *all += y * y;
        }
    }
    free(acc);
    return status;
}

/* --- one device --- */

typedef struct session {
    const ohm_device_compare_job *job;
    ohm_device_comparison *out;
    size_t device;
    ohm_plan *plan;
    ohm_chip *chip;
    ohm_chip_workspace *workspace;
    ohm_matrix_inputs *met; /* by matrix */
} session;

static ohm_status measure_errors(session *s, size_t replica, size_t time, ohm_err *err)
{
    const size_t at = point_at(s->out, s->device, replica, time);
    double wrong_sum = 0, all_sum = 0;
    for (size_t m = 0; m < s->out->matrices; m++) {
        double wrong = 0, all = 0;
        OHM_TRY(measure_matrix(s->chip, s->workspace, m, &s->met[m], &wrong, &all, err));
        s->out->matrix_error[at * s->out->matrices + m] = all > 0 ? sqrt(wrong / all) : NAN;
        wrong_sum += wrong;
        all_sum += all;
    }
    s->out->points[at].mvm_error = all_sum > 0 ? sqrt(wrong_sum / all_sum) : NAN;
    return OHM_OK;
}

/* Row lines one product may charge, all of them at full swing. */
static double row_lines(const ohm_tile *tile)
{
    ohm_tile_timing timing;
    ohm_tile_shape shape;
    ohm_tile_timing_get(tile, &timing);
    ohm_tile_shape_get(tile, &shape);
    return (double)(timing.dac_conversions * shape.arrays);
}

/* Energy of one compensation measurement: the runs of every tile as the accounts charge them, cells
 * with their actual conductances. */
static ohm_status charge_measurement(const session *s, double *joule, ohm_err *err)
{
    ohm_schedule *schedule = NULL;
    ohm_activity activity = {0};
    ohm_ledger ledger = {0};
    ohm_chip_costs *costs = malloc(sizeof *costs);
    ohm_status status = costs ? ohm_schedule_make(s->plan, &schedule, err)
                              : ohm_err_no_memory(err, "a comparison of devices");
    if (status == OHM_OK) status = ohm_activity_alloc(schedule, true, &activity, err);
    if (status == OHM_OK) status = ohm_chip_costs_make(s->chip, costs, err);
    for (size_t p = 0; p < s->plan->placement_count && status == OHM_OK; p++) {
        ohm_tile_maintenance_cost maintenance;
        status = ohm_tile_maintenance_cost_get(ohm_chip_tile(s->chip, p), &maintenance, err);
        activity.block_runs[p] = maintenance.measurement_mvms;
        activity.block_cell_joule[p] = maintenance.measurement_array_joule;
        activity.block_row_charges[p] =
            (double)maintenance.measurement_mvms * row_lines(ohm_chip_tile(s->chip, p));
    }
    if (status == OHM_OK)
        status = ohm_accounts_energy(schedule, s->chip, costs, &activity, &ledger, err);
    *joule = ohm_ledger_energy(&ledger);
    ohm_ledger_free(&ledger);
    ohm_activity_free(&activity);
    ohm_schedule_free(schedule);
    free(costs);
    return status;
}

static ohm_status take_maintenance(session *s, size_t time, ohm_err *err)
{
    const size_t at = s->device * s->out->times + time;
    ohm_tile_maintenance_cost *maintenance = &s->out->maintenance[at];
    OHM_TRY(ohm_chip_maintenance_cost_get(s->chip, maintenance, err));
    s->out->during[at] = ohm_engine_maintenance(s->chip, s->job->sequences);
    if (maintenance->measurement_mvms == 0) return OHM_OK;
    return charge_measurement(s, &s->out->measurement_joule[at], err);
}

/* right (labelled) may be NULL. */
static ohm_status run_sequences(const ohm_device_compare_job *job, ohm_chip *chip,
                                const char *label, double *accuracy, signed char *right,
                                ohm_err *err)
{
    ohm_progress progress;
    ohm_engine_result result = {0};
    ohm_progress_start(&progress, job->log, label, job->sequences->count);
    const ohm_engine_options options = {.threads = job->threads, .progress = &progress};
    OHM_TRY(chip ? ohm_engine_run_with_maintenance(job->graph, chip, job->sequences, &options,
                                                   &result, err)
                 : ohm_engine_run(job->graph, NULL, job->sequences, &options, &result, err));
    char note[32] = "";
    *accuracy = ohm_engine_accuracy(&result);
    if (result.labelled) snprintf(note, sizeof note, "%.2f %%", 100 * *accuracy);
    ohm_progress_finish(&progress, note);
    for (size_t i = 0, k = 0; right && i < result.count; i++)
        if (result.label[i] >= 0) right[k++] = result.label[i] == result.predicted[i];
    ohm_engine_result_free(&result);
    return OHM_OK;
}

/* All sequences at one time, then as the read-out had begun. Those come first: cells may reach ages
 * in them that the source does not cover. */
static ohm_status run_and_return(session *s, size_t replica, size_t time, double *accuracy,
                                 ohm_err *err)
{
    char when[32], label[128];
    const double time_sec = s->job->times_sec[time];
    OHM_TRY(ohm_chip_age(s->chip, time_sec, err));
    ohm_quantity_format(time_sec, OHM_UNIT_SECOND, 3, when, sizeof when);
    snprintf(label, sizeof label, "%s, chip %zu/%zu at %s", s->job->devices[s->device].name,
             replica + 1, s->out->replicas, when);
    signed char *right =
        s->out->right
            ? s->out->right + ((s->device * s->out->times + time) * s->out->replicas + replica) *
                                  s->out->labelled
            : NULL;
    OHM_TRY(run_sequences(s->job, s->chip, label, accuracy, right, err));
    return ohm_maintenance_is_idle(&s->plan->config.maintenance)
               ? OHM_OK
               : ohm_chip_age(s->chip, time_sec, err);
}

static ohm_status run_point(session *s, size_t replica, size_t time, ohm_err *err)
{
    ohm_compared_point *point = &s->out->points[point_at(s->out, s->device, replica, time)];
    ohm_err refusal = {0};
    double accuracy = NAN;
    const ohm_status status = run_and_return(s, replica, time, &accuracy, &refusal);
    if (status == OHM_ERANGE) { /* the source has nothing to say about this time */
        if (!s->out->refusal[s->device][0])
            memcpy(s->out->refusal[s->device], refusal.message, sizeof refusal.message);
        return OHM_OK;
    }
    if (status != OHM_OK) {
        if (err) *err = refusal;
        return status;
    }
    point->covered = true;
    point->accuracy = accuracy;
    if (replica == 0) OHM_TRY(take_maintenance(s, time, err));
    return measure_errors(s, replica, time, err);
}

static ohm_status calibrate(const session *s, ohm_err *err)
{
    const ohm_device_compare_job *job = s->job;
    if (job->chip->tile.adc.range != OHM_ADC_RANGE_CALIBRATED || !job->calibration ||
        job->calibration->count == 0)
        return OHM_OK;
    ohm_loaded loaded;
    OHM_TRY(ohm_sequences_load(job->calibration, job->calibration_count,
                               job->graph->values[0].width, &loaded, err));
    const ohm_status status = ohm_chip_calibrate(
        s->chip, loaded.count, (const float *const *)loaded.inputs, loaded.lengths, err);
    ohm_loaded_free(&loaded);
    return status;
}

/* The inputs the matrices meet in the first sequences: the same for every device. */
static ohm_status record_inputs(session *s, ohm_err *err)
{
    ohm_loaded loaded;
    OHM_TRY(ohm_sequences_load(s->job->sequences, ERROR_SEQUENCES, s->job->graph->values[0].width,
                               &loaded, err));
    const ohm_status status = ohm_chip_record_inputs(
        s->chip, loaded.count, (const float *const *)loaded.inputs, loaded.lengths, &s->met, err);
    ohm_loaded_free(&loaded);
    return status;
}

/* Tables that need the number of matrices, which the first plan tells. */
static ohm_status make_room(session *s, ohm_err *err)
{
    ohm_device_comparison *c = s->out;
    if (c->matrix_error) return OHM_OK;
    c->matrices = s->plan->matrix_count;
    if (c->matrices == 0)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "no matrix of this model lies on crossbars; devices make no difference");
    const size_t points = c->devices * c->replicas * c->times;
    c->matrix_error = malloc(points * c->matrices * sizeof *c->matrix_error);
    c->matrix_name = calloc(c->matrices, sizeof *c->matrix_name);
    if (!c->matrix_error || !c->matrix_name) return ohm_err_no_memory(err, "results");
    for (size_t k = 0; k < points * c->matrices; k++)
        c->matrix_error[k] = NAN;
    static const char *const roles[] = {"", ".A", ".B", ".C"};
    for (size_t m = 0; m < c->matrices; m++)
        snprintf(c->matrix_name[m], sizeof c->matrix_name[m], "%s%s",
                 s->plan->graph->ops[s->plan->matrices[m].op].name,
                 roles[s->plan->matrices[m].role]);
    return OHM_OK;
}

static ohm_status run_chip(session *s, const ohm_chip_config *config, ohm_err *err)
{
    OHM_TRY(ohm_plan_make(s->job->graph, config, &s->plan, err));
    OHM_TRY(make_room(s, err));
    OHM_TRY(ohm_chip_alloc(s->plan, &s->chip, err));
    OHM_TRY(calibrate(s, err));
    OHM_TRY(record_inputs(s, err));
    OHM_TRY(ohm_chip_workspace_alloc(s->chip, AT_ONCE, &s->workspace, err));
    for (size_t r = 0; r < s->out->replicas; r++) {
        OHM_TRY(ohm_chip_program(s->chip, s->job->seed, r, err));
        for (size_t t = 0; t < s->out->times; t++)
            OHM_TRY(run_point(s, r, t, err));
    }
    return OHM_OK;
}

static ohm_status run_device(const ohm_device_compare_job *job, size_t device,
                             ohm_device_comparison *out, ohm_err *err)
{
    session s = {.job = job, .out = out, .device = device};
    ohm_chip_config *config = malloc(sizeof *config);
    if (!config) return ohm_err_no_memory(err, "a comparison of devices");
    *config = *job->chip;
    config->device = job->devices[device].config;
    ohm_status status = run_chip(&s, config, err);
    if (status != OHM_OK) ohm_err_prefix(err, "%s", job->devices[device].name);
    if (s.plan) ohm_matrix_inputs_free(s.met, s.plan->matrix_count);
    ohm_chip_workspace_free(s.workspace);
    ohm_chip_free(s.chip);
    ohm_plan_free(s.plan);
    free(config);
    return status;
}

/* --- all --- */

static ohm_status run_all(const ohm_device_compare_job *job, ohm_device_comparison *c, ohm_err *err)
{
    const size_t points = c->devices * c->replicas * c->times;
    c->points = calloc(points ? points : 1, sizeof *c->points);
    c->refusal = calloc(c->devices ? c->devices : 1, sizeof *c->refusal);
    c->maintenance = calloc(c->devices * c->times + 1, sizeof *c->maintenance);
    c->during = calloc(c->devices * c->times + 1, sizeof *c->during);
    c->measurement_joule = calloc(c->devices * c->times + 1, sizeof *c->measurement_joule);
    if (!c->points || !c->refusal || !c->maintenance || !c->during || !c->measurement_joule)
        return ohm_err_no_memory(err, "results");
    for (size_t k = 0; k < points; k++)
        c->points[k].accuracy = c->points[k].mvm_error = NAN;
    for (size_t i = 0; i < job->sequences->count; i++)
        c->labelled += job->sequences->label(job->sequences->context, i) >= 0;
    if (c->labelled) {
        c->right = malloc(points * c->labelled + 1);
        if (!c->right) return ohm_err_set(err, OHM_ENOMEM, "out of memory for results");
        memset(c->right, -1, points * c->labelled);
    }
    OHM_TRY(run_sequences(job, NULL, "integer reference", &c->integer_accuracy, NULL, err));
    for (size_t d = 0; d < c->devices; d++)
        OHM_TRY(run_device(job, d, c, err));
    return OHM_OK;
}

ohm_status ohm_device_compare(const ohm_device_compare_job *job, ohm_device_comparison *result,
                              ohm_err *err)
{
    *result = (ohm_device_comparison){
        .devices = job->device_count, .times = job->time_count, .replicas = job->replicas};
    const ohm_status status = run_all(job, result, err);
    if (status != OHM_OK) ohm_device_comparison_free(result);
    return status;
}

void ohm_device_comparison_free(ohm_device_comparison *c)
{
    free(c->points);
    free(c->right);
    free(c->matrix_error);
    free(c->matrix_name);
    free(c->refusal);
    free(c->maintenance);
    free(c->during);
    free(c->measurement_joule);
    *c = (ohm_device_comparison){0};
}

ohm_moments ohm_compared_accuracy(const ohm_device_comparison *c, size_t device, size_t time)
{
    ohm_moments m = {0};
    for (size_t r = 0; r < c->replicas; r++) {
        const ohm_compared_point *p = &c->points[point_at(c, device, r, time)];
        if (p->covered && !isnan(p->accuracy)) ohm_moments_add(&m, p->accuracy);
    }
    return m;
}

ohm_moments ohm_compared_error(const ohm_device_comparison *c, size_t device, size_t time)
{
    ohm_moments m = {0};
    for (size_t r = 0; r < c->replicas; r++) {
        const ohm_compared_point *p = &c->points[point_at(c, device, r, time)];
        if (p->covered && !isnan(p->mvm_error)) ohm_moments_add(&m, p->mvm_error);
    }
    return m;
}

ohm_moments ohm_compared_difference(const ohm_device_comparison *c, size_t a, size_t b, size_t time)
{
    ohm_moments m = {0};
    for (size_t r = 0; r < c->replicas; r++) {
        const ohm_compared_point *p = &c->points[point_at(c, a, r, time)];
        const ohm_compared_point *q = &c->points[point_at(c, b, r, time)];
        if (p->covered && q->covered && !isnan(p->accuracy) && !isnan(q->accuracy))
            ohm_moments_add(&m, p->accuracy - q->accuracy);
    }
    return m;
}
