/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate device compare`. */
#include "sim/compare/device_compare.h"

#include "core/files/json.h"
#include "sim/batch/workload.h"
#include "sim/cli/device/named_device.h"
#include "sim/cli/device/subcommands.h"
#include "sim/report/device_page.h"
#include "sim/report/html.h"
#include "sim/run/results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { CALIBRATION_SEQUENCES = 64 };

typedef struct request {
    const char *model, *chip_name, *data;
    ohm_chip_config chip;
    ohm_compared_device *devices;
    char (*names)[128];
    size_t device_count;
    double *times_sec;
    size_t time_count;
    int64_t replicas, sequences;
} request;

static void free_request(request *r)
{
    free(r->devices);
    free(r->names);
    free(r->times_sec);
    free(r);
}

/* --- what was asked --- */

static ohm_status need(const ohm_invocation *inv, const char *option, const char **value,
                       ohm_err *err)
{
    *value = ohm_invocation_value(inv, option);
    return *value ? OHM_OK
                  : ohm_err_set(err, OHM_ECONFIG,
                                "compare needs --%s; see `ohmstate device --help`", option);
}

static ohm_status read_chip(const ohm_invocation *inv, request *r, ohm_err *err)
{
    ohm_config *document;
    OHM_TRY(ohm_config_load(r->chip_name, "chip", &document, err));
    ohm_status status = ohm_invocation_apply_sets(inv, document, err);
    if (status == OHM_OK) status = ohm_config_read(document, "", &ohm_chip_params, &r->chip, err);
    ohm_config_free(document);
    return status;
}

/* --set belongs to the chip here, so devices are as their files say. */
static ohm_status read_devices(const ohm_invocation *inv, request *r, ohm_err *err)
{
    ohm_invocation plain = *inv;
    plain.set_count = 0;
    r->device_count = inv->positional_count - 1;
    r->devices = calloc(r->device_count + 1, sizeof *r->devices);
    r->names = calloc(r->device_count + 1, sizeof *r->names);
    if (!r->devices || !r->names) return ohm_err_no_memory(err, "this command");
    for (size_t d = 0; d < r->device_count; d++) {
        ohm_named_device device;
        OHM_TRY(ohm_named_device_open(&plain, inv->positional[d + 1], &device, err));
        ohm_device_short_name(inv->positional[d + 1], r->names[d]);
        r->devices[d] = (ohm_compared_device){.name = r->names[d], .config = device.config};
        ohm_named_device_close(&device);
        for (size_t k = 0; k < d; k++)
            if (strcmp(r->names[k], r->names[d]) == 0)
                return ohm_err_set(err, OHM_ECONFIG,
                                   "two devices are called '%.60s'; results name devices, so give "
                                   "one file another name",
                                   r->names[d]);
    }
    return OHM_OK;
}

static ohm_status read_request(const ohm_invocation *inv, request *r, ohm_err *err)
{
    if (inv->positional_count < 2)
        return ohm_err_set(
            err, OHM_ECONFIG,
            "name the devices: `ohmstate device compare pcm_joshi2020 reram_cmo ...`");
    OHM_TRY(need(inv, "model", &r->model, err));
    OHM_TRY(need(inv, "chip", &r->chip_name, err));
    const char *times = ohm_invocation_value(inv, "times");
    r->data = ohm_invocation_value(inv, "data");
    OHM_TRY(ohm_quantity_list_parse(times ? times : "25 s,1 h,1 day,30 day,1 year", OHM_UNIT_SECOND,
                                    "times", &r->times_sec, &r->time_count, err));
    for (size_t t = 0; t < r->time_count; t++)
        if (!(r->times_sec[t] >= 0))
            return ohm_err_set(err, OHM_ERANGE, "--times: %g s is before programming",
                               r->times_sec[t]);
    OHM_TRY(ohm_invocation_integer(inv, "replicas", 1, 10000, 5, &r->replicas, err));
    OHM_TRY(ohm_invocation_integer(inv, "sequences", 0, 1000000000, 0, &r->sequences, err));
    OHM_TRY(read_chip(inv, r, err));
    return read_devices(inv, r, err);
}

/* --- what came out --- */

static void print_point(FILE *out, ohm_moments m)
{
    if (m.count == 0)
        fprintf(out, "  %15s", "not covered");
    else if (m.count == 1)
        fprintf(out, "  %15.2f", 100 * m.mean);
    else
        fprintf(out, "  %6.2f +- %5.2f", 100 * m.mean, 100 * ohm_moments_ci95(&m));
}

static void print_accuracies(FILE *out, const ohm_device_compare_job *job,
                             const ohm_device_comparison *c, const double *adjusted)
{
    fprintf(out, "%-24s", "accuracy / %");
    for (size_t t = 0; t < c->times; t++) {
        char when[32];
        ohm_quantity_format(job->times_sec[t], OHM_UNIT_SECOND, 4, when, sizeof when);
        fprintf(out, "  %22s", when);
    }
    fputc('\n', out);
    for (size_t d = 0; d < c->devices; d++) {
        fprintf(out, "%-24s", job->devices[d].name);
        for (size_t t = 0; t < c->times; t++) {
            const ohm_compared_interval i = ohm_compared_accuracy_interval(c, d, t);
            const double p = d > 0 ? adjusted[d * c->times + t] : NAN; /* the pair (0, d) */
            char text[48];
            snprintf(text, sizeof text, "%.2f (%.1f to %.1f)%c", 100 * i.mean, 100 * i.interval.low,
                     100 * i.interval.high, p < 0.05 ? '*' : ' ');
            fprintf(out, "  %22s", i.replicas ? text : "not covered");
        }
        fputc('\n', out);
    }
    fprintf(out,
            "in brackets: 95 %% for other chips and sequences. * differs from %s, pair by pair, at "
            "5 %% over all pairs and times (Holm)\n",
            job->devices[0].name);
}

static void print_table(FILE *out, const char *title, const ohm_device_compare_job *job,
                        const ohm_device_comparison *c,
                        ohm_moments (*at)(const ohm_device_comparison *, size_t, size_t))
{
    fprintf(out, "%-24s", title);
    for (size_t t = 0; t < c->times; t++) {
        char when[32];
        ohm_quantity_format(job->times_sec[t], OHM_UNIT_SECOND, 4, when, sizeof when);
        fprintf(out, "  %15s", when);
    }
    fputc('\n', out);
    for (size_t d = 0; d < c->devices; d++) {
        fprintf(out, "%-24s", job->devices[d].name);
        for (size_t t = 0; t < c->times; t++)
            print_point(out, at(c, d, t));
        fputc('\n', out);
    }
}

static json_t *moments_json(ohm_moments m)
{
    return json_pack("{s:I, s:o, s:o, s:o}", "replicas", (json_int_t)m.count, "mean",
                     ohm_json_real(m.count ? m.mean : NAN), "std",
                     ohm_json_real(m.count > 1 ? ohm_moments_std(&m) : NAN), "ci95",
                     ohm_json_real(m.count > 1 ? ohm_moments_ci95(&m) : NAN));
}

/* Mean and interval over chips and sequences; the spread is that of chips. */
static json_t *interval_json(ohm_compared_interval i, ohm_moments m, double adjusted)
{
    return json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "replicas", (json_int_t)i.replicas,
                     "mean", ohm_json_real(i.mean), "std",
                     ohm_json_real(m.count > 1 ? ohm_moments_std(&m) : NAN), "ci95",
                     ohm_json_real((i.interval.high - i.interval.low) / 2), "low",
                     ohm_json_real(i.interval.low), "high", ohm_json_real(i.interval.high),
                     "p_value", ohm_json_real(i.p), "p_value_holm", ohm_json_real(adjusted));
}

static json_t *comparison_json(const ohm_device_compare_job *job, const ohm_device_comparison *c)
{
    double *adjusted = ohm_compared_adjusted(c);
    json_t *devices = json_array();
    for (size_t d = 0; d < c->devices; d++) {
        json_t *points = json_array();
        for (size_t t = 0; t < c->times; t++)
            json_array_append_new(
                points,
                json_pack("{s:f, s:o, s:o, s:o}", "time_sec", job->times_sec[t], "accuracy",
                          interval_json(ohm_compared_accuracy_interval(c, d, t),
                                        ohm_compared_accuracy(c, d, t), NAN),
                          "mvm_error", moments_json(ohm_compared_error(c, d, t)),
                          "difference_to_first",
                          interval_json(ohm_compared_difference_interval(c, d, 0, t),
                                        ohm_compared_difference(c, d, 0, t),
                                        adjusted && d > 0 ? adjusted[d * c->times + t] : NAN)));
        json_array_append_new(devices, json_pack("{s:s, s:s, s:o}", "device", job->devices[d].name,
                                                 "not_covered", c->refusal[d], "points", points));
    }
    free(adjusted);
    return json_pack("{s:o, s:o}", "integer_accuracy", ohm_json_real(c->integer_accuracy),
                     "devices", devices);
}

static ohm_status print_result(const ohm_invocation *inv, const ohm_device_compare_job *job,
                               const ohm_device_comparison *c, FILE *stream, ohm_err *err)
{
    if (inv->json) {
        json_t *root = comparison_json(job, c);
        const bool written =
            root && json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) == 0;
        json_decref(root);
        fputc('\n', stream);
        return written ? OHM_OK : ohm_err_set(err, OHM_EIO, "the result cannot be written");
    }
    double *adjusted = ohm_compared_adjusted(c);
    if (!adjusted) return ohm_err_set(err, OHM_ENOMEM, "out of memory for the comparison");
    print_accuracies(stream, job, c, adjusted);
    free(adjusted);
    fputc('\n', stream);
    print_table(stream, "error of products / %", job, c, ohm_compared_error);
    fprintf(stream, "\ninteger reference %.2f %%\n", 100 * c->integer_accuracy);
    for (size_t d = 0; d < c->devices; d++)
        if (c->refusal[d][0]) fprintf(stream, "%s: %s\n", job->devices[d].name, c->refusal[d]);
    return OHM_OK;
}

static ohm_status write_page(const request *r, const ohm_device_compare_job *job,
                             const ohm_device_comparison *c, const ohm_folder *folder, ohm_err *err)
{
    const ohm_device_page page = {
        .job = job, .comparison = c, .folder = folder, .model = r->model, .chip = r->chip_name};
    char path[OHM_PATH_MAX];
    ohm_document doc = {0};
    ohm_outfile file = {0};
    ohm_status status = ohm_folder_file(folder, "compare.html", path, err);
    if (status == OHM_OK) status = ohm_device_page_make(&page, &doc, err);
    if (status == OHM_OK) status = ohm_outfile_open(&file, path, false, err);
    if (status == OHM_OK) status = ohm_html_write(&doc, file.stream, err);
    if (status == OHM_OK)
        status = ohm_outfile_commit(&file, err);
    else
        ohm_outfile_abandon(&file);
    ohm_document_free(&doc);
    return status;
}

static ohm_status write_folder(const ohm_invocation *inv, const request *r,
                               const ohm_workload *workload, const ohm_device_compare_job *job,
                               const ohm_device_comparison *c, ohm_folder *folder, double started,
                               ohm_err *err)
{
    char path[OHM_PATH_MAX];
    OHM_TRY(ohm_folder_begin(folder, inv->output, inv->force, err));
    OHM_TRY(ohm_device_comparison_write(job, c, folder, err));
    OHM_TRY(write_page(r, job, c, folder, err));
    json_t *devices = json_object(), *times = json_array();
    for (size_t d = 0; d < r->device_count; d++)
        json_object_set_new(devices, r->devices[d].name,
                            ohm_resolved_json(&ohm_device_params, &r->devices[d].config));
    for (size_t t = 0; t < r->time_count; t++)
        json_array_append_new(times, json_real(r->times_sec[t]));
    json_t *config = json_pack("{s:o, s:o, s:o, s:I, s:I}", "chip",
                               ohm_resolved_json(&ohm_chip_params, &r->chip), "devices", devices,
                               "times_sec", times, "replicas", (json_int_t)r->replicas, "sequences",
                               (json_int_t)r->sequences);
    const ohm_run_record record = {.command = "device compare",
                                   .config = config,
                                   .seed = inv->seed,
                                   .model_path = r->model,
                                   .model_hash = workload->hash,
                                   .data = ohm_dataset_config(workload->set)->source,
                                   .started_unix_sec = started,
                                   .wall_sec = (double)time(NULL) - started,
                                   .threads = inv->jobs};
    json_t *run = ohm_run_record_json(&record);
    json_decref(config);
    ohm_status status = ohm_folder_file(folder, "run.json", path, err);
    if (status == OHM_OK) status = ohm_json_save(run, path, false, err);
    json_decref(run);
    return status == OHM_OK ? ohm_folder_commit(folder, err) : status;
}

/* --- the command --- */

static ohm_status compare(const ohm_invocation *inv, const request *r, const ohm_workload *workload,
                          ohm_folder *folder, ohm_err *err)
{
    const double started = (double)time(NULL);
    const ohm_device_compare_job job = {.graph = workload->file.graph,
                                        .chip = &r->chip,
                                        .devices = r->devices,
                                        .device_count = r->device_count,
                                        .times_sec = r->times_sec,
                                        .time_count = r->time_count,
                                        .replicas = (size_t)r->replicas,
                                        .sequences = &workload->sequences,
                                        .calibration = &workload->calibration,
                                        .calibration_count = CALIBRATION_SEQUENCES,
                                        .seed = inv->seed,
                                        .threads = inv->jobs,
                                        .log = ohm_invocation_log(inv)};
    ohm_device_comparison c = {0};
    OHM_TRY(ohm_device_compare(&job, &c, err));
    ohm_status status = OHM_OK;
    if (inv->output) status = write_folder(inv, r, workload, &job, &c, folder, started, err);
    if (status == OHM_OK) status = print_result(inv, &job, &c, stdout, err);
    ohm_device_comparison_free(&c);
    return status;
}

ohm_status ohm_device_compare_run(const ohm_invocation *inv, ohm_err *err)
{
    request *r = calloc(1, sizeof *r);
    if (!r) return ohm_err_no_memory(err, "this command");
    ohm_workload workload = {0};
    ohm_folder folder = {0};
    ohm_status status = read_request(inv, r, err);
    if (status == OHM_OK && inv->output) status = ohm_folder_check(inv->output, inv->force, err);
    if (status == OHM_OK) {
        const ohm_workload_request what = {.model = r->model,
                                          .data = r->data,
                                          .split = OHM_CHOOSE_AUTO,
                                          .sequences = (size_t)r->sequences,
                                          .calibration = CALIBRATION_SEQUENCES};
        status = ohm_workload_open(&what, &workload, err);
        if (status == OHM_OK) status = compare(inv, r, &workload, &folder, err);
    }
    ohm_folder_abandon(&folder);
    ohm_workload_free(&workload);
    free_request(r);
    return status;
}
