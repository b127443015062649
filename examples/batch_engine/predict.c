/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A program that somebody else would write: a trained model on a chip preset through the batch
 * engine, predictions on stdout as `ohmstate sim --predictions` writes them. Compiled with
 * WITH_PLATFORM, the sequences go through the SystemC chip as well, by its plain C interface, and
 * the logits must be the same. usage: predict MODEL CHIP SEQUENCES */
#include "core/config/config.h"
#include "sim/batch/engine.h"
#include "sim/batch/sequences.h"
#include "sim/batch/workload.h"
#include "tiles/chip/chip.h"
#include "tiles/chip/config.h"
#include "tiles/chip/plan.h"
#ifdef WITH_PLATFORM
#include "sim/platform/platform.h"
#endif

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static ohm_err err;

static void must(ohm_status status)
{
    char text[OHM_PATH_MAX + OHM_MESSAGE_MAX];
    if (status == OHM_OK) return;
    ohm_err_format(&err, text, sizeof text);
    fprintf(stderr, "predict: %s\n", text);
    exit(1);
}

#ifdef WITH_PLATFORM
static void compare(ohm_chip *chip, const ohm_loaded *loaded, const ohm_engine_result *want)
{
    ohm_chip_costs costs;
    ohm_platform *platform;
    ohm_platform_options options = {0};
    ohm_platform_result result = {0};
    int32_t *codes = calloc(want->count * want->classes, sizeof *codes);
    must(ohm_chip_costs_make(chip, &costs, &err));
    must(ohm_platform_alloc(chip, &costs, &options, &platform, &err));
    const ohm_sequence_batch batch = {loaded->count, (const float *const *)loaded->inputs,
                                      loaded->lengths, loaded->index};
    must(ohm_platform_run(platform, &batch, codes, &result, &err));
    if (memcmp(codes, want->codes, want->count * want->classes * sizeof *codes) != 0) {
        fprintf(stderr, "predict: the platform gives other logits\n");
        exit(1);
    }
    fprintf(stderr, "platform: %zu tokens in %g s\n", result.tokens, result.duration_sec);
    ohm_platform_result_free(&result);
    ohm_platform_free(platform);
    free(codes);
}
#endif

int main(int argc, char **argv)
{
    if (argc < 4) {
        fprintf(stderr, "usage: predict MODEL CHIP SEQUENCES\n");
        return 2;
    }
    ohm_config *document;
    ohm_chip_config *config = calloc(1, sizeof *config);
    must(ohm_config_load(argv[2], "chip", &document, &err));
    must(ohm_config_read(document, "", &ohm_chip_params, config, &err));
    ohm_config_free(document);

    ohm_workload workload;
    ohm_workload_request request = {.model = argv[1],
                                   .split = OHM_CHOOSE_AUTO,
                                   .sequences = strtoul(argv[3], NULL, 10),
                                   .calibration = 16};
    must(ohm_workload_open(&request, &workload, &err));
    const ohm_graph *graph = workload.file.graph;
    size_t channels = (size_t)graph->values[0].width;

    ohm_plan *plan;
    ohm_chip *chip;
    ohm_loaded loaded;
    must(ohm_plan_make(graph, config, &plan, &err));
    must(ohm_chip_alloc(plan, &chip, &err));
    must(ohm_sequences_load(&workload.calibration, 16, channels, &loaded, &err));
    must(ohm_chip_calibrate(chip, loaded.count, (const float *const *)loaded.inputs, loaded.lengths,
                            &err));
    ohm_loaded_free(&loaded);
    must(ohm_chip_program(chip, 1, 0, &err));
    must(ohm_chip_age(chip, 3600, &err));

    ohm_engine_options options = {0};
    ohm_engine_result result = {0};
    must(ohm_engine_run(graph, chip, &workload.sequences, &options, &result, &err));
    printf("index,label,predicted\n");
    for (size_t i = 0; i < result.count; i++)
        printf("%" PRIu64 ",%" PRId32 ",%" PRId32 "\n", result.index[i], result.label[i],
               result.predicted[i]);
#ifdef WITH_PLATFORM
    must(
        ohm_sequences_load(&workload.sequences, workload.sequences.count, channels, &loaded, &err));
    compare(chip, &loaded, &result);
    ohm_loaded_free(&loaded);
#endif
    ohm_engine_result_free(&result);
    ohm_chip_free(chip);
    ohm_plan_free(plan);
    ohm_workload_free(&workload);
    free(config);
    return 0;
}
