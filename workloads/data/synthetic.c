/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/data/synthetic.h"

#include "core/rng.h"
#include "workloads/data/source.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const ohm_synthetic_task *const TASKS[] = {&ohm_synthetic_digits, &ohm_synthetic_tones,
                                                  &ohm_synthetic_delay};
enum { TASK_COUNT = 3, ITEMS_MAX = 10000000, LENGTH_MIN = 32, LENGTH_MAX = 1000000 };

typedef struct synthetic_state {
    const ohm_synthetic_task *task;
    char text[OHM_PATH_MAX];
    uint64_t seed;
    ohm_stream stream[OHM_PARTS];
} synthetic_state;

static ohm_status synthetic_read(const ohm_source *s, size_t part, size_t i, float *x, ohm_err *err)
{
    const synthetic_state *state = s->state;
    gsl_rng *rng = gsl_rng_alloc(ohm_rng_philox);
    if (!rng) return ohm_source_no_memory(err);
    ohm_rng_seek(rng, state->stream[part], i);
    state->task->draw(rng, s->label[part][i], s->max_length, x);
    gsl_rng_free(rng);
    return OHM_OK;
}

static void synthetic_place(const ohm_source *s, size_t part, size_t i, char *out, size_t size)
{
    const synthetic_state *state = s->state;
    snprintf(out, size, "synthetic:%.200s: %s item %zu", state->text, part ? "test" : "train", i);
}

/* "key=value" in text[0..n). */
static ohm_status take_option(const char *text, size_t n, const ohm_synthetic_task *task,
                              uint64_t *seed, size_t count[OHM_PARTS], size_t *length, ohm_err *err)
{
    const char *equals = memchr(text, '=', n);
    size_t key = equals ? (size_t)(equals - text) : n;
    char *end = NULL;
    unsigned long long value =
        equals && isdigit((unsigned char)equals[1]) ? strtoull(equals + 1, &end, 10) : 0;
    if (!end || end != text + n)
        return ohm_err_set(err, OHM_ECONFIG,
                           "data: \"%.*s\" is not key=number; synthetic:%s takes train=, test=, "
                           "seed=%s",
                           (int)n, text, task->name, task->height ? "" : ", length=");
    size_t low = 1, high = ITEMS_MAX;
    size_t *target = NULL;
    if (key == 5 && memcmp(text, "train", 5) == 0) {
        target = &count[0];
    } else if (key == 4 && memcmp(text, "test", 4) == 0) {
        target = &count[1];
    } else if (key == 6 && memcmp(text, "length", 6) == 0 && !task->height) {
        target = length;
        low = LENGTH_MIN;
        high = LENGTH_MAX;
    } else if (key == 4 && memcmp(text, "seed", 4) == 0) {
        *seed = value;
        return OHM_OK;
    } else {
        return ohm_err_set(err, OHM_ECONFIG, "data: synthetic:%s has no option \"%.*s\"",
                           task->name, (int)key, text);
    }
    if (value < low || value > high)
        return ohm_err_set(err, OHM_ECONFIG, "data: \"%.*s\" is outside %zu to %zu", (int)n, text,
                           low, high);
    *target = (size_t)value;
    return OHM_OK;
}

ohm_status ohm_source_open_synthetic(const char *what, ohm_source *s, ohm_err *err)
{
    size_t name = strcspn(what, ","), count[OHM_PARTS] = {4000, 1000};
    const ohm_synthetic_task *task = NULL;
    for (size_t k = 0; k < TASK_COUNT; k++) {
        if (strlen(TASKS[k]->name) == name && memcmp(TASKS[k]->name, what, name) == 0)
            task = TASKS[k];
    }
    if (!task)
        return ohm_err_set(err, OHM_ECONFIG,
                           "data: there is no synthetic:%.*s; there are digits, tones and delay",
                           (int)(name < 60 ? name : 60), what);
    synthetic_state *state = calloc(1, sizeof *state);
    if (!state) return ohm_source_no_memory(err);
    s->state = state;
    s->read = synthetic_read;
    s->place = synthetic_place;
    s->close = free;
    state->task = task;
    state->seed = 1;
    snprintf(state->text, sizeof state->text, "%s", what);
    s->max_length = task->length;
    for (const char *at = what + name; *at == ',';) {
        size_t n = strcspn(++at, ",");
        OHM_TRY(take_option(at, n, task, &state->seed, count, &s->max_length, err));
        at += n;
    }
    s->has_split = true;
    s->channels = task->channels;
    s->height = task->height;
    s->width = task->width;
    OHM_TRY(ohm_source_number_classes(s, task->classes, err));
    s->numbered = !task->class_names;
    for (size_t k = 0; task->class_names && k < task->classes; k++)
        snprintf(s->class_names[k], OHM_CLASS_NAME_MAX, "%s", task->class_names[k]);
    for (size_t part = 0; part < OHM_PARTS; part++) {
        state->stream[part] = ohm_stream_make(state->seed, OHM_PURPOSE_DATA, part, 0);
        OHM_TRY(ohm_source_alloc_labels(s, part, count[part], err));
        for (size_t i = 0; i < count[part]; i++) /* classes in turn: every prefix is balanced */
            s->label[part][i] = (int32_t)(i % task->classes);
    }
    return OHM_OK;
}
