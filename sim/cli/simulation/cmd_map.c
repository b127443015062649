/* SPDX-License-Identifier: GPL-3.0-or-later */
/* `ohmstate map`: what lies where on the chip. */
#include "core/graph/graph.h"
#include "sim/cli/command.h"
#include "sim/cli/simulation/provenance_text.h"
#include "sim/run/mapping_table.h"
#include "sim/run/schedule_table.h"
#include "tiles/energy/provenance.h"

#include <stdlib.h>

extern const ohm_command ohm_cmd_map;

/* What the cost models say of a chip of this plan, and its schedule, before anything runs. */
typedef struct workload {
    ohm_chip *chip;
    ohm_schedule *schedule; /* NULL: a memory is too small, so the SystemC chip refuses the plan */
    json_t *provenance;
} workload;

static void drop(workload *s)
{
    json_decref(s->provenance);
    ohm_schedule_free(s->schedule);
    ohm_chip_free(s->chip);
}

static ohm_status find_provenance(const ohm_chip *chip, json_t **out, ohm_err *err)
{
    ohm_chip_costs *costs = malloc(sizeof *costs);
    if (!costs) return ohm_err_no_memory(err, "the costs of a chip");
    ohm_status status = ohm_chip_costs_make(chip, costs, err);
    if (status == OHM_OK) *out = ohm_provenance_json(costs);
    free(costs);
    return status;
}

static ohm_status make_subject(const ohm_invocation *inv, const ohm_plan *plan, workload *out,
                               ohm_err *err)
{
    OHM_TRY(ohm_chip_alloc(plan, &out->chip, err));
    OHM_TRY(find_provenance(out->chip, &out->provenance, err));
    ohm_err why;
    ohm_status status = ohm_schedule_make(plan, &out->schedule, &why);
    if (status == OHM_OK) return OHM_OK;
    out->schedule = NULL;
    if (status != OHM_ECONFIG) {
        *err = why;
        return status;
    }
    FILE *log = ohm_invocation_log(inv);
    if (log) fprintf(log, "no schedule: %s\n", why.message);
    return OHM_OK;
}

static json_t *mapping_json(const ohm_invocation *inv, const ohm_plan *plan, const workload *s)
{
    json_t *json = ohm_mapping_json(plan);
    if (!json) return NULL;
    json_object_set_new(json, "model", json_string(inv->positional[0]));
    json_object_set_new(json, "chip", json_string(inv->positional[1]));
    json_object_set_new(json, "schedule",
                        s->schedule ? ohm_schedule_json(s->schedule, s->chip) : json_null());
    json_object_set_new(json, "provenance", json_deep_copy(s->provenance));
    return json;
}

static ohm_status write_mapping(const ohm_invocation *inv, const ohm_plan *plan, const workload *s,
                                ohm_err *err)
{
    ohm_result result;
    OHM_TRY(ohm_result_open(inv, &result, err));
    if (inv->json) {
        json_t *json = mapping_json(inv, plan, s);
        bool written =
            json && json_dumpf(json, result.stream, JSON_INDENT(2) | JSON_REAL_PRECISION(15)) == 0;
        json_decref(json);
        fputc('\n', result.stream);
        if (!written) {
            ohm_outfile_abandon(&result.file);
            return ohm_err_set(err, OHM_EIO, "the result cannot be written");
        }
    } else {
        ohm_mapping_print(plan, result.stream);
        fputc('\n', result.stream);
        if (s->schedule) {
            ohm_schedule_print(s->schedule, result.stream);
            fputc('\n', result.stream);
        }
        ohm_provenance_print(s->provenance, ohm_invocation_flag(inv, "verbose"), result.stream);
    }
    return ohm_result_close(&result, err);
}

static ohm_status load_chip(const ohm_invocation *inv, const char *name, ohm_chip_config *chip,
                            ohm_err *err)
{
    ohm_config *config;
    OHM_TRY(ohm_config_load(name, "chip", &config, err));
    ohm_status status = ohm_invocation_apply_sets(inv, config, err);
    if (status == OHM_OK) status = ohm_config_read(config, "", &ohm_chip_params, chip, err);
    ohm_config_free(config);
    return status;
}

static ohm_status run(const ohm_invocation *inv, ohm_err *err)
{
    ohm_chip_config *chip = malloc(sizeof *chip);
    if (!chip) return ohm_err_no_memory(err, "this command");
    ohm_graph *graph = NULL;
    ohm_plan *plan = NULL;
    ohm_status status = load_chip(inv, inv->positional[1], chip, err);
    if (status == OHM_OK) status = ohm_graph_load(inv->positional[0], &graph, err);
    if (status == OHM_OK) status = ohm_plan_make(graph, chip, &plan, err);
    workload s = {0};
    if (status == OHM_OK) status = make_subject(inv, plan, &s, err);
    ohm_provenance_warn(s.provenance, ohm_invocation_log(inv));
    if (status == OHM_OK) status = write_mapping(inv, plan, &s, err);
    drop(&s);
    ohm_plan_free(plan);
    ohm_graph_free(graph);
    free(chip);
    return status;
}

static const ohm_option options[] = {OHM_OPTION_VERBOSE};

const ohm_command ohm_cmd_map = {
    .name = "map",
    .summary = "Show what lies where on a chip, and what stays digital and why.",
    .positional = "MODEL CHIP.yaml",
    .positional_min = 2,
    .positional_max = 2,
    .example = "ohmstate map smnist.safetensors edge_22nm",
    .details =
        "First every operation of the model: on crossbars or in the digital units, and the\n"
        "reason. Then every block of every matrix: its tile, which inputs and outputs it\n"
        "holds, where in the tile it begins (in logical weights), and how much of the tile\n"
        "its nonzero weights fill. Then the schedule: what every token and sequence passes,\n"
        "in cycles of the digital clock where a digital unit works; last, what the costs of\n"
        "the parts rest on. --set changes the chip, as in\n"
        "--set tile.rows=128 --set placement.recurrence=crossbar.\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .run = run,
};
