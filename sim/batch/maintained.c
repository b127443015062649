/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/batch/maintained.h"

#include "core/progress.h"

#include <string.h>

/* Some sequences in a row. */
typedef struct slice {
    const ohm_sequences *of;
    size_t first;
} slice;

static uint64_t index_of(const ohm_sequences *s, size_t i)
{
    return s->index ? s->index(s->context, i) : i;
}

static uint64_t slice_index(void *context, size_t i)
{
    const slice *s = context;
    return index_of(s->of, s->first + i);
}

static size_t slice_length(void *context, size_t i)
{
    const slice *s = context;
    return s->of->length(s->of->context, s->first + i);
}

static int32_t slice_label(void *context, size_t i)
{
    const slice *s = context;
    return s->of->label(s->of->context, s->first + i);
}

static ohm_status slice_read(void *context, size_t i, float *x, ohm_err *err)
{
    const slice *s = context;
    return s->of->read(s->of->context, s->first + i, x, err);
}

/* The first sequence behind `from` that is of another epoch. */
static size_t end_of_epoch(const ohm_chip *chip, const ohm_sequences *s, size_t from)
{
    const ohm_maintenance_epoch epoch = ohm_chip_epoch(chip, index_of(s, from));
    size_t to = from + 1;
    for (; to < s->count; to++) {
        const ohm_maintenance_epoch next = ohm_chip_epoch(chip, index_of(s, to));
        if (!ohm_maintenance_equal(&epoch, &next)) break;
    }
    return to;
}

static ohm_status run_epoch(const ohm_graph *graph, ohm_chip *chip, const ohm_sequences *sequences,
                            size_t from, size_t to, const ohm_engine_options *options,
                            ohm_engine_result *result, ohm_err *err)
{
    slice some = {sequences, from};
    ohm_sequences part = *sequences;
    ohm_engine_result of_part = {0};
    part.context = &some;
    part.count = to - from;
    part.index = slice_index;
    part.length = slice_length;
    part.label = slice_label;
    part.read = slice_read;
    OHM_TRY(ohm_chip_advance_to_sequence(chip, index_of(sequences, from), err));
    OHM_TRY(ohm_engine_run(graph, chip, &part, options, &of_part, err));
    memcpy(result->codes + from * result->classes, of_part.codes,
           (to - from) * result->classes * sizeof *result->codes);
    ohm_engine_result_free(&of_part);
    return OHM_OK;
}

ohm_status ohm_engine_run_with_maintenance(const ohm_graph *graph, ohm_chip *chip,
                                           const ohm_sequences *sequences,
                                           const ohm_engine_options *options,
                                           ohm_engine_result *result, ohm_err *err)
{
    if (ohm_maintenance_is_idle(&ohm_chip_plan(chip)->config.maintenance))
        return ohm_engine_run(graph, chip, sequences, options, result, err);
    const double start = ohm_clock_sec();
    OHM_TRY(ohm_engine_result_alloc(graph, sequences, result, err));
    ohm_status status = OHM_OK;
    for (size_t from = 0, to; from < sequences->count && status == OHM_OK; from = to) {
        to = end_of_epoch(chip, sequences, from);
        status = run_epoch(graph, chip, sequences, from, to, options, result, err);
    }
    if (status != OHM_OK) {
        ohm_engine_result_free(result);
        return status;
    }
    OHM_TRY(ohm_engine_result_finish(graph, sequences, result, err));
    result->wall_sec = ohm_clock_sec() - start;
    return OHM_OK;
}

ohm_maintenance_due ohm_engine_maintenance(const ohm_chip *chip, const ohm_sequences *sequences)
{
    const ohm_chip_config *config = &ohm_chip_plan(chip)->config;
    const bool is_calibrated =
        config->compensation.global || config->tile.compensation != OHM_COMPENSATION_NONE;
    ohm_maintenance_due all = {0};
    if (sequences->count == 0) return all;
    ohm_maintenance_epoch before = ohm_chip_epoch(chip, index_of(sequences, 0));
    for (size_t i = 1; i < sequences->count; i++) {
        const ohm_maintenance_epoch next = ohm_chip_epoch(chip, index_of(sequences, i));
        const ohm_maintenance_due due = ohm_maintenance_between(&before, &next, is_calibrated);
        all.refreshes += due.refreshes;
        all.calibrations += due.calibrations;
        before = next;
    }
    return all;
}
