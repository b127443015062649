/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/results.h"

#include "core/config/config.h"
#include "core/files/file.h"
#include "core/files/json.h"
#include "core/hash.h"

#include <gsl/gsl_version.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

json_t *ohm_resolved_json(const ohm_param_table *table, const void *config)
{
    char *text = ohm_config_dump_json(table, config);
    json_t *json = text ? json_loads(text, 0, NULL) : NULL;
    free(text);
    return json;
}

static json_t *versions_json(void)
{
    return json_pack("{s:s, s:s, s:s}", "ohmstate", OHM_VERSION, "gsl", gsl_version, "jansson",
                     JANSSON_VERSION);
}

static json_t *host_json(const ohm_run_record *r)
{
    struct utsname system;
    char started[32] = "";
    time_t seconds = (time_t)r->started_unix_sec;
    struct tm utc;
    if (gmtime_r(&seconds, &utc)) strftime(started, sizeof started, "%Y-%m-%dT%H:%M:%SZ", &utc);
    if (uname(&system) != 0) memset(&system, 0, sizeof system);
    return json_pack("{s:s, s:s, s:s, s:i, s:i, s:s, s:o}", "name", system.nodename, "system",
                     system.sysname, "machine", system.machine, "cores",
                     (int)sysconf(_SC_NPROCESSORS_ONLN), "threads", r->threads, "started", started,
                     "wall_sec", ohm_json_real(r->wall_sec));
}

static uint64_t hash_json(uint64_t hash, const json_t *json)
{
    char *text = json_dumps(json, JSON_COMPACT | JSON_SORT_KEYS | JSON_REAL_PRECISION(17));
    if (text) hash = ohm_hash_bytes(hash, text, strlen(text));
    free(text);
    return hash;
}

json_t *ohm_run_record_json(const ohm_run_record *r)
{
    char hash[17], model_hash[17];
    uint64_t h = hash_json(OHM_HASH_START, r->config);
    h = ohm_hash_bytes(h, &r->seed, sizeof r->seed);
    h = ohm_hash_bytes(h, &r->model_hash, sizeof r->model_hash);
    if (r->data) h = ohm_hash_bytes(h, r->data, strlen(r->data));
    snprintf(hash, sizeof hash, "%016" PRIx64, h);
    snprintf(model_hash, sizeof model_hash, "%016" PRIx64, r->model_hash);
    json_t *json = json_pack("{s:s, s:O, s:s, s:I}", "command", r->command, "config", r->config,
                             "hash", hash, "seed", (json_int_t)r->seed);
    if (!json) return NULL;
    if (r->model_path)
        json_object_set_new(json, "model",
                            json_pack("{s:s, s:s}", "path", r->model_path, "hash", model_hash));
    if (r->data) json_object_set_new(json, "data", json_string(r->data));
    json_object_set_new(json, "versions", versions_json());
    json_object_set_new(json, "build",
                        json_pack("{s:s, s:s}", "compiler", __VERSION__, "flags", OHM_BUILD_FLAGS));
    json_object_set_new(json, "host", host_json(r));
    return json;
}
