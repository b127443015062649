/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The life of a training run on a tiny task: the same bytes for any number of threads, after stops
 * and after kill -9; what is kept when it breaks down; what is refused. */
#include "core/files/file.h"
#include "tests/core/scratch.h"
#include "workloads/nn/trainer/prune.h"
#include "workloads/train/evaluate.h"
#include "workloads/train/model_file.h"
#include "workloads/train/run.h"

#include <check.h>
#include <math.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static ohm_err err;

static ohm_train_config tiny(void)
{
    ohm_train_config c;
    ck_assert_int_eq(ohm_param_defaults(&ohm_train_params, &c, &err), OHM_OK);
    snprintf(c.data.source, sizeof c.data.source, "synthetic:tones,train=72,test=24,length=32");
    c.data.held_out = 0.25;
    c.data.augment.noise = 0.05;
    c.data.augment.time_shift = 2;
    c.model.heads = 6;
    c.model.states = 4;
    c.model.layers = 1;
    c.model.norm = OHM_NORM_BATCH;
    c.model.dropout = 0.1;
    c.calibration_sequences = 20;
    c.optimiser.batch = 20;
    c.stage_float.epochs = 3;
    c.stage_quantised.epochs = 2;
    c.distill.weight = 0.5;
    c.noise.kind = OHM_NOISE_GAUSSIAN;
    c.noise.relative = 0.01;
    c.checkpoint_interval_sec = 0; /* after every batch */
    return c;
}

typedef struct stopper {
    int batches_left;
    bool kills;
} stopper;

static bool stop_after(void *user)
{
    stopper *s = user;
    if (--s->batches_left > 0) return false;
    if (s->kills) raise(SIGKILL);
    return true;
}

static ohm_status train(const ohm_train_config *c, const char *name, int threads, bool resume,
                        bool force, stopper *s)
{
    const ohm_train_options o = {.output = scratch_path(name),
                                 .resume = resume,
                                 .force = force,
                                 .threads = threads,
                                 .stop = s ? stop_after : NULL,
                                 .user = s};
    return ohm_train_run(c, &o, NULL, &err);
}

static void train_good(const ohm_train_config *c, const char *name, int threads)
{
    ohm_status status = train(c, name, threads, false, false, NULL);
    ck_assert_msg(status == OHM_OK, "%s", err.message);
}

static void assert_same_bytes(const char *a, const char *b)
{
    void *x, *y;
    size_t n, m;
    ck_assert_int_eq(ohm_file_read(scratch_path(a), &x, &n, &err), OHM_OK);
    ck_assert_int_eq(ohm_file_read(scratch_path(b), &y, &m, &err), OHM_OK);
    ck_assert_uint_eq(n, m);
    ck_assert_mem_eq(x, y, n);
    free(x);
    free(y);
}

START_TEST(threads_change_no_byte)
{
    ohm_train_config c = tiny();
    train_good(&c, "one.safetensors", 1);
    train_good(&c, "two.safetensors", 2);
    train_good(&c, "three.safetensors", 3);
    assert_same_bytes("one.safetensors", "two.safetensors");
    assert_same_bytes("one.safetensors", "three.safetensors");
    ck_assert(!ohm_file_exists(scratch_path("one.checkpoint.safetensors")));
    c.seed = 2;
    train_good(&c, "seed.safetensors", 2);
    void *x, *y;
    size_t n, m;
    ohm_file_read(scratch_path("one.safetensors"), &x, &n, &err);
    ohm_file_read(scratch_path("seed.safetensors"), &y, &m, &err);
    ck_assert(n != m || memcmp(x, y, n) != 0);
    free(x);
    free(y);
}
END_TEST

START_TEST(stopped_runs_resume_to_the_same_bytes)
{
    ohm_train_config c = tiny();
    train_good(&c, "whole.safetensors", 1);
    /* 54 training sequences: 3 batches an epoch, 15 in all; stop inside and between epochs and in
     * both stages */
    static const int stops[] = {1, 3, 5, 9, 10, 14};
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        stopper s = {stops[i], false};
        ck_assert_int_eq(train(&c, "cut.safetensors", 2, false, true, &s), OHM_EINTERRUPTED);
        ck_assert_ptr_nonnull(strstr(err.message, "--resume"));
        ck_assert(ohm_file_exists(scratch_path("cut.checkpoint.safetensors")));
        ck_assert(!ohm_file_exists(scratch_path("cut.safetensors")));
        /* once more cut short, on another number of threads */
        s = (stopper){1, false};
        train(&c, "cut.safetensors", 1, true, false, &s);
        ohm_status status = train(&c, "cut.safetensors", 2, true, false, NULL);
        ck_assert_msg(status == OHM_OK, "%s", err.message);
        assert_same_bytes("whole.safetensors", "cut.safetensors");
        unlink(scratch_path("cut.safetensors"));
    }
}
END_TEST

/* Trains in a process of its own: one that has run OpenMP cannot fork and run it again. */
static int train_apart(const ohm_train_config *c, bool resume, stopper *s)
{
    pid_t child = fork();
    if (child == 0) {
        ohm_status status = train(c, "dead.safetensors", 1, resume, !resume, s);
        _exit(status == OHM_OK ? 0 : 1);
    }
    int how;
    ck_assert_int_eq(waitpid(child, &how, 0), child);
    return how;
}

START_TEST(killed_runs_resume_to_the_same_bytes)
{
    static const int kills[] = {1, 4, 11};
    ohm_train_config c = tiny();
    stopper s = {kills[_i], true};
    int how = train_apart(&c, false, &s);
    ck_assert(WIFSIGNALED(how) && WTERMSIG(how) == SIGKILL);
    ck_assert(!ohm_file_exists(scratch_path("dead.safetensors")));
    how = train_apart(&c, true, NULL);
    ck_assert(WIFEXITED(how) && WEXITSTATUS(how) == 0);
    train_good(&c, "alive.safetensors", 1);
    assert_same_bytes("alive.safetensors", "dead.safetensors");
    unlink(scratch_path("alive.safetensors"));
    unlink(scratch_path("dead.safetensors"));
}
END_TEST

START_TEST(learns_and_tells)
{
    ohm_train_config c = tiny();
    snprintf(c.data.source, sizeof c.data.source, "synthetic:tones,train=300,test=120,length=64");
    c.data.augment = (ohm_augment_config){0};
    c.model.heads = 12;
    c.model.states = 8;
    c.model.dropout = 0;
    c.noise.kind = OHM_NOISE_NONE;
    c.stage_float.epochs = 16;
    c.stage_quantised.epochs = 3;
    c.checkpoint_interval_sec = 1e9;
    json_t *record;
    const char *path = scratch_path("learned.safetensors");
    const ohm_train_options o = {.output = path};
    ohm_status status = ohm_train_run(&c, &o, &record, &err);
    ck_assert_msg(status == OHM_OK, "%s", err.message);

    double in_float, in_integers;
    json_int_t n, parameters;
    ck_assert_int_eq(json_unpack(record, "{s:I, s:{s:{s:F}}, s:{s:{s:F, s:I}}}", "parameters",
                                 &parameters, "float", "test", "accuracy", &in_float, "final",
                                 "test", "accuracy", &in_integers, "sequences", &n),
                     0);
    ck_assert_int_eq(n, 120);
    /* by hand: encoder, then log_dt, C and A (4 h m), D, mix with bias, norm, then the head */
    size_t h = 12, m = 4;
    ck_assert_int_eq(
        parameters,
        (json_int_t)(2 * h + (h + 4 * h * m + h + 2 * h * h + 2 * h + 2 * h) + 6 * h + 6));
    ck_assert_double_gt(in_float, 0.6); /* chance is 1/6 */
    ck_assert_double_gt(in_integers, in_float - 0.1);

    /* the file says the same when it is loaded and run again, on any number of threads */
    ohm_model_file file;
    ck_assert_int_eq(ohm_model_file_load(path, &file, &err), OHM_OK);
    ck_assert(json_equal(file.record, record));
    ck_assert(file.has_data && file.graph);
    ck_assert_str_eq(file.data.source, c.data.source);
    ohm_dataset *set;
    ck_assert_int_eq(ohm_dataset_open(NULL, &file.data, &set, &err), OHM_OK);
    const ohm_evaluation_task task = {.set = set, .split = OHM_SPLIT_TEST};
    for (int threads = 1; threads <= 3; threads++) {
        ohm_evaluation e;
        ck_assert_int_eq(ohm_evaluate_graph(file.graph, &task, threads, &e, &err), OHM_OK);
        ck_assert_uint_eq(e.count, 120);
        ck_assert_double_eq_tol((double)e.correct / 120, in_integers, 1e-12);
    }
    ohm_dataset_free(set);

    void *text;
    size_t size, lines = 0;
    ck_assert_int_eq(ohm_file_read(scratch_path("learned.metrics.csv"), &text, &size, &err),
                     OHM_OK);
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    ck_assert_uint_eq(lines, 1 + 16 + 3);
    ck_assert_ptr_eq(strstr(text, "stage,epoch,train_loss,train_accuracy,"), text);
    free(text);
    json_decref(record);
    ohm_model_file_free(&file);
}
END_TEST

START_TEST(prunes_for_good_and_resumes_there_too)
{
    ohm_train_config c = tiny();
    c.stage_float.epochs = 1;
    c.prune.keep_heads = 4;
    c.prune.keep_states = 2;
    c.prune.stage.epochs = 2;
    c.stage_quantised.epochs = 1;
    c.noise.kind = OHM_NOISE_DEVICE;
    c.optimiser.clip_weights = 2.5;
    train_good(&c, "pruned.safetensors", 1);
    ohm_model_file file;
    ck_assert_int_eq(ohm_model_file_load(scratch_path("pruned.safetensors"), &file, &err), OHM_OK);
    ck_assert_int_eq(ohm_model_config_of(file.model)->heads, 4);
    ck_assert_int_eq(ohm_model_config_of(file.model)->states, 2);
    ck_assert_uint_eq(file.graph->ops[1].u.ssm.heads, 4);
    ohm_model_file_free(&file);
    for (int batches = 2; batches < 12; batches += 3) { /* three batches an epoch */
        stopper s = {batches, false};
        ck_assert_int_eq(train(&c, "prcut.safetensors", 2, false, true, &s), OHM_EINTERRUPTED);
        ohm_status status = train(&c, "prcut.safetensors", 2, true, false, NULL);
        ck_assert_msg(status == OHM_OK, "%s", err.message);
        assert_same_bytes("pruned.safetensors", "prcut.safetensors");
        unlink(scratch_path("prcut.safetensors"));
    }
    c.prune.keep_heads = 7;
    ck_assert_int_eq(train(&c, "more.safetensors", 1, false, false, NULL), OHM_ECONFIG);
}
END_TEST

START_TEST(gates_resume_to_the_same_bytes)
{
    ohm_train_config c = tiny();
    c.stage_float.epochs = 3;
    c.prune.importance = OHM_IMPORTANCE_GATES;
    c.prune.l0_weight_modes = c.prune.l0_weight_heads = 20;
    c.prune.lr_gates = 2;
    c.prune.stage.epochs = 1;
    c.stage_quantised.epochs = 1;
    train_good(&c, "gates.safetensors", 1);
    ohm_model_file file;
    ck_assert_int_eq(ohm_model_file_load(scratch_path("gates.safetensors"), &file, &err), OHM_OK);
    ck_assert_int_lt(ohm_model_config_of(file.model)->heads, c.model.heads);
    ck_assert_ptr_null(ohm_model_find(file.model, "gates.heads"));
    ohm_model_file_free(&file);
    for (int batches = 2; batches < 12; batches += 3) {
        stopper s = {batches, false};
        ck_assert_int_eq(train(&c, "gtcut.safetensors", 2, false, true, &s), OHM_EINTERRUPTED);
        ohm_status status = train(&c, "gtcut.safetensors", 2, true, false, NULL);
        ck_assert_msg(status == OHM_OK, "%s", err.message);
        assert_same_bytes("gates.safetensors", "gtcut.safetensors");
        unlink(scratch_path("gtcut.safetensors"));
    }
}
END_TEST

START_TEST(breaks_down_with_a_reason)
{
    ohm_train_config c = tiny();
    c.model.norm = OHM_NORM_NONE;
    stopper s = {2, false};
    ck_assert_int_eq(train(&c, "nan.safetensors", 1, false, false, &s), OHM_EINTERRUPTED);
    c.stage_float.lr = 1e30;

    c.stage_float.warmup = 0;
    c.stage_float.epochs = 40;
    c.optimiser.clip_gradients = 0;
    /* other settings need --force; then the run breaks down, and a good checkpoint stays */
    ck_assert_int_eq(train(&c, "nan.safetensors", 1, true, false, NULL), OHM_ECONFIG);
    ck_assert_ptr_nonnull(strstr(err.message, "optimiser.clip_gradients was 1"));
    ck_assert_int_eq(train(&c, "nan.safetensors", 1, true, true, NULL), OHM_ENUMERIC);
    ck_assert_ptr_nonnull(strstr(err.message, "lower float.lr"));
    ck_assert_ptr_nonnull(strstr(err.message, "nan.checkpoint.safetensors"));
    ck_assert(ohm_file_exists(scratch_path("nan.checkpoint.safetensors")));
    ck_assert(!ohm_file_exists(scratch_path("nan.safetensors")));
    ohm_archive *kept;
    ck_assert_int_eq(ohm_archive_load(scratch_path("nan.checkpoint.safetensors"), &kept, &err),
                     OHM_OK);
    for (size_t i = 0; i < ohm_archive_count(kept); i++) {
        const ohm_tensor *t = ohm_archive_at(kept, i);
        for (size_t k = 0; t->dtype == OHM_F64 && k < t->count; k++)
            ck_assert_msg(isfinite(((const double *)t->data)[k]), "%s", t->name);
    }
    ohm_archive_free(kept);
}
END_TEST

START_TEST(refuses_before_it_works)
{
    ohm_train_config c = tiny();
    stopper s = {1, false};
    train(&c, "busy.safetensors", 1, false, false, &s);
    ck_assert_int_eq(train(&c, "busy.safetensors", 1, false, false, NULL), OHM_EEXIST);
    ck_assert_ptr_nonnull(strstr(err.message, "--resume"));
    /* other data under the same name of a source */
    ohm_train_config other = c;
    other.model.heads = 8;
    ck_assert_int_eq(train(&other, "busy.safetensors", 1, true, true, NULL), OHM_ECONFIG);
    ck_assert_ptr_nonnull(strstr(err.message, "model.heads was 6, is 8"));
    /* a checkpoint cut short */
    void *bytes;
    size_t n;
    const char *checkpoint = scratch_path("busy.checkpoint.safetensors");
    ohm_file_read(checkpoint, &bytes, &n, &err);
    ohm_file_write(checkpoint, bytes, n / 2, true, &err);
    free(bytes);
    ck_assert_int_eq(train(&c, "busy.safetensors", 1, true, false, NULL), OHM_EFORMAT);
    ck_assert_str_eq(err.path, checkpoint);

    ohm_file_write(scratch_path("there.safetensors"), "x", 1, true, &err);
    ck_assert_int_eq(train(&c, "there.safetensors", 1, false, false, NULL), OHM_EEXIST);
    snprintf(c.data.source, sizeof c.data.source, "synthetic:tones,train=7,test=7");
    c.data.held_out = 0;
    c.data.limit = 3;
    ck_assert_int_eq(train(&c, "few.safetensors", 1, false, false, NULL), OHM_EFORMAT);
    ck_assert_ptr_nonnull(strstr(err.message, "no training sequence"));
    ck_assert(!ohm_file_exists(scratch_path("few.metrics.csv")));
}
END_TEST

START_TEST(stops_early_and_starts_from_files)
{
    ohm_train_config c = tiny();
    c.quantised = false;
    c.stage_float.epochs = 30;
    c.stage_float.lr = c.stage_float.lr_ssm = 0; /* nothing improves after the first epoch */
    c.stage_float.early_stop_epochs = 2;
    c.model.norm = OHM_NORM_LAYER;
    c.model.dropout = 0;
    train_good(&c, "float.safetensors", 1);
    void *text;
    size_t n, lines = 0;
    ohm_file_read(scratch_path("float.metrics.csv"), &text, &n, &err);
    for (const char *at = text; (at = strchr(at, '\n')); at++)
        lines++;
    free(text);
    ck_assert_uint_eq(lines, 1 + 3);

    ohm_train_config q = tiny();
    snprintf(q.start_from, sizeof q.start_from, "%s", scratch_path("float.safetensors"));
    q.stage_float.epochs = q.stage_quantised.epochs = 0; /* post-training quantisation */
    train_good(&q, "post.safetensors", 1);
    ohm_model_file from, to;
    ck_assert_int_eq(ohm_model_file_load(q.start_from, &from, &err), OHM_OK);
    ck_assert_int_eq(ohm_model_file_load(scratch_path("post.safetensors"), &to, &err), OHM_OK);
    ck_assert_ptr_null(from.graph);
    ck_assert_ptr_nonnull(to.graph);
    const ohm_parameter *a = ohm_model_find(from.model, "s4_layers.0.kernel.C");
    const ohm_parameter *b = ohm_model_find(to.model, "s4_layers.0.kernel.C");
    ck_assert_mem_eq(a->value, b->value, a->count * sizeof *a->value);
    ohm_model_file_free(&from);
    ohm_model_file_free(&to);
    /* a quantised model serves too, without its quantisers */
    snprintf(q.start_from, sizeof q.start_from, "%s", scratch_path("post.safetensors"));
    train_good(&q, "again.safetensors", 1);
    ck_assert_int_eq(ohm_model_file_load(scratch_path("again.safetensors"), &to, &err), OHM_OK);
    ck_assert_int_eq(ohm_model_file_load(q.start_from, &from, &err), OHM_OK);
    ck_assert_mem_eq(ohm_model_find(from.model, "s4_layers.0.kernel.C")->value,
                     ohm_model_find(to.model, "s4_layers.0.kernel.C")->value,
                     6 * 4 * sizeof(double));
    ohm_model_file_free(&from);
    ohm_model_file_free(&to);
    snprintf(q.data.source, sizeof q.data.source, "synthetic:delay,train=40,test=8,length=32");
    ck_assert_int_eq(train(&q, "misfit.safetensors", 1, false, false, NULL), OHM_ECONFIG);
    ck_assert_ptr_nonnull(strstr(err.message, "reads 1 channels and knows 6 classes"));
}
END_TEST

START_TEST(model_files_are_checked)
{
    ohm_train_config c = tiny();
    c.stage_float.epochs = c.stage_quantised.epochs = 1;
    c.checkpoint_interval_sec = 1e9;
    train_good(&c, "whole2.safetensors", 1);
    const char *path = scratch_path("whole2.safetensors"), *cut = scratch_path("cut2.safetensors");
    void *bytes;
    size_t n;
    ohm_file_read(path, &bytes, &n, &err);
    ohm_model_file file;
    for (size_t k = 0; k < n; k += n / 97 + 1) {
        ohm_file_write(cut, bytes, k, true, &err);
        ck_assert_int_eq(ohm_model_file_load(cut, &file, &err), OHM_EFORMAT);
        ck_assert_str_eq(err.path, cut);
    }
    free(bytes);
    /* an archive of something else */
    ohm_archive *a = ohm_archive_alloc();
    ohm_archive_save(a, cut, true, &err);
    ohm_archive_free(a);
    ck_assert_int_eq(ohm_model_file_load(cut, &file, &err), OHM_EFORMAT);
    /* saving what was loaded gives the same bytes */
    ck_assert_int_eq(ohm_model_file_load(path, &file, &err), OHM_OK);
    ck_assert_int_eq(
        ohm_model_file_save(cut, file.model, file.graph, &file.data, file.record, true, &err),
        OHM_OK);
    ohm_model_file_free(&file);
    assert_same_bytes("whole2.safetensors", "cut2.safetensors");
}
END_TEST

int main(void)
{
    scratch_make();
    Suite *suite = suite_create("train_run");
    TCase *tc = tcase_create("train_run");
    tcase_add_test(tc, threads_change_no_byte);
    tcase_add_test(tc, stopped_runs_resume_to_the_same_bytes);
    tcase_add_loop_test(tc, killed_runs_resume_to_the_same_bytes, 0, 3);
    tcase_add_test(tc, learns_and_tells);
    tcase_add_test(tc, prunes_for_good_and_resumes_there_too);
    tcase_add_test(tc, gates_resume_to_the_same_bytes);
    tcase_add_test(tc, breaks_down_with_a_reason);
    tcase_add_test(tc, refuses_before_it_works);
    tcase_add_test(tc, stops_early_and_starts_from_files);
    tcase_add_test(tc, model_files_are_checked);
    suite_add_tcase(suite, tc);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    scratch_remove();
    return failed ? 1 : 0;
}
