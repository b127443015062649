/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate sim`: a trained model on a chip. */
#include "core/files/json.h"
#include "sim/batch/workload.h"
#include "sim/cli/command.h"
#include "sim/cli/interrupt.h"
#include "sim/cli/split.h"
#include "sim/cli/simulation/provenance_text.h"
#include "sim/cli/simulation/simulation_table.h"
#include "sim/run/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

extern const ohm_command ohm_cmd_sim;

typedef struct request {
    ohm_chip_config chip;
    ohm_simulate_config simulate;
    bool vcd, timeline;
} request;

/* --- options --- */

static ohm_status set_from_option(const ohm_invocation *inv, const char *name,
                                  ohm_simulate_config *config, ohm_err *err)
{
    const char *text = ohm_invocation_value(inv, name);
    if (!text || ohm_param_set(&ohm_simulate_params, config, name, text, err) == OHM_OK)
        return OHM_OK;
    /* "--time: ..." rather than "time: ..." */
    char message[OHM_MESSAGE_MAX];
    snprintf(message, sizeof message, "%s", err->message);
    return ohm_err_set(err, err->status, "--%s", message);
}

static ohm_status read_traces(const ohm_invocation *inv, request *r, ohm_err *err)
{
    const char *text = ohm_invocation_value(inv, "trace");
    while (text && *text) {
        size_t n = strcspn(text, ",");
        if (n == 3 && strncmp(text, "vcd", n) == 0)
            r->vcd = true;
        else if (n == 8 && strncmp(text, "timeline", n) == 0)
            r->timeline = true;
        else if (n == 4 && strncmp(text, "both", n) == 0)
            r->vcd = r->timeline = true;
        else
            return ohm_err_set(err, OHM_ECONFIG, "--trace: '%.*s' is none of vcd, timeline, both",
                               (int)(n < 60 ? n : 60), text);
        text += n + (text[n] == ',');
    }
    if ((r->vcd || r->timeline) && !OHM_WITH_SYSTEMC)
        return ohm_err_set(err, OHM_EUNSUPPORTED, "--trace: %s", OHM_NO_SYSTEMC);
    if ((r->vcd || r->timeline) && !inv->output)
        return ohm_err_set(err, OHM_ECONFIG, "--trace: traces are written into the folder of -o");
    return OHM_OK;
}

static ohm_status read_timing_only(const ohm_invocation *inv, ohm_simulate_config *config,
                                   ohm_err *err)
{
    static const char *const of_values[] = {"logits", "predictions"};
    if (!ohm_invocation_flag(inv, "timing-only")) return OHM_OK;
    for (size_t i = 0; i < 2; i++)
        if (ohm_invocation_value(inv, of_values[i]))
            return ohm_err_set(err, OHM_ECONFIG, "--timing-only computes no values; leave --%s out",
                               of_values[i]);
    config->timing_only = true;
    return ohm_simulate_params.check(config, err);
}

static ohm_status read_request(const ohm_invocation *inv, request *r, ohm_err *err)
{
    static const char *const settings[] = {"engine", "sequences", "time", "replicas"};
    ohm_config *document;
    OHM_TRY(ohm_config_load(inv->positional[1], "chip", &document, err));
    ohm_status status = ohm_invocation_apply_sets(inv, document, err);
    if (status == OHM_OK) status = ohm_config_read(document, "", &ohm_chip_params, &r->chip, err);
    ohm_config_free(document);
    OHM_TRY(status);
    OHM_TRY(ohm_param_defaults(&ohm_simulate_params, &r->simulate, err));
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++)
        OHM_TRY(set_from_option(inv, settings[i], &r->simulate, err));
    OHM_TRY(read_timing_only(inv, &r->simulate, err));
    OHM_TRY(ohm_split_choice_parse(ohm_invocation_value(inv, "split"), "--split",
                                   &r->simulate.split, err));
    return read_traces(inv, r, err);
}

/* What must not be there is looked for before the long work. */
static ohm_status check_outputs(const ohm_invocation *inv, ohm_err *err)
{
    static const char *const files[] = {"logits", "predictions"};
    if (inv->output) OHM_TRY(ohm_folder_check(inv->output, inv->force, err));
    for (size_t i = 0; i < 2; i++)
        OHM_TRY(ohm_file_check_new(ohm_invocation_value(inv, files[i]), inv->force, err));
    return OHM_OK;
}

/* --- results --- */

static ohm_status write_folder(const ohm_invocation *inv, const request *r,
                               const ohm_workload *workload, const ohm_simulation *simulation,
                               ohm_folder *folder, double started, ohm_err *err)
{
    char path[OHM_PATH_MAX];
    json_t *config = json_pack("{s:o, s:o}", "chip", ohm_resolved_json(&ohm_chip_params, &r->chip),
                               "simulate", ohm_resolved_json(&ohm_simulate_params, &r->simulate));
    if (!config) return ohm_err_no_memory(err, "the configuration");
    const ohm_run_record record = {.command = "sim",
                                   .config = config,
                                   .seed = inv->seed,
                                   .model_path = inv->positional[0],
                                   .model_hash = workload->hash,
                                   .data = ohm_dataset_config(workload->set)->source,
                                   .started_unix_sec = started,
                                   .wall_sec = simulation->wall_sec,
                                   .threads = inv->jobs};
    json_t *json = ohm_run_record_json(&record);
    json_decref(config);
    ohm_status status = ohm_folder_file(folder, "run.json", path, err);
    if (status == OHM_OK) status = ohm_json_save(json, path, false, err);
    json_decref(json);
    OHM_TRY(status);
    return ohm_results_write(folder, simulation, err);
}

static ohm_status write_results(const ohm_invocation *inv, const request *r,
                                const ohm_workload *workload, const ohm_simulation *simulation,
                                ohm_folder *folder, double started, ohm_err *err)
{
    const char *logits = ohm_invocation_value(inv, "logits");
    const char *predictions = ohm_invocation_value(inv, "predictions");
    if (inv->output) {
        OHM_TRY(write_folder(inv, r, workload, simulation, folder, started, err));
        OHM_TRY(ohm_folder_commit(folder, err));
    }
    if (logits) OHM_TRY(ohm_logits_write(logits, &simulation->first, inv->force, err));
    if (predictions)
        OHM_TRY(ohm_predictions_write(predictions, &simulation->first, inv->force, err));
    json_t *stats;
    OHM_TRY(ohm_results_json(simulation, &stats, err));
    ohm_provenance_warn(json_object_get(stats, "provenance"), ohm_invocation_log(inv));
    if (inv->json) {
        json_dumpf(stats, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
        putchar('\n');
    } else {
        if (inv->output) printf("%-24s %s\n", "results", inv->output);
        ohm_simulation_print(stats, NAN, ohm_invocation_flag(inv, "verbose"), stdout);
    }
    json_decref(stats);
    return OHM_OK;
}

static void warn_of_few_classes(const ohm_invocation *inv, const ohm_workload *workload)
{
    size_t classes = workload->file.graph->classes;
    size_t seen = ohm_sequences_classes(&workload->sequences, classes);
    FILE *log = ohm_invocation_log(inv);
    if (log && seen < classes)
        fprintf(log, "note: the first %zu sequences hold %zu of %zu classes\n",
                workload->sequences.count, seen, classes);
}

static ohm_status simulate(const ohm_invocation *inv, const request *r,
                           const ohm_workload *workload, ohm_folder *folder, ohm_err *err)
{
    char vcd[OHM_PATH_MAX], timeline[OHM_PATH_MAX];
    ohm_simulate_job job = {.graph = workload->file.graph,
                            .chip = &r->chip,
                            .config = &r->simulate,
                            .sequences = &workload->sequences,
                            .calibration = &workload->calibration,
                            .seed = inv->seed,
                            .threads = inv->jobs,
                            .split = ohm_split_name(workload->split),
                            .log = ohm_invocation_log(inv),
                            .stop = ohm_interrupted};
    double started = (double)time(NULL);
    if (inv->output) {
        OHM_TRY(ohm_folder_begin(folder, inv->output, inv->force, err));
        if (folder->found_leftovers && job.log)
            fprintf(job.log, "note: cleared what an earlier run left when it was killed\n");
        OHM_TRY(ohm_folder_file(folder, "waves.vcd", vcd, err));
        OHM_TRY(ohm_folder_file(folder, "timeline.json", timeline, err));
        job.vcd_path = r->vcd ? vcd : NULL;
        job.timeline_path = r->timeline ? timeline : NULL;
    }
    if (job.log && workload->note[0]) fprintf(job.log, "note: %s\n", workload->note);
    if (!r->simulate.timing_only) warn_of_few_classes(inv, workload);
    ohm_simulation simulation = {0};
    ohm_status status = ohm_simulate(&job, &simulation, err);
    if (status == OHM_EINTERRUPTED) ohm_err_set(err, status, "interrupted; nothing is kept");
    OHM_TRY(status);
    status = write_results(inv, r, workload, &simulation, folder, started, err);
    ohm_simulation_free(&simulation);
    return status;
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    request *r = calloc(1, sizeof *r);
    if (!r) return ohm_err_no_memory(err, "this command");
    ohm_workload workload = {0};
    ohm_folder folder = {0};
    ohm_status status = read_request(inv, r, err);
    if (status == OHM_OK) status = check_outputs(inv, err);
    if (status == OHM_OK) {
        const ohm_workload_request what = {.model = inv->positional[0],
                                          .data = ohm_invocation_value(inv, "data"),
                                          .split = r->simulate.split,
                                          .sequences = (size_t)r->simulate.sequences,
                                          .calibration = (size_t)r->simulate.calibration_sequences};
        status = ohm_workload_open(&what, &workload, err);
    }
    ohm_interrupt_watch(); /* until the folder is in place or gone */
    if (status == OHM_OK) status = simulate(inv, r, &workload, &folder, err);
    ohm_folder_abandon(&folder);
    ohm_interrupt_leave();
    ohm_workload_free(&workload);
    free(r);
    return status;
}

static const ohm_option options[] = {
    {"data", "D", "sequences to run, instead of those the model was trained on"},
    OHM_OPTION_SPLIT,
    {"sequences", "N", "only the first N sequences"},
    {"engine", "NAME",
     "batch (default): values over threads, time and energy from a few "
     "sequences on the SystemC chip; systemc: everything there"},
    {"timing-only", NULL,
     "time, energy and area alone, from the SystemC chip: no values, no accuracy"},
    {"time", "TIMES", "when after programming the chip is read, such as \"25 s, 1 day\""},
    {"replicas", "R", "chip instances, each with its own random draws"},
    {"trace", "KINDS", "vcd, timeline or both: waves.vcd for GTKWave, timeline.json for Perfetto"},
    {"logits", "F.npy", "logits of the first chip at the first time, (sequences, classes)"},
    {"predictions", "F.csv", "the same as classes: index,label,predicted"},
    OHM_OPTION_VERBOSE,
};

const ohm_command ohm_cmd_sim = {
    .name = "sim",
    .summary = "Run a trained model on a chip: accuracy, latency, energy, area.",
    .positional = "MODEL CHIP.yaml",
    .positional_min = 2,
    .positional_max = 2,
    .example =
        "ohmstate sim digits.safetensors edge_22nm --time \"25 s, 1 day\" --replicas 3 -o run",
    .details = "The folder of -o gets run.json (what was run), stats.json (every statistic, with\n"
               "units) and one CSV per table. --set changes the chip, as in --set tile.rows=128.\n"
               "Results depend on the model, the chip, the data and --seed alone, not on --jobs\n"
               "or --engine.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
