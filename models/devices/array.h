/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Arrays of configured devices: programming, ageing and noise with the switches, levels and faults
 * of ohm_device_config around any model.
 *
 * What is drawn when, and from which stream (purpose of core/rng.h; event within it):
 *   programming error      once per write and device        PROGRAM, write number
 *   cycle-to-cycle spread  once per write and device        CYCLE, write number
 *   pulses and reads of
 *   program-and-verify     every pulse                      VERIFY, write number and pulse
 *   drift exponent, deviate   once per write and device        DRIFT, write number
 *   retention              once per write and device        RETENTION, write number
 *   device spread          once per chip                    DEVICE_SPREAD, 0
 *   stuck cells, traps     once per chip                    STUCK, 0; TELEGRAPH, 0
 *   slow (1/f) noise       see ohm_flicker_noise               READ_SLOW, read-out, sequence or time
 *   state of a trap        every moment it is looked at     TELEGRAPH, time
 *   white read noise       every MVM                        READ_WHITE, by the array that reads
 * Switching one off leaves the samples of all others bit for bit as they were. */
#ifndef OHM_MODELS_DEVICES_ARRAY_H
#define OHM_MODELS_DEVICES_ARRAY_H

#include "models/devices/device.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A configuration made ready: model found, files loaded, window known. Immutable, so threads may
 * share it. */
typedef struct ohm_device ohm_device;

/* OHM_ECONFIG or OHM_ERANGE for combinations that make no device. config is copied. */
ohm_status ohm_device_alloc(const ohm_device_config *config, ohm_device **out, ohm_err *err);
void ohm_device_free(ohm_device *device);

const ohm_device_model *ohm_device_get_model(const ohm_device *device);

/* Programmable window after on_off_ratio; targets must lie in it. */
void ohm_device_window(const ohm_device *device, double *g_min_siemens, double *g_max_siemens);

/* Physical limits that every reading stays in. */
void ohm_device_limits(const ohm_device *device, double *low_siemens, double *high_siemens);

/* Whether current is conductance times voltage, and the current for either case. */
bool ohm_device_is_ohmic(const ohm_device *device);
void ohm_device_current(const ohm_device *device, const double *g_siemens, const double *v_volt,
                        size_t n, double *i_ampere);

/* Planes of n floats that the state of n devices takes: the model's and those of the effects. */
size_t ohm_device_planes(const ohm_device *device);

/* Which devices these are: unit numbers the array on its chip, replica the chip. */
typedef struct ohm_device_place {
    uint64_t root_seed, unit, replica;
} ohm_device_place;

/* Writes n devices: rounds targets to levels, programs, puts the stuck cells in. write_number
 * counts the writes of this array from 0 (a refresh is another write). state is
 * ohm_device_planes x n. cost may be NULL; it is what this call took. */
ohm_status ohm_device_write(const ohm_device *device, const ohm_device_place *place,
                            uint64_t write_number, const double *g_target_siemens, size_t n,
                            float *state, ohm_program_cost *cost, ohm_err *err);

/* Noise-free conductances at time_sec after that write, within the model's limits. */
ohm_status ohm_device_age(const ohm_device *device, const float *state, size_t n, double time_sec,
                          float *g_siemens, ohm_err *err);

/* What reading needs at time_sec: conductances before limits and noise, and the standard deviations
 * around them. slow_sigma is all zero where slow noise is off or drawn with the white part, which
 * then contains it. Stuck cells have no noise. */
ohm_status ohm_device_settle(const ohm_device *device, const float *state, size_t n,
                             double time_sec, float *g_raw_siemens, float *slow_sigma,
                             float *white_sigma, ohm_err *err);

/* How often conductances must be drawn anew with ohm_device_draw_slow. */
typedef enum ohm_redraw {
    OHM_REDRAW_READ_OUT, /* once after settling */
    OHM_REDRAW_SEQUENCE, /* for every sequence */
    OHM_REDRAW_MVM       /* for every MVM: relaxation processes or telegraph noise */
} ohm_redraw;

ohm_redraw ohm_device_redraw(const ohm_device *device);

/* When a read happens; each kind of slow noise looks at its own field. */
typedef struct ohm_read_moment {
    uint64_t
        read_out; /* OHM_FLICKER_FROZEN: number of the read-out (one per point in time asked) */
    uint64_t sequence; /* OHM_FLICKER_PER_SEQUENCE: number of the sequence */
    double clock_sec;  /* OHM_FLICKER_RELAXATION and telegraph noise: time since programming */
} ohm_read_moment;

/* g_out = g_raw + slow_sigma z(place, moment), less what filled traps take, within the limits: what
 * stays the same over all MVMs of that moment. state is that of the write, the rest is from settle.
 * z is 0 where slow_sigma is. The white part is for whoever reads to draw.
 * g_out may be g_raw. Allocates nothing. */
void ohm_device_draw_slow(const ohm_device *device, const ohm_device_place *place,
                          const ohm_read_moment *moment, const float *state,
                          const float *g_raw_siemens, const float *slow_sigma, size_t n,
                          float *g_out_siemens);

#ifdef __cplusplus
}
#endif
#endif
