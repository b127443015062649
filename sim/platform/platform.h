/* SPDX-License-Identifier: GPL-3.0-or-later */
/* The SystemC chip behind a plain C interface: sequences in, logits, times, energies and traces
 * out.
 *
 * SystemC's kernel elaborates once per process, so a process makes one platform (a second
 * ohm_platform_alloc is refused). That platform may run several times, for instance before and
 * after the chip is aged; its simulated time continues. */
#ifndef OHM_SIM_PLATFORM_PLATFORM_H
#define OHM_SIM_PLATFORM_PLATFORM_H

#include "core/graph/sequence_batch.h"
#include "core/status.h"
#include "tiles/chip/chip.h"
#include "tiles/energy/ledger.h"
#include "tiles/energy/part_costs.h"
#include "tiles/energy/utilisation.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct ohm_platform ohm_platform;

/* Bounds on simulated time. */
typedef struct ohm_duration {
    double at_least_sec, at_most_sec;
} ohm_duration;

typedef struct ohm_platform_options {
    bool timing_only;          /* no values: logits are not written, the chip need not be
                                  programmed; the cells' energy comes from their cost model */
    const char *vcd_path;      /* waves for GTKWave; NULL: none */
    const char *timeline_path; /* trace events for Perfetto; NULL: none */
    bool force;                /* overwrite the traces */
    bool power_windows;        /* energy over time as well: `power` of the result */
    bool every_event;      /* simulates every event, also where the chip repeats itself: the same
                                  result, slower. Traces imply it */
    ohm_duration duration; /* of all runs together: chooses the time resolution, see
                                  ohm_platform_alloc; zero: not known, 1 fs */
} ohm_platform_options;

/* A distribution of latencies. */
typedef struct ohm_latency {
    size_t count;
    double mean_sec, p50_sec, p99_sec, max_sec;
} ohm_latency;

/* A part of the latency of tokens, summed over the critical path of every token: the parts sum to
 * the sum of all token latencies. */
typedef struct ohm_critical_row {
    char component[24]; /* "array", "adc", "digital", "interconnect", "state", "host", ... */
    int layer;
    double sec;
} ohm_critical_row;

/* Energy of one component in one window of time. */
typedef struct ohm_power_row {
    char component[OHM_LEDGER_NAME_MAX];
    size_t window; /* its number, from the beginning of the run */
    double energy_joule;
} ohm_power_row;

typedef struct ohm_platform_result {
    size_t sequences, tokens;
    uint64_t mvms;                    /* products of whole matrices */
    uint64_t tile_mvms;               /* products of single tiles */
    uint64_t refreshes, calibrations; /* of all tiles, between sequences (section `maintenance`) */
    uint64_t events;                  /* simulated one by one, for benchmarks */
    double duration_sec;              /* of this run on the chip */
    double wall_sec;                  /* of this run on the host computer */
    ohm_latency token, sequence;
    double tokens_per_sec; /* steady rate of the whole run */
    double operations;     /* multiplications and additions of all matrices and recurrences */
    ohm_ledger ledger;
    size_t unit_count;
    ohm_unit_use *units;
    size_t critical_count;
    ohm_critical_row *critical;
    /* with power_windows: up to 64 windows of equal length, the last one ends with the run; an
     * action counts in the window in which it begins. The rows sum to the ledger's energy */
    double window_sec;
    size_t window_count;
    size_t power_count;
    ohm_power_row *power; /* by window */
} ohm_platform_result;

/* Bounds on the simulated time of one run, without maintenance between sequences. Only the lengths of
 * the batch are used. */
ohm_status ohm_platform_duration(const ohm_chip *chip, const ohm_sequence_batch *batch,
                                 ohm_duration *out, ohm_err *err);

/* Builds the chip. Simulated time is counted in 64 bits: in femtoseconds where options->duration
 * allows it (2.5 hours), else in picoseconds (106 days); OHM_ERANGE where it is at least longer than
 * that. The chip (and its plan) and the costs must outlive the platform; only
 * maintenance between sequences changes the chip, and leaves it as the last sequence had it.
 * OHM_EUNSUPPORTED for a second platform in the process, OHM_ECONFIG for buffers too small. */
ohm_status ohm_platform_alloc(ohm_chip *chip, const ohm_chip_costs *costs,
                              const ohm_platform_options *options, ohm_platform **out,
                              ohm_err *err);
void ohm_platform_free(ohm_platform *platform);

/* Runs the sequences of a batch; logits: (sequences, classes) codes. With timing_only, inputs and
 * logits may be NULL. A batch without sequence_index is numbered from 0. result must be zeroed or
 * hold an earlier result, whose memory is then freed. OHM_ECONFIG, with the wait-for graph, for a
 * deadlock or a token that exceeds its timeout. */
ohm_status ohm_platform_run(ohm_platform *platform, const ohm_sequence_batch *batch,
                            int32_t *logits, ohm_platform_result *result, ohm_err *err);

void ohm_platform_result_free(ohm_platform_result *result);

/* A result without wall_sec, with units in the keys. A new reference. */
json_t *ohm_platform_result_json(const ohm_platform_result *result);

#ifdef __cplusplus
}
#endif
#endif
