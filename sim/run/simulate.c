/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/simulate.h"

#include "sim/batch/maintained.h"
#include "sim/batch/sequences.h"
#include "sim/run/platform_process.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Builds without SystemC define it as 0. */
#ifndef OHM_WITH_PLATFORM
#define OHM_WITH_PLATFORM 0
#endif

typedef struct session {
    const ohm_simulate_job *job;
    ohm_simulation *out;
    ohm_chip *chip;
    bool is_programmed;             /* already, with the first replica */
    ohm_platform_process *platform; /* NULL: none */
    size_t timed;                   /* sequences it runs */
} session;

void ohm_simulation_free(ohm_simulation *s)
{
    ohm_engine_result_free(&s->first);
#if OHM_WITH_PLATFORM
    ohm_platform_result_free(&s->timing);
#endif
    if (!s->plan_is_cached) ohm_plan_free(s->plan);
    free(s->points);
    free(s->right);
    free(s->integer_right);
    *s = (ohm_simulation){0};
}

ohm_moments ohm_simulation_accuracy(const ohm_simulation *s, size_t t)
{
    ohm_moments m = {0};
    for (size_t r = 0; r < s->replicas; r++)
        if (!isnan(s->points[r * s->times + t].accuracy))
            ohm_moments_add(&m, s->points[r * s->times + t].accuracy);
    return m;
}

/* Times alone need the chip's cells only where maintenance writes and reads them. */
static bool needs_cells(const ohm_simulate_job *job)
{
    return !job->config->timing_only || !ohm_maintenance_is_idle(&job->chip->maintenance);
}

ohm_interval ohm_simulation_interval(const ohm_simulation *s, size_t t)
{
    if (!s->right) return (ohm_interval){NAN, NAN};
    const ohm_crossed c =
        ohm_crossed_mean(s->right + t * s->replicas * s->labelled, s->replicas, s->labelled);
    return ohm_crossed_share(&c);
}

/* Right or wrong for every labelled sequence. */
static void mark(const ohm_engine_result *result, signed char *right)
{
    for (size_t i = 0, k = 0; i < result->count; i++)
        if (result->label[i] >= 0) right[k++] = result->label[i] == result->predicted[i];
}

static ohm_status mark_point(session *s, size_t replica, size_t t, const ohm_engine_result *result,
                             ohm_err *err)
{
    ohm_simulation *out = s->out;
    if (result->labelled == 0) return OHM_OK;
    if (!out->right) {
        out->labelled = result->labelled;
        out->right = calloc(out->times * out->replicas * out->labelled, sizeof *out->right);
        if (!out->right) return ohm_err_set(err, OHM_ENOMEM, "out of memory for results");
    }
    mark(result, out->right + (t * out->replicas + replica) * out->labelled);
    return OHM_OK;
}

static ohm_status calibrate(session *s, ohm_err *err)
{
    const ohm_simulate_job *job = s->job;
    if (!needs_cells(job) || !job->calibration ||
        job->chip->tile.adc.range != OHM_ADC_RANGE_CALIBRATED)
        return OHM_OK;
    ohm_loaded loaded;
    OHM_TRY(ohm_sequences_load(job->calibration, (size_t)job->config->calibration_sequences,
                               job->graph->values[0].width, &loaded, err));
    ohm_status status = ohm_chip_calibrate(
        s->chip, loaded.count, (const float *const *)loaded.inputs, loaded.lengths, err);
    ohm_loaded_free(&loaded);
    return status;
}

static ohm_status run_batch(const session *s, ohm_chip *chip, const char *label,
                            ohm_engine_result *result, ohm_err *err)
{
    ohm_progress progress;
    ohm_progress_start(&progress, s->job->log, label, s->job->sequences->count);
    ohm_engine_options options = {
        .threads = s->job->threads, .progress = &progress, .stop = s->job->stop};
    ohm_status status =
        chip ? ohm_engine_run_with_maintenance(s->job->graph, chip, s->job->sequences, &options,
                                               result, err)
             : ohm_engine_run(s->job->graph, NULL, s->job->sequences, &options, result, err);
    char note[32] = "";
    if (status == OHM_OK && result->labelled)
        snprintf(note, sizeof note, "%.2f %%", 100 * ohm_engine_accuracy(result));
    ohm_progress_finish(&progress, note);
    return status;
}

#if OHM_WITH_PLATFORM
static ohm_status platform_open(session *s, ohm_err *err)
{
    const ohm_simulate_job *job = s->job;
    s->timed = job->config->engine == OHM_ENGINE_SYSTEMC || job->config->timing_only
                   ? job->sequences->count
                   : (size_t)job->config->timing_sequences;
    if (s->timed > job->sequences->count) s->timed = job->sequences->count;
    if (s->timed == 0) return OHM_OK;
    OHM_TRY(ohm_chip_costs_make(s->chip, &s->out->costs, err));
    ohm_platform_setup setup = {
        .chip = s->chip,
        .costs = &s->out->costs,
        .sequences = job->sequences,
        .count = s->timed,
        .runs = job->config->engine == OHM_ENGINE_SYSTEMC ? s->out->replicas * s->out->times : 1,
        .seed = job->seed,
        .stop = job->stop,
        .options = {.timing_only = job->config->timing_only,
                    .vcd_path = job->vcd_path,
                    .timeline_path = job->timeline_path,
                    .force = true,
                    .power_windows = true}};
    OHM_TRY(ohm_platform_process_start(&setup, &s->platform, err));
    if (job->config->engine == OHM_ENGINE_BATCH ||
        job->config->timing_only) /* works while the batch engine does */
        return ohm_platform_process_ask(s->platform, 0, job->config->time_sec.values[0], err);
    return OHM_OK;
}

/* Time and energy of the first replica at the first time, and the proof that both engines agree. */
static ohm_status take_timing(session *s, ohm_err *err)
{
    size_t n = s->timed * s->job->graph->classes;
    int32_t *codes = calloc(n + 1, sizeof *codes);
    if (!codes) return ohm_err_no_memory(err, "%zu sequences", s->timed);
    ohm_status status = ohm_platform_process_answer(s->platform, codes, &s->out->timing, err);
    s->out->has_timing = status == OHM_OK;
    if (status == OHM_OK && memcmp(codes, s->out->first.codes, n * sizeof *codes) != 0)
        status = ohm_err_set(err, OHM_ENUMERIC,
                             "the SystemC chip and the batch engine give different logits; please "
                             "report this with the model and the chip");
    free(codes);
    return status;
}

/* The chip's times and what they cost, of all sequences. */
static ohm_status run_timing_only(session *s, ohm_err *err)
{
    const ohm_sequences *sequences = s->job->sequences;
    int32_t none = 0;
    OHM_TRY(ohm_platform_process_answer(s->platform, &none, &s->out->timing, err));
    s->out->has_timing = true;
    s->out->first.count = sequences->count;
    for (size_t i = 0; i < sequences->count; i++)
        s->out->first.tokens += sequences->length(sequences->context, i);
    return OHM_OK;
}

/* All sequences on the SystemC chip. */
static ohm_status run_systemc(session *s, size_t replica, double time_sec,
                              ohm_engine_result *result, ohm_err *err)
{
    ohm_platform_result timing = {0};
    double start = ohm_clock_sec();
    OHM_TRY(ohm_engine_result_alloc(s->job->graph, s->job->sequences, result, err));
    ohm_status status = ohm_platform_process_ask(s->platform, replica, time_sec, err);
    if (status == OHM_OK)
        status = ohm_platform_process_answer(s->platform, result->codes, &timing, err);
    if (status != OHM_OK) {
        ohm_engine_result_free(result);
        return status;
    }
    if (!s->out->has_timing) {
        s->out->timing = timing;
        s->out->has_timing = true;
    } else {
        ohm_platform_result_free(&timing);
    }
    result->wall_sec = ohm_clock_sec() - start;
    return ohm_engine_result_finish(s->job->graph, s->job->sequences, result, err);
}
#endif

static ohm_status run_aged(session *s, double time_sec, const char *label,
                           ohm_engine_result *result, ohm_err *err)
{
    OHM_TRY(ohm_chip_age(s->chip, time_sec, err));
    return run_batch(s, s->chip, label, result, err);
}

/* One replica at one time, on a chip that is programmed. */
static ohm_status run_point(session *s, size_t replica, size_t t, ohm_err *err)
{
    const ohm_simulate_config *config = s->job->config;
    double time_sec = config->time_sec.values[t];
    char when[48], label[96];
    ohm_quantity_format(time_sec, OHM_UNIT_SECOND, 3, when, sizeof when);
    snprintf(label, sizeof label, "chip %zu/%zu at %s", replica + 1, s->out->replicas, when);
    bool first = replica == 0 && t == 0;
    ohm_engine_result result = {0};
    ohm_status status;
#if OHM_WITH_PLATFORM
    if (config->engine == OHM_ENGINE_SYSTEMC)
        status = run_systemc(s, replica, time_sec, &result, err);
    else
#endif
        status = run_aged(s, time_sec, label, &result, err);
    OHM_TRY(status);
    s->out->points[replica * s->out->times + t] =
        (ohm_simulate_point){.time_sec = time_sec,
                             .replica = replica,
                             .correct = result.correct,
                             .labelled = result.labelled,
                             .accuracy = ohm_engine_accuracy(&result)};
    status = mark_point(s, replica, t, &result, err);
    if (!first || status != OHM_OK) {
        ohm_engine_result_free(&result);
        return status;
    }
    s->out->first = result;
#if OHM_WITH_PLATFORM
    if (s->platform && config->engine == OHM_ENGINE_BATCH) return take_timing(s, err);
#endif
    return OHM_OK;
}

void ohm_chip_cache_free(ohm_chip_cache *cache)
{
    ohm_chip_free(cache->chip);
    ohm_plan_free(cache->plan);
    *cache = (ohm_chip_cache){0};
}

/* Takes the kept chip when it is the one that is wanted. A chip only ages: an earlier read-out than
 * its last needs a new one. */
static bool take_cached(session *s)
{
    ohm_chip_cache *cache = s->job->cache;
    if (!cache || !cache->chip || cache->key != s->job->cache_key ||
        s->job->config->time_sec.values[0] < cache->time_sec)
        return false;
    s->chip = cache->chip;
    s->out->plan = cache->plan;
    s->out->plan_is_cached = s->is_programmed = true;
    cache->chip = NULL; /* until it is put back in good order */
    return true;
}

static void put_back(session *s, bool is_good)
{
    ohm_chip_cache *cache = s->job->cache;
    const ohm_simulate_config *config = s->job->config;
    bool keep = cache && is_good && config->replicas == 1 && config->engine == OHM_ENGINE_BATCH &&
                !config->timing_only;
    if (!keep) {
        ohm_chip_free(s->chip);
        return;
    }
    if (!s->out->plan_is_cached) ohm_chip_cache_free(cache);
    *cache = (ohm_chip_cache){.key = s->job->cache_key,
                              .plan = s->out->plan,
                              .chip = s->chip,
                              .time_sec = config->time_sec.values[config->time_sec.count - 1]};
    s->out->plan_is_cached = true;
}

static ohm_status make_chip(session *s, ohm_err *err)
{
    if (!s->job->config->timing_only && take_cached(s)) return OHM_OK;
    OHM_TRY(ohm_plan_make(s->job->graph, s->job->chip, &s->out->plan, err));
    OHM_TRY(ohm_chip_alloc(s->out->plan, &s->chip, err));
    return calibrate(s, err);
}

static ohm_status run_reference(session *s, ohm_err *err)
{
    ohm_engine_result reference = {0};
    if (s->job->integer_accuracy) {
        s->out->integer_accuracy = *s->job->integer_accuracy;
        return OHM_OK;
    }
    OHM_TRY(run_batch(s, NULL, "integer reference", &reference, err));
    s->out->integer_accuracy = ohm_engine_accuracy(&reference);
    s->out->integer_right = calloc(reference.labelled + 1, sizeof *s->out->integer_right);
    if (s->out->integer_right) mark(&reference, s->out->integer_right);
    ohm_engine_result_free(&reference);
    return OHM_OK;
}

static ohm_status run_session(session *s, ohm_err *err)
{
    const ohm_simulate_job *job = s->job;
    OHM_TRY(make_chip(s, err));
#if OHM_WITH_PLATFORM
    OHM_TRY(platform_open(s, err)); /* refuses what the chip cannot do before the long work */
    if (job->config->timing_only) return run_timing_only(s, err);
#else
    if (job->config->engine == OHM_ENGINE_SYSTEMC || job->config->timing_only)
        return ohm_err_set(err, OHM_EUNSUPPORTED,
                           "this build has no SystemC (Debian: libsystemc-dev); use the batch "
                           "engine, with values");
#endif
    s->out->has_values = true;
    OHM_TRY(run_reference(s, err));
    for (size_t r = 0; r < s->out->replicas; r++) {
        if (job->config->engine == OHM_ENGINE_BATCH && !(s->is_programmed && r == 0))
            OHM_TRY(ohm_chip_program(s->chip, job->seed, r, err));
        for (size_t t = 0; t < s->out->times; t++)
            OHM_TRY(run_point(s, r, t, err));
    }
    return OHM_OK;
}

ohm_status ohm_simulate(const ohm_simulate_job *job, ohm_simulation *result, ohm_err *err)
{
    session s = {.job = job, .out = result};
    double start = ohm_clock_sec();
    *result = (ohm_simulation){.times = job->config->time_sec.count,
                               .replicas = (size_t)job->config->replicas,
                               .split = job->split};
    result->points = calloc(result->times * result->replicas + 1, sizeof *result->points);
    ohm_status status = result->points ? run_session(&s, err) : ohm_err_no_memory(err, "results");
#if OHM_WITH_PLATFORM
    ohm_platform_process_end(s.platform);
#endif
    put_back(&s, status == OHM_OK);
    if (status != OHM_OK) {
        ohm_simulation_free(result);
        return status;
    }
    result->wall_sec = ohm_clock_sec() - start;
    return OHM_OK;
}
