/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Every embedded preset is a complete, cited, valid document of its kind, and what it resolves to
 * reads back from its own dump. */
#include "core/config/config.h"
#include "core/config/preset.h"
#include "sim/cli/configuration/documents.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static ohm_config *load(const char *name)
{
    ohm_config *config = NULL;
    ohm_err err = {0};
    ohm_status status = ohm_config_load(name, NULL, &config, &err);
    ck_assert_msg(status == OHM_OK, "%s:%d:%d: %s", err.path, err.line, err.column, err.message);
    return config;
}

START_TEST(states_its_kind_and_source)
{
    const ohm_preset_file *file = &ohm_preset_files[_i];
    ohm_config *config = load(file->name);
    static const char *const keys[] = {"kind", "summary", "source", "valid"};
    for (size_t k = 0; k < sizeof keys / sizeof keys[0]; k++) {
        const char *text = ohm_config_text(config, keys[k]);
        ck_assert_msg(text && *text, "%s: no '%s:'", file->path, keys[k]);
    }
    for (int i = 0; i < _i; i++)
        ck_assert_msg(strcmp(file->name, ohm_preset_files[i].name) != 0,
                      "%s and %s have the same name", file->path, ohm_preset_files[i].path);
    ohm_config_free(config);
}
END_TEST

START_TEST(is_valid_and_reads_back)
{
    const ohm_preset_file *file = &ohm_preset_files[_i];
    ohm_config *config = load(file->name);
    const ohm_document_kind *kind = ohm_document_kind_find(ohm_config_text(config, "kind"));
    ck_assert_msg(kind, "%s: no table for kind '%s' in sim/cli/configuration/documents.c",
                  file->path, ohm_config_text(config, "kind"));
    if (!kind->table) { /* read by sections, see documents.h */
        ohm_config_free(config);
        return;
    }
    unsigned char *first = calloc(2, kind->table->struct_size);
    unsigned char *second = first + kind->table->struct_size;
    ohm_err err = {0};
    ohm_status status = ohm_config_read(config, "", kind->table, first, &err);
    ck_assert_msg(status == OHM_OK, "%s:%d:%d: %s", err.path, err.line, err.column, err.message);

    ohm_config *again = NULL;
    char *dump = ohm_config_dump_json(kind->table, first);
    ck_assert_int_eq(ohm_config_parse(dump, "dump", NULL, &again, &err), OHM_OK);
    status = ohm_config_read(again, "", kind->table, second, &err);
    ck_assert_msg(status == OHM_OK, "dump of %s: %s\n%s", file->name, err.message, dump);
    ck_assert_msg(memcmp(first, second, kind->table->struct_size) == 0,
                  "%s changes when it is dumped and read", file->name);
    free(dump);
    ohm_config_free(again);
    ohm_config_free(config);
    free(first);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("presets");
    TCase *all = tcase_create("all");
    tcase_add_loop_test(all, states_its_kind_and_source, 0, (int)ohm_preset_file_count);
    tcase_add_loop_test(all, is_valid_and_reads_back, 0, (int)ohm_preset_file_count);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    int run = srunner_ntests_run(runner);
    srunner_free(runner);
    return failed == 0 && run > 0 ? 0 : 1;
}
