/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/run/schedule_table.h"

static const char *kind_name(ohm_stage_kind kind)
{
    static const char *const names[] = {
        [OHM_STAGE_FETCH] = "fetch",     [OHM_STAGE_MOVE] = "move",   [OHM_STAGE_MATRIX] = "matrix",
        [OHM_STAGE_DIGITAL] = "digital", [OHM_STAGE_STORE] = "store",
    };
    return names[kind];
}

static json_t *count(uint64_t n)
{
    return json_integer((json_int_t)n);
}

static json_t *index_of(size_t i)
{
    return i == OHM_NO_INDEX ? json_null() : count(i);
}

static json_t *indices(const size_t *list, size_t n)
{
    json_t *array = json_array();
    for (size_t i = 0; i < n; i++)
        json_array_append_new(array, index_of(list[i]));
    return array;
}

static const char *rate(bool per_sequence)
{
    return per_sequence ? "sequence" : "token";
}

static uint64_t memory_cycles(const ohm_schedule *s, const ohm_stage *stage)
{
    return ohm_sram_cycles(&s->plan->config.buffers.local, stage->work.read_bits,
                           stage->work.write_bits);
}

static json_t *stages_json(const ohm_schedule *s)
{
    json_t *stages = json_array();
    for (size_t i = 0; i < s->stage_count; i++) {
        const ohm_stage *stage = &s->stages[i];
        const bool digital = stage->kind == OHM_STAGE_DIGITAL;
        json_array_append_new(
            stages,
            json_pack(
                "{s:s, s:s, s:i, s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, "
                "s:o, s:o}",
                "name", stage->name, "kind", kind_name(stage->kind), "layer", stage->layer, "per",
                rate(stage->per_sequence), "unit", index_of(digital ? stage->unit : OHM_NO_INDEX),
                "matrix", index_of(stage->kind == OHM_STAGE_MATRIX ? stage->matrix : OHM_NO_INDEX),
                "from", count(stage->from_node), "to", count(stage->to_node), "bits",
                count(stage->bits), "busy_cycles", count(stage->work.busy_cycles), "latency_cycles",
                count(stage->work.latency_cycles), "memory_cycles",
                count(digital ? memory_cycles(s, stage) : 0), "inputs",
                indices(stage->inputs, stage->input_count), "output", index_of(stage->output),
                "held", index_of(stage->held), "carried_from", index_of(stage->carried_from)));
    }
    return stages;
}

static json_t *stations_json(const ohm_schedule *s)
{
    json_t *stations = json_array();
    for (size_t i = 0; i < s->station_count; i++) {
        const ohm_station *station = &s->stations[i];
        json_array_append_new(
            stations,
            json_pack("{s:o, s:o, s:s, s:o, s:o}", "node", count(station->node), "bits",
                      count(station->bits), "per", rate(station->per_sequence), "producer",
                      count(station->producer), "consumers", count(station->consumers)));
    }
    return stations;
}

static json_t *blocks_json(const ohm_schedule *s, const ohm_chip *chip)
{
    json_t *blocks = json_array();
    for (size_t i = 0; i < s->plan->placement_count; i++) {
        const ohm_placement *p = &s->plan->placements[i];
        const ohm_tile *tile = ohm_chip_tile(chip, i);
        ohm_tile_timing t;
        ohm_tile_shape shape;
        ohm_tile_timing_get(tile, &t);
        ohm_tile_shape_get(tile, &shape);
        json_array_append_new(
            blocks, json_pack("{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                              "matrix", count(p->matrix), "copy", count(p->copy), "tile",
                              count(p->tile), "input_bits", count(s->blocks[i].input_bits),
                              "output_bits", count(s->blocks[i].output_bits), "phases",
                              count(t.phases), "conversion_phases", count(shape.conversion_phases),
                              "dac_cycles", count(t.dac_cycles), "read_cycles",
                              count(t.read_cycles), "adc_rounds", count(t.adc_rounds), "adc_cycles",
                              count(t.adc_cycles), "shift_add_cycles", count(t.shift_add_cycles)));
    }
    return blocks;
}

json_t *ohm_schedule_json(const ohm_schedule *s, const ohm_chip *chip)
{
    const ohm_floorplan *f = &s->floorplan;
    const bool bus = s->plan->config.interconnect.topology == OHM_TOPOLOGY_BUS;
    return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
                     "topology", bus ? "bus" : "mesh", "mesh_columns", count(f->mesh.columns),
                     "mesh_rows", count(f->mesh.rows), "port_node", count(f->port_node),
                     "unit_nodes", indices(f->unit_node, f->unit_count), "tile_nodes",
                     indices(f->tile_node, f->tile_count), "token_bits", count(s->token_bits),
                     "logits_bits", count(s->logits_bits), "global_tokens", count(s->global_tokens),
                     "pool_stage", count(s->pool_stage), "stages", stages_json(s), "stations",
                     stations_json(s), "blocks", blocks_json(s, chip));
}

/* --- for people --- */

/* "unit 0", "3 blocks", "0 > 4" */
static void place_of(const ohm_schedule *s, const ohm_stage *stage, char *out, size_t size)
{
    if (stage->kind == OHM_STAGE_DIGITAL)
        snprintf(out, size, "unit %zu", stage->unit);
    else if (stage->kind == OHM_STAGE_MATRIX)
        snprintf(out, size, "%zu block%s", s->plan->matrices[stage->matrix].placement_count,
                 s->plan->matrices[stage->matrix].placement_count == 1 ? "" : "s");
    else
        snprintf(out, size, "node %zu > %zu", stage->from_node, stage->to_node);
}

void ohm_schedule_print(const ohm_schedule *s, FILE *stream)
{
    fprintf(stream, "%5s  %-28s %-8s %-9s %-14s %10s %10s %10s  %s\n", "stage", "name", "kind",
            "per", "where", "bits", "busy", "latency", "after");
    for (size_t i = 0; i < s->stage_count; i++) {
        const ohm_stage *stage = &s->stages[i];
        char place[48];
        place_of(s, stage, place, sizeof place);
        fprintf(stream, "%5zu  %-28s %-8s %-9s %-14s ", i, stage->name, kind_name(stage->kind),
                rate(stage->per_sequence), place);
        if (stage->kind == OHM_STAGE_DIGITAL)
            fprintf(stream, "%10s %10llu %10llu ", "", (unsigned long long)stage->work.busy_cycles,
                    (unsigned long long)stage->work.latency_cycles);
        else if (stage->kind == OHM_STAGE_MATRIX)
            fprintf(stream, "%10s %10s %10s ", "", "", "");
        else
            fprintf(stream, "%10llu %10s %10s ", (unsigned long long)stage->bits, "", "");
        for (size_t k = 0; k < stage->input_count; k++)
            fprintf(stream, " %zu", s->stations[stage->inputs[k]].producer);
        if (stage->carried_from != OHM_NO_INDEX)
            fprintf(stream, " (%zu of the token before)", stage->carried_from);
        fputc('\n', stream);
    }
}
