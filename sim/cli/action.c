/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/action.h"

#include "core/config/nearest.h"

#include <string.h>

static ohm_status print_result(const ohm_invocation *inv, const ohm_action *action, ohm_err *err)
{
    ohm_result result;
    OHM_TRY(ohm_result_open(inv, &result, err));
    const ohm_status status = action->print(inv, result.stream, err);
    if (status == OHM_OK) return ohm_result_close(&result, err);
    ohm_outfile_abandon(&result.file);
    return status;
}

ohm_status ohm_action_run(const ohm_invocation *inv, const ohm_action *actions, size_t count,
                          ohm_err *err)
{
    const char *name = inv->positional[0];
    ohm_nearest nearest = {.word = name};
    char names[256] = "";
    for (size_t i = 0; i < count; i++) {
        if (strcmp(actions[i].name, name) == 0)
            return actions[i].print ? print_result(inv, &actions[i], err)
                                    : actions[i].run(inv, err);
        const size_t used = strlen(names);
        snprintf(names + used, sizeof names - used, "%s%s", used ? ", " : "", actions[i].name);
        ohm_nearest_add_candidate(&nearest, actions[i].name);
    }
    if (nearest.best)
        return ohm_err_set(err, OHM_ECONFIG, "'%.60s' is not one of %s; did you mean '%s'?", name,
                           names, nearest.best);
    return ohm_err_set(err, OHM_ECONFIG, "'%.60s' is not one of %s", name, names);
}
