/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/batch/sequences.h"

#include <stdbool.h>
#include <stdlib.h>

typedef struct selection {
    const ohm_dataset *set;
    ohm_split split;
} selection;

static size_t set_length(void *context, size_t i)
{
    const selection *s = context;
    return ohm_dataset_length(s->set, s->split, i);
}

static int32_t set_label(void *context, size_t i)
{
    const selection *s = context;
    return ohm_dataset_label(s->set, s->split, i);
}

static ohm_status set_read(void *context, size_t i, float *x, ohm_err *err)
{
    const selection *s = context;
    return ohm_dataset_read(s->set, s->split, i, set_length(context, i), x, err);
}

static ohm_status check_fit(const ohm_dataset *set, ohm_split split, const ohm_graph *graph,
                            ohm_err *err)
{
    const char *source = ohm_dataset_config(set)->source;
    size_t channels = ohm_dataset_channels(set), inputs = graph->values[0].width;
    if (channels != inputs)
        return ohm_err_set(err, OHM_EFORMAT,
                           "'%.200s' has %zu channel%s, the model takes %zu; give the data the "
                           "model was trained for",
                           source, channels, channels == 1 ? "" : "s", inputs);
    for (size_t i = 0; i < ohm_dataset_count(set, split); i++) {
        int32_t label = ohm_dataset_label(set, split, i);
        if (label >= 0 && (size_t)label >= graph->classes) {
            char place[256];
            ohm_dataset_place(set, split, i, place, sizeof place);
            return ohm_err_set(err, OHM_EFORMAT,
                               "%s: class %d, but the model knows classes 0 to %zu", place,
                               (int)label, graph->classes - 1);
        }
    }
    return OHM_OK;
}

ohm_status ohm_sequences_open(const ohm_dataset *set, ohm_split split, size_t limit,
                              const ohm_graph *graph, ohm_sequences *out, ohm_err *err)
{
    *out = (ohm_sequences){0};
    OHM_TRY(check_fit(set, split, graph, err));
    selection *s = calloc(1, sizeof *s);
    if (!s) return ohm_err_no_memory(err, "sequences");
    *s = (selection){.set = set, .split = split};
    size_t count = ohm_dataset_count(set, split);
    if (limit && limit < count) count = limit;
    if (count == 0) {
        free(s);
        return ohm_err_set(err, OHM_EFORMAT, "'%.200s' has no sequences in this part",
                           ohm_dataset_config(set)->source);
    }
    *out = (ohm_sequences){.context = s,
                           .count = count,
                           .max_length = ohm_dataset_max_length(set),
                           .length = set_length,
                           .label = set_label,
                           .read = set_read};
    return OHM_OK;
}

void ohm_sequences_free(ohm_sequences *sequences)
{
    free(sequences->context);
    *sequences = (ohm_sequences){0};
}

size_t ohm_sequences_classes(const ohm_sequences *sequences, size_t classes)
{
    bool *seen = calloc(classes + 1, sizeof *seen);
    size_t count = 0;
    for (size_t i = 0; seen && i < sequences->count; i++) {
        int32_t label = sequences->label(sequences->context, i);
        if (label < 0 || (size_t)label >= classes || seen[label]) continue;
        seen[label] = true;
        count++;
    }
    free(seen);
    return count;
}

ohm_status ohm_sequences_load(const ohm_sequences *sequences, size_t n, size_t channels,
                              ohm_loaded *out, ohm_err *err)
{
    if (n > sequences->count) n = sequences->count;
    *out = (ohm_loaded){.count = n};
    out->inputs = calloc(n + 1, sizeof *out->inputs);
    out->lengths = calloc(n + 1, sizeof *out->lengths);
    out->index = calloc(n + 1, sizeof *out->index);
    ohm_status status = out->inputs && out->lengths && out->index ? OHM_OK : OHM_ENOMEM;
    for (size_t i = 0; i < n && status == OHM_OK; i++) {
        void *context = sequences->context;
        out->lengths[i] = sequences->length(context, i);
        out->index[i] = sequences->index ? sequences->index(context, i) : i;
        out->inputs[i] = malloc(out->lengths[i] * channels * sizeof **out->inputs);
        status = out->inputs[i] ? sequences->read(context, i, out->inputs[i], err) : OHM_ENOMEM;
    }
    if (status != OHM_OK) ohm_loaded_free(out);
    if (status == OHM_ENOMEM) ohm_err_no_memory(err, "%zu sequences", n);
    return status;
}

void ohm_loaded_free(ohm_loaded *loaded)
{
    for (size_t i = 0; loaded->inputs && i < loaded->count; i++)
        free(loaded->inputs[i]);
    free(loaded->inputs);
    free(loaded->lengths);
    free(loaded->index);
    *loaded = (ohm_loaded){0};
}
