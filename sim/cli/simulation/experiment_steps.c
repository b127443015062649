/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/simulation/experiment_steps.h"

#include "core/files/file.h"
#include "core/files/json.h"
#include "sim/run/folder.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

ohm_status ohm_steps_open(ohm_steps *steps, const char *folder, bool force, ohm_err *err)
{
    steps->json = NULL;
    if (snprintf(steps->path, sizeof steps->path, "%s/steps.json", folder) >=
        (int)sizeof steps->path)
        return ohm_err_set(err, OHM_ECONFIG, "the output folder's name is too long");
    if (ohm_file_exists(steps->path)) return ohm_json_load(steps->path, &steps->json, err);
    OHM_TRY(ohm_folder_check(folder, force, err));
    OHM_TRY(ohm_directory_make(folder, err));
    steps->json = json_object();
    return steps->json ? OHM_OK : ohm_err_no_memory(err, "this command");
}

void ohm_steps_close(ohm_steps *steps)
{
    json_decref(steps->json);
    steps->json = NULL;
}

static void hash_text(uint64_t hash, char out[17])
{
    snprintf(out, 17, "%016" PRIx64, hash);
}

ohm_status ohm_steps_state(const ohm_steps *steps, const char *step, uint64_t hash, bool force,
                           ohm_step_state *state, ohm_err *err)
{
    char wanted[17];
    hash_text(hash, wanted);
    json_t *row = json_object_get(steps->json, step);
    const char *there = json_string_value(json_object_get(row, "hash"));
    *state = OHM_STEP_NEW;
    if (!there) return OHM_OK;
    if (strcmp(there, wanted) != 0)
        return force ? OHM_OK
                     : ohm_err_at(err, OHM_EEXIST, steps->path, 0, 0,
                                  "the folder holds another configuration's `%s`; choose another "
                                  "folder or add --force",
                                  step);
    *state = json_is_true(json_object_get(row, "done")) ? OHM_STEP_FINISHED : OHM_STEP_BEGUN;
    return OHM_OK;
}

ohm_status ohm_steps_note(ohm_steps *steps, const char *step, uint64_t hash, bool done,
                          ohm_err *err)
{
    char text[17];
    hash_text(hash, text);
    if (json_object_set_new(steps->json, step, json_pack("{s:s, s:b}", "hash", text, "done", done)))
        return ohm_err_no_memory(err, "this command");
    return ohm_json_save(steps->json, steps->path, true, err);
}
