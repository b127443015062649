/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/files/csv.h"
#include "core/files/json.h"
#include "sim/cli/device/subcommands.h"

#include "core/stats.h"
#include "sim/cli/device/named_device.h"

#include <jansson.h>
#include <stdlib.h>

enum { DEFAULT_TARGETS = 5 };

typedef struct request {
    double *targets, *times;
    size_t target_count, time_count, count;
    ohm_csv csv;    /* what is printed, unless as JSON */
    json_t *points; /* --json: statistics instead of rows */
} request;

/* Only once there is a row to follow, so that a refusal leaves nothing on stdout. */
static void begin_table(request *r, FILE *stream)
{
    if (!r->csv.stream)
        ohm_csv_begin(&r->csv, stream,
                      "device,target_uS,time_sec,sample,programmed_uS,drifted_uS,read_uS");
}

static void put_sample(ohm_csv *csv, const char *name, const double at[2], size_t sample,
                       const double siemens[3])
{
    ohm_csv_text(csv, name);
    ohm_csv_rounded(csv, at[0] * 1e6, 9);
    ohm_csv_rounded(csv, at[1], 9);
    ohm_csv_integer(csv, (int64_t)sample);
    for (size_t k = 0; k < 3; k++)
        ohm_csv_rounded(csv, siemens[k] * 1e6, 7);
    ohm_csv_end(csv);
}

/* Buffers of the devices of one target. */
typedef struct population {
    double *targets;
    float *state, *raw, *drifted, *read, *slow, *white, *z;
} population;

static void population_free(population *p)
{
    free(p->targets);
    free(p->state);
    free(p->raw);
    free(p->drifted);
    free(p->read);
    free(p->slow);
    free(p->white);
    free(p->z);
}

static ohm_status population_alloc(size_t n, size_t planes, population *p, ohm_err *err)
{
    *p = (population){
        .targets = malloc(n * sizeof *p->targets),
        .state = malloc(n * planes * sizeof *p->state),
        .raw = malloc(n * sizeof *p->raw),
        .drifted = malloc(n * sizeof *p->drifted),
        .read = malloc(n * sizeof *p->read),
        .slow = malloc(n * sizeof *p->slow),
        .white = malloc(n * sizeof *p->white),
        .z = malloc(n * sizeof *p->z),
    };
    if (p->targets && p->state && p->raw && p->drifted && p->read && p->slow && p->white && p->z)
        return OHM_OK;
    population_free(p);
    return ohm_err_no_memory(err, "%zu devices", n);
}

/* One read of every device: slow noise of this read-out and one draw of the white part. */
static void read_once(const ohm_device *device, const ohm_device_place *place, double time_sec,
                      uint64_t read_out, size_t n, population *p)
{
    const ohm_read_moment moment = {
        .read_out = read_out, .sequence = read_out, .clock_sec = time_sec};
    double low, high;
    ohm_device_limits(device, &low, &high);
    ohm_device_draw_slow(device, place, &moment, p->state, p->raw, p->slow, n, p->read);
    ohm_stream_normal(
        ohm_stream_make(place->root_seed, OHM_PURPOSE_READ_WHITE, place->unit, place->replica),
        read_out, 0, n, p->z);
    for (size_t i = 0; i < n; i++) {
        double g = (double)p->read[i] + (double)p->white[i] * (double)p->z[i];
        p->read[i] = (float)(g < low ? low : g > high ? high : g);
    }
}

static json_t *moments_json(const float *g, size_t n)
{
    ohm_moments m = {0};
    for (size_t i = 0; i < n; i++)
        ohm_moments_add(&m, (double)g[i]);
    return json_pack("{s:f, s:o}", "mean_siemens", m.mean, "std_siemens",
                     ohm_json_real(ohm_moments_std(&m)));
}

/* What writing all devices of a target took. */
static json_t *cost_json(const ohm_program_cost *cost)
{
    return json_pack("{s:I, s:I, s:f, s:f}", "pulses", (json_int_t)cost->pulses, "unconverged",
                     (json_int_t)cost->unconverged, "energy_joule", cost->energy_joule, "time_sec",
                     cost->time_sec);
}

static ohm_status sample_target(const char *name, const ohm_device *device,
                                const ohm_device_place *place, request *r, double target,
                                population *p, FILE *stream, ohm_err *err)
{
    const size_t n = r->count;
    for (size_t i = 0; i < n; i++)
        p->targets[i] = target;
    ohm_program_cost cost;
    OHM_TRY(ohm_device_write(device, place, 0, p->targets, n, p->state, &cost, err));
    for (size_t t = 0; t < r->time_count; t++) {
        const double time_sec = r->times[t];
        OHM_TRY(ohm_device_age(device, p->state, n, time_sec, p->drifted, err));
        OHM_TRY(ohm_device_settle(device, p->state, n, time_sec, p->raw, p->slow, p->white, err));
        read_once(device, place, time_sec, t, n, p);
        if (r->points) {
            json_array_append_new(r->points,
                                  json_pack("{s:s, s:f, s:f, s:I, s:o, s:o, s:o, s:o}", "device",
                                            name, "target_siemens", target, "time_sec", time_sec,
                                            "count", (json_int_t)n, "write", cost_json(&cost),
                                            "programmed", moments_json(p->state, n), "drifted",
                                            moments_json(p->drifted, n), "read",
                                            moments_json(p->read, n)));
            continue;
        }
        begin_table(r, stream);
        for (size_t i = 0; i < n; i++)
            put_sample(
                &r->csv, name, (const double[]){target, time_sec}, i,
                (const double[]){(double)p->state[i], (double)p->drifted[i], (double)p->read[i]});
    }
    return OHM_OK;
}

static ohm_status sample_device(const ohm_invocation *inv, const char *name, request *r,
                                FILE *stream, ohm_err *err)
{
    ohm_named_device d;
    OHM_TRY(ohm_named_device_open(inv, name, &d, err));
    double spread[DEFAULT_TARGETS], low, high;
    ohm_device_window(d.device, &low, &high);
    for (size_t k = 0; k < DEFAULT_TARGETS; k++)
        spread[k] = low + (high - low) * (double)k / (DEFAULT_TARGETS - 1);
    const double *targets = r->target_count ? r->targets : spread;
    const size_t target_count = r->target_count ? r->target_count : DEFAULT_TARGETS;
    population p;
    char shown[128];
    ohm_device_short_name(name, shown);
    ohm_status status = population_alloc(r->count, ohm_device_planes(d.device), &p, err);
    if (status == OHM_OK) {
        for (size_t k = 0; k < target_count && status == OHM_OK; k++) {
            const ohm_device_place place = {.root_seed = inv->seed, .unit = k};
            status = sample_target(shown, d.device, &place, r, targets[k], &p, stream, err);
        }
        population_free(&p);
    }
    ohm_named_device_close(&d);
    return status;
}

static ohm_status read_request(const ohm_invocation *inv, request *r, ohm_err *err)
{
    const char *targets = ohm_invocation_value(inv, "target");
    const char *times = ohm_invocation_value(inv, "time");
    int64_t count;
    OHM_TRY(ohm_invocation_integer(inv, "count", 1, 100000000, 100, &count, err));
    r->count = (size_t)count;
    if (targets)
        OHM_TRY(ohm_quantity_list_parse(targets, OHM_UNIT_SIEMENS, "target", &r->targets,
                                        &r->target_count, err));
    return ohm_quantity_list_parse(times ? times : "0 s", OHM_UNIT_SECOND, "time", &r->times,
                                   &r->time_count, err);
}

ohm_status ohm_device_sample_run(const ohm_invocation *inv, FILE *stream, ohm_err *err)
{
    if (inv->positional_count < 2)
        return ohm_err_set(err, OHM_ECONFIG,
                           "name a device: `ohmstate device sample pcm_joshi2020`");
    request r = {.points = inv->json ? json_array() : NULL};
    ohm_status status = read_request(inv, &r, err);
    for (size_t i = 1; status == OHM_OK && i < inv->positional_count; i++)
        status = sample_device(inv, inv->positional[i], &r, stream, err);
    if (status == OHM_OK && inv->json) {
        json_t *root = json_pack("{s:O}", "points", r.points);
        if (!root || json_dumpf(root, stream, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) != 0)
            status = ohm_err_set(err, OHM_EIO, "the result cannot be written");
        fputc('\n', stream);
        json_decref(root);
    }
    json_decref(r.points);
    free(r.targets);
    free(r.times);
    return status;
}
