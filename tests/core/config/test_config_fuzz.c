/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Mutated documents: whatever the bytes, the reader answers with a struct or with one line that has
 * a place. Deterministic; OHM_FUZZ_ROUNDS sets how many documents are tried (./x fuzz: many). */
#include "tests/core/config/config_sample.h"

#include <check.h>
#include <glob.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SEEDS_MAX = 256, SIZE_MAX_BYTES = 4096, BATCHES = 8 };

static struct {
    char text[SIZE_MAX_BYTES];
    size_t size;
} seeds[SEEDS_MAX];
static size_t seed_count;
static long rounds = 100000;

static const char *const words[] = {
    "\n",    "  ",     "\t",     ": ",    "- ",           "{",     "}",      "[",    "]",
    ", ",    "\"",     "'",      "#",     "&a ",          "*a",    "!!str ", "|\n",  ">\n",
    "? ",    "---",    "...",    "%",     "base: ",       "rows:", "~",      "null", "1e999",
    "25 uS", "small",  "ring_a", "pcm",   "<<:",          "\xff",  "\xc3",   "\r",   "@",
    "`",     "model:", "device", "model", "\xef\xbb\xbf", "-1",    "\\x"};

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static size_t below(uint64_t *state, size_t n)
{
    return n ? (size_t)(next_random(state) % n) : 0;
}

static void insert(char *text, size_t *size, size_t at, const char *piece, size_t n)
{
    if (*size + n >= SIZE_MAX_BYTES) return;
    memmove(text + at + n, text + at, *size - at);
    memcpy(text + at, piece, n);
    *size += n;
}

static void mutate(uint64_t *state, char *text, size_t *size)
{
    size_t at = below(state, *size + 1);
    char piece[64];
    switch (below(state, 6)) {
    case 0: /* flip a bit */
        if (at < *size) text[at] = (char)(text[at] ^ (1 << below(state, 8)));
        break;
    case 1: { /* delete a stretch */
        size_t n = below(state, 12);
        n = at + n > *size ? *size - at : n;
        memmove(text + at, text + at + n, *size - at - n);
        *size -= n;
        break;
    }
    case 2: { /* a stretch once more, elsewhere */
        size_t from = below(state, *size + 1), n = below(state, sizeof piece);
        n = from + n > *size ? *size - from : n;
        memcpy(piece, text + from, n);
        insert(text, size, at, piece, n);
        break;
    }
    case 3: /* cut the end off */
        *size = at;
        break;
    default: {
        const char *word = words[below(state, sizeof words / sizeof words[0])];
        insert(text, size, at, word, strlen(word));
    }
    }
}

static void try_document(const char *text, uint64_t round)
{
    static sample out;
    ohm_err err = {0};
    ohm_config *config = NULL;
    ohm_status status = ohm_config_parse(text, "fuzz", "tile", &config, &err);
    if (status == OHM_OK) status = ohm_config_set(config, "adc.bits=4", &err);
    if (status == OHM_OK) status = ohm_config_read(config, "", &sample_table, &out, &err);
    ohm_config_free(config);
    if (status == OHM_OK) {
        ck_assert_int_eq(ohm_param_check(&sample_table, &out, &err), OHM_OK);
        return;
    }
    ck_assert_msg(ohm_status_exit_code(status) == 2, "round %llu: status %d: %s\n%s",
                  (unsigned long long)round, status, err.message, text);
    ck_assert_msg(err.message[0] && err.path[0], "round %llu: no message or place for\n%s",
                  (unsigned long long)round, text);
    ck_assert_msg(strcmp(err.path, "fuzz") != 0 || err.line > 0, "round %llu: no line: %s\n%s",
                  (unsigned long long)round, err.message, text);
}

START_TEST(mutations)
{
    for (long k = 0; k < rounds / BATCHES; k++) {
        uint64_t round = (uint64_t)k * BATCHES + (uint64_t)_i, state = round * 7919 + 1;
        size_t seed = below(&state, seed_count);
        char text[SIZE_MAX_BYTES];
        size_t size = seeds[seed].size;
        memcpy(text, seeds[seed].text, size);
        for (size_t n = 1 + below(&state, 8); n; n--)
            mutate(&state, text, &size);
        text[size] = '\0';
        try_document(text, round);
    }
}
END_TEST

static void load_seeds(void)
{
    const char *source = getenv("OHM_SOURCE_DIR");
    char pattern[512];
    glob_t found = {0};
    snprintf(pattern, sizeof pattern, "%s/tests/core/config/cases/*/*.yaml", source ? source : ".");
    if (glob(pattern, 0, NULL, &found) == 0)
        for (size_t i = 0; i < found.gl_pathc && seed_count < SEEDS_MAX; i++) {
            FILE *file = fopen(found.gl_pathv[i], "rb");
            if (!file) continue;
            seeds[seed_count].size = fread(seeds[seed_count].text, 1, SIZE_MAX_BYTES / 2, file);
            seed_count++;
            fclose(file);
        }
    globfree(&found);
    if (!seed_count) {
        fprintf(stderr, "no documents match %s\n", pattern);
        exit(1);
    }
    const char *more = getenv("OHM_FUZZ_ROUNDS");
    if (more) rounds = strtol(more, NULL, 10);
    if (chdir("/") != 0) exit(1); /* a mutated `base:` shall find no files */
}

int main(void)
{
    load_seeds();
    Suite *suite = suite_create("config_fuzz");
    TCase *all = tcase_create("all");
    tcase_set_timeout(all, 0);
    tcase_add_loop_test(all, mutations, 0, BATCHES);
    suite_add_tcase(suite, all);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
