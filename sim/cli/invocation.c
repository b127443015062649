/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What commands ask of their parsed command line (see command.h). */
#include "sim/cli/command.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Index of an option of the command; OHM_OPTIONS_MAX if it has none of this name. */
static size_t option_index(const ohm_invocation *inv, const char *name)
{
    for (size_t i = 0; i < inv->command->option_count; i++)
        if (strcmp(inv->command->options[i].name, name) == 0) return i;
    return OHM_OPTIONS_MAX;
}

const char *ohm_invocation_value(const ohm_invocation *inv, const char *name)
{
    size_t i = option_index(inv, name);
    return i < OHM_OPTIONS_MAX ? inv->values[i] : NULL;
}

bool ohm_invocation_flag(const ohm_invocation *inv, const char *name)
{
    size_t i = option_index(inv, name);
    return i < OHM_OPTIONS_MAX && inv->flags[i];
}

ohm_status ohm_invocation_quantity(const ohm_invocation *inv, const char *name, ohm_unit unit,
                                   double fallback, double *out, ohm_err *err)
{
    const char *text = ohm_invocation_value(inv, name);
    *out = fallback;
    if (!text) return OHM_OK;
    ohm_err inner = {0};
    ohm_status status = ohm_quantity_parse(text, unit, out, &inner);
    return status == OHM_OK ? OHM_OK
                            : ohm_err_set(err, OHM_ECONFIG, "--%s: %s", name, inner.message);
}

ohm_status ohm_invocation_integer(const ohm_invocation *inv, const char *name, int64_t min,
                                  int64_t max, int64_t fallback, int64_t *out, ohm_err *err)
{
    const char *text = ohm_invocation_value(inv, name);
    *out = fallback;
    if (!text) return OHM_OK;
    char *end = NULL;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (end == text || *end)
        return ohm_err_set(err, OHM_ECONFIG, "--%s: '%.80s' is not a whole number", name, text);
    if (errno || value < min || value > max) {
        if (max == INT64_MAX)
            return ohm_err_set(err, OHM_ECONFIG, "--%s: %.40s is out of range; at least %lld", name,
                               text, (long long)min);
        return ohm_err_set(err, OHM_ECONFIG, "--%s: %.40s is out of range; allowed: %lld to %lld",
                           name, text, (long long)min, (long long)max);
    }
    *out = value;
    return OHM_OK;
}

ohm_status ohm_invocation_need_output(const ohm_invocation *inv, ohm_err *err)
{
    return inv->output ? OHM_OK
                       : ohm_err_set(err, OHM_ECONFIG,
                                     "say where the result goes with -o; see 'ohmstate %s --help'",
                                     inv->command->name);
}

ohm_status ohm_invocation_apply_sets(const ohm_invocation *inv, ohm_config *config, ohm_err *err)
{
    for (size_t i = 0; i < inv->set_count; i++)
        OHM_TRY(ohm_config_set(config, inv->sets[i], err));
    return OHM_OK;
}

FILE *ohm_invocation_log(const ohm_invocation *inv)
{
    return inv->quiet ? NULL : stderr;
}

ohm_status ohm_result_open(const ohm_invocation *inv, ohm_result *result, ohm_err *err)
{
    memset(result, 0, sizeof *result);
    result->stream = stdout;
    if (!inv->output) return OHM_OK;
    OHM_TRY(ohm_outfile_open(&result->file, inv->output, inv->force, err));
    result->stream = result->file.stream;
    return OHM_OK;
}

ohm_status ohm_result_close(ohm_result *result, ohm_err *err)
{
    if (result->stream != stdout) return ohm_outfile_commit(&result->file, err);
    if (fflush(stdout) != 0 || ferror(stdout))
        return ohm_err_set(err, OHM_EIO, "standard output cannot be written: %s", strerror(errno));
    return OHM_OK;
}
