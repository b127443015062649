/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate run`: an experiment end to end, from training to the report. */
#include "core/files/json.h"
#include "core/hash.h"
#include "sim/batch/workload.h"
#include "sim/cli/command.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/simulation/experiment_steps.h"
#include "sim/cli/simulation/provenance_text.h"
#include "sim/cli/simulation/simulation_table.h"
#include "sim/report/report.h"
#include "sim/run/experiment.h"
#include "sim/run/results.h"
#include "workloads/train/run.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

extern const ohm_command ohm_cmd_run;

typedef struct experiment {
    const ohm_invocation *inv;
    ohm_experiment_config config;
    uint64_t seed;
    double started_unix_sec, began_sec;
    ohm_steps steps;
    char model[OHM_PATH_MAX], chip[OHM_PATH_MAX], report[OHM_PATH_MAX];
    ohm_workload workload;
} experiment;

static ohm_status read_config(experiment *e, ohm_err *err)
{
    const ohm_invocation *inv = e->inv;
    ohm_config *document;
    OHM_TRY(ohm_config_load(inv->positional[0], "experiment", &document, err));
    ohm_status status = ohm_invocation_apply_sets(inv, document, err);
    if (status == OHM_OK)
        status = ohm_config_read(document, "", &ohm_experiment_params, &e->config, err);
    ohm_config_free(document);
    OHM_TRY(status);
    if (inv->seed_given) e->config.train.seed = (int64_t)inv->seed;
    e->seed = inv->seed;
    const char *folder = inv->output;
    if (snprintf(e->chip, sizeof e->chip, "%s/chip", folder) >= (int)sizeof e->chip - 64)
        return ohm_err_set(err, OHM_ECONFIG, "the output folder's name is too long");
    snprintf(e->report, sizeof e->report, "%.480s/report.html", folder);
    if (e->config.model[0])
        snprintf(e->model, sizeof e->model, "%s", e->config.model);
    else
        snprintf(e->model, sizeof e->model, "%.480s/model.safetensors", folder);
    return OHM_OK;
}

static void note(const experiment *e, const char *format, const char *what)
{
    FILE *log = ohm_invocation_log(e->inv);
    if (log) fprintf(log, format, what);
}

/* --- train --- */

/* A run of other content may have left its checkpoint. */
static void remove_checkpoint(const experiment *e)
{
    char path[OHM_PATH_MAX];
    snprintf(path, sizeof path, "%.480s/model.checkpoint.safetensors", e->inv->output);
    unlink(path);
}

static ohm_status train(experiment *e, ohm_err *err)
{
    if (e->config.model[0]) return OHM_OK;
    ohm_step_state state;
    uint64_t hash = ohm_experiment_train_hash(&e->config);
    OHM_TRY(ohm_steps_state(&e->steps, "train", hash, e->inv->force, &state, err));
    if (state == OHM_STEP_FINISHED && ohm_file_exists(e->model)) {
        note(e, "train: done before, %s is taken\n", e->model);
        return OHM_OK;
    }
    if (state == OHM_STEP_NEW) remove_checkpoint(e);
    OHM_TRY(ohm_steps_note(&e->steps, "train", hash, false, err));
    const ohm_train_options options = {.output = e->model,
                                       .resume = state == OHM_STEP_BEGUN,
                                       .force = true, /* the step is ours to do again */
                                       .threads = e->inv->jobs,
                                       .log = ohm_invocation_log(e->inv),
                                       .stop = ohm_interrupted};
    ohm_interrupt_watch();
    ohm_status status = ohm_train_run(&e->config.train, &options, NULL, err);
    ohm_interrupt_leave();
    OHM_TRY(status);
    return ohm_steps_note(&e->steps, "train", hash, true, err);
}

/* --- simulate --- */

static json_t *resolved(const experiment *e)
{
    return ohm_resolved_json(&ohm_experiment_params, &e->config);
}

static ohm_status write_chip(const experiment *e, const ohm_simulation *simulation, ohm_err *err)
{
    char path[OHM_PATH_MAX];
    json_t *config = resolved(e);
    if (!config) return ohm_err_no_memory(err, "the configuration");
    const ohm_run_record record = {.command = "run",
                                   .config = config,
                                   .seed = e->seed,
                                   .model_path = e->model,
                                   .model_hash = e->workload.hash,
                                   .data = ohm_dataset_config(e->workload.set)->source,
                                   .started_unix_sec = e->started_unix_sec,
                                   .wall_sec = ohm_clock_sec() - e->began_sec,
                                   .threads = e->inv->jobs};
    json_t *json = ohm_run_record_json(&record);
    json_decref(config);
    json_object_set_new(json, "training",
                        e->workload.file.record ? json_incref(e->workload.file.record)
                                                : json_null());
    ohm_folder folder;
    ohm_status status = ohm_folder_begin(&folder, e->chip, true, err);
    if (status == OHM_OK) status = ohm_folder_file(&folder, "run.json", path, err);
    if (status == OHM_OK) status = ohm_json_save(json, path, false, err);
    if (status == OHM_OK) status = ohm_results_write(&folder, simulation, err);
    if (status == OHM_OK) status = ohm_folder_commit(&folder, err);
    ohm_folder_abandon(&folder);
    json_decref(json);
    return status;
}

/* Equal hashes promise equal files: the configuration, the model's bytes, the seed. */
static uint64_t simulate_hash(const experiment *e)
{
    json_t *config = resolved(e);
    char *text = config ? json_dumps(config, JSON_COMPACT) : NULL;
    uint64_t hash = ohm_hash_bytes(e->workload.hash, &e->seed, sizeof e->seed);
    if (text) hash = ohm_hash_bytes(hash, text, strlen(text));
    free(text);
    json_decref(config);
    return hash;
}

static ohm_status simulate(experiment *e, uint64_t *hash, ohm_err *err)
{
    ohm_step_state state;
    *hash = simulate_hash(e);
    OHM_TRY(ohm_steps_state(&e->steps, "simulate", *hash, e->inv->force, &state, err));
    if (state == OHM_STEP_FINISHED && ohm_directory_exists(e->chip)) {
        note(e, "simulate: done before, %s is taken\n", e->chip);
        return OHM_OK;
    }
    const ohm_simulate_job job = {.graph = e->workload.file.graph,
                                  .chip = &e->config.chip,
                                  .config = &e->config.simulate,
                                  .sequences = &e->workload.sequences,
                                  .calibration = &e->workload.calibration,
                                  .seed = e->seed,
                                  .threads = e->inv->jobs,
                                  .split = ohm_split_name(e->workload.split),
                                  .log = ohm_invocation_log(e->inv),
                                  .stop = ohm_interrupted};
    ohm_simulation simulation = {0};
    OHM_TRY(ohm_steps_note(&e->steps, "simulate", *hash, false, err));
    ohm_interrupt_watch();
    ohm_status status = ohm_simulate(&job, &simulation, err);
    if (status == OHM_EINTERRUPTED)
        ohm_err_set(err, status, "interrupted; the same command goes on with the simulation");
    ohm_interrupt_leave();
    OHM_TRY(status);
    status = write_chip(e, &simulation, err);
    ohm_simulation_free(&simulation);
    OHM_TRY(status);
    return ohm_steps_note(&e->steps, "simulate", *hash, true, err);
}

/* --- report --- */

static ohm_status write_report(experiment *e, uint64_t hash, ohm_err *err)
{
    ohm_step_state state;
    OHM_TRY(ohm_steps_state(&e->steps, "report", hash, true, &state, err));
    if (state == OHM_STEP_FINISHED && ohm_file_exists(e->report)) return OHM_OK;
    const char *folders[] = {e->inv->output};
    bool plotted;
    OHM_TRY(ohm_report_write(folders, 1, NULL, e->report, true, &plotted, err));
    if (!plotted) note(e, "report: %s\n", "no gnuplot here, so the page has no plots");
    return ohm_steps_note(&e->steps, "report", hash, true, err);
}

/* --- the short table --- */

/* Of the float model that the training had before it quantised, on the very sequences that the chip ran:
 * the record keeps which of the test part it had right. NaN for other sequences. */
static double float_accuracy(const experiment *e)
{
    const json_t *of_float = json_object_get(e->workload.file.record, "float");
    const char *right = json_string_value(json_object_get(of_float, "test_right"));
    const size_t n = e->workload.sequences.count;
    static const char digits[] = "0123456789abcdef";
    size_t correct = 0;
    if (!right || e->workload.split != OHM_SPLIT_TEST || e->config.data[0] || strlen(right) * 4 < n)
        return NAN;
    for (size_t i = 0; i < n; i++) {
        const char *digit = strchr(digits, right[i / 4]);
        correct += digit ? (size_t)(digit - digits) >> (3 - i % 4) & 1 : 0;
    }
    return (double)correct / (double)n;
}

static ohm_status print_table(const experiment *e, ohm_err *err)
{
    char path[OHM_PATH_MAX];
    json_t *stats;
    snprintf(path, sizeof path, "%.480s/stats.json", e->chip);
    OHM_TRY(ohm_json_load(path, &stats, err));
    ohm_provenance_warn(json_object_get(stats, "provenance"), ohm_invocation_log(e->inv));
    if (e->inv->json) {
        json_object_set_new(stats, "report", json_string(e->report));
        json_dumpf(stats, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else {
        printf("%-24s %s\n", "report", e->report);
        ohm_simulation_print(stats, float_accuracy(e), ohm_invocation_flag(e->inv, "verbose"),
                             stdout);
    }
    json_decref(stats);
    return OHM_OK;
}

static ohm_status run_steps(experiment *e, ohm_err *err)
{
    OHM_TRY(read_config(e, err));
    OHM_TRY(ohm_steps_open(&e->steps, e->inv->output, e->inv->force, err));
    OHM_TRY(train(e, err));
    const ohm_workload_request request = {.model = e->model,
                                         .data = e->config.data[0] ? e->config.data : NULL,
                                         .split = e->config.simulate.split,
                                         .sequences = (size_t)e->config.simulate.sequences,
                                         .calibration =
                                             (size_t)e->config.simulate.calibration_sequences};
    OHM_TRY(ohm_workload_open(&request, &e->workload, err));
    if (e->workload.note[0]) note(e, "note: %s\n", e->workload.note);
    uint64_t hash;
    OHM_TRY(simulate(e, &hash, err));
    OHM_TRY(write_report(e, hash, err));
    return print_table(e, err);
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    OHM_TRY(ohm_invocation_need_output(inv, err));
    experiment *e = calloc(1, sizeof *e);
    if (!e) return ohm_err_no_memory(err, "this command");
    e->inv = inv;
    e->started_unix_sec = (double)time(NULL);
    e->began_sec = ohm_clock_sec();
    ohm_status status = run_steps(e, err);
    ohm_workload_free(&e->workload);
    ohm_steps_close(&e->steps);
    free(e);
    return status;
}

static const ohm_option options[] = {OHM_OPTION_VERBOSE};

const ohm_command ohm_cmd_run = {
    .name = "run",
    .summary = "Run an experiment: train or load, map, simulate, report.",
    .positional = "EXPERIMENT.yaml",
    .positional_min = 1,
    .positional_max = 1,
    .example = "ohmstate run demo -o demo",
    .details = "The folder of -o gets model.safetensors, chip/ (run.json, stats.json and tables),\n"
               "report.html and steps.json. A step that was done before with the same content is\n"
               "not done again; an interrupted training goes on where it was. --set changes the\n"
               "experiment, as in --set chip.tile.rows=128 --set simulate.replicas=5.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
