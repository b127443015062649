/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Parameter tables in memory, and properties of the canonical dump. */
#include "tests/core/config/config_sample.h"

#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static sample a, b;

static const sample_pcm *pcm_of(const ohm_variant *variant)
{
    return (const sample_pcm *)(const void *)variant->storage.bytes;
}

START_TEST(defaults)
{
    ohm_err err = {0};
    ck_assert_int_eq(ohm_param_defaults(&sample_table, &a, &err), OHM_OK);
    ck_assert_int_eq(a.rows, 256);
    ck_assert_int_eq(a.adc.bits, 8);
    ck_assert(a.adc.range_volt == 1.0);
    ck_assert_str_eq(a.device.model.model, "ideal");
    ck_assert_str_eq(a.cost.model, "pcm");
    ck_assert(pcm_of(&a.cost)->nu == 0.05);
    ck_assert_uint_eq(a.times.count, 2);
    ck_assert(a.times.values[1] == 86400);
    ck_assert_int_eq(a.memory_bytes, 65536);
    ck_assert_int_eq(ohm_param_check(&sample_table, &a, &err), OHM_OK);
}
END_TEST

START_TEST(required_rows_have_no_default)
{
    static const ohm_param rows[] = {
        {.key = "must", .kind = OHM_PARAM_INT, .offset = 0, .doc = "Required."},
        {.key = "may", .kind = OHM_PARAM_INT, .offset = 8, .fallback = "5", .doc = "Optional."},
    };
    static const ohm_param_table table = {"t", "", rows, 2, 16, NULL};
    int64_t config[2] = {7, 7};
    ohm_err err = {0};
    ck_assert_int_eq(ohm_param_defaults(&table, config, &err), OHM_EINVAL);
    ck_assert_str_eq(err.message, "must: required");
    ck_assert_int_eq(config[0], 0);
    ck_assert_int_eq(config[1], 5);

    ohm_config *document = NULL;
    ck_assert_int_eq(ohm_config_parse("# nothing\nmay: 3\n", "here", NULL, &document, &err),
                     OHM_OK);
    ck_assert_int_eq(ohm_config_read(document, "", &table, config, &err), OHM_ECONFIG);
    char line[1400];
    ohm_err_format(&err, line, sizeof line);
    ck_assert_str_eq(line, "here:2:1: must: missing; expected an integer");
    ohm_config_free(document);
}
END_TEST

static const struct {
    const char *key, *text, *message; /* message NULL: accepted */
} sets[] = {
    {"rows", "12", NULL},
    {"adc.kind", "flash", NULL},
    {"device.model", "pcm", NULL},
    {"device", "pcm_hot", NULL},
    {"cost", "cheap", NULL},
    {"cost.nu", "0.2", NULL},
    {"cost.model", "ideal", NULL},
    {"times", "1 h, 2 h", NULL},
    {"rows", "0", "rows: 0 is out of range; allowed: 1 to 4096"},
    {"adc.bits", "99", "adc.bits: 99 is out of range; allowed: 1 to 16"},
    {"adc.bts", "9", "adc.bts: unknown key; did you mean 'bits'?"},
    {"lines", "9", "lines: unknown key; did you mean 'rows'?"},
    {"line", "9",
     "line: unknown key; known keys: rows, columns, adc, device, cost, name, times, tags, noise, "
     "area, "
     "memory, margin"},
    {"adc", "9", "adc: is a section; name one of its keys"},
    {"rows.x", "9", "rows: is a single value and has no keys"},
    {"cost.nu", "9", "cost.nu: 9 is out of range; allowed: 0 to 0.2"},
    {"device.model.nu", "0.1",
     "device.model.nu: unknown key; device model 'ideal' has no parameters"},
    {"device.model", "pmc", "device.model: 'pmc' is not a device model; did you mean 'pcm'?"},
    {"device", "small", "device: 'small' is of kind tile; expected kind device"},
    {"times", "1 h, 2 V",
     "times: '2 V' is a voltage; expected a time in ns, us, ms, s, min, h, day, week, month or "
     "year"},
};

START_TEST(sets_one_key)
{
    ohm_err err = {0};
    ck_assert_int_eq(ohm_param_defaults(&sample_table, &a, &err), OHM_OK);
    ohm_status status = ohm_param_set(&sample_table, &a, sets[_i].key, sets[_i].text, &err);
    if (!sets[_i].message) {
        ck_assert_msg(status == OHM_OK, "%s", err.message);
        ck_assert_int_eq(ohm_param_check(&sample_table, &a, &err), OHM_OK);
        return;
    }
    ck_assert_int_eq(status, OHM_ECONFIG);
    ck_assert_str_eq(err.message, sets[_i].message);
}
END_TEST

START_TEST(set_changes_the_field)
{
    ohm_err err = {0};
    ohm_param_defaults(&sample_table, &a, &err);
    ck_assert_int_eq(ohm_param_set(&sample_table, &a, "cost.g_max", "50 uS", &err), OHM_OK);
    ck_assert(pcm_of(&a.cost)->g_max_siemens == 50e-6);
    ck_assert_int_eq(ohm_param_set(&sample_table, &a, "device", "pcm_hot", &err), OHM_OK);
    ck_assert(pcm_of(&a.device.model)->nu == 0.1);
    ck_assert_int_eq(ohm_param_set(&sample_table, &a, "device.model", "pcm", &err), OHM_OK);
    ck_assert(pcm_of(&a.device.model)->nu == 0.05);
}
END_TEST

START_TEST(check_finds_what_code_broke)
{
    ohm_err err = {0};
    ohm_param_defaults(&sample_table, &a, &err);
    a.adc.bits = 40;
    ck_assert_int_eq(ohm_param_check(&sample_table, &a, &err), OHM_ECONFIG);
    ck_assert_str_eq(err.message, "adc.bits: 40 is out of range; allowed: 1 to 16");
    a.adc.bits = 12;
    a.adc.kind = 1;
    ck_assert_int_eq(ohm_param_check(&sample_table, &a, &err), OHM_ECONFIG);
    ck_assert_str_eq(err.message, "adc.bits: a flash converter has at most 8 bits");
    a.adc.kind = 9;
    ck_assert_int_eq(ohm_param_check(&sample_table, &a, &err), OHM_ECONFIG);
    a.adc.kind = 0;
    a.noise = NAN;
    ck_assert_int_eq(ohm_param_check(&sample_table, &a, &err), OHM_ECONFIG);
    a.noise = 0;
    a.rows = a.columns = 4096;
    ck_assert_int_eq(ohm_param_check(&sample_table, &a, &err), OHM_EUNSUPPORTED);
}
END_TEST

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static double uniform(uint64_t *state, double low, double high)
{
    return low + (high - low) * (double)(next_random(state) >> 11) * 0x1p-53;
}

static int64_t pick(uint64_t *state, int64_t low, int64_t high)
{
    return low + (int64_t)(next_random(state) % (uint64_t)(high - low + 1));
}

static void random_text(uint64_t *state, char *out, size_t room)
{
    static const char *const letters[] = {"a",
                                          "Z",
                                          "0",
                                          " ",
                                          ":",
                                          "#",
                                          "\"",
                                          "\\",
                                          "'",
                                          ",",
                                          "{",
                                          "\n",
                                          "-",
                                          "!",
                                          "&",
                                          "*",
                                          "\xc3\xa9",
                                          "\xe2\x82\xac",
                                          "\xf0\x9f\x98\x80",
                                          "null"};
    size_t n = (size_t)pick(state, 0, 30), at = 0;
    for (size_t i = 0; i < n; i++) {
        const char *letter = letters[pick(state, 0, sizeof letters / sizeof letters[0] - 1)];
        if (at + strlen(letter) < room) {
            memcpy(out + at, letter, strlen(letter));
            at += strlen(letter);
        }
    }
}

static void random_law(uint64_t *state, ohm_variant *variant)
{
    ohm_err err = {0};
    const ohm_param row = {.key = "v", .kind = OHM_PARAM_VARIANT, .variants = &sample_models};
    const ohm_param_table table = {"", "", &row, 1, sizeof *variant, NULL};
    static const char *const names[] = {"ideal", "pcm", "measured"};
    ck_assert_int_eq(ohm_param_set(&table, variant, "v", names[pick(state, 0, 2)], &err), OHM_OK);
    if (strcmp(variant->model, "pcm") == 0) {
        sample_pcm *pcm = (sample_pcm *)(void *)variant->storage.bytes;
        pcm->nu = uniform(state, 0, 0.2);
        pcm->g_max_siemens = uniform(state, 1e-6, 1e-4);
    } else if (strcmp(variant->model, "measured") == 0) {
        sample_measured *measured = (sample_measured *)(void *)variant->storage.bytes;
        random_text(state, measured->path, sizeof measured->path);
        measured->points = pick(state, 2, INT64_MAX / 2);
    }
}

static void random_sample(uint64_t *state, sample *s)
{
    memset(s, 0, sizeof *s);
    s->rows = pick(state, 1, 1024);
    s->columns = pick(state, 1, 1024);
    s->adc.bits = pick(state, 1, 8);
    s->adc.kind = (int)pick(state, 0, 2);
    s->adc.range_volt = uniform(state, 1e-3, 2);
    random_law(state, &s->device.model);
    s->device.drift = pick(state, 0, 1);
    random_law(state, &s->cost);
    random_text(state, s->name, sizeof s->name);
    s->times.count = (size_t)pick(state, 0, OHM_PARAM_LIST_MAX);
    for (size_t i = 0; i < s->times.count; i++)
        s->times.values[i] = pow(10, uniform(state, -9, 9.9));
    s->tags.count = (size_t)pick(state, 0, 5);
    for (size_t i = 0; i < s->tags.count; i++)
        random_text(state, s->tags.values[i], sizeof s->tags.values[i]);
    s->noise = uniform(state, 0, 1);
    s->area_m2 = uniform(state, 0, 1e-4);
    s->memory_bytes = pick(state, 1, 1 << 30);
    s->margin = uniform(state, -1, 1) * pow(10, uniform(state, -300, 300));
}

/* What is dumped reads back as the same struct, byte for byte, and so dumps the same again. */
START_TEST(dump_is_a_fixed_point)
{
    for (uint64_t seed = 1; seed <= 300; seed++) {
        uint64_t state = seed;
        random_sample(&state, &a);
        char *first = ohm_config_dump_json(&sample_table, &a);
        ck_assert_ptr_nonnull(first);
        ohm_config *document = NULL;
        ohm_err err = {0};
        ck_assert_msg(ohm_config_parse(first, "dump", "tile", &document, &err) == OHM_OK,
                      "seed %d: %d:%d: %s\n%s", (int)seed, err.line, err.column, err.message,
                      first);
        ck_assert_msg(ohm_config_read(document, "", &sample_table, &b, &err) == OHM_OK,
                      "seed %d: %s", (int)seed, err.message);
        ck_assert_msg(memcmp(&a, &b, sizeof a) == 0, "seed %d: structs differ\n%s", (int)seed,
                      first);
        char *second = ohm_config_dump_json(&sample_table, &b);
        ck_assert_str_eq(first, second);
        ohm_config_free(document);
        free(first);
        free(second);
    }
}
END_TEST

/* FNV-1a 64: the offset basis and the value for "a" are those of the reference page. */
START_TEST(hash_tells_differences_and_only_those)
{
    ohm_err err = {0};
    char one[17], two[17], three[17];
    ohm_param_defaults(&sample_table, &a, &err);
    ohm_param_defaults(&sample_table, &b, &err);
    ohm_config_hash(&sample_table, &a, one);
    ohm_config_hash(&sample_table, &b, two);
    ck_assert_str_eq(one, two);
    ck_assert_uint_eq(strlen(one), 16);
    b.adc.range_volt = nextafter(b.adc.range_volt, 2);
    ohm_config_hash(&sample_table, &b, three);
    ck_assert_str_ne(one, three);

    static const ohm_param_table empty = {"", "", NULL, 0, 0, NULL};
    ohm_config_hash(&empty, &a, one); /* of the text "{}" */
    uint64_t hash = 0xcbf29ce484222325u;
    hash = (hash ^ '{') * 0x100000001b3u;
    hash = (hash ^ '}') * 0x100000001b3u;
    snprintf(two, sizeof two, "%016llx", (unsigned long long)hash);
    ck_assert_str_eq(one, two);
}
END_TEST

START_TEST(schema_is_json_and_follows_the_rows)
{
    char *text = ohm_config_schema_json(&sample_table);
    json_t *schema = json_loads(text, JSON_REJECT_DUPLICATES, NULL);
    ck_assert_ptr_nonnull(schema);
    ck_assert_str_eq(json_string_value(json_object_get(schema, "$schema")),
                     "https://json-schema.org/draft/2020-12/schema");
    json_t *properties = json_object_get(schema, "properties");
    for (size_t i = 0; i < sample_table.count; i++) {
        json_t *entry = json_object_get(properties, sample_table.rows[i].key);
        ck_assert_msg(json_is_object(entry), "%s has no schema", sample_table.rows[i].key);
        ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(entry, "description")),
                                     sample_table.rows[i].doc));
    }
    ck_assert(json_is_false(json_object_get(schema, "additionalProperties")));
    json_t *rows = json_object_get(properties, "rows");
    ck_assert_int_eq(json_integer_value(json_object_get(rows, "minimum")), 1);
    ck_assert_int_eq(json_integer_value(json_object_get(rows, "maximum")), 4096);
    json_t *kinds = json_object_get(
        json_object_get(json_object_get(json_object_get(properties, "adc"), "properties"), "kind"),
        "enum");
    ck_assert_uint_eq(json_array_size(kinds), 3);
    json_decref(schema);
    free(text);
}
END_TEST

START_TEST(sections_are_read_alone)
{
    ohm_err err = {0};
    ohm_config *document = NULL;
    sample_device device;
    ck_assert_int_eq(ohm_config_load("small", "tile", &document, &err), OHM_OK);
    ck_assert_str_eq(ohm_config_name(document), "small");
    ck_assert_str_eq(ohm_config_text(document, "summary"), "a small tile");
    ck_assert_ptr_null(ohm_config_text(document, "valid"));
    ck_assert_int_eq(ohm_config_read(document, "device", &sample_device_table, &device, &err),
                     OHM_OK);
    ck_assert(pcm_of(&device.model)->nu == 0.1);
    ck_assert_int_eq(
        ohm_config_read(document, "absent.deeper", &sample_device_table, &device, &err), OHM_OK);
    ck_assert_str_eq(device.model.model, "ideal");
    ck_assert_int_eq(ohm_config_set(document, "device.drfit=false", &err), OHM_OK);
    ck_assert_int_eq(ohm_config_read(document, "device", &sample_device_table, &device, &err),
                     OHM_ECONFIG);
    ck_assert_str_eq(err.message, "device.drfit: unknown key; did you mean 'drift'?");
    ohm_config_free(document);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("param");
    TCase *all = tcase_create("all");
    tcase_add_test(all, defaults);
    tcase_add_test(all, required_rows_have_no_default);
    tcase_add_loop_test(all, sets_one_key, 0, sizeof sets / sizeof sets[0]);
    tcase_add_test(all, set_changes_the_field);
    tcase_add_test(all, check_finds_what_code_broke);
    tcase_add_test(all, dump_is_a_fixed_point);
    tcase_add_test(all, hash_tells_differences_and_only_those);
    tcase_add_test(all, schema_is_json_and_follows_the_rows);
    tcase_add_test(all, sections_are_read_alone);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
