/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "workloads/train/model_data.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const ohm_split_choice_names[] = {"auto", "test", "held_out", "train", "all", NULL};

ohm_status ohm_split_choice_parse(const char *text, const char *what, int *choice, ohm_err *err)
{
    *choice = OHM_CHOOSE_AUTO;
    for (int i = 0; text && ohm_split_choice_names[i]; i++)
        if (strcmp(text, ohm_split_choice_names[i]) == 0) {
            *choice = i;
            return OHM_OK;
        }
    return text ? ohm_err_set(err, OHM_ECONFIG,
                              "%s: '%.40s' is none of auto, test, held_out, train, all", what, text)
                : OHM_OK;
}

ohm_status ohm_model_data_bind(const ohm_model_file *file, ohm_dataset *set, ohm_err *err)
{
    const json_t *classes = ohm_model_file_classes(file);
    const size_t count = json_array_size(classes);
    if (count == 0) return OHM_OK;
    const char **names = calloc(count, sizeof *names);
    if (!names) return ohm_err_set(err, OHM_ENOMEM, "no memory for the classes of the model");
    ohm_status status = OHM_OK;
    for (size_t k = 0; k < count && status == OHM_OK; k++) {
        names[k] = json_string_value(json_array_get(classes, k));
        if (!names[k])
            status = ohm_err_set(err, OHM_EFORMAT,
                                 "the model's list of classes holds no text at %zu", k);
    }
    if (status == OHM_OK) status = ohm_dataset_bind_classes(set, names, count, err);
    free(names);
    return status;
}

static ohm_status items_text(const ohm_dataset *set, ohm_split split, char out[20], ohm_err *err)
{
    uint64_t hash;
    OHM_TRY(ohm_dataset_items_hash(set, split, &hash, err));
    snprintf(out, 20, "%016" PRIx64, hash);
    return OHM_OK;
}

ohm_status ohm_model_data_record(const ohm_dataset *set, json_t **out, ohm_err *err)
{
    const ohm_data_config *c = ohm_dataset_config(set);
    char train[20], test[20];
    OHM_TRY(items_text(set, OHM_SPLIT_TRAIN, train, err));
    OHM_TRY(items_text(set, OHM_SPLIT_TEST, test, err));
    *out = json_pack("{s:f, s:I, s:s, s:s}", "test_fraction",
                     ohm_dataset_has_own_test(set) ? 0 : c->test_fraction, "seed",
                     (json_int_t)c->split_seed, "train", train, "test", test);
    return *out ? OHM_OK : ohm_err_set(err, OHM_ENOMEM, "no memory for the training record");
}

/* Whether a recorded hash is that of the set's part now; false when nothing is recorded. */
static ohm_status is_recorded(const ohm_model_file *file, const ohm_dataset *set, ohm_split split,
                              bool *same, ohm_err *err)
{
    char now[20];
    const json_t *parts = json_object_get(file->record, "split");
    const char *then = json_string_value(json_object_get(parts, ohm_split_name(split)));
    *same = false;
    if (!then) return OHM_OK;
    OHM_TRY(items_text(set, split, now, err));
    *same = strcmp(then, now) == 0;
    return OHM_OK;
}

static ohm_status choose_test(const ohm_model_file *file, const char *data, ohm_model_data *d,
                              ohm_err *err)
{
    bool same;
    const char *source = ohm_dataset_config(d->set)->source;
    d->split = OHM_SPLIT_TEST;
    if (!ohm_dataset_has_split(d->set))
        return ohm_err_set(
            err, OHM_ECONFIG,
            "%s: the set has one part and no test part; train with data.test_fraction "
            "to keep one, or take everything, seen in training or not, with split all",
            source);
    if (ohm_dataset_has_own_test(d->set) || data) return OHM_OK;
    OHM_TRY(is_recorded(file, d->set, OHM_SPLIT_TEST, &same, err));
    if (same || !json_object_get(file->record, "split")) return OHM_OK;
    return ohm_err_set(
        err, OHM_EFORMAT,
        "%s: this is not the test part that the training left out: the set, its "
        "preparation or data.test_fraction has changed since, and training data may be "
        "among it; take split all if that does not matter",
        source);
}

/* Without a name: the test part, or everything of a set without one. */
static ohm_status choose_by_itself(const ohm_model_file *file, const char *data, ohm_model_data *d,
                                   ohm_err *err)
{
    bool trained;
    const size_t all = ohm_dataset_count(d->set, OHM_SPLIT_ALL);
    OHM_TRY(is_recorded(file, d->set, OHM_SPLIT_TRAIN, &trained, err));
    if (ohm_dataset_has_own_test(d->set) || (ohm_dataset_has_split(d->set) && (trained || !data)))
        return choose_test(file, trained ? NULL : data, d, err);
    d->split = OHM_SPLIT_ALL;
    if (!trained && data) return OHM_OK;
    snprintf(
        d->note, sizeof d->note,
        "the set has one part: all %zu sequences are used, %zu of which the model was trained on "
        "(data.test_fraction keeps a test part, --split names another)",
        all, ohm_dataset_count(d->set, OHM_SPLIT_TRAIN));
    return OHM_OK;
}

static ohm_status choose(const ohm_model_file *file, const char *data, int choice,
                         ohm_model_data *d, ohm_err *err)
{
    static const ohm_split splits[] = {[OHM_CHOOSE_HELD_OUT] = OHM_SPLIT_HELD_OUT,
                                       [OHM_CHOOSE_TRAIN] = OHM_SPLIT_TRAIN,
                                       [OHM_CHOOSE_ALL] = OHM_SPLIT_ALL};
    if (choice == OHM_CHOOSE_AUTO) return choose_by_itself(file, data, d, err);
    if (choice == OHM_CHOOSE_TEST) return choose_test(file, data, d, err);
    d->split = splits[choice];
    if (ohm_dataset_count(d->set, d->split) > 0) return OHM_OK;
    return ohm_err_set(err, OHM_ECONFIG, "%s: the part \"%s\" is empty; %s",
                       ohm_dataset_config(d->set)->source, ohm_split_name(d->split),
                       choice == OHM_CHOOSE_HELD_OUT
                           ? "data.held_out keeps one in training (split: test does without)"
                           : "choose another");
}

ohm_status ohm_model_data_open(const ohm_model_file *file, const char *data,
                               const ohm_data_config *config, int choice, ohm_model_data *out,
                               ohm_err *err)
{
    *out = (ohm_model_data){0};
    if (!data && config && strcmp(config->source, file->data.source) != 0) data = config->source;
    OHM_TRY(ohm_dataset_open(data, config ? config : &file->data, &out->set, err));
    ohm_status status = ohm_model_data_bind(file, out->set, err);
    if (status == OHM_OK) status = choose(file, data, choice, out, err);
    if (status == OHM_OK) return OHM_OK;
    ohm_dataset_free(out->set);
    out->set = NULL;
    return status;
}
