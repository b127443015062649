/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Option --split of the commands that read data. */
#ifndef OHM_SIM_CLI_SPLIT_H
#define OHM_SIM_CLI_SPLIT_H

#include "sim/cli/command.h"
#include "workloads/data/dataset.h"

/* The row of the option. */
#define OHM_OPTION_SPLIT                                                                           \
    {                                                                                              \
        "split", "PART", "which part of the data: test (default) or train"                         \
    }

/* Its value, test when not given. OHM_ECONFIG for another word. */
ohm_status ohm_invocation_split(const ohm_invocation *inv, ohm_split *split, ohm_err *err);

#endif
