/* SPDX-License-Identifier: GPL-3.0-or-later */
/* Reading a design-space file: places, refusals, keys and sections. For sweep_file.c and sweep_axes.c
 * alone. */
#ifndef OHM_SIM_SWEEP_SWEEP_READER_H
#define OHM_SIM_SWEEP_SWEEP_READER_H

#include "core/config/config_tree.h"
#include "sim/sweep/sweep_file.h"

enum { OHM_SWEEP_KEY_MAX = 256 };

ohm_sweep_place ohm_sweep_place_of(const ohm_node *node);
ohm_sweep_place ohm_sweep_key_place(const ohm_node *node, size_t i);

/* Records OHM_ECONFIG at a place. */
ohm_status ohm_sweep_refuse(ohm_err *err, ohm_sweep_place place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The same for key number i of a mapping, with the nearest known key. */
ohm_status ohm_sweep_unknown_key(ohm_err *err, const ohm_node *node, size_t i, const char *where,
                                 const char *const *known);
bool ohm_sweep_is_known(const char *key, const char *const *known);

/* What is done with each leaf of a section whose keys are dotted or nested. */
typedef ohm_status (*ohm_sweep_leaf_fn)(ohm_sweep_file *file, const char *key, const ohm_node *node,
                                        ohm_sweep_place place, ohm_err *err);
ohm_status ohm_sweep_walk(ohm_sweep_file *file, const char *prefix, const ohm_node *node,
                          const char *section, ohm_sweep_leaf_fn leaf, ohm_err *err);

/* Section `axes`. */
ohm_status ohm_sweep_read_axes(ohm_sweep_file *file, const ohm_node *node, ohm_err *err);

/* Whether a mapping is an axis; anything else is a section whose keys lead on to axes. */
bool ohm_sweep_is_axis(const ohm_node *node);

#endif
