/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/sweep/warnings.h"

#include "sim/sweep/store.h"

#include <jansson.h>
#include <string.h>

/* Remembers the lines seen as the keys of an object. */
static void print_new(FILE *log, json_t *seen, const char *lines)
{
    char line[OHM_SWEEP_WARNINGS_MAX];
    while (*lines) {
        const size_t n = strcspn(lines, "\n");
        snprintf(line, sizeof line, "%.*s", (int)n, lines);
        if (line[0] && !json_object_get(seen, line)) {
            json_object_set_new(seen, line, json_true());
            fprintf(log, "warning: %s\n", line);
        }
        lines += n + (lines[n] == '\n');
    }
}

typedef struct reader {
    FILE *log;
    json_t *seen;
} reader;

static void take(void *context, const char *warnings)
{
    const reader *r = context;
    print_new(r->log, r->seen, warnings);
}

ohm_status ohm_sweep_warnings_print(const char *const *stores, size_t count, FILE *log,
                                    ohm_err *err)
{
    reader r = {log, NULL};
    ohm_status status = OHM_OK;
    if (!log) return OHM_OK;
    r.seen = json_object();
    for (size_t i = 0; i < count && status == OHM_OK; i++) {
        ohm_store *store;
        status = ohm_store_open(stores[i], OHM_STORE_READ, &store, err);
        if (status != OHM_OK) break;
        status = ohm_store_each_warnings(store, take, &r, err);
        ohm_store_close(store);
    }
    json_decref(r.seen);
    return status;
}
