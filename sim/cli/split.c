/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/split.h"

#include <string.h>

ohm_status ohm_invocation_split(const ohm_invocation *inv, ohm_split *split, ohm_err *err)
{
    const char *text = ohm_invocation_value(inv, "split");
    *split = OHM_SPLIT_TEST;
    if (!text || strcmp(text, "test") == 0) return OHM_OK;
    *split = OHM_SPLIT_TRAIN;
    if (strcmp(text, "train") == 0) return OHM_OK;
    return ohm_err_set(err, OHM_ECONFIG, "--split: '%.40s' is neither train nor test", text);
}
