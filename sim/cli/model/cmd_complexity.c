/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/cli/command.h"
#include "workloads/nn/model/complexity.h"
#include "workloads/train/model_file.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

/* One column of the table: a model as it is, or without its quantisers. */
typedef struct variant {
    char name[OHM_PATH_MAX];
    const char *form; /* "float" or "quantised" */
    ohm_complexity cost;
} variant;

typedef struct figure {
    const char *key, *text;
    size_t offset;
    bool is_count;
} figure;

#define REAL(field, text)                                                                          \
    {                                                                                              \
#field, text, offsetof(ohm_complexity, field), false                                       \
    }
#define COUNT(field, text)                                                                         \
    {                                                                                              \
#field, text, offsetof(ohm_complexity, field), true                                        \
    }
static const figure FIGURES[] = {
    COUNT(parameters, "parameters"),
    REAL(weight_bits, "bits of weights"),
    COUNT(state_values, "state values"),
    REAL(state_bits, "bits of state"),
    REAL(macs_per_token, "MACs per token"),
    REAL(bit_operations_per_token, "bit operations per token"),
    REAL(macs_per_sequence, "MACs per sequence (head)"),
    COUNT(arrays, "arrays"),
    REAL(adc_conversions_per_token, "ADC conversions per token"),
};
enum { FIGURE_COUNT = sizeof FIGURES / sizeof *FIGURES };

static double value_of(const variant *v, const figure *f)
{
    const char *at = (const char *)&v->cost + f->offset;
    return f->is_count ? (double)*(const size_t *)at : *(const double *)at;
}

static ohm_status add_variants(const char *path, size_t rows, size_t columns, variant *out,
                               size_t *count, ohm_err *err)
{
    ohm_model_file file;
    OHM_TRY(ohm_model_file_load(path, &file, err));
    ohm_model *plain = NULL;
    ohm_status status = ohm_model_unquantise(file.model, &plain, err);
    if (status == OHM_OK) {
        variant *v = &out[(*count)++];
        snprintf(v->name, sizeof v->name, "%s", path);
        v->form = "float";
        v->cost = ohm_complexity_of(plain, rows, columns);
    }
    if (status == OHM_OK && ohm_model_quant(file.model)) {
        variant *v = &out[(*count)++];
        snprintf(v->name, sizeof v->name, "%s", path);
        v->form = "quantised";
        v->cost = ohm_complexity_of(file.model, rows, columns);
    }
    ohm_model_free(plain);
    ohm_model_file_free(&file);
    return status;
}

static void print_table(FILE *stream, const variant *variants, size_t count)
{
    for (size_t i = 0; i < count; i++)
        fprintf(stream, "%zu: %s, %s\n", i + 1, variants[i].name, variants[i].form);
    fprintf(stream, "\n%-26s", "");
    for (size_t i = 0; i < count; i++)
        fprintf(stream, " %12zu", i + 1);
    for (size_t k = 0; k < FIGURE_COUNT; k++) {
        fprintf(stream, "\n%-26s", FIGURES[k].text);
        for (size_t i = 0; i < count; i++)
            fprintf(stream, " %12.0f", value_of(&variants[i], &FIGURES[k]));
    }
    fputc('\n', stream);
}

static ohm_status print_json(FILE *stream, const variant *variants, size_t count, ohm_err *err)
{
    json_t *models = json_array();
    for (size_t i = 0; i < count; i++) {
        json_t *one = json_pack("{s:s, s:s}", "model", variants[i].name, "form", variants[i].form);
        for (size_t k = 0; k < FIGURE_COUNT; k++)
            json_object_set_new(one, FIGURES[k].key,
                                json_real(value_of(&variants[i], &FIGURES[k])));
        json_array_append_new(models, one);
    }
    json_t *root = json_pack("{s:o}", "models", models);
    bool written = root && json_dumpf(root, stream, JSON_INDENT(2)) == 0;
    json_decref(root);
    fputc('\n', stream);
    return written ? OHM_OK : ohm_err_set(err, OHM_EIO, "the table cannot be written");
}

static ohm_status run_on(const ohm_invocation *inv, variant *variants, ohm_err *err)
{
    int64_t rows, columns;
    size_t count = 0;
    OHM_TRY(ohm_invocation_integer(inv, "array-rows", 1, 1 << 20, 256, &rows, err));
    OHM_TRY(ohm_invocation_integer(inv, "array-columns", 2, 1 << 20, 256, &columns, err));
    for (size_t i = 0; i < inv->positional_count; i++)
        OHM_TRY(
            add_variants(inv->positional[i], (size_t)rows, (size_t)columns, variants, &count, err));
    ohm_result result;
    OHM_TRY(ohm_result_open(inv, &result, err));
    if (inv->json)
        OHM_TRY(print_json(result.stream, variants, count, err));
    else
        print_table(result.stream, variants, count);
    return ohm_result_close(&result, err);
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    variant *variants = calloc(2 * inv->positional_count, sizeof *variants);
    if (!variants) return ohm_err_no_memory(err, "this command");
    ohm_status status = run_on(inv, variants, err);
    free(variants);
    return status;
}

static const ohm_option options[] = {
    {"array-rows", "N", "inputs of one crossbar, in cells (256)"},
    {"array-columns", "N", "outputs of one crossbar, in cells; a weight takes two (256)"},
};

const ohm_command ohm_cmd_complexity = {
    .name = "complexity",
    .summary = "What models cost before any chip is drawn, side by side.",
    .positional = "MODEL...",
    .positional_min = 1,
    .positional_max = OHM_POSITIONAL_MAX / 2,
    .example = "ohmstate complexity digits.safetensors pruned.safetensors",
    .details = "Parameters, bits of weights and of state, multiply-accumulates and bit operations "
               "per token, crossbar arrays and ADC conversions; each model in float and as it is "
               "quantised. Only dense matrices lie on arrays here; see 'ohmstate map' for a chip.",
    .options = options,
    .option_count = sizeof options / sizeof *options,
    .run = run,
};
