/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/batch/engine.h"

#include "core/graph/reference.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 16, VECTORS = 32 /* of one product; ohm_runner_run has so many at a time */ };

void ohm_engine_result_free(ohm_engine_result *r)
{
    free(r->codes);
    free(r->logits);
    free(r->index);
    free(r->label);
    free(r->predicted);
    free(r->confusion);
    *r = (ohm_engine_result){0};
}

double ohm_engine_accuracy(const ohm_engine_result *r)
{
    return r->labelled ? (double)r->correct / (double)r->labelled : NAN;
}

/* Memory of one thread. */
typedef struct worker {
    ohm_runner *runner;
    ohm_chip_workspace *workspace;
    ohm_graph_backend backend;
    float *x;             /* (lanes, max_length, channels) */
    const float **inputs; /* (lanes) */
    size_t *lengths;
    uint64_t *index;
} worker;

typedef struct run {
    const ohm_graph *graph;
    const ohm_chip *chip;
    const ohm_sequences *sequences;
    size_t lanes, channels, batches;
    ohm_stop_fn *stop;
    ohm_engine_result *result;
    ohm_progress *progress;
    size_t done;
    ohm_status status; /* of the failed batch with the lowest number */
    size_t failed_batch;
    ohm_err err;
} run;

static void worker_free(worker *w)
{
    ohm_runner_free(w->runner);
    ohm_chip_workspace_free(w->workspace);
    free(w->x);
    free((void *)w->inputs);
    free(w->lengths);
    free(w->index);
}

static ohm_status worker_alloc(const run *r, worker *w, ohm_err *err)
{
    *w = (worker){0};
    OHM_TRY(ohm_runner_alloc(r->graph, r->lanes, &w->runner, err));
    if (r->chip) {
        const size_t vectors = r->lanes > VECTORS ? r->lanes : VECTORS;
        OHM_TRY(ohm_chip_workspace_alloc(r->chip, vectors, &w->workspace, err));
        ohm_chip_backend(r->chip, w->workspace, &w->backend);
    }
    w->x = malloc(r->lanes * r->sequences->max_length * r->channels * sizeof *w->x);
    w->inputs = malloc(r->lanes * sizeof *w->inputs);
    w->lengths = malloc(r->lanes * sizeof *w->lengths);
    w->index = malloc(r->lanes * sizeof *w->index);
    return w->x && w->inputs && w->lengths && w->index
               ? OHM_OK
               : ohm_err_no_memory(err, "%zu sequences at once", r->lanes);
}

static ohm_status run_batch(const run *r, worker *w, size_t batch, ohm_err *err)
{
    const ohm_sequences *s = r->sequences;
    size_t first = batch * r->lanes;
    size_t n = s->count - first < r->lanes ? s->count - first : r->lanes;
    for (size_t i = 0; i < n; i++) {
        float *x = w->x + i * s->max_length * r->channels;
        OHM_TRY(s->read(s->context, first + i, x, err));
        w->inputs[i] = x;
        w->lengths[i] = s->length(s->context, first + i);
        w->index[i] = r->result->index[first + i];
    }
    return ohm_runner_run(w->runner, r->chip ? &w->backend : NULL, n, w->inputs, w->lengths,
                          w->index, r->result->codes + first * r->result->classes, err);
}

/* The reported error, that of the first batch, does not depend on threads either. */
static void note_failure(run *r, size_t batch, ohm_status status, const ohm_err *err)
{
#pragma omp critical(ohm_engine_failure)
    if (r->status == OHM_OK || batch < r->failed_batch) {
        r->status = status;
        r->err = *err;
#pragma omp atomic write
        r->failed_batch = batch;
    }
}

static void note_progress(run *r, size_t batch)
{
    size_t first = batch * r->lanes, n = r->sequences->count - first, done;
    if (n > r->lanes) n = r->lanes;
#pragma omp atomic capture
    done = r->done += n;
    if (r->progress && omp_get_thread_num() == 0) ohm_progress_update(r->progress, done, NULL);
}

static void run_all(run *r, int threads)
{
#pragma omp parallel num_threads(threads)
    {
        worker w;
        ohm_err err = {0};
        ohm_status status = worker_alloc(r, &w, &err);
        if (status != OHM_OK) note_failure(r, 0, status, &err);
#pragma omp for schedule(dynamic, 1)
        for (size_t b = 0; b < r->batches; b++) {
            size_t failed;
#pragma omp atomic read
            failed = r->failed_batch;
            if (status != OHM_OK || b > failed) continue;
            ohm_status of_batch = r->stop && r->stop(NULL)
                                      ? ohm_err_set(&err, OHM_EINTERRUPTED, "interrupted")
                                      : run_batch(r, &w, b, &err);
            if (of_batch != OHM_OK) note_failure(r, b, of_batch, &err);
            note_progress(r, b);
        }
        worker_free(&w);
    }
}

static void predict(const ohm_graph *graph, ohm_engine_result *out, size_t i)
{
    float *logits = out->logits + i * out->classes;
    ohm_graph_dequantise_logits(graph, out->codes + i * out->classes, logits);
    size_t best = 0;
    for (size_t c = 1; c < out->classes; c++)
        if (logits[c] > logits[best]) best = c;
    out->predicted[i] = (int32_t)best;
}

ohm_status ohm_engine_result_finish(const ohm_graph *graph, const ohm_sequences *sequences,
                                    ohm_engine_result *out, ohm_err *err)
{
    for (size_t i = 0; i < out->count; i++) {
        predict(graph, out, i);
        out->tokens += sequences->length(sequences->context, i);
        int32_t label = out->label[i];
        if (label < 0) continue;
        if ((size_t)label >= out->classes) {
            ohm_err_set(err, OHM_EFORMAT,
                        "sequence %zu has label %d, but the model knows classes 0 to %zu", i,
                        (int)label, out->classes - 1);
            ohm_engine_result_free(out);
            return OHM_EFORMAT;
        }
        out->labelled++;
        out->correct += out->predicted[i] == label;
        out->confusion[(size_t)label * out->classes + (size_t)out->predicted[i]]++;
    }
    return OHM_OK;
}

ohm_status ohm_engine_result_alloc(const ohm_graph *graph, const ohm_sequences *sequences,
                                   ohm_engine_result *out, ohm_err *err)
{
    size_t count = sequences->count, classes = graph->classes;
    *out = (ohm_engine_result){.count = count, .classes = classes};
    out->codes = calloc(count * classes + 1, sizeof *out->codes);
    out->logits = calloc(count * classes + 1, sizeof *out->logits);
    out->index = calloc(count + 1, sizeof *out->index);
    out->label = calloc(count + 1, sizeof *out->label);
    out->predicted = calloc(count + 1, sizeof *out->predicted);
    out->confusion = calloc(classes * classes + 1, sizeof *out->confusion);
    if (!out->codes || !out->logits || !out->index || !out->label || !out->predicted ||
        !out->confusion) {
        ohm_engine_result_free(out);
        return ohm_err_no_memory(err, "results of %zu sequences", count);
    }
    for (size_t i = 0; i < count; i++) {
        out->index[i] = sequences->index ? sequences->index(sequences->context, i) : i;
        out->label[i] = sequences->label(sequences->context, i);
    }
    return OHM_OK;
}

/* Few sequences are divided among all threads. */
static size_t lanes_for(size_t count, int threads)
{
    const size_t each = (count + (size_t)threads - 1) / (size_t)threads;
    return each < 1 ? 1 : each < LANES ? each : LANES;
}

ohm_status ohm_engine_run(const ohm_graph *graph, const ohm_chip *chip,
                          const ohm_sequences *sequences, const ohm_engine_options *options,
                          ohm_engine_result *result, ohm_err *err)
{
    const int threads = options->threads > 0 ? options->threads : omp_get_max_threads();
    run r = {.graph = graph,
             .chip = chip,
             .sequences = sequences,
             .lanes = options->lanes ? options->lanes : lanes_for(sequences->count, threads),
             .channels = graph->values[0].width,
             .result = result,
             .progress = options->progress,
             .stop = options->stop,
             .status = OHM_OK,
             .failed_batch = SIZE_MAX};
    r.batches = (sequences->count + r.lanes - 1) / r.lanes;
    double start = ohm_clock_sec();
    OHM_TRY(ohm_engine_result_alloc(graph, sequences, result, err));
    run_all(&r, threads);
    if (r.status != OHM_OK) {
        if (err) *err = r.err;
        ohm_engine_result_free(result);
        return r.status;
    }
    OHM_TRY(ohm_engine_result_finish(graph, sequences, result, err));
    result->wall_sec = ohm_clock_sec() - start;
    return OHM_OK;
}
