/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the numbers of a chip rest on (tiles/provenance.h), for people. */
#ifndef OHM_SIM_CLI_SIMULATION_PROVENANCE_TEXT_H
#define OHM_SIM_CLI_SIMULATION_PROVENANCE_TEXT_H

#include <jansson.h>
#include <stdio.h>

/* A line for every use beyond a source's range; parts beyond the same one share it. log or
 * provenance may be NULL. */
void ohm_provenance_warn(const json_t *provenance, FILE *log);

/* The end of a report: parts with constants of another node, parts with assumptions, sources.
 * provenance may be NULL. */
void ohm_provenance_print(const json_t *provenance, FILE *stream);

#endif
