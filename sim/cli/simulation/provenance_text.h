/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What the numbers of a chip rest on (tiles/energy/provenance.h), for people. */
#ifndef OHM_SIM_CLI_SIMULATION_PROVENANCE_TEXT_H
#define OHM_SIM_CLI_SIMULATION_PROVENANCE_TEXT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* The option of commands that end so. */
#define OHM_OPTION_VERBOSE                                                                         \
    {                                                                                              \
        "verbose", NULL, "print every note on the costs and every source in full"                  \
    }

/* A line for every use beyond a source's range; parts beyond the same one share it. log or
 * provenance may be NULL. */
void ohm_provenance_warn(const json_t *provenance, FILE *log);

/* The end of a result: parts with constants of another node, parts with assumptions, the works the
 * constants come from; in_full: every note, and every source with its parts. provenance may be
 * NULL. */
void ohm_provenance_print(const json_t *provenance, bool in_full, FILE *stream);

#endif
