/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/validation/platform.h"

#include "core/config/config.h"
#include "core/graph/synthetic.h"
#include "models/components/mvm_actions.h"
#include "sim/platform/platform.h"
#include "sim/run/child_socket.h"
#include "tiles/chip/config.h"

#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

/* A chip whose tile takes one matrix of inputs x outputs, again and again. */
typedef struct tile_case {
    const char *yaml;
    size_t inputs, outputs;
    const char *time_name, *energy_name;
    double printed_sec, printed_joule;
    const char *reason; /* of the energy's deviation; NULL: none needed */
} tile_case;

static const tile_case cases[] = {
    {"{base: isaac_32nm, tile: {adc: {kind: uniform, bits: 8, range: fixed}}}", 128, 128,
     "ISAAC tile: time of a 128 x 128 product", "ISAAC tile: energy of a 128 x 128 product", 0.8e-6,
     9.6e-9, NULL},
    {"{base: hermes_14nm}", 256, 256, "HERMES core: time of a 256 x 256 product",
     "HERMES core: energy of a 256 x 256 product", 130e-9, 12.5e-9, NULL},
    {"{base: neurram_130nm}", 128, 256, "NeuRRAM core: time of a 128 x 256 product",
     "NeuRRAM core: energy of a 128 x 256 product", 12.1e-6, 2 * 128 * 256 / 6.44e12,
     "1.7 nJ accumulate row blocks behind the neurons, which the published chip leaves to its "
     "host"},
};

/* What a source counts as its tile or core. */
static double tile_joule(const ohm_ledger *ledger)
{
    double joule = 0;
    for (size_t i = 0; i < ledger->energy_count; i++) {
        const ohm_energy_row *row = &ledger->energy[i];
        const ohm_part part = ohm_part_find(row->component);
        if (row->layer != OHM_LAYER_CHIP && part < OHM_PARTS && ohm_mvm_uses(part))
            joule += row->energy_joule;
    }
    return joule;
}

typedef struct finding {
    ohm_status status;
    ohm_err err;
    double sec, joule; /* of one product */
} finding;

/* Two runs of which one is longer: the ends and the head cancel. */
static ohm_status run_twice(ohm_chip *chip, const ohm_chip_costs *costs, finding *f)
{
    enum { STEP = 200 };
    const ohm_platform_options options = {.timing_only = true};
    const uint64_t index = 0;
    ohm_platform *platform = NULL;
    ohm_platform_result r = {0};
    double sec[2] = {0}, joule[2] = {0};
    ohm_status status = ohm_platform_alloc(chip, costs, &options, &platform, &f->err);
    for (size_t k = 0; k < 2 && status == OHM_OK; k++) {
        const size_t length = STEP * (k + 1);
        const ohm_sequence_batch batch = {1, NULL, &length, &index};
        status = ohm_platform_run(platform, &batch, NULL, &r, &f->err);
        sec[k] = r.duration_sec;
        joule[k] = tile_joule(&r.ledger);
    }
    f->sec = (sec[1] - sec[0]) / STEP;
    f->joule = (joule[1] - joule[0]) / STEP;
    ohm_platform_free(platform);
    ohm_platform_result_free(&r);
    return status;
}

static ohm_status measure_graph(const tile_case *c, const ohm_graph *graph, finding *f)
{
    ohm_err *err = &f->err;
    ohm_config *document;
    ohm_chip_config config;
    ohm_chip_costs costs;
    ohm_plan *plan = NULL;
    ohm_chip *chip = NULL;
    OHM_TRY(ohm_config_parse(c->yaml, "validation", "chip", &document, err));
    ohm_status status = ohm_config_read(document, "", &ohm_chip_params, &config, err);
    ohm_config_free(document);
    OHM_TRY(status);
    config.off_chip.width_bits = 4096; /* the tile alone shall bind */
    OHM_TRY(ohm_plan_make(graph, &config, &plan, err));
    status = ohm_chip_alloc(plan, &chip, err);
    if (status == OHM_OK) status = ohm_chip_costs_make(chip, &costs, err);
    if (status == OHM_OK) status = run_twice(chip, &costs, f);
    ohm_chip_free(chip);
    ohm_plan_free(plan);
    return status;
}

static void measure(const tile_case *c, finding *f)
{
    const ohm_synthetic_shape shape = {c->inputs, c->outputs, 1, 0, 4};
    ohm_graph *graph;
    f->status = ohm_graph_synthetic(&shape, &graph, &f->err);
    if (f->status != OHM_OK) return;
    f->status = measure_graph(c, graph, f);
    ohm_graph_free(graph);
}

/* SystemC elaborates once per process. */
static ohm_status measure_apart(const tile_case *c, finding *f, ohm_err *err)
{
    int pair[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) != 0)
        return ohm_err_set(err, OHM_EIO, "cannot talk to the SystemC platform");
    fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        memset(f, 0, sizeof *f);
        measure(c, f);
        _exit(!ohm_child_send(pair[1], f, sizeof *f));
    }
    close(pair[1]);
    const bool received = child > 0 && ohm_child_receive(pair[0], f, sizeof *f);
    close(pair[0]);
    if (child > 0) waitpid(child, NULL, 0);
    if (!received) return ohm_err_set(err, OHM_EIO, "the SystemC platform ended early");
    if (f->status != OHM_OK && err) *err = f->err;
    return f->status;
}

ohm_status ohm_platform_validation_add(ohm_validation *validation, ohm_err *err)
{
    ohm_validation_design *d = ohm_validation_add(
        validation, "systemc", "Published tiles on the SystemC platform",
        "ISAAC: table I, as above; HERMES: JSSC 2022; NeuRRAM: 0.26 TOPS of 48 cores and 6.44 "
        "TOPS/W at 8-bit inputs and 10-bit outputs, as stored with CiMLoop",
        "A stream of products through one tile of the chip presets, as the platform times and "
        "counts it: 400 products less 200, over 200, so that ends cancel. ISAAC converts 8 bits "
        "here; the preset takes 9 for want of its flip encoding. Its energy is above the sum of "
        "parts because writing the input register and accumulating are charged too. HERMES: the "
        "preset's pulse is 127 steps of 1 ns, overlapped with conversion. NeuRRAM's time is put "
        "into its preset.");
    if (!d) return OHM_OK;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const tile_case *c = &cases[i];
        const bool is_input = c->printed_sec > 1e-6; /* NeuRRAM's is in its preset */
        finding f;
        OHM_TRY(measure_apart(c, &f, err));
        ohm_validation_row_add(d, c->time_name, "us", 1e6, c->printed_sec * 1e6, f.sec,
                               is_input ? OHM_EVIDENCE_INPUT : OHM_EVIDENCE_SUM, NULL);
        ohm_validation_row_add(d, c->energy_name, "nJ", 1e9, c->printed_joule * 1e9, f.joule,
                               OHM_EVIDENCE_SUM, c->reason);
    }
    return OHM_OK;
}
