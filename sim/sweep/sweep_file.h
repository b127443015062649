/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A design-space file (document kind `sweep`) as read:
 *
 *     kind: sweep
 *     base: other_sweep            # inherit; mappings merge by key
 *     experiment: smnist_day       # the experiment every point starts from
 *     set: {chip.tile.rows: 256}   # fixed parameters
 *     axes:                        # dotted or nested keys
 *       chip.tile.adc.bits: [4, 6, 8]
 *       chip.tile.rows: {from: 64, to: 512, factor: 2, name: rows}
 *       chip.device.params.g_max: {from: 5 uS, to: 25 uS, steps: 5, scale: log}
 *       simulate.time: {values: ["25 s", "1 day"], when: "rows > 64"}
 *     zip: [[rows, bits]]          # axes that walk together
 *     derive: {chip.tile.columns: "rows / 2"}
 *     constraints: ["rows * bits <= 2048"]
 *     search: {strategy: sobol, samples: 64, replicas: 3, seed: 1}
 *     objectives: {accuracy: max, energy_per_sequence_joule: min}
 *     require: ["accuracy >= 97 %"]  # which points may stand on the front
 *
 * Instead of drawing all points beforehand, `search` may choose them by earlier results:
 *
 *     search: {strategy: nsga2, population: 24, generations: 10}
 *     search: {strategy: halving, candidates: grid, rounds: 3, eta: 3} */
#ifndef OHM_SIM_SWEEP_SWEEP_FILE_H
#define OHM_SIM_SWEEP_SWEEP_FILE_H

#include "core/config/config.h"
#include "sim/sweep/pareto.h"
#include "sim/sweep/points.h"
#include "sim/sweep/space.h"

#include <stdbool.h>
#include <stddef.h>

/* Section `search`. */
typedef struct ohm_sweep_search {
    int strategy; /* ohm_sweep_strategy */
    int64_t samples;
    int64_t population, generations; /* nsga2 */
    int candidates;                  /* halving, as the following: ohm_sweep_strategy */
    int64_t rounds, eta;
    char resource[OHM_PARAM_STRING_MAX];
    int64_t replicas;
    int64_t seed;
} ohm_sweep_search;

extern const ohm_param_table ohm_sweep_search_params;

typedef struct ohm_sweep_objective {
    char metric[64];
    bool maximise;
    ohm_sweep_place place;
} ohm_sweep_objective;

enum { OHM_SWEEP_REQUIRE_MAX = 16, OHM_SWEEP_SET_MAX = 128 };

/* Strings live in config; free with ohm_sweep_file_free. */
typedef struct ohm_sweep_file {
    ohm_config *config;
    const char *experiment; /* NULL when the file names none */
    ohm_sweep_place experiment_place;
    size_t set_count; /* "key=value" */
    char *sets[OHM_SWEEP_SET_MAX];
    ohm_sweep_place set_places[OHM_SWEEP_SET_MAX];
    struct axis_list *axes; /* while they are read */
    ohm_sweep_search search;
    ohm_space *space; /* not closed yet: base values are not known here */
    size_t objective_count;
    ohm_sweep_objective objectives[OHM_OBJECTIVES_MAX];
    size_t require_count;
    const char *require[OHM_SWEEP_REQUIRE_MAX];
    ohm_sweep_place require_places[OHM_SWEEP_REQUIRE_MAX];
} ohm_sweep_file;

/* Takes the document over (also on failure). Every error is OHM_ECONFIG with its place. */
ohm_status ohm_sweep_file_read(ohm_config *config, ohm_sweep_file *out, ohm_err *err);

void ohm_sweep_file_free(ohm_sweep_file *file);

#endif
