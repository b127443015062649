/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/command.h"
#include "workloads/train/run.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

static volatile sig_atomic_t interrupted;

static void note_signal(int number)
{
    (void)number;
    interrupted = 1;
    signal(SIGINT, SIG_DFL); /* a second one ends the run at once */
}

static bool asked_to_stop(void *user)
{
    (void)user;
    return interrupted != 0;
}

static ohm_status read_config(const ohm_invocation *inv, ohm_train_config *config, ohm_err *err)
{
    ohm_config *document;
    OHM_TRY(ohm_config_load(inv->positional[0], "train", &document, err));
    ohm_status status = ohm_invocation_apply_sets(inv, document, err);
    if (status == OHM_OK) status = ohm_config_read(document, "", &ohm_train_params, config, err);
    ohm_config_free(document);
    if (status != OHM_OK) return status;
    if (inv->seed_given) config->seed = (int64_t)inv->seed;
    const char *data = ohm_invocation_value(inv, "data");
    if (data && strlen(data) >= sizeof config->data.source)
        return ohm_err_set(err, OHM_ECONFIG, "--data: the text is longer than %zu characters",
                           sizeof config->data.source - 1);
    if (data) snprintf(config->data.source, sizeof config->data.source, "%s", data);
    return OHM_OK;
}

static void print_accuracy(const json_t *record, const char *what, const char *stage)
{
    const json_t *score = json_object_get(json_object_get(record, stage), "test");
    const char *split = json_string_value(json_object_get(record, "test_split"));
    if (json_is_object(score))
        printf("%-11s %.2f %% of %lld %s sequences\n", what,
               100 * json_number_value(json_object_get(score, "accuracy")),
               (long long)json_integer_value(json_object_get(score, "sequences")),
               strcmp(split, "test") == 0 ? "test" : "held-out");
}

static void print_result(const ohm_invocation *inv, const ohm_train_config *config,
                         const json_t *record)
{
    if (inv->json) {
        json_dumpf(record, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(17));
        putchar('\n');
        return;
    }
    printf("model       %s\n", inv->output);
    printf("parameters  %lld\n",
           (long long)json_integer_value(json_object_get(record, "parameters")));
    print_accuracy(record, "float", "float");
    if (config->quantised) print_accuracy(record, "integer", "final");
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    OHM_TRY(ohm_invocation_need_output(inv, err));
    ohm_train_config *config = malloc(sizeof *config);
    if (!config) return ohm_err_no_memory(err, "this command");
    json_t *record = NULL;
    ohm_status status = read_config(inv, config, err);
    if (status == OHM_OK) {
        const ohm_train_options options = {.output = inv->output,
                                           .resume = ohm_invocation_flag(inv, "resume"),
                                           .force = inv->force,
                                           .threads = inv->jobs,
                                           .log = ohm_invocation_log(inv),
                                           .stop = asked_to_stop};
        signal(SIGINT, note_signal);
        signal(SIGTERM, note_signal);
        status = ohm_train_run(config, &options, &record, err);
        signal(SIGINT, SIG_DFL);
        signal(SIGTERM, SIG_DFL);
    }
    if (status == OHM_OK) print_result(inv, config, record);
    json_decref(record);
    free(config);
    return status;
}

static const ohm_option options[] = {
    {"data", "D", "sequences to train on, instead of the document's data.source"},
    {"resume", NULL, "go on from the checkpoint of an interrupted run"},
};

const ohm_command ohm_cmd_train = {
    .name = "train",
    .summary = "Train a quantised S4D model: float, then quantisation-aware, then integers.",
    .positional = "TRAIN.yaml",
    .positional_min = 1,
    .positional_max = 1,
    .example = "ohmstate train digits -o digits.safetensors",
    .details =
        "Beside MODEL.safetensors lie MODEL.metrics.csv and, until the run ends, "
        "MODEL.checkpoint.safetensors. Killed at any moment, the same call with --resume gives the "
        "model it would have given. --data takes a folder of WAV files, of MNIST's IDX files or of "
        "CIFAR-10 batches, a UCR/UEA .tsv or .ts, X.npy,Y.npy or synthetic:digits.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
