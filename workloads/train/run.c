/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/train/run.h"

#include "core/config/config.h"
#include "core/files/file.h"
#include "core/progress.h"
#include "workloads/lower/lower.h"
#include "workloads/nn/trainer/device_noise.h"
#include "workloads/nn/trainer/prune.h"
#include "workloads/train/evaluate.h"
#include "workloads/train/loader.h"
#include "workloads/train/lr_schedule.h"
#include "workloads/train/model_data.h"
#include "workloads/train/model_file.h"
#include "workloads/train/state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK = 8 /* sequences per unit of work: part of what a result means, not of how fast */ };

/* A batch's mean loss above this many times ln(classes) is no longer learning. */
static const double DIVERGED = 50;

static const char *const STAGE_NAMES[OHM_TRAIN_STAGES] = {"float", "prune", "qat"};
static const char *const STAGE_KEYS[OHM_TRAIN_STAGES] = {"float", "prune.stage", "qat"};

static const char METRICS_HEADER[] =
    "stage,epoch,train_loss,train_accuracy,held_out_loss,held_out_accuracy,lr,gradient_norm,"
    "sequences_per_sec\n";

typedef struct trainer {
    ohm_train_config config; /* resolved: data measured, model fitted to them */
    const ohm_train_options *options;
    ohm_dataset *set;
    ohm_loader loader;
    ohm_nn *nn;
    ohm_train_state state;
    ohm_device_noise *device_noise; /* NULL unless the noise is a device's */
    float *teacher_logits;          /* of the current batch */
    uint64_t data_hash;
    char checkpoint[OHM_PATH_MAX], metrics[OHM_PATH_MAX];
    double saved_at_sec;
    ohm_progress progress;
    size_t steps_before; /* at the start of this process, for the bar */
} trainer;

static const ohm_stage_config *stage_of(const trainer *t)
{
    if (t->state.stage == OHM_STAGE_FLOAT) return &t->config.stage_float;
    return t->state.stage == OHM_STAGE_PRUNED ? &t->config.prune.stage : &t->config.stage_quantised;
}

/* Names an epoch over all stages: shuffles and augmentations never repeat. */
static uint64_t epoch_name(const ohm_train_state *s)
{
    return s->epoch + ((uint64_t)s->stage << 20);
}

/* What the final accuracies are measured on: a set of one part has only what was held out. */
static ohm_split test_split(const trainer *t)
{
    return ohm_dataset_has_split(t->set) ? OHM_SPLIT_TEST : OHM_SPLIT_HELD_OUT;
}

static bool has_held_out(const trainer *t)
{
    return ohm_dataset_count(t->set, OHM_SPLIT_HELD_OUT) > 0;
}

/* --- checkpoints and metrics --- */

static ohm_status save_checkpoint(trainer *t, ohm_err *err)
{
    OHM_TRY(ohm_train_state_save(&t->state, t->checkpoint, &t->config, t->data_hash, err));
    t->saved_at_sec = ohm_clock_sec();
    return ohm_file_write(t->metrics, t->state.metrics, strlen(t->state.metrics), true, err);
}

static ohm_status add_metrics(trainer *t, const char *row, ohm_err *err)
{
    size_t had = t->state.metrics ? strlen(t->state.metrics) : 0, n = strlen(row);
    char *longer = realloc(t->state.metrics, had + n + 1);
    if (!longer) return ohm_err_no_memory(err, "the metrics");
    memcpy(longer + had, row, n + 1);
    t->state.metrics = longer;
    return OHM_OK;
}

static void say(trainer *t, const char *line)
{
    if (!t->options->log) return;
    fprintf(t->options->log, "%s%s\n", t->progress.is_terminal ? "\r\033[K" : "", line);
    fflush(t->options->log);
}

/* --- measuring --- */

static ohm_status measure(trainer *t, const ohm_model *model, ohm_split split, ohm_score *out,
                          ohm_err *err)
{
    const ohm_evaluation_task task = {.set = t->set, .split = split};
    ohm_evaluation e;
    *out = (ohm_score){0};
    if (ohm_dataset_count(t->set, split) == 0) return OHM_OK;
    OHM_TRY(ohm_evaluate_model(t->nn, model, &task, &e, err));
    *out = (ohm_score){(double)e.correct / (double)e.count, e.loss, e.count};
    return OHM_OK;
}

/* The test part one by one, as hexadecimal digits of four sequences each, the first in the highest bit:
 * 1 where the class is right. So a later run can show this accuracy on its own sequences. */
static ohm_status mark_test(trainer *t, const ohm_model *model, char **out, ohm_err *err)
{
    const size_t n = ohm_dataset_count(t->set, OHM_SPLIT_TEST),
                 classes = (size_t)t->config.model.classes;
    const ohm_evaluation_task task = {.set = t->set,
                                      .split = OHM_SPLIT_TEST,
                                      .logits = malloc((n * classes + 1) * sizeof(float))};
    unsigned char *digits = calloc(n / 4 + 2, 1);
    ohm_evaluation e;
    ohm_status status = task.logits && digits ? ohm_evaluate_model(t->nn, model, &task, &e, err)
                                              : ohm_err_set(err, OHM_ENOMEM, "no memory for marks");
    for (size_t i = 0; status == OHM_OK && i < n; i++)
        if (ohm_argmax(task.logits + i * classes, classes) ==
            ohm_dataset_label(t->set, OHM_SPLIT_TEST, i))
            digits[i / 4] |= (unsigned char)(8u >> i % 4);
    for (size_t i = 0; status == OHM_OK && i < (n + 3) / 4; i++)
        digits[i] = (unsigned char)"0123456789abcdef"[digits[i]];
    free(task.logits);
    if (status != OHM_OK) {
        free(digits);
        return status;
    }
    free(*out);
    *out = (char *)digits;
    return OHM_OK;
}

static bool is_better(const ohm_score *a, const ohm_score *b)
{
    if (b->count == 0 || a->accuracy != b->accuracy)
        return b->count == 0 || a->accuracy > b->accuracy;
    return a->loss < b->loss;
}

/* Gates are part of the model in the float stage and multiplied into it at its end. */
static bool learns_gates(const trainer *t)
{
    return t->state.stage == OHM_STAGE_FLOAT && t->config.prune.importance == OHM_IMPORTANCE_GATES;
}

/* --- one epoch --- */

static ohm_status train_batch(trainer *t, size_t k, double *lr, ohm_err *err)
{
    ohm_train_state *s = &t->state;
    const ohm_stage_config *stage = stage_of(t);
    const ohm_train_config *c = &t->config;
    const ohm_augment_config *a = &c->data.augment;
    bool augments = a->time_shift > 0 || a->gain > 0 || a->noise > 0;
    bool quantised = s->stage == OHM_STAGE_QUANTISED;
    uint64_t seed = (uint64_t)c->seed, epoch = epoch_name(s);
    ohm_batch batch;
    OHM_TRY(ohm_loader_batch(&t->loader, k, augments ? a : NULL, seed, epoch, &batch, err));
    ohm_step_options options = {
        .seed = seed, .step = s->step, .label_smoothing = c->optimiser.label_smoothing};
    if (learns_gates(t)) {
        options.gate_l0_weight_heads = c->prune.l0_weight_heads;
        options.gate_l0_weight_modes = c->prune.l0_weight_modes;
    }
    if (quantised && c->noise.kind == OHM_NOISE_GAUSSIAN) {
        options.noise_relative = c->noise.relative;
        options.noise_read = c->noise.read_noise;
    }
    options.noise_recurrence = quantised && c->noise.kind != OHM_NOISE_NONE && c->noise.recurrence;
    options.noise_white_per_step = c->noise.white_noise == OHM_WHITE_STEP;
    if (quantised && t->device_noise) {
        options.noise = ohm_device_noise_draw;
        options.noise_user = t->device_noise;
    }
    if (quantised && s->teacher) {
        OHM_TRY(ohm_nn_forward(t->nn, s->teacher, &batch, t->teacher_logits, NULL, err));
        batch.teacher = t->teacher_logits;
        options.distill_weight = c->distill.weight;
        options.distill_temperature = c->distill.temperature;
    }
    ohm_pass_result result = {0};
    OHM_TRY(ohm_nn_gradient(t->nn, s->model, &batch, &options, &result, err));
    double loss = result.loss_sum / (double)result.count;
    if (!(loss < DIVERGED * log((double)c->model.classes) + options.gate_l0_weight_heads +
                     options.gate_l0_weight_modes))
        return ohm_err_set(err, OHM_ENUMERIC, "the loss has grown to %.3g", loss);

    size_t batches = ohm_loader_batches(&t->loader);
    double factor = ohm_schedule_factor(s->epoch * batches + k, (size_t)stage->epochs * batches,
                                        stage->warmup, stage->lr_end);
    const ohm_adamw adamw = {.lr = {stage->lr * factor, stage->lr_ssm * factor,
                                    stage->lr_quantiser * factor, c->prune.lr_gates * factor},
                             .beta1 = c->optimiser.beta1,
                             .beta2 = c->optimiser.beta2,
                             .epsilon = 1e-8,
                             .decay = c->optimiser.weight_decay,
                             .clip_norm = c->optimiser.clip_gradients,
                             .clip_weights = c->optimiser.clip_weights};
    double norm;
    OHM_TRY(ohm_nn_step(s->model, &adamw, &norm, err));
    *lr = adamw.lr[0];
    s->loss_sum += result.loss_sum;
    s->correct += result.correct;
    s->count += result.count;
    s->norm_sum += norm;
    s->step++;
    s->batch = k + 1;
    return OHM_OK;
}

static void show_batch(trainer *t, double started_sec, size_t seen_before)
{
    const ohm_train_state *s = &t->state;
    char note[120];
    double rate = (double)(s->count - seen_before) / fmax(ohm_clock_sec() - started_sec, 1e-9);
    snprintf(note, sizeof note, "%s %zu/%lld  loss %.3f  acc %.1f %%  %.0f seq/s ",
             STAGE_NAMES[s->stage], s->epoch + 1, (long long)stage_of(t)->epochs,
             s->loss_sum / (double)s->count, 100.0 * (double)s->correct / (double)s->count, rate);
    ohm_progress_update(&t->progress, (size_t)s->step - t->steps_before, note);
}

/* Adds what a failed or stopped run leaves behind to the message. */
static ohm_status explain(trainer *t, ohm_status status, ohm_err *err)
{
    if (!err || (status != OHM_ENUMERIC && status != OHM_EINTERRUPTED)) return status;
    char text[OHM_MESSAGE_MAX];
    bool kept = ohm_file_exists(t->checkpoint);
    snprintf(text, sizeof text, "%s", err->message);
    const ohm_train_state *s = &t->state;
    if (status == OHM_ENUMERIC)
        return ohm_err_set(err, status,
                           "training broke down in epoch %zu of the %s stage, batch %zu: %s; lower "
                           "%s.lr (now %g) or optimiser.clip_gradients; %s%s",
                           s->epoch + 1, STAGE_NAMES[s->stage], s->batch + 1, text,
                           STAGE_KEYS[s->stage], stage_of(t)->lr,
                           kept ? "the last good checkpoint is " : "there was no checkpoint yet",
                           kept ? t->checkpoint : "");
    return ohm_err_set(err, status,
                       "stopped in epoch %zu of the %s stage; the same call with --resume goes on",
                       t->state.epoch + 1, STAGE_NAMES[t->state.stage]);
}

static ohm_status train_batches(trainer *t, double *lr, ohm_err *err)
{
    ohm_train_state *s = &t->state;
    double started = ohm_clock_sec(), elapsed_before = s->elapsed_sec;
    size_t seen_before = s->count;
    for (size_t k = s->batch; k < ohm_loader_batches(&t->loader); k++) {
        OHM_TRY(train_batch(t, k, lr, err));
        s->elapsed_sec = elapsed_before + ohm_clock_sec() - started;
        show_batch(t, started, seen_before);
        bool stop = t->options->stop && t->options->stop(t->options->user);
        if (stop || ohm_clock_sec() - t->saved_at_sec > t->config.checkpoint_interval_sec)
            OHM_TRY(save_checkpoint(t, err));
        if (stop) return ohm_err_set(err, OHM_EINTERRUPTED, "stopped");
    }
    return OHM_OK;
}

/* Scores the epoch, remembers the best, writes its row, and moves on to the next. */
static ohm_status close_epoch(trainer *t, double lr, ohm_err *err)
{
    ohm_train_state *s = &t->state;
    ohm_score score;
    OHM_TRY(measure(t, s->model, OHM_SPLIT_HELD_OUT, &score, err));
    double loss = s->loss_sum / (double)s->count;
    double accuracy = (double)s->correct / (double)s->count;
    double rate = (double)s->count / fmax(s->elapsed_sec, 1e-9);
    double norm = s->norm_sum / (double)ohm_loader_batches(&t->loader);
    char row[320], line[200], held[80] = "", held_line[80] = "";
    if (score.count > 0) {
        snprintf(held, sizeof held, "%.6f,%.6f", score.loss, score.accuracy);
        snprintf(held_line, sizeof held_line, "  held out %.2f %%", 100 * score.accuracy);
    }
    snprintf(row, sizeof row, "%s,%zu,%.6f,%.6f,%s,%.6g,%.6g,%.1f\n", STAGE_NAMES[s->stage],
             s->epoch + 1, loss, accuracy, score.count > 0 ? held : ",", lr, norm, rate);
    OHM_TRY(add_metrics(t, row, err));
    snprintf(line, sizeof line, "%-5s %3zu/%lld  loss %.4f  train %.2f %%%s  %.0f seq/s",
             STAGE_NAMES[s->stage], s->epoch + 1, (long long)stage_of(t)->epochs, loss,
             100 * accuracy, held_line, rate);
    say(t, line);
    /* the best of a run that learns gates is the last: an early one has them all open */
    if (score.count == 0 || learns_gates(t) || is_better(&score, &s->best_score)) {
        ohm_model *copy;
        OHM_TRY(ohm_model_clone(s->model, &copy, err));
        ohm_model_free(s->best);
        s->best = copy;
        s->best_score = score;
        s->best_epoch = s->epoch + 1;
        s->since_best = 0;
    } else {
        s->since_best++;
    }
    s->epoch++;
    s->batch = s->correct = s->count = 0;
    s->loss_sum = s->norm_sum = s->elapsed_sec = 0;
    return save_checkpoint(t, err);
}

static bool stage_is_over(const trainer *t)
{
    const ohm_train_state *s = &t->state;
    const ohm_stage_config *stage = stage_of(t);
    bool early_stop = stage->early_stop_epochs > 0 && has_held_out(t) &&
                      s->since_best >= (size_t)stage->early_stop_epochs;
    return s->epoch >= (size_t)stage->epochs || early_stop;
}

static ohm_status run_stage(trainer *t, ohm_err *err)
{
    while (!stage_is_over(t)) {
        const ohm_train_state *s = &t->state;
        double lr = 0;
        ohm_loader_shuffle(&t->loader, (uint64_t)t->config.seed, epoch_name(s));
        ohm_status status = train_batches(t, &lr, err);
        if (status == OHM_OK) status = close_epoch(t, lr, err);
        if (status != OHM_OK) return explain(t, status, err);
    }
    return OHM_OK;
}

/* --- between and after the stages --- */

/* The stage's best epoch becomes the model. */
static void take_best(ohm_train_state *s)
{
    if (s->best) {
        ohm_model_free(s->model);
        s->model = s->best;
        s->best = NULL;
    }
}

static bool prunes(const trainer *t)
{
    const ohm_prune_config *p = &t->config.prune;
    return p->keep_heads > 0 || p->keep_states > 0 || p->importance == OHM_IMPORTANCE_GATES;
}

static void enter_stage(ohm_train_state *s, ohm_train_stage stage)
{
    s->stage = (int)stage;
    s->epoch = s->best_epoch = s->since_best = 0;
    s->best_score = (ohm_score){0};
}

static ohm_status enter_pruned_stage(trainer *t, ohm_err *err)
{
    const ohm_prune_config *p = &t->config.prune;
    ohm_train_state *s = &t->state;
    ohm_model *smaller;
    char line[200];
    take_best(s);
    const ohm_model_config *has = ohm_model_config_of(s->model);
    size_t heads = (size_t)has->heads, states = (size_t)has->states;
    if (p->importance == OHM_IMPORTANCE_GATES) ohm_prune_open_gates(s->model, &heads, &states);
    if (p->keep_heads) heads = (size_t)p->keep_heads;
    if (p->keep_states) states = (size_t)p->keep_states;
    OHM_TRY(ohm_prune(s->model, (ohm_importance)p->importance, heads, states, &smaller, err));
    snprintf(line, sizeof line, "pruned to %zu channels of %zu states: from %zu to %zu parameters",
             heads, states, ohm_model_trained_scalars(s->model),
             ohm_model_trained_scalars(smaller));
    say(t, line);
    ohm_model_free(s->model);
    s->model = smaller;
    enter_stage(s, OHM_STAGE_PRUNED);
    return save_checkpoint(t, err);
}

static ohm_status quantise(trainer *t, ohm_err *err)
{
    ohm_loader calibration;
    ohm_batch batch;
    size_t n = (size_t)t->config.calibration_sequences;
    OHM_TRY(ohm_loader_make(&calibration, t->set, OHM_SPLIT_TRAIN, n, 0, err));
    ohm_loader_shuffle(&calibration, (uint64_t)t->config.seed, UINT64_MAX);
    ohm_status status = ohm_loader_batch(&calibration, 0, NULL, 0, 0, &batch, err);
    if (status == OHM_OK)
        status = ohm_nn_quantise(t->nn, t->state.model, &t->config.quantise, &batch, err);
    ohm_loader_free(&calibration);
    return status;
}

static ohm_status enter_quantised_stage(trainer *t, ohm_err *err)
{
    ohm_train_state *s = &t->state;
    char line[200];
    take_best(s);
    OHM_TRY(measure(t, s->model, OHM_SPLIT_HELD_OUT, &s->float_held_out, err));
    OHM_TRY(measure(t, s->model, test_split(t), &s->float_test, err));
    if (ohm_dataset_has_split(t->set)) OHM_TRY(mark_test(t, s->model, &s->float_test_right, err));
    if (s->float_test.count > 0) {
        snprintf(line, sizeof line, "float model: %s %.2f %%",
                 test_split(t) == OHM_SPLIT_TEST ? "test" : "held out",
                 100 * s->float_test.accuracy);
        say(t, line);
    }
    if (!t->config.quantised) return OHM_OK;
    if (t->config.distill.weight > 0) OHM_TRY(ohm_model_clone(s->model, &s->teacher, err));
    OHM_TRY(quantise(t, err));
    OHM_TRY(measure(t, s->model, OHM_SPLIT_HELD_OUT, &s->post_held_out, err));
    if (s->post_held_out.count > 0) {
        snprintf(line, sizeof line, "quantised without training: held out %.2f %%",
                 100 * s->post_held_out.accuracy);
        say(t, line);
    }
    enter_stage(s, OHM_STAGE_QUANTISED);
    return save_checkpoint(t, err);
}

static json_t *score_record(const ohm_score *s)
{
    if (s->count == 0) return json_null();
    return json_pack("{s:f, s:f, s:I}", "accuracy", s->accuracy, "loss", s->loss, "sequences",
                     (json_int_t)s->count);
}

/* What the model carries about its making: nothing that changes from machine to machine. */
static json_t *make_record(const trainer *t, json_t *parts, const ohm_score *held_out,
                           const ohm_score *test)
{
    const ohm_train_state *s = &t->state;
    char *text = ohm_config_dump_json(&ohm_train_params, &t->config);
    json_t *settings = text ? json_loads(text, 0, NULL) : NULL, *classes = json_array();
    free(text);
    for (size_t i = 0; i < ohm_dataset_classes(t->set); i++)
        json_array_append_new(classes, json_string(ohm_dataset_class_name(t->set, i)));
    return json_pack("{s:I, s:o, s:o, s:I, s:s, s:{s:o, s:o, s:s*}, s:o, s:{s:o, s:o}, s:o}",
                     "parameters", (json_int_t)ohm_model_trained_scalars(s->model), "classes",
                     classes, "split", parts, "steps", (json_int_t)s->step, "test_split",
                     test_split(t) == OHM_SPLIT_TEST ? "test" : "held_out", "float", "held_out",
                     score_record(&s->float_held_out), "test", score_record(&s->float_test),
                     "test_right", s->float_test_right, "post_training_held_out",
                     score_record(&s->post_held_out), "final", "held_out", score_record(held_out),
                     "test", score_record(test), "settings", settings ? settings : json_null());
}

static ohm_status measure_graph(trainer *t, const ohm_graph *graph, ohm_score *out, ohm_err *err)
{
    const ohm_evaluation_task task = {.set = t->set, .split = test_split(t)};
    ohm_evaluation e;
    *out = (ohm_score){0};
    if (ohm_dataset_count(t->set, task.split) == 0) return OHM_OK;
    OHM_TRY(ohm_evaluate_graph(graph, &task, t->options->threads, &e, err));
    *out = (ohm_score){(double)e.correct / (double)e.count, e.loss, e.count};
    return OHM_OK;
}

static ohm_status finish(trainer *t, json_t **record, ohm_err *err)
{
    ohm_train_state *s = &t->state;
    ohm_graph *graph = NULL;
    ohm_score held_out = s->float_held_out, test = s->float_test;
    ohm_status status = OHM_OK;
    if (t->config.quantised) {
        take_best(s);
        OHM_TRY(measure(t, s->model, OHM_SPLIT_HELD_OUT, &held_out, err));
        OHM_TRY(ohm_lower(s->model, &graph, err));
        status = measure_graph(t, graph, &test, err);
    }
    json_t *parts = NULL;
    if (status == OHM_OK) status = ohm_model_data_record(t->set, &parts, err);
    json_t *made = status == OHM_OK ? make_record(t, parts, &held_out, &test) : NULL;
    if (status == OHM_OK)
        status = ohm_model_file_save(t->options->output, s->model, graph,
                                     ohm_dataset_config(t->set), made, true, err);
    ohm_graph_free(graph);
    if (status == OHM_OK && record) *record = json_incref(made);
    json_decref(made);
    if (status == OHM_OK) remove(t->checkpoint);
    return status;
}

/* --- setting up --- */

/* MODEL.safetensors -> MODEL<ending>; another extension is kept. */
static ohm_status sibling(const char *output, const char *ending, char out[OHM_PATH_MAX],
                          ohm_err *err)
{
    static const char extension[] = ".safetensors";
    size_t n = strlen(output), m = sizeof extension - 1;
    if (n > m && strcmp(output + n - m, extension) == 0) n -= m;
    if (snprintf(out, OHM_PATH_MAX, "%.*s%s", (int)n, output, ending) >= OHM_PATH_MAX - 40)
        return ohm_err_set(err, OHM_ECONFIG, "the name of the model file is too long");
    return OHM_OK;
}

static ohm_status make_parent(const char *path, ohm_err *err)
{
    char parent[OHM_PATH_MAX];
    snprintf(parent, sizeof parent, "%s", path);
    char *slash = strrchr(parent, '/');
    if (!slash || slash == parent) return OHM_OK;
    *slash = '\0';
    return ohm_directory_make(parent, err);
}

static ohm_status check_output(trainer *t, ohm_err *err)
{
    const ohm_train_options *o = t->options;
    OHM_TRY(sibling(o->output, ".checkpoint.safetensors", t->checkpoint, err));
    OHM_TRY(sibling(o->output, ".metrics.csv", t->metrics, err));
    if (o->force) return OHM_OK;
    OHM_TRY(ohm_file_check_new(o->output, false, err));
    if (!o->resume && ohm_file_exists(t->checkpoint))
        return ohm_err_at(err, OHM_EEXIST, t->checkpoint, 0, 0,
                          "an interrupted run lies here; go on with --resume or start anew with "
                          "--force");
    return OHM_OK;
}

/* A set whose classes are those of the earlier model numbers them as that does, whatever their order in
 * the files; one of other classes is another task and keeps its own. */
static ohm_status follow_classes(trainer *t, ohm_err *err)
{
    ohm_model_file file;
    if (!t->config.start_from[0]) return OHM_OK;
    OHM_TRY(ohm_model_file_load(t->config.start_from, &file, err));
    const json_t *classes = ohm_model_file_classes(&file);
    size_t known = 0;
    for (size_t k = 0; k < ohm_dataset_classes(t->set); k++)
        for (size_t j = 0; j < json_array_size(classes); j++) {
            const char *name = json_string_value(json_array_get(classes, j));
            known += name && strcmp(name, ohm_dataset_class_name(t->set, k)) == 0;
        }
    const ohm_status status = known ? ohm_model_data_bind(&file, t->set, err) : OHM_OK;
    ohm_model_file_free(&file);
    return status;
}

/* Weights and description of an earlier model, without its quantisers. */
static ohm_status start_from_file(trainer *t, ohm_err *err)
{
    const char *path = t->config.start_from;
    const ohm_model_config *wanted = &t->config.model;
    ohm_model_file file;
    OHM_TRY(ohm_model_file_load(path, &file, err));
    const ohm_model_config *has = ohm_model_config_of(file.model);
    ohm_status status = OHM_OK;
    if (has->inputs != wanted->inputs || has->classes != wanted->classes)
        status = ohm_err_at(err, OHM_ECONFIG, path, 0, 0,
                            "start_from: the model reads %lld channels and knows %lld classes, the "
                            "data have %lld and %lld",
                            (long long)has->inputs, (long long)has->classes,
                            (long long)wanted->inputs, (long long)wanted->classes);
    if (status == OHM_OK) status = ohm_model_unquantise(file.model, &t->state.model, err);
    if (status == OHM_OK) t->config.model = *has;
    ohm_model_file_free(&file);
    return status;
}

static ohm_status start_state(trainer *t, ohm_err *err)
{
    const ohm_train_options *o = t->options;
    if (o->resume && ohm_file_exists(t->checkpoint)) {
        OHM_TRY(ohm_train_state_load(&t->state, t->checkpoint, &t->config, t->data_hash, o->force,
                                     err));
        t->steps_before = (size_t)t->state.step;
        return OHM_OK;
    }
    if (t->config.start_from[0]) {
        OHM_TRY(start_from_file(t, err));
    } else {
        OHM_TRY(ohm_model_alloc(&t->config.model, &t->state.model, err));
        OHM_TRY(ohm_model_init(t->state.model, (uint64_t)t->config.seed, err));
    }
    if (learns_gates(t)) OHM_TRY(ohm_prune_add_gates(t->state.model, err));
    return add_metrics(t, METRICS_HEADER, err);
}

static ohm_status set_up(trainer *t, ohm_err *err)
{
    ohm_train_config *c = &t->config;
    OHM_TRY(check_output(t, err));
    OHM_TRY(ohm_dataset_open(NULL, &c->data, &t->set, err));
    OHM_TRY(ohm_dataset_check_trainable(t->set, err));
    OHM_TRY(follow_classes(t, err));
    OHM_TRY(make_parent(t->options->output, err));
    c->data = *ohm_dataset_config(t->set);
    c->model.inputs = (int64_t)ohm_dataset_channels(t->set);
    c->model.classes = (int64_t)ohm_dataset_classes(t->set);
    OHM_TRY(ohm_dataset_fingerprint(t->set, &t->data_hash, err));
    OHM_TRY(
        ohm_loader_make(&t->loader, t->set, OHM_SPLIT_TRAIN, (size_t)c->optimiser.batch, 0, err));
    t->teacher_logits = malloc(t->loader.size * (size_t)c->model.classes * sizeof(float));
    if (!t->teacher_logits) return ohm_err_no_memory(err, "a batch");
    if (c->noise.kind == OHM_NOISE_DEVICE)
        OHM_TRY(ohm_device_noise_alloc(&c->noise.device, c->noise.time_min_sec,
                                       c->noise.time_max_sec, &t->device_noise, err));
    const ohm_nn_config nn = {.threads = t->options->threads, .chunk = CHUNK};
    OHM_TRY(ohm_nn_alloc(&nn, &t->nn, err));
    return start_state(t, err);
}

static ohm_status run_stages(trainer *t, json_t **record, ohm_err *err)
{
    const ohm_train_config *c = &t->config;
    size_t epochs = (size_t)(c->stage_float.epochs + (prunes(t) ? c->prune.stage.epochs : 0) +
                             (c->quantised ? c->stage_quantised.epochs : 0));
    ohm_progress_start(&t->progress, t->options->log, "train",
                       epochs * ohm_loader_batches(&t->loader) - t->steps_before);
    t->saved_at_sec = ohm_clock_sec();
    if (t->state.stage == OHM_STAGE_FLOAT) {
        OHM_TRY(run_stage(t, err));
        OHM_TRY(prunes(t) ? enter_pruned_stage(t, err) : enter_quantised_stage(t, err));
    }
    if (t->state.stage == OHM_STAGE_PRUNED) {
        OHM_TRY(run_stage(t, err));
        OHM_TRY(enter_quantised_stage(t, err));
    }
    if (t->state.stage == OHM_STAGE_QUANTISED) OHM_TRY(run_stage(t, err));
    OHM_TRY(finish(t, record, err));
    ohm_progress_finish(&t->progress, NULL);
    return OHM_OK;
}

ohm_status ohm_train_run(const ohm_train_config *config, const ohm_train_options *options,
                         json_t **record, ohm_err *err)
{
    trainer *t = calloc(1, sizeof *t);
    if (!t) return ohm_err_no_memory(err, "the training run");
    t->config = *config;
    t->options = options;
    ohm_status status = set_up(t, err);
    if (status == OHM_OK) status = run_stages(t, record, err);
    if (t->progress.is_terminal) say(t, ""); /* leave no bar behind a message */
    ohm_train_state_free(&t->state);
    ohm_nn_free(t->nn);
    ohm_device_noise_free(t->device_noise);
    ohm_loader_free(&t->loader);
    free(t->teacher_logits);
    ohm_dataset_free(t->set);
    free(t);
    return status;
}
