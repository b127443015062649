/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "core/files/json.h"

#include "core/files/file.h"

#include <math.h>

json_t *ohm_json_real(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

ohm_status ohm_json_save(const json_t *value, const char *path, bool force, ohm_err *err)
{
    ohm_outfile file;
    OHM_TRY(ohm_outfile_open(&file, path, force, err));
    size_t flags = JSON_INDENT(2) | JSON_REAL_PRECISION(17) | JSON_ENCODE_ANY;
    if (json_dumpf(value, file.stream, flags) != 0 || fputc('\n', file.stream) == EOF) {
        ohm_outfile_abandon(&file);
        return ohm_err_at(err, OHM_EIO, path, 0, 0, "cannot write the JSON text");
    }
    return ohm_outfile_commit(&file, err);
}

ohm_status ohm_json_load(const char *path, json_t **out, ohm_err *err)
{
    void *bytes;
    size_t n;
    *out = NULL;
    OHM_TRY(ohm_file_read(path, &bytes, &n, err));
    json_error_t where;
    *out = json_loadb(bytes, n, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &where);
    free(bytes);
    if (!*out)
        return ohm_err_at(err, OHM_EFORMAT, path, where.line, where.column, "not JSON: %s",
                          where.text);
    return OHM_OK;
}
