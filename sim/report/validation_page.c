/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "sim/report/validation_page.h"

#include <math.h>

static void write_row(FILE *stream, const ohm_validation_row *row)
{
    double deviation = 100.0 * ohm_validation_deviation(row);
    fprintf(stream, "| %s | %.4g %s | %.4g %s | %+.1f %% | %s |\n", row->quantity, row->printed,
            row->unit, row->ours, row->unit, fabs(deviation) < 0.05 ? 0.0 : deviation,
            ohm_evidence_name(row->evidence));
}

static void write_design(FILE *stream, const ohm_validation_design *design)
{
    fprintf(stream, "\n## %s\n\n", design->title);
    fprintf(stream, "Source: %s.\n\n%s\n\n", design->source, design->how);
    fprintf(stream, "    ohmstate component validate %s\n\n", design->name);
    fprintf(stream,
            "| quantity | printed | ours | deviation | evidence |\n|---|---|---|---|---|\n");
    for (size_t i = 0; i < design->count; i++)
        write_row(stream, &design->rows[i]);
    for (size_t i = 0; i < design->count; i++)
        if (design->rows[i].reason)
            fprintf(stream, "\nBeyond %.0f %%: %s. The reason: %s.\n", 100 * design->limit,
                    design->rows[i].quantity, design->rows[i].reason);
}

static void write_head(FILE *stream, const ohm_validation *validation)
{
    size_t all = 0, within = 0, input = 0;
    for (size_t i = 0; i < validation->count; i++)
        for (size_t k = 0; k < validation->designs[i].count; k++) {
            const ohm_validation_row *row = &validation->designs[i].rows[k];
            all++;
            within += fabs(ohm_validation_deviation(row)) <= validation->designs[i].limit;
            input += row->evidence == OHM_EVIDENCE_INPUT;
        }
    fprintf(
        stream,
        "# Validation\n\n"
        "Published designs rebuilt from the cost models of `models/components` and, in the last "
        "section, run through\nthe SystemC platform. This page is made by\n"
        "`ohmstate component validate -o docs/validation.md --force`; a test fails when it is "
        "not current. The command\nabove each table prints that table alone.\n\n"
        "%zu of %zu numbers lie within 10 %% (the regression within 1 %%); a reason stands below "
        "for each of the others.\n%zu are *input*: constants of the models, or following from "
        "them alone, read back. The rest is *derived*: a\n*sum* adds parts whose total the "
        "same source prints, so it checks the bookkeeping; a *prediction* was not used\nin "
        "making the models.\n",
        within, all, input);
}

/* The page's last section: no numbers of others, so no rows. */
static const char times_section[] =
    "\n"
    "## Times of the SystemC chip\n"
    "\n"
    "`tests/sim/platform/reference/chip.py` is a second simulator, slow and plain, that follows "
    "the\n"
    "rules of [when things happen](tiles/time.md) event by event in whole femtoseconds and\n"
    "shares no code with the chip. `tests/sim/platform/test_chip_reference.py` runs random chips "
    "and\n"
    "random networks through both and compares duration, latencies of tokens and sequences\n"
    "(mean, p50, p99, largest) and, of every tile, converter bank, digital unit, link, bus\n"
    "and host, jobs, bits, busy time, stalls by reason, mean and largest queue, and the\n"
    "critical path by component and layer. Counts and times must be equal, means and\n"
    "percentiles to 1e-12. The chip runs three times, each time with the same result: every\n"
    "event worked out, repetitions skipped, and traced.\n"
    "\n"
    "Drawn at random: arrays, encodings, converters shared by columns, overlap of phases;\n"
    "recurrence in the digital unit or on crossbars; placement, copies; lanes and number of\n"
    "digital units; banks, ports and sizes of all memories; bus or mesh, link width, hops,\n"
    "credits; five clock domains; slots, sequences in flight, layer pipelining, issue cycles,\n"
    "a sensor's interval; recalibration between sequences; one to 64 sequences of equal and\n"
    "unequal lengths.\n"
    "\n"
    "The cycles of every digital operation, of its memory and of a tile's phases, and the\n"
    "bits that travel to and from tiles are held to the tables of [digital\n"
    "unit](tiles/digital.md), [tile](tiles/tile.md) and [tile in time](tiles/tile_timing.md)\n"
    "by `tests/sim/platform/reference/cycles.py`; order of the stages, placement and nodes are "
    "taken\n"
    "from the schedule. For all chip presets what `ohmstate sim` writes equals what follows\n"
    "from `map --json` and `presets --resolve` alone. Left out: refresh, maintenance by device\n"
    "time, energy.\n";

ohm_status ohm_validation_page(FILE *stream, const ohm_validation *validation, bool whole,
                               ohm_err *err)
{
    if (whole) write_head(stream, validation);
    for (size_t i = 0; i < validation->count; i++)
        write_design(stream, &validation->designs[i]);
    if (whole) fputs(times_section, stream);
    return ferror(stream) ? ohm_err_set(err, OHM_EIO, "the page cannot be written") : OHM_OK;
}
