/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The tables of a comparison: what the chips did, and what the bare devices do. */
#include "core/files/csv.h"
#include "models/devices/array.h"
#include "sim/compare/device_compare.h"

#include <math.h>
#include <stdlib.h>

enum { TARGETS = 5, SAMPLES = 2000, BINS = 60, CURVE_POINTS = 25 };

static ohm_status open_table(const ohm_folder *folder, const char *name, const char *header,
                             ohm_csv *csv, ohm_err *err)
{
    char path[OHM_PATH_MAX];
    OHM_TRY(ohm_folder_file(folder, name, path, err));
    return ohm_csv_open(csv, path, header, false, err);
}

/* --- chips --- */

static ohm_status write_accuracy(const ohm_device_compare_job *job, const ohm_device_comparison *c,
                                 const ohm_folder *folder, ohm_err *err)
{
    ohm_csv csv;
    OHM_TRY(open_table(folder, "accuracy.csv", "device,time_sec,replica,accuracy,mvm_error", &csv,
                       err));
    for (size_t d = 0; d < c->devices; d++)
        for (size_t t = 0; t < c->times; t++)
            for (size_t r = 0; r < c->replicas; r++) {
                const ohm_compared_point *p = &c->points[(d * c->replicas + r) * c->times + t];
                ohm_csv_text(&csv, job->devices[d].name);
                ohm_csv_real(&csv, job->times_sec[t]);
                ohm_csv_integer(&csv, (int64_t)r);
                ohm_csv_real(&csv, p->accuracy);
                ohm_csv_real(&csv, p->mvm_error);
                ohm_csv_end(&csv);
            }
    return ohm_csv_close(&csv, err);
}

static void put_moments(ohm_csv *csv, ohm_moments m)
{
    ohm_csv_real(csv, m.count ? m.mean : NAN);
    ohm_csv_real(csv, m.count > 1 ? ohm_moments_std(&m) : NAN);
    ohm_csv_real(csv, m.count > 1 ? ohm_moments_ci95(&m) : NAN);
}

static ohm_status write_summary(const ohm_device_compare_job *job, const ohm_device_comparison *c,
                                const ohm_folder *folder, ohm_err *err)
{
    ohm_csv csv;
    OHM_TRY(open_table(folder, "accuracy_summary.csv",
                       "device,time_sec,replicas,accuracy_mean,accuracy_std,accuracy_ci95,"
                       "mvm_error_mean,mvm_error_std,mvm_error_ci95,accuracy_low,accuracy_high",
                       &csv, err));
    for (size_t d = 0; d < c->devices; d++)
        for (size_t t = 0; t < c->times; t++) {
            const ohm_moments error = ohm_compared_error(c, d, t);
            ohm_csv_text(&csv, job->devices[d].name);
            ohm_csv_real(&csv, job->times_sec[t]);
            ohm_csv_integer(&csv, (int64_t)error.count);
            put_moments(&csv, ohm_compared_accuracy(c, d, t));
            put_moments(&csv, error);
            const ohm_compared_interval i = ohm_compared_accuracy_interval(c, d, t);
            ohm_csv_real(&csv, i.interval.low);
            ohm_csv_real(&csv, i.interval.high);
            ohm_csv_end(&csv);
        }
    return ohm_csv_close(&csv, err);
}

static ohm_status write_paired(const ohm_device_compare_job *job, const ohm_device_comparison *c,
                               const ohm_folder *folder, ohm_err *err)
{
    ohm_csv csv;
    OHM_TRY(open_table(folder, "paired.csv",
                       "device_a,device_b,time_sec,replicas,difference_mean,difference_std,"
                       "difference_ci95,low,high,p_value,p_value_holm",
                       &csv, err));
    double *adjusted = ohm_compared_adjusted(c);
    if (!adjusted) {
        ohm_csv_close(&csv, NULL);
        return ohm_err_set(err, OHM_ENOMEM, "out of memory for the comparison");
    }
    for (size_t a = 0; a < c->devices; a++)
        for (size_t b = a + 1; b < c->devices; b++)
            for (size_t t = 0; t < c->times; t++) {
                const ohm_moments m = ohm_compared_difference(c, a, b, t);
                ohm_csv_text(&csv, job->devices[a].name);
                ohm_csv_text(&csv, job->devices[b].name);
                ohm_csv_real(&csv, job->times_sec[t]);
                ohm_csv_integer(&csv, (int64_t)m.count);
                put_moments(&csv, m);
                const ohm_compared_interval i = ohm_compared_difference_interval(c, a, b, t);
                ohm_csv_real(&csv, i.interval.low);
                ohm_csv_real(&csv, i.interval.high);
                ohm_csv_real(&csv, i.p);
                ohm_csv_real(&csv, adjusted[(a * c->devices + b) * c->times + t]);
                ohm_csv_end(&csv);
            }
    free(adjusted);
    return ohm_csv_close(&csv, err);
}

static ohm_status write_errors(const ohm_device_compare_job *job, const ohm_device_comparison *c,
                               const ohm_folder *folder, ohm_err *err)
{
    ohm_csv csv;
    OHM_TRY(open_table(folder, "mvm_error.csv", "device,time_sec,replica,matrix,relative_rms_error",
                       &csv, err));
    for (size_t d = 0; d < c->devices; d++)
        for (size_t t = 0; t < c->times; t++)
            for (size_t r = 0; r < c->replicas; r++)
                for (size_t m = 0; m < c->matrices; m++) {
                    const size_t at = (d * c->replicas + r) * c->times + t;
                    ohm_csv_text(&csv, job->devices[d].name);
                    ohm_csv_real(&csv, job->times_sec[t]);
                    ohm_csv_integer(&csv, (int64_t)r);
                    ohm_csv_text(&csv, c->matrix_name[m]);
                    ohm_csv_real(&csv, c->matrix_error[at * c->matrices + m]);
                    ohm_csv_end(&csv);
                }
    return ohm_csv_close(&csv, err);
}

static ohm_status write_maintenance(const ohm_device_compare_job *job,
                                    const ohm_device_comparison *c, const ohm_folder *folder,
                                    ohm_err *err)
{
    ohm_csv csv;
    OHM_TRY(open_table(folder, "maintenance.csv",
                       "device,time_sec,writes,pulses_per_write,unconverged,write_energy_joule,"
                       "write_time_sec,measurement_mvms,measurement_time_sec,"
                       "measurement_energy_joule,measurement_cell_joule,run_refreshes,"
                       "run_calibrations",
                       &csv, err));
    for (size_t d = 0; d < c->devices; d++)
        for (size_t t = 0; t < c->times; t++) {
            const ohm_tile_maintenance_cost *u = &c->maintenance[d * c->times + t];
            if (u->writes == 0) continue; /* not covered */
            ohm_csv_text(&csv, job->devices[d].name);
            ohm_csv_real(&csv, job->times_sec[t]);
            ohm_csv_integer(&csv, (int64_t)u->writes);
            ohm_csv_integer(&csv, (int64_t)u->one_write.pulses);
            ohm_csv_integer(&csv, (int64_t)u->one_write.unconverged);
            ohm_csv_real(&csv, u->one_write.energy_joule);
            ohm_csv_real(&csv, u->one_write.time_sec);
            ohm_csv_integer(&csv, (int64_t)u->measurement_mvms);
            ohm_csv_real(&csv, u->measurement_sec);
            ohm_csv_real(&csv, c->measurement_joule[d * c->times + t]);
            ohm_csv_real(&csv, u->measurement_array_joule);
            ohm_csv_integer(&csv, (int64_t)c->during[d * c->times + t].refreshes);
            ohm_csv_integer(&csv, (int64_t)c->during[d * c->times + t].calibrations);
            ohm_csv_end(&csv);
        }
    return ohm_csv_close(&csv, err);
}

/* --- bare devices --- */

/* SAMPLES devices told one target, and where what they become is written. */
typedef struct population {
    const char *name;
    ohm_device *device;
    ohm_device_place place;
    double target;
    float *state, *g, *slow, *white;
} population;

/* Conductances as one read-out finds them, without white noise. OHM_ERANGE: not covered. */
static ohm_status read_out(population *p, double time_sec, ohm_err *err)
{
    const ohm_read_moment moment = {.clock_sec = time_sec};
    OHM_TRY(
        ohm_device_settle(p->device, p->state, SAMPLES, time_sec, p->g, p->slow, p->white, err));
    ohm_device_draw_slow(p->device, &p->place, &moment, p->state, p->g, p->slow, SAMPLES, p->g);
    return OHM_OK;
}

static void put_histogram(ohm_csv *csv, const population *p, double time_sec)
{
    double low, high;
    ohm_device_window(p->device, &low, &high);
    const double first = low - 0.1 * (high - low), width = 1.2 * (high - low) / BINS;
    size_t count[BINS] = {0};
    for (size_t i = 0; i < SAMPLES; i++) {
        const double at = floor(((double)p->g[i] - first) / width);
        count[at < 0 ? 0 : at >= BINS ? BINS - 1 : (size_t)at]++;
    }
    for (size_t k = 0; k < BINS; k++) {
        if (count[k] == 0) continue;
        ohm_csv_text(csv, p->name);
        ohm_csv_real(csv, p->target * 1e6);
        ohm_csv_real(csv, time_sec);
        ohm_csv_real(csv, (first + width * (double)k) * 1e6);
        ohm_csv_real(csv, (first + width * (double)(k + 1)) * 1e6);
        ohm_csv_real(csv, (double)count[k] / SAMPLES);
        ohm_csv_end(csv);
    }
}

static void put_curve(ohm_csv *csv, const population *p, double time_sec)
{
    ohm_moments drifted = {0};
    for (size_t i = 0; i < SAMPLES; i++)
        ohm_moments_add(&drifted, (double)p->g[i]);
    ohm_csv_text(csv, p->name);
    ohm_csv_real(csv, p->target * 1e6);
    ohm_csv_real(csv, time_sec);
    ohm_csv_real(csv, drifted.mean * 1e6);
    ohm_csv_real(csv, ohm_moments_std(&drifted) * 1e6);
    ohm_csv_end(csv);
}

/* The asked times, and a log grid from 1 s to the last of them for the curves. */
static ohm_status write_population(const ohm_device_compare_job *job, population *p,
                                   ohm_csv *histogram, ohm_csv *curve, ohm_err *err)
{
    double *targets = malloc(SAMPLES * sizeof *targets), last = 1;
    if (!targets) return ohm_err_no_memory(err, "a comparison of devices");
    for (size_t i = 0; i < SAMPLES; i++)
        targets[i] = p->target;
    ohm_status status =
        ohm_device_write(p->device, &p->place, 0, targets, SAMPLES, p->state, NULL, err);
    free(targets);
    OHM_TRY(status);
    for (size_t t = 0; t < job->time_count; t++) {
        status = read_out(p, job->times_sec[t], err);
        if (status == OHM_OK) {
            put_histogram(histogram, p, job->times_sec[t]);
            put_curve(curve, p, job->times_sec[t]);
        } else if (status != OHM_ERANGE) {
            return status;
        }
        last = fmax(last, job->times_sec[t]);
    }
    for (size_t k = 0; k + 1 < CURVE_POINTS && last > 1; k++) { /* the last one was asked for */
        const double time_sec = pow(last, (double)k / (CURVE_POINTS - 1));
        status = read_out(p, time_sec, err);
        if (status == OHM_OK)
            put_curve(curve, p, time_sec);
        else if (status != OHM_ERANGE)
            return status;
    }
    return OHM_OK;
}

static ohm_status write_device(const ohm_device_compare_job *job, size_t d, ohm_csv *histogram,
                               ohm_csv *curve, ohm_err *err)
{
    population p = {.name = job->devices[d].name};
    OHM_TRY(ohm_device_alloc(&job->devices[d].config, &p.device, err));
    double low, high;
    ohm_device_window(p.device, &low, &high);
    p.state = malloc((ohm_device_planes(p.device) + 3) * SAMPLES * sizeof *p.state);
    ohm_status status = p.state ? OHM_OK : ohm_err_no_memory(err, "a comparison of devices");
    if (status == OHM_OK) {
        p.g = p.state + ohm_device_planes(p.device) * SAMPLES;
        p.slow = p.g + SAMPLES;
        p.white = p.slow + SAMPLES;
    }
    for (size_t k = 0; k < TARGETS && status == OHM_OK; k++) {
        p.place = (ohm_device_place){.root_seed = job->seed, .unit = k};
        p.target = low + (high - low) * (double)k / (TARGETS - 1);
        status = write_population(job, &p, histogram, curve, err);
    }
    free(p.state);
    ohm_device_free(p.device);
    return status;
}

static ohm_status write_devices(const ohm_device_compare_job *job, const ohm_folder *folder,
                                ohm_err *err)
{
    ohm_csv histogram, curve;
    OHM_TRY(open_table(folder, "histogram.csv", "device,target_uS,time_sec,from_uS,to_uS,fraction",
                       &histogram, err));
    ohm_status status =
        open_table(folder, "drift.csv", "device,target_uS,time_sec,mean_uS,std_uS", &curve, err);
    if (status != OHM_OK) {
        ohm_csv_abandon(&histogram);
        return status;
    }
    for (size_t d = 0; d < job->device_count && status == OHM_OK; d++)
        status = write_device(job, d, &histogram, &curve, err);
    if (status == OHM_OK) status = ohm_csv_close(&histogram, err);
    if (status == OHM_OK) status = ohm_csv_close(&curve, err);
    if (status != OHM_OK) {
        ohm_csv_abandon(&histogram);
        ohm_csv_abandon(&curve);
    }
    return status;
}

ohm_status ohm_device_comparison_write(const ohm_device_compare_job *job,
                                       const ohm_device_comparison *c, const ohm_folder *folder,
                                       ohm_err *err)
{
    OHM_TRY(write_accuracy(job, c, folder, err));
    OHM_TRY(write_summary(job, c, folder, err));
    OHM_TRY(write_paired(job, c, folder, err));
    OHM_TRY(write_errors(job, c, folder, err));
    OHM_TRY(write_maintenance(job, c, folder, err));
    return write_devices(job, folder, err);
}
