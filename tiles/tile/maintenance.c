/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/tile/maintenance.h"

#include <float.h>
#include <math.h>

#define EVERY_SEQUENCES(name, field, meaning)                                                      \
    {                                                                                              \
        .key = name, .kind = OHM_PARAM_INT, .offset = offsetof(ohm_maintenance_config, field),     \
        .fallback = "0", .min = 0, .max = 1e12, .doc = meaning                                     \
    }

#define DEVICE_TIME(name, field, meaning)                                                          \
    {                                                                                              \
        .key = name, .kind = OHM_PARAM_REAL, .unit = OHM_UNIT_SECOND,                              \
        .offset = offsetof(ohm_maintenance_config, field), .fallback = "0 s", .min = 0,            \
        .max = 1e12, .doc = meaning                                                                \
    }

static const ohm_param maintenance_rows[] = {
    EVERY_SEQUENCES(
        "refresh_sequences", refresh_sequences,
        "All cells are written again after so many sequences, and calibrated again where drift "
        "is compensated; 0: never. The chip empties first and works again when the slowest "
        "tile is done."),
    EVERY_SEQUENCES("recalibrate_sequences", recalibrate_sequences,
                    "Drift compensation is measured again after so many sequences; 0: never."),
    DEVICE_TIME("refresh_interval", refresh_interval_sec,
                "The same as `refresh_sequences` by device time: all cells are written again at "
                "every multiple of it since programming; 0: never. Needs `sequence_interval`."),
    DEVICE_TIME("recalibrate_interval", recalibrate_interval_sec,
                "The same as `recalibrate_sequences` by device time: at every multiple of it since "
                "programming; 0: never. Needs `sequence_interval`."),
    DEVICE_TIME(
        "sequence_interval", sequence_interval_sec,
        "Device time from one sequence to the next: sequence n of the data meets cells that "
        "are n intervals older than at the read time, however long the chip takes for a "
        "sequence; 0: device time stands still during a run. Replaces "
        "`tile.timing.sequence_period`."),
    DEVICE_TIME("age_step", age_step_sec,
                "Cells are aged in such steps, counted from the read time or the last refresh, "
                "instead of for every sequence anew: sequences in between run together, faster. "
                "Needs `sequence_interval`."),
};

/* More, and the counting of them would be the run. */
static const double AT_ONCE = 1e6;

static ohm_status check(const void *vconfig, ohm_err *err)
{
    const ohm_maintenance_config *c = vconfig;
    const struct {
        const char *by_time, *by_sequences;
        double interval_sec;
        int64_t sequences;
    } rows[] = {
        {"refresh_interval", "refresh_sequences", c->refresh_interval_sec, c->refresh_sequences},
        {"recalibrate_interval", "recalibrate_sequences", c->recalibrate_interval_sec,
         c->recalibrate_sequences},
        {"age_step", NULL, c->age_step_sec, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].interval_sec == 0) continue;
        if (c->sequence_interval_sec == 0)
            return ohm_err_set(err, OHM_ECONFIG,
                               "%s: no device time passes during a run; set sequence_interval, the "
                               "time from one sequence to the next",
                               rows[i].by_time);
        if (rows[i].sequences > 0)
            return ohm_err_set(err, OHM_ECONFIG,
                               "%s: already scheduled by %s; choose one of the two",
                               rows[i].by_time, rows[i].by_sequences);
        if (rows[i].by_sequences && c->sequence_interval_sec > AT_ONCE * rows[i].interval_sec)
            return ohm_err_set(err, OHM_ECONFIG,
                               "%s: more than a million times between two sequences "
                               "(sequence_interval)",
                               rows[i].by_time);
    }
    return OHM_OK;
}

const ohm_param_table ohm_maintenance_params = {
    .name = "maintenance",
    .doc = "Refresh and recalibration between sequences.",
    .rows = maintenance_rows,
    .count = sizeof maintenance_rows / sizeof maintenance_rows[0],
    .struct_size = sizeof(ohm_maintenance_config),
    .check = check,
};

double ohm_maintenance_periods(double time_sec, double period_sec)
{
    /* times are a sum and a product, a multiple is a product: each rounds by half an epsilon */
    return period_sec > 0 ? floor(time_sec / period_sec * (1 + 4 * DBL_EPSILON)) : 0;
}

static double in_steps(double time_sec, double since_sec, double step_sec)
{
    if (time_sec <= since_sec) return since_sec;
    if (step_sec == 0) return time_sec;
    return since_sec + step_sec * floor((time_sec - since_sec) / step_sec);
}

ohm_maintenance_epoch ohm_maintenance_before(const ohm_maintenance_config *config,
                                             double read_time_sec, uint64_t sequence)
{
    const double apart = config->sequence_interval_sec;
    const double now = read_time_sec + apart * (double)sequence;
    const struct {
        int64_t sequences;
        double interval_sec;
    } rows[] = {{config->refresh_sequences, config->refresh_interval_sec},
                {config->recalibrate_sequences, config->recalibrate_interval_sec}};
    uint64_t count[2] = {0, 0};
    double last[2] = {read_time_sec, read_time_sec};
    for (int i = 0; i < 2; i++) {
        if (rows[i].sequences > 0) {
            count[i] = sequence / (uint64_t)rows[i].sequences;
            last[i] = read_time_sec + apart * (double)(count[i] * (uint64_t)rows[i].sequences);
        } else if (rows[i].interval_sec > 0) {
            const double all = ohm_maintenance_periods(now, rows[i].interval_sec);
            const double past = ohm_maintenance_periods(read_time_sec, rows[i].interval_sec);
            count[i] = (uint64_t)fmin(all - past, 0x1p62); /* more than any number that is real */
            if (count[i] > 0) last[i] = all * rows[i].interval_sec;
        }
    }
    const double calibrated = last[1] > last[0] ? last[1] : last[0];
    return (ohm_maintenance_epoch){.refreshes = count[0],
                                   .recalibrations = count[1],
                                   .time_sec = in_steps(now, last[0], config->age_step_sec),
                                   .refreshed_sec = last[0],
                                   .calibrated_sec =
                                       in_steps(calibrated, last[0], config->age_step_sec)};
}

static uint64_t advance(uint64_t from, uint64_t to)
{
    return to > from ? to - from : to != from;
}

ohm_maintenance_due ohm_maintenance_between(const ohm_maintenance_epoch *from,
                                            const ohm_maintenance_epoch *to, bool is_calibrated)
{
    const uint64_t refreshes = advance(from->refreshes, to->refreshes);
    const uint64_t recalibrations = advance(from->recalibrations, to->recalibrations);
    const uint64_t most = refreshes > recalibrations ? refreshes : recalibrations;
    return (ohm_maintenance_due){refreshes, is_calibrated ? most : 0};
}
