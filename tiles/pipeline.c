/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "tiles/pipeline.h"

#include <stddef.h>

static const ohm_param rows[] = {
    {.key = "layers",
     .kind = OHM_PARAM_BOOL,
     .offset = offsetof(ohm_pipeline_config, layers),
     .fallback = "true",
     .doc = "Let a token enter the first operation while earlier ones are still in later layers."},
    {.key = "sequences",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_pipeline_config, sequences),
     .fallback = "1",
     .min = 1,
     .max = 4096,
     .doc = "Sequences in flight at once; their tokens are interleaved, each with its own state."},
    {.key = "slots",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_pipeline_config, slots),
     .fallback = "4",
     .min = 1,
     .max = 4096,
     .doc = "Tokens of one value that may wait for their consumers (its buffer's credits)."},
    {.key = "issue_cycles",
     .kind = OHM_PARAM_INT,
     .offset = offsetof(ohm_pipeline_config, issue_cycles),
     .fallback = "1",
     .min = 0,
     .max = 1024,
     .doc = "Cycles of the digital clock from an operation being ready to its start."},
    {.key = "token_interval",
     .kind = OHM_PARAM_REAL,
     .unit = OHM_UNIT_SECOND,
     .offset = offsetof(ohm_pipeline_config, token_interval_sec),
     .fallback = "0 s",
     .min = 0,
     .max = 3600,
     .doc = "Time between the tokens of a sequence as a sensor gives them; 0: as fast as taken."},
};

const ohm_param_table ohm_pipeline_params = {"pipeline",
                                             "How tokens and sequences stream through the layers.",
                                             rows,
                                             sizeof rows / sizeof rows[0],
                                             sizeof(ohm_pipeline_config),
                                             NULL};
