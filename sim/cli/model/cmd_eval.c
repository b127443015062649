/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/files/npy.h"
#include "sim/cli/command.h"
#include "sim/cli/split.h"
#include "sim/run/predictions.h"
#include "workloads/train/evaluate.h"
#include "workloads/train/model_data.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

typedef enum arithmetic { ARITHMETIC_FLOAT, ARITHMETIC_INTEGER } arithmetic;

static const char *const ARITHMETICS[] = {"float", "integer"};

typedef struct request {
    arithmetic arithmetic;
    int choice; /* ohm_split_choice */
    ohm_split split;
    int64_t sequences;
    ohm_data_config data;
} request;

/* The model's own preparation of its data, changed by --set data.KEY=VALUE and --data. */
static ohm_status read_data_config(const ohm_invocation *inv, const ohm_model_file *file,
                                   ohm_data_config *out, ohm_err *err)
{
    char *dump = ohm_config_dump_json(&ohm_data_params, &file->data);
    char *text = NULL;
    if (!dump || asprintf(&text, "{\"data\": %s}", dump) < 0) text = NULL;
    free(dump);
    if (!text) return ohm_err_no_memory(err, "this command");
    ohm_config *document;
    ohm_status status = ohm_config_parse(text, inv->positional[0], NULL, &document, err);
    free(text);
    if (status != OHM_OK) return status;
    status = ohm_invocation_apply_sets(inv, document, err);
    if (status == OHM_OK) status = ohm_config_read(document, "data", &ohm_data_params, out, err);
    ohm_config_free(document);
    const char *data = ohm_invocation_value(inv, "data");
    if (status == OHM_OK && !data && !file->has_data)
        return ohm_err_set(err, OHM_ECONFIG,
                           "the model does not say what it was trained on; give --data");
    return status;
}

static ohm_status choose_arithmetic(const ohm_invocation *inv, const ohm_model_file *file,
                                    arithmetic *out, ohm_err *err)
{
    const char *name = ohm_invocation_value(inv, "arithmetic");
    *out = file->graph ? ARITHMETIC_INTEGER : ARITHMETIC_FLOAT;
    if (!name) return OHM_OK;
    if (strcmp(name, "float") != 0 && strcmp(name, "integer") != 0)
        return ohm_err_set(err, OHM_ECONFIG, "--arithmetic: '%.40s' is neither float nor integer",
                           name);
    *out = strcmp(name, "float") == 0 ? ARITHMETIC_FLOAT : ARITHMETIC_INTEGER;
    if (*out == ARITHMETIC_INTEGER && !file->graph)
        return ohm_err_at(err, OHM_ECONFIG, inv->positional[0], 0, 0,
                          "is a float model without integers; use --arithmetic float or train it "
                          "quantised");
    return OHM_OK;
}

static ohm_status read_request(const ohm_invocation *inv, const ohm_model_file *file, request *r,
                               ohm_err *err)
{
    OHM_TRY(ohm_split_choice_parse(ohm_invocation_value(inv, "split"), "--split", &r->choice, err));
    OHM_TRY(ohm_invocation_integer(inv, "sequences", 0, INT32_MAX, 0, &r->sequences, err));
    OHM_TRY(choose_arithmetic(inv, file, &r->arithmetic, err));
    return read_data_config(inv, file, &r->data, err);
}

static ohm_status evaluate(const ohm_invocation *inv, const ohm_model_file *file, const request *r,
                           ohm_evaluation_task *task, ohm_evaluation *out, ohm_err *err)
{
    ohm_progress progress;
    ohm_progress_start(&progress, ohm_invocation_log(inv), "eval", ohm_evaluation_count(task));
    task->progress = &progress;
    ohm_status status;
    if (r->arithmetic == ARITHMETIC_INTEGER) {
        status = ohm_evaluate_graph(file->graph, task, inv->jobs, out, err);
    } else {
        const ohm_nn_config config = {.threads = inv->jobs};
        ohm_nn *nn;
        status = ohm_nn_alloc(&config, &nn, err);
        ohm_model *plain = NULL; /* the same weights without quantisers */
        if (status == OHM_OK) {
            status = ohm_model_unquantise(file->model, &plain, err);
            if (status == OHM_OK) status = ohm_evaluate_model(nn, plain, task, out, err);
            ohm_model_free(plain);
            ohm_nn_free(nn);
        }
    }
    ohm_progress_finish(&progress, NULL);
    return status;
}

static ohm_status write_predictions(const ohm_invocation *inv, const ohm_evaluation_task *task,
                                    size_t count, size_t classes, ohm_err *err)
{
    const char *path = ohm_invocation_value(inv, "predictions");
    if (!path) return OHM_OK;
    ohm_csv csv;
    OHM_TRY(ohm_csv_open(&csv, path, OHM_PREDICTIONS_HEADER, inv->force, err));
    for (size_t i = 0; i < count; i++)
        ohm_predictions_row(&csv,
                            (ohm_prediction){i, ohm_dataset_label(task->set, task->split, i),
                                             ohm_argmax(task->logits + i * classes, classes)});
    return ohm_csv_close(&csv, err);
}

static ohm_status write_logits(const ohm_invocation *inv, const ohm_evaluation_task *task,
                               size_t count, size_t classes, ohm_err *err)
{
    const char *path = ohm_invocation_value(inv, "logits");
    const size_t shape[2] = {count, classes};
    return path ? ohm_npy_write(path, "<f4", 2, shape, task->logits, inv->force, err) : OHM_OK;
}

static void print_result(const ohm_invocation *inv, const request *r, const char *source,
                         const ohm_evaluation *e)
{
    double accuracy = (double)e->correct / (double)e->count;
    if (!inv->json) {
        printf("%s arithmetic: %.2f %% right (%zu of %zu), cross-entropy %.4f, %s (%s)\n",
               ARITHMETICS[r->arithmetic], 100 * accuracy, e->correct, e->count, e->loss, source,
               ohm_split_name(r->split));
        return;
    }
    json_t *j = json_pack(
        "{s:s, s:s, s:s, s:f, s:I, s:I, s:f}", "arithmetic", ARITHMETICS[r->arithmetic], "data",
        source, "split", ohm_split_name(r->split), "accuracy", accuracy, "correct",
        (json_int_t)e->correct, "sequences", (json_int_t)e->count, "loss", e->loss);
    json_dumpf(j, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(j);
}

static ohm_status run_on(const ohm_invocation *inv, const ohm_model_file *file, const request *r,
                         const ohm_dataset *set, ohm_err *err)
{
    size_t classes = (size_t)ohm_model_config_of(file->model)->classes;
    ohm_evaluation_task task = {.set = set, .split = r->split, .limit = (size_t)r->sequences};
    size_t count = ohm_evaluation_count(&task);
    ohm_evaluation e;
    task.logits = malloc((count ? count : 1) * classes * sizeof *task.logits);
    if (!task.logits) return ohm_err_no_memory(err, "this command");
    ohm_status status = evaluate(inv, file, r, &task, &e, err);
    if (status == OHM_OK) status = write_logits(inv, &task, count, classes, err);
    if (status == OHM_OK) status = write_predictions(inv, &task, count, classes, err);
    if (status == OHM_OK) print_result(inv, r, ohm_dataset_config(set)->source, &e);
    free(task.logits);
    return status;
}

/* A file that may not be overwritten is found before the work, not after it. */
static ohm_status check_outputs(const ohm_invocation *inv, ohm_err *err)
{
    static const char *const names[] = {"logits", "predictions"};
    for (size_t i = 0; i < 2; i++)
        OHM_TRY(ohm_file_check_new(ohm_invocation_value(inv, names[i]), inv->force, err));
    return OHM_OK;
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    OHM_TRY(check_outputs(inv, err));
    ohm_model_file file;
    OHM_TRY(ohm_model_file_load(inv->positional[0], &file, err));
    request r;
    ohm_model_data data = {0};
    ohm_status status = read_request(inv, &file, &r, err);
    if (status == OHM_OK)
        status = ohm_model_data_open(&file, ohm_invocation_value(inv, "data"), &r.data, r.choice,
                                     &data, err);
    r.split = data.split;
    if (status == OHM_OK && data.note[0] && ohm_invocation_log(inv))
        fprintf(ohm_invocation_log(inv), "note: %s\n", data.note);
    if (status == OHM_OK) status = run_on(inv, &file, &r, data.set, err);
    ohm_dataset_free(data.set);
    ohm_model_file_free(&file);
    return status;
}

static const ohm_option options[] = {
    {"data", "D", "sequences to classify, instead of those the model was trained with"},
    OHM_OPTION_SPLIT,
    {"sequences", "N", "only the first N of the part"},
    {"arithmetic", "float|integer", "integer, if the model has integers"},
    {"logits", "F.npy", "write the outputs, float32 (sequences, classes)"},
    {"predictions", "F.csv", "write index,label,predicted"},
};

const ohm_command ohm_cmd_eval = {
    .name = "eval",
    .summary = "Reference accuracy of a model, without hardware.",
    .positional = "MODEL",
    .positional_min = 1,
    .positional_max = 1,
    .example = "ohmstate eval digits.safetensors --arithmetic integer --predictions p.csv",
    .details = "The data are prepared as the model's training prepared them; --set data.KEY=VALUE "
               "changes that. Integer arithmetic is what an ideal chip returns, to the bit; float "
               "arithmetic is the network of the same weights without its quantisers.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
