/* SPDX-License-Identifier: GPL-3.0-or-later */
/* A first SIGINT, SIGTERM or SIGHUP asks long work to stop at the next safe point; a second one
 * ends the process. */
#ifndef OHM_SIM_CLI_INTERRUPT_H
#define OHM_SIM_CLI_INTERRUPT_H

#include <stdbool.h>

void ohm_interrupt_watch(void);
void ohm_interrupt_leave(void);

/* Whether one has come since ohm_interrupt_watch. user is ignored. */
bool ohm_interrupted(void *user);

#endif
