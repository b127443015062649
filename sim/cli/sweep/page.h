/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A sweep as one self-contained page: trade-offs, which axis matters, the best points, how a search
 * went, what failed, where everything comes from. */
#ifndef OHM_SIM_CLI_SWEEP_PAGE_H
#define OHM_SIM_CLI_SWEEP_PAGE_H

#include "sim/cli/sweep/plots.h"
#include "sim/cli/sweep/session.h"

/* Writes the page. front is made of table. *plotted tells whether gnuplot was there. */
ohm_status ohm_sweep_page_write(const ohm_sweep_session *session, const ohm_sweep_table *table,
                                const ohm_front *front, FILE *out, bool *plotted, ohm_err *err);

#endif
