/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/train/evaluate.h"

#include "core/graph/reference.h"
#include "workloads/train/loader.h"

#include <math.h>
#include <omp.h>
#include <stdlib.h>

enum { FLOAT_BATCH = 64, LANES = 16 };

size_t ohm_evaluation_count(const ohm_evaluation_task *task)
{
    size_t n = ohm_dataset_count(task->set, task->split);
    return task->limit > 0 && task->limit < n ? task->limit : n;
}

int32_t ohm_argmax(const float *values, size_t n)
{
    size_t best = 0;
    for (size_t i = 1; i < n; i++) {
        if (values[i] > values[best]) best = i;
    }
    return (int32_t)best;
}

ohm_status ohm_evaluation_check(const ohm_evaluation_task *task, size_t inputs, size_t classes,
                                ohm_err *err)
{
    const char *source = ohm_dataset_config(task->set)->source;
    size_t n = ohm_evaluation_count(task), channels = ohm_dataset_channels(task->set);
    if (channels != inputs)
        return ohm_err_set(err, OHM_EFORMAT,
                           "%s: the sequences have %zu channels, the model reads %zu", source,
                           channels, inputs);
    if (n == 0) return ohm_err_set(err, OHM_EFORMAT, "%s: there are no sequences to use", source);
    for (size_t i = 0; i < n; i++) {
        int32_t label = ohm_dataset_label(task->set, task->split, i);
        if ((size_t)label >= classes) {
            char place[OHM_PATH_MAX];
            ohm_dataset_place(task->set, task->split, i, place, sizeof place);
            return ohm_err_set(err, OHM_EFORMAT,
                               "%s: the label is %d, the model knows the classes 0 to %zu", place,
                               label, classes - 1);
        }
    }
    return OHM_OK;
}

ohm_status ohm_evaluate_model(ohm_nn *nn, const ohm_model *model, const ohm_evaluation_task *task,
                              ohm_evaluation *out, ohm_err *err)
{
    const ohm_model_config *config = ohm_model_config_of(model);
    size_t classes = (size_t)config->classes, done = 0;
    *out = (ohm_evaluation){0};
    OHM_TRY(ohm_evaluation_check(task, (size_t)config->inputs, classes, err));
    ohm_loader loader;
    OHM_TRY(ohm_loader_make(&loader, task->set, task->split, FLOAT_BATCH, task->limit, err));
    double loss_sum = 0;
    ohm_status status = OHM_OK;
    for (size_t k = 0; k < ohm_loader_batches(&loader) && status == OHM_OK; k++) {
        ohm_batch batch;
        ohm_pass_result result = {0};
        float *logits = task->logits ? task->logits + done * classes : NULL;
        status = ohm_loader_batch(&loader, k, NULL, 0, 0, &batch, err);
        if (status == OHM_OK) status = ohm_nn_forward(nn, model, &batch, logits, &result, err);
        out->count += result.count;
        out->correct += result.correct;
        loss_sum += result.loss_sum;
        done += batch.count;
        if (task->progress) ohm_progress_update(task->progress, done, NULL);
    }
    ohm_loader_free(&loader);
    out->loss = loss_sum / (double)(out->count ? out->count : 1);
    return status;
}

/* --- integers --- */

static double cross_entropy(const float *logits, size_t n, int32_t label)
{
    double largest = logits[ohm_argmax(logits, n)], sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += exp((double)logits[i] - largest);
    return largest + log(sum) - (double)logits[label];
}

/* One thread's share: its runner and the sequences of one group. */
typedef struct worker {
    ohm_runner *runner;
    float *x;       /* (LANES, max_length, channels) */
    int32_t *codes; /* (LANES, classes) */
} worker;

static ohm_status worker_make(worker *w, const ohm_graph *graph, const ohm_dataset *set,
                              ohm_err *err)
{
    *w = (worker){0};
    OHM_TRY(ohm_runner_alloc(graph, LANES, &w->runner, err));
    w->x = malloc(LANES * ohm_dataset_max_length(set) * ohm_dataset_channels(set) * sizeof *w->x);
    w->codes = malloc(LANES * graph->classes * sizeof *w->codes);
    return w->x && w->codes ? OHM_OK : ohm_err_no_memory(err, "the evaluation");
}

static void worker_free(worker *w)
{
    ohm_runner_free(w->runner);
    free(w->x);
    free(w->codes);
}

/* Logits and losses of sequences first .. first + n - 1. */
static ohm_status run_group(worker *w, const ohm_graph *graph, const ohm_evaluation_task *task,
                            size_t first, size_t n, float *logits, double *losses, ohm_err *err)
{
    size_t steps = ohm_dataset_max_length(task->set), channels = ohm_dataset_channels(task->set);
    const float *inputs[LANES];
    size_t lengths[LANES];
    uint64_t names[LANES];
    for (size_t i = 0; i < n; i++) {
        float *x = w->x + i * steps * channels;
        OHM_TRY(ohm_dataset_read(task->set, task->split, first + i, steps, x, err));
        inputs[i] = x;
        lengths[i] = ohm_dataset_length(task->set, task->split, first + i);
        names[i] = first + i;
    }
    const ohm_graph_backend exact = {0};
    OHM_TRY(ohm_runner_run(w->runner, &exact, n, inputs, lengths, names, w->codes, err));
    for (size_t i = 0; i < n; i++) {
        float *out = logits + (first + i) * graph->classes;
        ohm_graph_dequantise_logits(graph, w->codes + i * graph->classes, out);
        losses[first + i] = cross_entropy(out, graph->classes,
                                          ohm_dataset_label(task->set, task->split, first + i));
    }
    return OHM_OK;
}

static ohm_status run_groups(const ohm_graph *graph, const ohm_evaluation_task *task, int threads,
                             float *logits, double *losses, ohm_err *err)
{
    size_t count = ohm_evaluation_count(task), groups = (count + LANES - 1) / LANES, done = 0;
    ohm_status status = OHM_OK;
#pragma omp parallel num_threads(threads > 0 ? threads : omp_get_max_threads())
    {
        worker w;
        ohm_err e = {0};
        ohm_status mine = worker_make(&w, graph, task->set, &e);
#pragma omp for schedule(dynamic)
        for (size_t g = 0; g < groups; g++) {
            size_t first = g * LANES, n = count - first < LANES ? count - first : LANES, total;
            if (mine == OHM_OK) mine = run_group(&w, graph, task, first, n, logits, losses, &e);
#pragma omp atomic capture
            total = done += n;
            if (task->progress && omp_get_thread_num() == 0)
                ohm_progress_update(task->progress, total, NULL);
        }
        worker_free(&w);
#pragma omp critical(ohm_evaluate_failed)
        if (mine != OHM_OK && status == OHM_OK) {
            status = mine;
            if (err) *err = e;
        }
    }
    return status;
}

ohm_status ohm_evaluate_graph(const ohm_graph *graph, const ohm_evaluation_task *task, int threads,
                              ohm_evaluation *out, ohm_err *err)
{
    size_t count = ohm_evaluation_count(task), classes = graph->classes;
    *out = (ohm_evaluation){0};
    OHM_TRY(ohm_evaluation_check(task, graph->values[0].width, classes, err));
    float *logits = task->logits ? task->logits : malloc(count * classes * sizeof *logits);
    double *losses = malloc(count * sizeof *losses);
    ohm_status status = logits && losses ? run_groups(graph, task, threads, logits, losses, err)
                                         : ohm_err_no_memory(err, "the logits");
    for (size_t i = 0; status == OHM_OK && i < count; i++) {
        out->count++;
        out->correct += ohm_argmax(logits + i * classes, classes) ==
                        ohm_dataset_label(task->set, task->split, i);
        out->loss += losses[i] / (double)count;
    }
    if (!task->logits) free(logits);
    free(losses);
    return status;
}
