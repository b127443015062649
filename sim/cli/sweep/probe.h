/* SPDX-License-Identifier: GPL-3.0-or-later */
/* How long a sweep takes, from results that are stored or from a few points run for it. */
#ifndef OHM_SIM_CLI_SWEEP_PROBE_H
#define OHM_SIM_CLI_SWEEP_PROBE_H

#include "sim/cli/sweep/session.h"

typedef struct ohm_sweep_estimate {
    bool known;
    double replica_sec; /* of one replica, when what it shares with others is there */
    size_t setups;      /* trainings and the like that are yet to be made */
    double setup_sec;   /* of one of them */
    size_t replicas;    /* yet to be run */
    double total_sec;   /* of all that with the session's workers */
    char how[96];       /* where the figures come from */
} ohm_sweep_estimate;

/* probe: runs points when there are no results to go by. Not known without results and probe, or
 * without points. What points train for it stays in the cache of the session's folder. */
ohm_status ohm_sweep_estimate_time(const ohm_sweep_session *session, bool probe,
                                   ohm_sweep_estimate *out, ohm_err *err);

#endif
