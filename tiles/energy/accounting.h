/* SPDX-License-Identifier: GPL-3.0-or-later */
/* From what a chip did to what it cost: how often every stage and block ran, times what one run
 * of it spends. Energy of the cells comes from the actual voltages and conductances where they were
 * recorded, else from their cost model; from the model too where it gives 0 J, for then a source
 * counts the read within other parts. */
#ifndef OHM_TILES_ENERGY_ACCOUNTING_H
#define OHM_TILES_ENERGY_ACCOUNTING_H

#include "tiles/energy/part_costs.h"
#include "tiles/energy/ledger.h"
#include "tiles/chip/schedule.h"

#ifdef __cplusplus
extern "C" {
#endif

/* What happened. */
typedef struct ohm_activity {
    uint64_t *stage_runs;      /* by stage */
    uint64_t *block_runs;      /* by placement */
    double *block_cell_joule;  /* by placement, sums over runs; NULL: not recorded */
    double *block_row_charges; /* the same: row lines charged, as ohm_tile_array_energy counts */
    double duration_sec;       /* leakage lasts this long */
    uint64_t refreshes, calibrations; /* of all tiles, between sequences */
} ohm_activity;

/* Zeroed counters for a schedule; free with ohm_activity_free. */
ohm_status ohm_activity_alloc(const ohm_schedule *schedule, bool record_cells, ohm_activity *out,
                              ohm_err *err);
void ohm_activity_free(ohm_activity *activity);

/* The activity of `sequences` sequences of `tokens` tokens in all, as any engine runs them. */
void ohm_activity_expect(const ohm_schedule *schedule, uint64_t sequences, uint64_t tokens,
                         ohm_activity *activity);

/* Adds energy rows by component, layer and action, and leakage over activity->duration_sec. */
ohm_status ohm_accounts_energy(const ohm_schedule *schedule, const ohm_chip *chip,
                               const ohm_chip_costs *costs, const ohm_activity *activity,
                               ohm_ledger *ledger, ohm_err *err);

/* Adds area rows: every instance on the chip, used or idle. */
ohm_status ohm_accounts_area(const ohm_schedule *schedule, const ohm_chip *chip,
                             const ohm_chip_costs *costs, ohm_ledger *ledger, ohm_err *err);

#ifdef __cplusplus
}
#endif
#endif
