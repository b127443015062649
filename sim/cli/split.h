/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Option --split of the commands that read data; its value is read by ohm_split_choice_parse. */
#ifndef OHM_SIM_CLI_SPLIT_H
#define OHM_SIM_CLI_SPLIT_H

#include "sim/cli/command.h"

/* The row of the option. */
#define OHM_OPTION_SPLIT                                                                           \
    {                                                                                              \
        "split", "PART", "test (default where there is one), held_out, train or all"               \
    }

#endif
